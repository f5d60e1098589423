//! The refresh token grant (RFC 6749 section 6). The checks run in the order of inventory O073; the token is marked as used
//! only after all of them pass.

use std::sync::Arc;

use db::DbError;
use kernel::id;
use oauth::grant::GrantedScopes;
use oauth::token::TokenTarget;
use oauth::token::refresh_token::{self, RefreshToken, RefreshTokenUse};
use oauth::{GrantType, OAuthError, ScopeSet, scope};

use super::grant::{Grant, Refusal, in_transaction};
use super::issue::{self, TokenSource, UnsignedTokens};
use super::{TokenError, TokenRequest};
use crate::oidc::locked::LockedToken;
use crate::oidc::subject::Subject;
use crate::oidc::tokens::{self, RefreshTokenRow};
use crate::oidc::{ProviderError, audit, grants, sessions};
use crate::work::Work;

pub(super) const GRANT: Grant =
    Grant { grant_type: GrantType::RefreshToken, authorize: |request| Box::pin(authorize(request)) };

async fn authorize(request: Arc<TokenRequest>) -> Result<UnsignedTokens, TokenError> {
    request.params.require(&["refresh_token"])?;
    in_transaction(request, refresh).await
}

/// A refresh token that passed the checks before its use.
struct UsableToken {
    stored: RefreshTokenRow,
    /// The part of its scope that the client may have now.
    permitted: ScopeSet,
    granted: GrantedScopes,
    subject: Subject,
    requested: ScopeSet,
}

fn refresh(work: &Work<'_>, request: &TokenRequest) -> Result<UnsignedTokens, Refusal> {
    let value = request.params.get("refresh_token").unwrap_or_default();
    let locked = tokens::lock_refresh_token(work, value)?;
    let token = locked.as_ref().map(|locked| &locked.stored.token);
    refresh_token::check(token, &request.registered.client, work.now())?;
    let locked = locked.ok_or_else(|| OAuthError::invalid_grant("refresh token not found"))?;
    let user_id = locked.stored.context.user_id.clone();
    let of_user = |error| Refusal::of_user(&user_id, error);
    // Before anything is changed: who does not hold the key can't end the grant either.
    request.require_key(locked.stored.jkt.as_deref()).map_err(|error| of_user(error.into()))?;
    let usable = require_usable(work, request, locked).map_err(of_user)?;
    let is_replayed = usable.stored.token.usage(work.now()) == RefreshTokenUse::Replay;
    if is_replayed
        || is_of_somebody_else(work, request, value, &usable.stored).map_err(|error| of_user(error.into()))?
    {
        let grant_id = &usable.stored.context.grant_id;
        grants::revoke(work, grant_id)?;
        work.audit(&audit::revocation(&request.context, grant_id, None, &request.params))?;
        return Err(Refusal::committed(&user_id, refresh_token::replay_error()));
    }
    use_token(work, request, value, usable).map_err(of_user)
}

fn require_usable(
    work: &Work<'_>,
    request: &TokenRequest,
    locked: LockedToken<RefreshTokenRow>,
) -> Result<UsableToken, ProviderError> {
    let LockedToken { stored, grant, subject } = locked;
    let granted = grant.scopes(work.now())?;
    // The stored token keeps what was granted: a scope that is enabled again comes back.
    let permitted = request.registered.permitted_scopes(&stored.context.scope);
    let requested = refresh_token::requested_scope(&request.params, &permitted)?;
    let subject = subject.require_active()?;
    sessions::require_alive_for(work, &stored.context)?;
    Ok(UsableToken { stored, permitted, granted, subject, requested })
}

fn use_token(
    work: &Work<'_>,
    request: &TokenRequest,
    value: &str,
    usable: UsableToken,
) -> Result<UnsignedTokens, ProviderError> {
    let (params, client) = (&request.params, &request.registered.client);
    let UsableToken { stored, permitted, granted, subject, requested } = usable;
    let organization_id = params.get("organization_id");
    let knows_resource = |indicator: &str| request.context.config.access.resources.contains_key(indicator);
    let resources = &stored.context.resources;
    let target = TokenTarget::resolve(params, resources, &permitted, organization_id, knows_resource)?;
    request.registered.require_access(work, &subject.facts.id)?;
    issue::check_target(work, client, &subject, Some(&stored.context.grant_id), &target)?;
    let names_organization = target.organization().or(target.organization_audience()).is_some();
    if names_organization && !permitted.contains(scope::ORGANIZATIONS) {
        let text = "refresh token missing required scope";
        return Err(OAuthError::insufficient_scope(text, scope::ORGANIZATIONS).into());
    }
    let refresh_token = match &stored.successor_salt {
        Some(salt) => tokens::derive_successor(value, salt),
        None if stored.token.rotates(client, work.now()) => rotate(work, request, &stored, value)?,
        None => {
            if let (None, Some(key)) = (&stored.jkt, request.refresh_token_key()) {
                tokens::bind_refresh_token(work, value, key)?;
            }
            value.to_owned()
        }
    };
    let id_token_scope =
        refresh_token::wants_id_token(params, &stored.context.scope).then(|| requested.intersection(&granted.openid));
    let gty = append_refresh(&stored.gty);
    let source = TokenSource {
        registered: &request.registered,
        subject,
        granted: &granted,
        context: &stored.context,
        gty: &gty,
        requested: &requested,
    };
    let mut unsigned = issue::issue_tokens(work, &request.context, source, &target, id_token_scope.as_ref())?;
    unsigned.refresh_token = Some(refresh_token);
    Ok(unsigned)
}

/// Whether the token was used by somebody with another key, or with none where this request has one. A client that lost the first answer
/// proves the same as then: one of the two stole the token, and neither keeps it.
fn is_of_somebody_else(
    work: &Work<'_>,
    request: &TokenRequest,
    value: &str,
    stored: &RefreshTokenRow,
) -> Result<bool, DbError> {
    let Some(salt) = stored.successor_salt.as_deref().filter(|_| request.registered.client.is_public()) else {
        return Ok(false);
    };
    let bound_to = tokens::find_key_of_refresh_token(work, &tokens::derive_successor(value, salt))?;
    Ok(bound_to.as_deref() != request.refresh_token_key())
}

/// Marks the token as used and stores its successor, which is returned.
fn rotate(
    work: &Work<'_>,
    request: &TokenRequest,
    parent: &RefreshTokenRow,
    value: &str,
) -> Result<String, ProviderError> {
    let client = &request.registered.client;
    let salt = id::opaque_token(work.rng());
    tokens::mark_refresh_token_used(work, value, &salt)?;
    let row = RefreshTokenRow {
        token: RefreshToken {
            issued_at: work.now(),
            expires_at: parent.token.successor_expires_at(client, work.now()),
            consumed_at: None,
            ..parent.token.clone()
        },
        context: parent.context.clone(),
        gty: append_refresh(&parent.gty),
        rotations: parent.rotations + 1,
        successor_salt: None,
        jkt: request.refresh_token_key().map(str::to_owned),
    };
    let successor = tokens::derive_successor(value, &salt);
    tokens::insert_refresh_token(work, &successor, &row)?;
    Ok(successor)
}

/// The grant chain with ` refresh_token` appended once (inventory O077).
fn append_refresh(gty: &str) -> String {
    if gty.ends_with(" refresh_token") { gty.to_owned() } else { format!("{gty} refresh_token") }
}
