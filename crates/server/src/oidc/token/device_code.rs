//! The device code grant (RFC 8628 section 3.4; inventory O095).

use std::sync::Arc;

use oauth::GrantType;
use oauth::token::device_code::{self, DeviceCodeRejection};
use oauth::token::{TokenTarget, refresh_token};

use super::authorization_code::first_refresh_token;
use super::grant::{Grant, Refusal, in_transaction};
use super::issue::{self, TokenSource, UnsignedTokens};
use super::{TokenError, TokenRequest};
use crate::oidc::authorization_codes::TokenContext;
use crate::oidc::device::codes;
use crate::oidc::locked::LockedToken;
use crate::oidc::{audit, grants, sessions};
use crate::work::Work;

pub(super) const GRANT: Grant =
    Grant { grant_type: GrantType::DeviceCode, authorize: |request| Box::pin(authorize(request)) };

const GTY: &str = "device_code";

/// A device asks again and again until its user has decided: only the answer that ends it takes a transaction.
async fn authorize(request: Arc<TokenRequest>) -> Result<UnsignedTokens, TokenError> {
    request.params.require(&["device_code"])?;
    let value = value_of(&request).to_owned();
    let found = request.context.read_inline(move |view| codes::find(view, &value)).await?;
    match check(&request, found.as_ref()) {
        Err(DeviceCodeRejection { revoke_grant: false, error }) => Err(error.into()),
        Ok(()) | Err(_) => in_transaction(request, exchange_code).await,
    }
}

fn value_of(request: &TokenRequest) -> &str {
    request.params.get("device_code").unwrap_or_default()
}

fn check(request: &TokenRequest, code: Option<&device_code::DeviceCode>) -> Result<(), DeviceCodeRejection> {
    let verifier = request.params.get("code_verifier");
    device_code::check(code, &request.registered.client, verifier, request.context.now)
}

fn exchange_code(work: &Work<'_>, request: &TokenRequest) -> Result<UnsignedTokens, Refusal> {
    let (params, registered, value) = (&request.params, &request.registered, value_of(request));
    let locked = codes::lock(work, value)?;
    let checked = check(request, locked.as_ref().map(|locked| &locked.stored.code));
    let LockedToken { stored, grant, subject } = locked.ok_or_else(device_code::not_found)?;
    let context = stored.context;
    match checked {
        Err(DeviceCodeRejection { revoke_grant: true, .. }) => return Err(end_replayed_grant(work, request, &context)),
        Err(DeviceCodeRejection { error, .. }) => return Err(error.into()),
        Ok(()) => {}
    }
    let granted = grant.scopes(work.now())?;
    let subject = subject.require_active()?;
    sessions::require_alive_for(work, &context)?;
    registered.require_access(work, &context.user_id)?;
    let requested = registered.permitted_scopes(&context.scope);
    let knows_resource = |indicator: &str| request.context.config.access.resources.contains_key(indicator);
    let target = TokenTarget::resolve(params, &context.resources, &requested, None, knows_resource)?;
    if !codes::mark_used(work, value)? {
        return Err(end_replayed_grant(work, request, &context));
    }
    let id_token_scope = requested.contains("openid").then(|| requested.intersection(&granted.openid));
    let source =
        TokenSource { registered, subject, granted: &granted, context: &context, gty: GTY, requested: &requested };
    let mut unsigned = issue::issue_tokens(work, &request.context, source, &target, id_token_scope.as_ref())?;
    if refresh_token::is_issued(&registered.client, &context.scope) {
        unsigned.refresh_token = Some(first_refresh_token(work, &registered.client, &context, GTY)?);
    }
    Ok(unsigned)
}

/// Somebody had the tokens before: whoever holds them loses them.
fn end_replayed_grant(work: &Work<'_>, request: &TokenRequest, context: &TokenContext) -> Refusal {
    let ended = grants::revoke(work, &context.grant_id)
        .and_then(|()| work.audit(&audit::revocation(&request.context, &context.grant_id, None, &request.params)));
    match ended {
        Ok(()) => Refusal::committed(&context.user_id, device_code::replay_rejection().error),
        Err(error) => error.into(),
    }
}
