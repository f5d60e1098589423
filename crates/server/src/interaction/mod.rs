//! Signing in, registering and resetting: the Experience API and what the hosted pages build on. The rules are in the
//! crate `flow`; here are storage, hashing and the wire.

mod accounts;
mod api;
mod credentials;
mod effects;
mod facts;
pub mod forms;
mod input;
mod record;
pub mod sentinel;
mod unit;
mod visit;

use axum::http::StatusCode;

pub use accounts::make_administrator;
pub use api::routes;
pub use visit::Visit;

use crate::ApiError;

/// The wire form of a refusal.
pub fn refused(error: &flow::Error) -> ApiError {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::BAD_REQUEST);
    let mut answer = ApiError::new(status, error.code());
    if let Some(data) = error.data() {
        answer = answer.data(data);
    }
    for (name, value) in error.interpolation() {
        answer = answer.with_placeholder(name, &value);
    }
    answer
}
