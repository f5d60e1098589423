//! The account pages (inventory A062 to A073), without JavaScript.

mod factors;
mod fixture;
mod leaving;
mod needs;
mod pictures;
mod profile;
mod return_addresses;
mod sessions;
mod sign_in;
mod social;
mod tasks;
