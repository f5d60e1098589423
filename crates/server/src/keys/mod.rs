//! The keys that sign tokens and cookies, and their rotation (inventory O106–O109, M238–M240). Invariants: exactly one signing
//! key signs; every key that signs, and the one before it, is in the JWK set; a key that follows another signs only when every node
//! publishes it.

mod api;
mod application;
mod cookie;
mod rotation;
pub mod schedule;
mod signing;
pub(crate) mod store;
pub(crate) mod timeline;

use std::time::Duration;

use ::api::ErrorCode;
use axum::http::StatusCode;
use db::DbUrl;

use crate::errors::ApiError;
use crate::routes::Routes;
use crate::work::Actor;
use crate::{App, Tenant};

pub use ::api::oidc_keys::{MAX_GRACE_PERIOD, OidcKey, SigningKeyAlgorithm};
pub(crate) use application::provide as provide_application_keys;
pub use cookie::rotate as rotate_cookie_keys;
pub use rotation::{Rotation, rotate as rotate_signing_keys};

/// The signing keys of a tenant, in the order Next, Current, Previous.
///
/// # Errors
/// A failure of the database.
pub async fn list_signing_keys(tenant: &Tenant, actor: &Actor) -> Result<Vec<OidcKey>, ApiError> {
    let now = tenant.app().clock.now();
    tenant.read_inline(actor, move |view| signing::list(view, now)).await
}

/// The cookie keys of a tenant, newest first.
///
/// # Errors
/// A failure of the database.
pub async fn list_cookie_keys(tenant: &Tenant, actor: &Actor) -> Result<Vec<OidcKey>, ApiError> {
    let now = tenant.app().clock.now();
    tenant.read_inline(actor, move |view| cookie::list(view, now)).await
}

/// How long a new key is published before it signs when several nodes may serve, however urgent it is: four times the age
/// that a snapshot can have ([`crate::tenants::MAX_STALENESS`]).
const PROPAGATION: Duration = Duration::from_secs(1);

/// The routes of this slice.
pub fn routes() -> Routes {
    api::routes()
}

/// The shortest time from the rotation to the first signature. One process serves an embedded database, and sees the change
/// at once.
fn propagation(app: &App) -> Duration {
    match app.db.url() {
        DbUrl::Sqlite(_) => Duration::ZERO,
        DbUrl::Postgres(_) => PROPAGATION,
    }
}

fn key_not_found() -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, ErrorCode::OidcKeyNotFound)
}
