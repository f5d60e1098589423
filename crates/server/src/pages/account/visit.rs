//! Who opens an account page.

use ::api::ErrorCode;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};

use super::super::interaction_page::see_other;
use super::super::page_request::PageRequest;
use super::{sign_in, verified_action};
use crate::App;
use crate::account_center;
use crate::callers::{Access, AccountOperation, AccountUser, Caller};
use crate::errors::ApiError;
use crate::oidc::stored_name::StoredName;
use crate::oidc::{cookies, sessions};

/// What the token of forms is signed as.
const FORM: &str = "_account_form";

/// A person on a page that needs what the operation `O` needs. Who is not signed in goes to the sign-in, who must prove first who they
/// are to that page, and both come back.
pub(super) struct AccountPage<O> {
    pub request: PageRequest,
    pub user: AccountUser<O>,
    /// The token that the page's forms send back.
    pub xsrf: String,
}

impl<O: AccountOperation> Caller for AccountPage<O> {
    const ACCESS: Access = Access::AccountPage(O::NEEDS);
}

impl<O: AccountOperation> FromRequestParts<App> for AccountPage<O> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let request = PageRequest::from_request_parts(parts, app).await.map_err(IntoResponse::into_response)?;
        Self::find(request).await?.checked()
    }
}

impl<O: AccountOperation> AccountPage<O> {
    /// The person who is signed in here; nothing of the operation is asked yet.
    ///
    /// # Errors
    /// Where the browser goes without, or that there are no such pages.
    pub async fn find(mut request: PageRequest) -> Result<Self, Response> {
        require_enabled(&mut request)?;
        match signed_in::<O>(&request).await {
            Ok(Some((user, xsrf))) => Ok(Self { request, user, xsrf }),
            Ok(None) => Err(sign_in::begin(&request)),
            Err(error) => Err(error.into_response()),
        }
    }

    /// The same, once everything that the operation needs was asked for.
    ///
    /// # Errors
    /// As [`refusal`].
    pub fn checked(self) -> Result<Self, Response> {
        let Self { request, user, xsrf } = self;
        match user.checked() {
            Ok(user) => Ok(Self { request, user, xsrf }),
            Err(error) => Err(refusal(&request, &error)),
        }
    }
}

/// Dresses the page as the account centre.
///
/// # Errors
/// 404 where it is not enabled: there are no such pages then (A062).
pub(super) fn require_enabled(request: &mut PageRequest) -> Result<(), Response> {
    let settings = account_center::settings(&request.config);
    request.set_css(settings.custom_css.as_deref());
    match settings.enabled {
        true => Ok(()),
        false => Err(hidden(ErrorCode::AccountCenterNotEnabled)),
    }
}

/// The token is worth something only in the browser of the session that it comes from: a cookie that another site under the same domain
/// plants, or that somebody copied, opens nothing alone (attack C15).
async fn signed_in<O: AccountOperation>(request: &PageRequest) -> Result<Option<(AccountUser<O>, String)>, ApiError> {
    let (token, handle) = (request.cookie(cookies::ACCOUNT), request.cookie(cookies::SESSION));
    let (Some(token), Some(handle)) = (token, handle) else { return Ok(None) };
    let name = StoredName::of_opaque(&token);
    let xsrf = cookies::sign_newest(&request.config.keys.cookie_keys, FORM, name.as_str());
    let proof_id = request.cookie(cookies::ACCOUNT_PROOF);
    let user = match AccountUser::<O>::find(request.context(), name, proof_id).await {
        Ok(user) => user,
        Err(error) if error.status() == StatusCode::UNAUTHORIZED => return Ok(None),
        Err(error) => return Err(error),
    };
    let session = request.read_inline(move |view| sessions::find_by_cookie(view, &handle)).await?;
    let is_of_browser = session.is_some_and(|session| user.session_uid() == Some(session.uid.as_str()));
    Ok(Some((user, xsrf)).filter(|(user, _)| is_of_browser && user.bound_to().is_none()))
}

/// Whether a form sent the token of the forms of this access token, with whichever of the tenant's keys it was made.
pub(super) fn is_own_form<O: AccountOperation>(page: &AccountPage<O>, sent: &str) -> bool {
    let Some(token) = page.request.cookie(cookies::ACCOUNT) else { return false };
    let name = StoredName::of_opaque(&token);
    cookies::is_signed(&page.request.config.keys.cookie_keys, FORM, name.as_str(), sent)
}

/// The answer to a person who may not do it, or not yet.
pub(super) fn refusal(request: &PageRequest, error: &ApiError) -> Response {
    match error.code() {
        "verification_record.permission_denied" => see_other(&verified_action::href_for(request, &page_of(request))),
        // Signed out meanwhile.
        "auth.unauthorized" => sign_in::begin(request),
        "account_center.field_not_enabled" => hidden(ErrorCode::AccountCenterFieldNotEnabled),
        "account_center.field_not_editable" => hidden(ErrorCode::AccountCenterFieldNotEditable),
        _ => error.clone().into_response(),
    }
}

/// The path of the page that a request comes from: forms are sent to paths below it.
pub(super) fn page_of(request: &PageRequest) -> String {
    let path = request.uri.path();
    // Who comes back from a provider too late begins anew.
    if let Some(connector) = path.strip_prefix("/account/callback/social/") {
        return format!("/account/social/{connector}");
    }
    if request.method == Method::GET {
        return path.to_owned();
    }
    let segments: Vec<&str> = path.split('/').collect();
    // Pages of these are one or two segments deeper.
    let depth = match segments.get(2) {
        Some(&"passkey" | &"backup-codes") => 4,
        Some(&"social") => 5,
        _ => 3,
    };
    segments.into_iter().take(depth).collect::<Vec<_>>().join("/")
}

fn hidden(code: ErrorCode) -> Response {
    ApiError::new(StatusCode::NOT_FOUND, code).into_response()
}
