//! The account pages (inventory A062 to A073), without JavaScript.

mod fixture;
mod needs;
mod profile;
mod return_addresses;
mod sessions;
mod sign_in;
mod tasks;
