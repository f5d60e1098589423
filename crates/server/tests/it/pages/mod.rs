//! The hosted pages.

mod consent;
mod factors;
pub mod fixture;
mod guards;
mod passkeys;
mod profile_fields;
mod register;
mod sign_in;
mod static_pages;
