//! The one check of the account API.

use std::sync::Arc;

use ::api::ErrorCode;
use axum::http::StatusCode;
use oauth::ScopeSet;

use super::needs::{AccountNeeds, Part, Proof};
use crate::account::records;
use crate::account_center::AccountCenterSettings;
use crate::callers::RequestContext;
use crate::errors::ApiError;
use crate::oidc::clients::RegisteredClient;
use crate::oidc::stored_name::StoredName;
use crate::oidc::tokens::{self, AccountTokenRow};
use crate::work::View;

const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

/// What a request shows, and what it needs.
#[derive(Clone)]
pub(super) struct Gate {
    needs: &'static AccountNeeds,
    pub members: Vec<&'static Part>,
    name: StoredName,
    proof_id: Option<String>,
}

/// What the request showed is worth now.
#[derive(Clone)]
pub(super) struct Admitted {
    pub token: AccountTokenRow,
    pub registered: Arc<RegisteredClient>,
    /// The scopes of the token that its application may still use.
    pub scope: ScopeSet,
    is_proven: bool,
}

impl Admitted {
    /// Whether the token was given for another one, and not for a sign-in of the person.
    fn is_exchanged(&self) -> bool {
        self.token.gty.split(' ').any(|name| name == TOKEN_EXCHANGE)
    }
}

pub(super) fn unauthorized() -> ApiError {
    ApiError::new(StatusCode::UNAUTHORIZED, ErrorCode::AuthUnauthorized)
}

fn forbidden(code: ErrorCode) -> ApiError {
    ApiError::new(StatusCode::FORBIDDEN, code)
}

impl Gate {
    pub fn new(needs: &'static AccountNeeds, name: StoredName, proof_id: Option<String>) -> Self {
        Self { needs, members: Vec::new(), name, proof_id: proof_id.filter(|id| !id.is_empty()) }
    }

    pub fn proof_id(&self) -> Option<&str> {
        self.proof_id.as_deref()
    }

    /// The token with its user and application; none when it is not valid any more, also because the person is suspended or must not
    /// use the application.
    pub fn find(&self, view: &View<'_>, request: &RequestContext) -> Result<Option<Admitted>, ApiError> {
        let Some(token) = tokens::find_account_token(view, &self.name)? else { return Ok(None) };
        let Some(registered) = request.client_in(view, &token.client_id)? else { return Ok(None) };
        let user = &token.user.info;
        if user.is_suspended || !registered.is_open_to(view, &user.id)? {
            return Ok(None);
        }
        let is_proven = match &self.proof_id {
            Some(id) if self.needs.asks_for_proof() => records::proves_identity(view, user, id)?,
            _ => false,
        };
        let scope = registered.permitted_scopes(&token.scope);
        Ok(Some(Admitted { token, registered, scope, is_proven }))
    }

    /// Everything that the operation needs, in the order of the contract.
    pub fn check(&self, found: &Admitted, settings: &AccountCenterSettings) -> Result<(), ApiError> {
        if !found.scope.contains("openid") {
            return Err(forbidden(ErrorCode::AuthForbidden));
        }
        if self.needs.changes && found.registered.client.is_third_party {
            return Err(forbidden(ErrorCode::AuthThirdPartyApplicationForbidden));
        }
        if self.needs.account_center && !settings.enabled {
            return Err(ApiError::bad_request(ErrorCode::AccountCenterNotEnabled));
        }
        let parts = std::iter::once(&self.needs.whole).chain(self.members.iter().copied());
        parts.into_iter().try_for_each(|part| self.check_part(part, found, settings))
    }

    fn check_part(&self, part: &Part, found: &Admitted, settings: &AccountCenterSettings) -> Result<(), ApiError> {
        let is_proven = match part.proof {
            Proof::None => true,
            Proof::Always => found.is_proven,
            // The first way to prove who they are is given by whoever signed in, not by who acts for them (attack C17).
            Proof::IfPossible if !found.token.user.has_security_method() => !found.is_exchanged(),
            Proof::IfPossible => found.is_proven,
        };
        if !is_proven {
            let code = ErrorCode::VerificationRecordPermissionDenied;
            return Err(ApiError::new(StatusCode::UNAUTHORIZED, code));
        }
        if part.scope.is_some_and(|scope| !found.scope.contains(scope)) {
            let status = StatusCode::from_u16(self.needs.scope_status).unwrap_or(StatusCode::UNAUTHORIZED);
            return Err(ApiError::new(status, ErrorCode::AuthUnauthorized));
        }
        let Some(field) = part.field else { return Ok(()) };
        match self.needs.changes {
            true if !field.is_editable(&settings.fields) => {
                Err(ApiError::bad_request(ErrorCode::AccountCenterFieldNotEditable))
            }
            false if !field.is_readable(&settings.fields) => {
                Err(ApiError::bad_request(ErrorCode::AccountCenterFieldNotEnabled))
            }
            _ => Ok(()),
        }
    }
}
