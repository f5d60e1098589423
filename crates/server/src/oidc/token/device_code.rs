//! The device code grant (RFC 8628 section 3.4; inventory O095).

use std::sync::Arc;

use oauth::token::device_code::{self, DeviceCodeRejection};
use oauth::{GrantType, OAuthError};

use super::grant::{Grant, Refusal, in_transaction};
use super::issue::UnsignedTokens;
use super::redeem::{CheckedCode, end_replayed_grant};
use super::{TokenError, TokenRequest};
use crate::oidc::device::codes;
use crate::oidc::locked::LockedToken;
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
    let value = value_of(request);
    let locked = codes::lock(work, value)?;
    let checked = check(request, locked.as_ref().map(|locked| &locked.stored.code));
    let LockedToken { stored, grant, subject } = locked.ok_or_else(device_code::not_found)?;
    let context = stored.context;
    match checked {
        Err(DeviceCodeRejection { revoke_grant: true, .. }) => {
            return Err(end_replayed_grant(work, request, &context, replayed));
        }
        Err(DeviceCodeRejection { error, .. }) => return Err(error.into()),
        Ok(()) => {}
    }
    let checked = CheckedCode { context, grant, subject, gty: GTY, replayed };
    checked.redeem(work, request, || codes::mark_used(work, value))
}

fn replayed() -> OAuthError {
    device_code::replay_rejection().error
}
