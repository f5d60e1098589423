//! The hosted pages.

mod consent;
mod fixture;
mod guards;
mod register;
mod sign_in;
mod static_pages;
