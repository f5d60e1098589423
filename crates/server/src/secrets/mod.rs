//! The secret vault (inventory H131, E090, D062–D064): the tokens that providers gave for linked accounts, social and of
//! enterprises. Invariants: there is one set per user and provider, of the account that is linked now; it goes with the identity,
//! the connector and the user; no route shows it but `access-token` of the account API, to its own person.

mod kept;
mod shown;
mod store;

pub use kept::{KeptTokens, find};
pub(crate) use kept::{forget, give_refresh_back, replace, take_refresh};
pub(crate) use shown::{TokenSecrets, of_user};
pub(crate) use store::{
    MAX_TOKENS, delete_of_connector, delete_of_sso_connector, forget_other_account, require_vault, store,
};
pub use store::{NewTokenSet, TokenProvider};

use axum::extract::Path;
use axum::http::StatusCode;

use crate::ApiError;
use crate::callers::ManagementCaller;
use crate::routes::Routes;

/// The routes of this slice.
pub fn routes() -> Routes {
    Routes::new().delete("/api/secrets/{id}", delete_secret)
}

async fn delete_secret(caller: ManagementCaller, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    caller.write(move |work| store::delete(work, &id)).await.map(|()| StatusCode::NO_CONTENT)
}
