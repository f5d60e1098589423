//! The refresh token grant (RFC 6749 section 6): one write transaction, then the signatures. The checks run in the order of
//! inventory O073; the token is marked as used only after all of them pass.

use std::sync::Arc;

use db::Tx;
use kernel::id;
use oauth::token::TokenTarget;
use oauth::token::refresh_token::{self, RefreshToken, RefreshTokenUse};
use oauth::{Client, OAuthError, Params, scope};

use super::{TokenError, TokenResponse};
use crate::oidc::clients::RegisteredClient;
use crate::oidc::locked::LockedToken;
use crate::oidc::provider_request::ProviderRequest;
use crate::oidc::token::issue::{self, TokenSource, UnsignedTokens};
use crate::oidc::tokens::{self, RefreshTokenRow};
use crate::oidc::{ProviderError, audit, grants, sessions};

/// The result of the transaction. A replay is committed too, because it revokes its grant. An error names its user for the
/// audit log.
enum RefreshOutcome {
    Done(Box<UnsignedTokens>),
    Replayed { grant_id: String, user_id: String },
    Rejected { error: OAuthError, user_id: String },
}

pub(super) async fn refresh(
    req: &ProviderRequest,
    params: &Params,
    registered: &Arc<RegisteredClient>,
) -> Result<TokenResponse, TokenError> {
    params.require(&["refresh_token"])?;
    let (inner, inner_params, inner_client) = (req.clone(), params.clone(), Arc::clone(registered));
    match req.app.db.write(move |tx| refresh_in_tx(tx, &inner, &inner_params, &inner_client.client)).await? {
        RefreshOutcome::Done(unsigned) => Ok(TokenResponse::sign(req, &unsigned)?),
        RefreshOutcome::Rejected { error, user_id } => Err(TokenError { error, user_id: Some(user_id) }),
        RefreshOutcome::Replayed { grant_id, user_id } => {
            audit::log_revocation(req, &grant_id, None, params);
            Err(TokenError { error: refresh_token::replay_error(), user_id: Some(user_id) })
        }
    }
}

fn refresh_in_tx(
    tx: &Tx<'_>,
    req: &ProviderRequest,
    params: &Params,
    client: &Client,
) -> Result<RefreshOutcome, ProviderError> {
    let value = params.get("refresh_token").unwrap_or_default();
    let locked = tokens::lock_refresh_token(tx, req.tenant_id(), value)?;
    refresh_token::check(locked.as_ref().map(|locked| &locked.stored.token), client, req.now)?;
    let Some(locked) = locked else { return Err(OAuthError::invalid_grant("refresh token not found").into()) };
    let user_id = locked.stored.context.user_id.clone();
    match use_token(tx, req, params, client, (value, locked)) {
        // Nothing was written before a protocol error, so this transaction can be committed.
        Err(ProviderError(error)) if error.status < 500 => Ok(RefreshOutcome::Rejected { error, user_id }),
        other => other,
    }
}

fn use_token(
    tx: &Tx<'_>,
    req: &ProviderRequest,
    params: &Params,
    client: &Client,
    (value, locked): (&str, LockedToken<RefreshTokenRow>),
) -> Result<RefreshOutcome, ProviderError> {
    let tenant = req.tenant_id();
    let LockedToken { stored, grant, subject } = locked;
    let granted = grant.scopes(req.now)?;
    let requested = refresh_token::requested_scope(params, &stored.token)?;
    let subject = subject.require_active()?;
    sessions::require_alive_for(tx, tenant, &stored.context, req.now)?;
    let usage = stored.token.usage(req.now);
    if usage == RefreshTokenUse::Replay {
        return replayed(tx, req, &stored);
    }
    let target =
        TokenTarget::resolve(params, &stored.context.resources, &stored.token.scope, params.get("organization_id"))?;
    issue::check_target(tx, req, client, &subject, &target)?;
    let names_organization = target.organization().or(target.organization_audience()).is_some();
    if names_organization && !stored.token.scope.contains(scope::ORGANIZATIONS) {
        let text = "refresh token missing required scope";
        return Err(OAuthError::insufficient_scope(text, scope::ORGANIZATIONS).into());
    }
    let refresh_token = match &stored.successor_salt {
        Some(salt) => tokens::derive_successor(value, salt),
        None if stored.token.rotates(client, req.now) => {
            let salt = id::opaque_token(&req.app.rng);
            tokens::mark_refresh_token_used(tx, tenant, value, &salt, req.now)?;
            rotate(tx, req, client, &stored, tokens::derive_successor(value, &salt))?
        }
        None => value.to_owned(),
    };
    let id_token_scope =
        refresh_token::wants_id_token(params, &stored.token).then(|| requested.intersection(&granted.openid));
    let gty = append_refresh(&stored.gty);
    let source = TokenSource { client, subject, granted: &granted, context: &stored.context, gty: &gty };
    let mut unsigned = issue::issue_tokens(tx, req, source, &target, &requested, id_token_scope.as_ref())?;
    unsigned.refresh_token = Some(refresh_token);
    Ok(RefreshOutcome::Done(Box::new(unsigned)))
}

fn replayed(tx: &Tx<'_>, req: &ProviderRequest, stored: &RefreshTokenRow) -> Result<RefreshOutcome, ProviderError> {
    grants::revoke(tx, req.tenant_id(), &stored.context.grant_id)?;
    Ok(RefreshOutcome::Replayed { grant_id: stored.context.grant_id.clone(), user_id: stored.context.user_id.clone() })
}

fn rotate(
    tx: &Tx<'_>,
    req: &ProviderRequest,
    client: &Client,
    parent: &RefreshTokenRow,
    value: String,
) -> Result<String, ProviderError> {
    let row = RefreshTokenRow {
        token: RefreshToken {
            issued_at: req.now,
            expires_at: parent.token.successor_expires_at(client, req.now),
            consumed_at: None,
            ..parent.token.clone()
        },
        context: parent.context.clone(),
        gty: append_refresh(&parent.gty),
        rotations: parent.rotations + 1,
        successor_salt: None,
    };
    tokens::insert_refresh_token(tx, req.tenant_id(), &value, &row)?;
    Ok(value)
}

/// The grant chain with ` refresh_token` appended once (inventory O077).
fn append_refresh(gty: &str) -> String {
    if gty.ends_with(" refresh_token") { gty.to_owned() } else { format!("{gty} refresh_token") }
}
