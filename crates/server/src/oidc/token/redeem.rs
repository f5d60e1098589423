//! What authorization codes and device codes have in common once they are checked: they are used up, and tokens are made of what the
//! user granted.

use db::DbError;
use oauth::OAuthError;
use oauth::token::{TokenTarget, refresh_token};

use super::TokenRequest;
use super::authorization_code::first_refresh_token;
use super::grant::Refusal;
use super::issue::{self, TokenSource, UnsignedTokens};
use crate::oidc::authorization_codes::TokenContext;
use crate::oidc::locked::LockedGrant;
use crate::oidc::subject::Subject;
use crate::oidc::{audit, grants, sessions};
use crate::work::Work;

/// A code that was checked, with its rows locked.
pub(super) struct CheckedCode {
    pub context: TokenContext,
    pub grant: LockedGrant,
    pub subject: Subject,
    /// The grant type, as refresh tokens keep it.
    pub gty: &'static str,
    /// The answer where the code was used before.
    pub replayed: fn() -> OAuthError,
}

impl CheckedCode {
    /// Uses the code up by `mark_used`, which says whether it was not used before.
    pub(super) fn redeem(
        self,
        work: &Work<'_>,
        request: &TokenRequest,
        mark_used: impl FnOnce() -> Result<bool, DbError>,
    ) -> Result<UnsignedTokens, Refusal> {
        let Self { context, grant, subject, gty, replayed } = self;
        let (params, registered) = (&request.params, &request.registered);
        let granted = grant.scopes(work.now())?;
        let subject = subject.require_active()?;
        sessions::require_alive_for(work, &context)?;
        registered.require_access(work, &context.user_id)?;
        let requested = registered.permitted_scopes(&context.scope);
        let knows_resource = |indicator: &str| request.context.config.access.resources.contains_key(indicator);
        let target = TokenTarget::resolve(params, &context.resources, &requested, None, knows_resource)?;
        if !mark_used()? {
            return Err(end_replayed_grant(work, request, &context, replayed));
        }
        let id_token_scope = requested.contains("openid").then(|| requested.intersection(&granted.openid));
        let source =
            TokenSource { registered, subject, granted: &granted, context: &context, gty, requested: &requested };
        let mut unsigned = issue::issue_tokens(work, &request.context, source, &target, id_token_scope.as_ref())?;
        if refresh_token::is_issued(&registered.client, &context.scope) {
            unsigned.refresh_token = Some(first_refresh_token(work, request, &context, gty)?);
        }
        Ok(unsigned)
    }
}

/// Somebody used the code before: whoever holds tokens of its grant loses them (OAuth 2.1 section 4.1.3).
pub(super) fn end_replayed_grant(
    work: &Work<'_>,
    request: &TokenRequest,
    context: &TokenContext,
    replayed: fn() -> OAuthError,
) -> Refusal {
    let ended = grants::revoke(work, &context.grant_id)
        .and_then(|()| work.audit(&audit::revocation(&request.context, &context.grant_id, None, &request.params)));
    match ended {
        Ok(()) => Refusal::committed(&context.user_id, replayed()),
        Err(error) => error.into(),
    }
}
