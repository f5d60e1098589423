//! The hosted pages.

mod code_factors;
pub mod codes;
mod consent;
mod demo_apps;
mod factors;
pub mod fixture;
mod forgot_password;
mod guards;
mod one_tap;
pub mod passkeys;
mod phone_numbers;
mod pictures;
mod profile_fields;
mod register;
mod sign_in;
mod single_sign_on;
mod social;
mod static_pages;
mod step_up;
pub mod trusted_devices;
