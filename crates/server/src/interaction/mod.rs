//! The Experience API: sign-in, registration and password reset. The hosted pages use the same functions. The crate
//! `flow` holds the rules; this module stores the state, hashes passwords, and reads and writes JSON.

mod action;
mod address_codes;
pub(crate) mod address_limit;
mod api;
pub(crate) mod attempt;
pub mod attempt_limit;
mod audit;
pub mod authenticator_app;
pub mod avatar;
pub mod backup_codes;
mod body_reader;
mod browser;
mod captcha;
pub mod code_forms;
pub(crate) mod code_verification;
pub(crate) mod codes;
mod counted_attempt;
mod effects;
mod factor_codes;
pub mod form_flows;
mod google_one_tap;
mod lookups;
pub(crate) mod message_limit;
mod offered_passkeys;
pub(crate) mod offered_secrets;
pub mod one_time_token;
pub mod passkey_forms;
mod passkey_options;
pub(crate) mod passkey_registration;
mod passkey_routes;
mod passkey_sign_in;
pub mod passkeys;
pub(crate) mod password_attempt;
mod password_elsewhere;
pub(crate) mod places;
pub(crate) mod provider_connector;
pub(crate) mod provider_exchange;
pub mod provider_forms;
mod provider_routes;
pub mod provider_sign_in;
mod registration;
mod second_factor_routes;
mod second_factors;
mod sentinel_activities;
mod tabs;
pub(crate) mod token_sets;
mod transaction;
mod trusted_devices;

use axum::http::StatusCode;

pub use api::routes;
pub use browser::InteractionBrowser;
pub(crate) use code_verification::message_limited;
pub(crate) use effects::to_identity;
pub use factor_codes::CodeFactor;
pub(crate) use message_limit::{MESSAGE_SEND, MessageLimits};
pub use provider_connector::ProviderKind;
pub use registration::{make_administrator, make_owner};
pub use tabs::TabStep;
pub(crate) use transaction::StepError;

use crate::ApiError;

/// Converts an error of the state machine into an API error.
pub fn to_api_error(error: &flow::FlowError) -> ApiError {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::BAD_REQUEST);
    let mut response = ApiError::new(status, error.code());
    if let Some(data) = error.data() {
        response = response.data(data);
    }
    for (name, value) in error.interpolation() {
        response = response.with_placeholder(name, &value);
    }
    response
}
