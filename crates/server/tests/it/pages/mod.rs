//! The hosted pages.

mod consent;
pub mod fixture;
mod guards;
mod profile_fields;
mod register;
mod sign_in;
mod static_pages;
