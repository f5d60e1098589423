//! The authorization code grant (RFC 6749 section 4.1.3).

use std::sync::Arc;

use oauth::token::authorization_code::{self, CodeRejection};
use oauth::token::refresh_token;
use oauth::{GrantType, OAuthError, ttl};

use super::grant::{Grant, Refusal, in_transaction};
use super::issue::UnsignedTokens;
use super::redeem::{CheckedCode, end_replayed_grant};
use super::{TokenError, TokenRequest};
use crate::oidc::authorization_codes::TokenContext;
use crate::oidc::locked::LockedToken;
use crate::oidc::tokens::{self, RefreshTokenRow};
use crate::oidc::{ProviderError, authorization_codes};
use crate::work::Work;

pub(super) const GRANT: Grant =
    Grant { grant_type: GrantType::AuthorizationCode, authorize: |request| Box::pin(authorize(request)) };

const GTY: &str = "authorization_code";

async fn authorize(request: Arc<TokenRequest>) -> Result<UnsignedTokens, TokenError> {
    // Before the transaction: it shall not begin for a request that names no code.
    authorization_code::parameters(&request.params, &request.registered.client)?;
    in_transaction(request, exchange_code).await
}

fn exchange_code(work: &Work<'_>, request: &TokenRequest) -> Result<UnsignedTokens, Refusal> {
    let (params, client) = (&request.params, &request.registered.client);
    let (value, redirect_uri) = authorization_code::parameters(params, client)?;
    let locked = authorization_codes::lock(work, value)?;
    let verifier = params.get("code_verifier");
    let code = locked.as_ref().map(|locked| &locked.stored.code);
    let checked = authorization_code::check(code, client, redirect_uri, verifier, work.now());
    let missing = || OAuthError::invalid_grant("authorization code not found");
    let LockedToken { stored, grant, subject } = locked.ok_or_else(missing)?;
    match checked {
        Err(CodeRejection { revoke_grant: true, .. }) => {
            return Err(end_replayed_grant(work, request, &stored.context, replayed));
        }
        Err(CodeRejection { error, .. }) => return Err(error.into()),
        Ok(()) => {}
    }
    request.require_key(stored.dpop_jkt.as_deref())?;
    let context = stored.context;
    if !request.registered.has_redirect_uri(redirect_uri) {
        return Err(OAuthError::invalid_grant("redirect_uri is not registered any more").into());
    }
    let checked = CheckedCode { context, grant, subject, gty: GTY, replayed };
    checked.redeem(work, request, || authorization_codes::mark_used(work, value))
}

fn replayed() -> OAuthError {
    authorization_code::replay_rejection().error
}

/// Stores the refresh token that begins a chain of rotations; `gty` names the grant it comes from.
pub(super) fn first_refresh_token(
    work: &Work<'_>,
    request: &TokenRequest,
    context: &TokenContext,
    gty: &str,
) -> Result<String, ProviderError> {
    let client = &request.registered.client;
    let value = kernel::id::opaque_token(work.rng());
    let row = RefreshTokenRow {
        token: refresh_token::RefreshToken {
            client_id: client.id.clone(),
            first_issued_at: work.now(),
            issued_at: work.now(),
            expires_at: work.now().plus_seconds(ttl::refresh_token(client)),
            consumed_at: None,
        },
        context: context.clone(),
        gty: gty.to_owned(),
        rotations: 0,
        successor_salt: None,
        jkt: request.refresh_token_key().map(str::to_owned),
    };
    tokens::insert_refresh_token(work, &value, &row)?;
    Ok(value)
}
