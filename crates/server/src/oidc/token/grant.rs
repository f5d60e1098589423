//! The first phase of the token endpoint: what a grant is, and how one runs in a transaction.

use kernel::ids::UserId;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use db::DbError;
use oauth::{GrantType, OAuthError};

use super::issue::UnsignedTokens;
use super::{TokenError, TokenRequest};
use crate::oidc::{ProviderError, dpop};
use crate::work::Work;

/// Decides what a token request gets.
pub type Authorizing = Pin<Box<dyn Future<Output = Result<UnsignedTokens, TokenError>> + Send>>;

/// A grant of the token endpoint.
pub struct Grant {
    pub grant_type: GrantType,
    pub authorize: fn(Arc<TokenRequest>) -> Authorizing,
}

/// A refusal inside a transaction: it says what becomes of the changes before it.
pub enum Refusal {
    /// They are undone.
    Undone(TokenError),
    /// They are committed: a replayed code or token ends its grant.
    Committed(TokenError),
}

impl<E: Into<ProviderError>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self::Undone(error.into().into())
    }
}

impl Refusal {
    /// Undoes everything, on behalf of a user.
    pub fn of_user(user_id: &UserId, ProviderError(error): ProviderError) -> Self {
        Self::Undone(TokenError { error, user_id: Some(user_id.to_owned()) })
    }

    /// Keeps what was done, on behalf of a user.
    pub fn committed(user_id: &UserId, error: OAuthError) -> Self {
        Self::Committed(TokenError { error, user_id: Some(user_id.to_owned()) })
    }
}

/// What leaves a transaction: an error of this type undoes it.
struct Undone(TokenError);

impl From<DbError> for Undone {
    fn from(error: DbError) -> Self {
        Self(error.into())
    }
}

/// Runs `authorize` in a transaction.
pub async fn in_transaction(
    request: Arc<TokenRequest>,
    authorize: impl FnOnce(&Work<'_>, &TokenRequest) -> Result<UnsignedTokens, Refusal> + Send + 'static,
) -> Result<UnsignedTokens, TokenError> {
    let context = request.context.clone();
    let outcome = context.write(move |work| match authorize_and_bind(work, &request, authorize) {
        Ok(tokens) => Ok(Ok(tokens)),
        Err(Refusal::Committed(error)) => Ok(Err(error)),
        Err(Refusal::Undone(error)) => Err(Undone(error)),
    });
    outcome.await.unwrap_or_else(|Undone(error)| Err(error))
}

fn authorize_and_bind(
    work: &Work<'_>,
    request: &TokenRequest,
    authorize: impl FnOnce(&Work<'_>, &TokenRequest) -> Result<UnsignedTokens, Refusal>,
) -> Result<UnsignedTokens, Refusal> {
    let tokens = authorize(work, request)?;
    let user_id = tokens.user_id.clone();
    dpop::bind(work, request, tokens).map_err(|error| match &user_id {
        Some(user_id) => Refusal::of_user(user_id, error),
        None => error.into(),
    })
}
