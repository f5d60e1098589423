//! The hosted pages.

mod guards;
mod register;
mod sign_in;
mod stage;
mod still;
