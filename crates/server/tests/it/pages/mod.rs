//! The hosted pages.

mod consent;
mod guards;
mod register;
mod sign_in;
mod stage;
mod still;
