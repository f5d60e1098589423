//! A person with a token of the Me API (inventory A074): an administrator, at the tenant `admin`. The token is a JWT of the resource
//! `https://admin.logto.app/me`, whose scope opens the whole account; so it needs no settings of the account centre, and nothing of the
//! Account API's needs.

use std::ops::Deref;

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use kernel::ids::{ApplicationId, UserId};
use oauth::ScopeSet;

use super::gate::{Admitted, Credential, unauthorized};
use super::{AccountNeeds, AccountUser, account_operations};
use crate::App;
use crate::callers::authorization_header::presented;
use crate::callers::management::{authenticate, forbidden};
use crate::callers::{Access, Caller, RequestContext};
use crate::errors::ApiError;
use crate::oidc::tokens::AccountTokenRow;
use crate::oidc::{grants, scopes};
use crate::roles;
use crate::users::{UserResponse, store};
use crate::work::View;

const INDICATOR: &str = "https://admin.logto.app/me";
const TENANT: &str = "admin";

account_operations! {
    OwnAccount = AccountNeeds::to_prove();
}

/// The caller of the Me API. Derefs to the caller of the Account API, whose functions change the account.
pub struct MeUser(AccountUser<OwnAccount>);

impl Caller for MeUser {
    const ACCESS: Access = Access::Me;
}

impl Deref for MeUser {
    type Target = AccountUser<OwnAccount>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl FromRequestParts<App> for MeUser {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Response> {
        let request = RequestContext::of(parts).await.map_err(IntoResponse::into_response)?;
        match request.tenant_id() == TENANT {
            true => Self::of(request).await.map_err(IntoResponse::into_response),
            // Only the tenant `admin` has these routes.
            false => Err(StatusCode::NOT_FOUND.into_response()),
        }
    }
}

impl MeUser {
    async fn of(request: RequestContext) -> Result<Self, ApiError> {
        let token = presented(&request.headers)?;
        let caller = authenticate(&request, INDICATOR).await?;
        if caller.is_application {
            return Err(forbidden());
        }
        let named = MeToken {
            user_id: caller.id.into(),
            client_id: caller.client_id,
            // A token of a person always has one.
            grant_id: caller.grant_id.ok_or_else(unauthorized)?,
            jkt: caller.jkt,
        };
        let found = AccountUser::find(request.clone(), named, None).await?;
        token.require_possession(&request, Some(found.client()), found.bound_to()).await?;
        found.checked().map(Self)
    }

    /// The id of a record that only this sign-in of the person finds again, by what it is for.
    pub fn record_id(&self, purpose: &str) -> String {
        let sign_in = self.session_uid().unwrap_or(self.grant_id());
        kernel::id::token_digest(&format!("me\n{}\n{sign_in}\n{purpose}", self.id()))
    }
}

/// What a JWT of the Me API names.
#[derive(Clone)]
pub(crate) struct MeToken {
    user_id: UserId,
    client_id: ApplicationId,
    grant_id: String,
    jkt: Option<String>,
}

impl From<MeToken> for Credential {
    fn from(token: MeToken) -> Self {
        Self::Me(token)
    }
}

impl MeToken {
    /// Asks for the right as it is now, and not as it was when the token was issued: the grant has not ended, the person is not suspended
    /// and has a role with the scope `all` of this API, and signed in themself at an application of the operator.
    ///
    /// # Errors
    /// 401 `user.suspended`; 403 `auth.forbidden`; a failure of the database.
    pub(super) fn find(&self, view: &View<'_>, request: &RequestContext) -> Result<Option<Admitted>, ApiError> {
        let Some(user) = store::find(view, &self.user_id)? else { return Ok(None) };
        if user.is_suspended {
            return Err(ApiError::new(StatusCode::UNAUTHORIZED, "user.suspended"));
        }
        let grant = grants::find_subject(view, &self.grant_id, &self.user_id, &self.client_id)?;
        let (Some(grant), Some(registered)) = (grant, request.client_in(view, &self.client_id)?) else {
            return Ok(None);
        };
        let roles = roles::ids_of_user(view, &user.id)?;
        let may = scopes::role_scopes(&request.config, &roles, INDICATOR).contains("all")
            && grant.exchange.is_none()
            && !registered.client.is_third_party
            && registered.is_open_to(view, &user.id)?;
        if !may {
            return Err(forbidden());
        }
        let token = AccountTokenRow {
            client_id: self.client_id.clone(),
            grant_id: self.grant_id.clone(),
            session_uid: grant.session_uid,
            scope: ScopeSet::default(),
            gty: String::new(),
            jkt: self.jkt.clone(),
            user: UserResponse::of(view, user)?,
        };
        Ok(Some(Admitted::of_whole_account(token, registered)))
    }
}
