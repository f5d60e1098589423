//! The authorization code grant (RFC 6749 section 4.1.3): one write transaction, then the signatures.

use std::sync::Arc;

use db::Tx;
use oauth::token::authorization_code::{self, CodeRejection};
use oauth::token::{TokenTarget, refresh_token};
use oauth::{Client, OAuthError, Params, ScopeSet, ttl};

use super::{TokenError, TokenResponse};
use crate::oidc::clients::RegisteredClient;
use crate::oidc::locked::LockedToken;
use crate::oidc::provider_request::ProviderRequest;
use crate::oidc::token::issue::{self, TokenSource, UnsignedTokens};
use crate::oidc::tokens::{self, RefreshTokenRow};
use crate::oidc::{ProviderError, audit, authorization_codes, grants, sessions};

const GTY: &str = "authorization_code";

/// The result of the transaction. A replay is committed too, because it revokes its grant.
enum ExchangeOutcome {
    Done(Box<UnsignedTokens>),
    Replayed { grant_id: String, user_id: String },
}

pub(super) async fn exchange_code(
    req: &ProviderRequest,
    params: &Params,
    registered: &Arc<RegisteredClient>,
) -> Result<TokenResponse, TokenError> {
    authorization_code::parameters(params, &registered.client)?;
    let (inner, inner_params, inner_client) = (req.clone(), params.clone(), Arc::clone(registered));
    match req.app.db.write(move |tx| exchange_in_tx(tx, &inner, &inner_params, &inner_client.client)).await? {
        ExchangeOutcome::Done(unsigned) => Ok(TokenResponse::sign(req, &unsigned)?),
        ExchangeOutcome::Replayed { grant_id, user_id } => {
            audit::log_revocation(req, &grant_id, None, params);
            Err(TokenError { error: authorization_code::replay_rejection().error, user_id: Some(user_id) })
        }
    }
}

fn exchange_in_tx(
    tx: &Tx<'_>,
    req: &ProviderRequest,
    params: &Params,
    client: &Client,
) -> Result<ExchangeOutcome, ProviderError> {
    let tenant = req.tenant_id();
    let (value, redirect_uri) = authorization_code::parameters(params, client)?;
    let locked = authorization_codes::lock(tx, tenant, value)?;
    let verifier = params.get("code_verifier");
    let checked = authorization_code::check(
        locked.as_ref().map(|locked| &locked.stored.code),
        client,
        redirect_uri,
        verifier,
        req.now,
    );
    let missing = || OAuthError::invalid_grant("authorization code not found");
    let LockedToken { stored, grant, subject } = locked.ok_or_else(missing)?;
    let context = stored.context;
    let replayed = |tx: &Tx<'_>| -> Result<ExchangeOutcome, ProviderError> {
        grants::revoke(tx, tenant, &context.grant_id)?;
        Ok(ExchangeOutcome::Replayed { grant_id: context.grant_id.clone(), user_id: context.user_id.clone() })
    };
    match checked {
        Err(CodeRejection { revoke_grant: true, .. }) => return replayed(tx),
        Err(CodeRejection { error, .. }) => return Err(error.into()),
        Ok(()) => {}
    }
    let granted = grant.scopes(req.now)?;
    let subject = subject.require_active()?;
    sessions::require_alive_for(tx, tenant, &context, req.now)?;
    let target = TokenTarget::resolve(params, &context.resources, &context.scope, None)?;
    if !authorization_codes::mark_used(tx, tenant, value, req.now)? {
        return replayed(tx);
    }
    let id_token_scope = context.scope.contains("openid").then(|| context.scope.intersection(&granted.openid));
    let source = TokenSource { client, subject, granted: &granted, context: &context, gty: GTY };
    let mut unsigned = issue::issue_tokens(tx, req, source, &target, &context.scope, id_token_scope.as_ref())?;
    if refresh_token::is_issued(client, &context.scope) {
        unsigned.refresh_token = Some(first_refresh_token(tx, req, client, &context)?);
    }
    Ok(ExchangeOutcome::Done(Box::new(unsigned)))
}

fn first_refresh_token(
    tx: &Tx<'_>,
    req: &ProviderRequest,
    client: &Client,
    context: &authorization_codes::TokenContext,
) -> Result<String, ProviderError> {
    let value = kernel::id::opaque_token(&req.app.rng);
    let scope: ScopeSet = context.scope.clone();
    let row = RefreshTokenRow {
        token: refresh_token::RefreshToken {
            client_id: client.id.clone(),
            scope,
            first_issued_at: req.now,
            issued_at: req.now,
            expires_at: req.now.plus_seconds(ttl::refresh_token(client)),
            consumed_at: None,
        },
        context: context.clone(),
        gty: GTY.to_owned(),
        rotations: 0,
        successor_salt: None,
    };
    tokens::insert_refresh_token(tx, req.tenant_id(), &value, &row)?;
    Ok(value)
}
