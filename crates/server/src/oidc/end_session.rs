//! RP-initiated logout (inventory O009, O113, O114, traces 30-14 and 30-15).

use axum::body::Body;
use axum::http::StatusCode;
use axum::response::Response;
use db::Tx;
use kernel::id;
use oauth::end_session::{self, LogoutHint};
use oauth::{OAuthError, Params};
use views::pages::{MessagePage, SignOutPage};

use super::authorize::set_session_cookie;
use super::body::{self, BodyError};
use super::provider_request::ProviderRequest;
use super::sessions::{PendingLogout, Session};
use super::{ProviderError, audit, cookies, grants, response, sessions};
use crate::callers::SameOrigin;
use crate::pages::PageRequest;

/// `GET /oidc/session/end`.
pub async fn get_end_session(req: ProviderRequest, visit: PageRequest) -> Response {
    match req.query_params() {
        Ok(params) => show_confirmation(req, visit, params).await,
        Err(error) => response::error(&req, &error),
    }
}

/// `POST /oidc/session/end`: the form takes the place of the query.
pub async fn post_end_session(req: ProviderRequest, visit: PageRequest, body: Body) -> Response {
    match body::read(&req.headers, body, "/session/end").await {
        Ok(params) => show_confirmation(req, visit, params).await,
        Err(BodyError::TooLarge) => body::too_large(),
        Err(BodyError::OAuth(error)) => response::error(&req, &error),
    }
}

/// Shows the confirmation page. Only its form signs out, so that a link alone cannot (attack A9).
async fn show_confirmation(req: ProviderRequest, mut visit: PageRequest, params: Params) -> Response {
    let mut set_cookies = req.set_cookies();
    let handle = req.cookie(cookies::SESSION);
    if let Some(handle) = &handle {
        set_session_cookie(&mut set_cookies, &req, handle);
    }
    let hint = parse_id_token_hint(&req, params.get("id_token_hint"));
    let client_id = params.get("client_id").or(match &hint {
        LogoutHint::Client(id) => Some(id.as_str()),
        LogoutHint::Absent | LogoutHint::Invalid => None,
    });
    let registered = client_id.and_then(|id| req.client(id));
    let client = registered.as_ref().map(|found| &found.client);
    let request = match end_session::check(&params, &hint, |_| client) {
        Ok(request) => request,
        Err(error) => return response::with_cookies(response::error(&req, &error), set_cookies),
    };
    let pending = PendingLogout { secret: id::opaque_token(&req.app.rng), request };
    let (inner, stored) = (req.clone(), pending.clone());
    let stored_logout = req.app.db.write(move |tx| store_pending_logout(tx, &inner, handle.as_deref(), &stored)).await;
    let (has_user, new_handle) = match stored_logout {
        Ok(found) => found,
        Err(ProviderError(error)) => return response::with_cookies(response::error(&req, &error), set_cookies),
    };
    if let Some(handle) = new_handle {
        set_cookies = req.set_cookies();
        set_session_cookie(&mut set_cookies, &req, &handle);
    }
    visit.set_locale(params.get("ui_locales"));
    let page = SignOutPage {
        action: format!("{}/session/end/confirm", req.issuer()),
        xsrf: pending.secret,
        application: client.filter(|_| has_user).map(|client| client.name.clone()),
        automatic: true,
    };
    response::with_cookies(response::no_store(visit.render(StatusCode::OK, &page)), set_cookies)
}

/// Stores the request in the session, or in a new one if there is none. Returns whether a user is signed in, and the handle
/// of a new session.
fn store_pending_logout(
    tx: &Tx<'_>,
    req: &ProviderRequest,
    handle: Option<&str>,
    pending: &PendingLogout,
) -> Result<(bool, Option<String>), ProviderError> {
    let found = match handle {
        Some(handle) => sessions::find_by_cookie(tx, req.tenant_id(), handle, req.now)?,
        None => None,
    };
    let (session, new_handle) = match found {
        Some(session) => (session, None),
        None => {
            let (session, handle) = sessions::create(tx, req.tenant_id(), &req.app.rng, req.now, req.session_ttl())?;
            (session, Some(handle))
        }
    };
    sessions::set_pending_logout(tx, req.tenant_id(), &session.uid, pending)?;
    Ok((session.user_id.is_some(), new_handle))
}

/// Verifies `id_token_hint`: an ID token of this issuer, expired or not. Its audience is the client.
fn parse_id_token_hint(req: &ProviderRequest, token: Option<&str>) -> LogoutHint {
    let Some(token) = token else { return LogoutHint::Absent };
    let Ok(verified) = req.config.keys.verifying.verify(token) else { return LogoutHint::Invalid };
    let is_ours = verified.header.typ.is_none() && verified.text("iss") == Some(req.issuer());
    match verified.text("aud").filter(|_| is_ours) {
        Some(client_id) => LogoutHint::Client(client_id.to_owned()),
        None => LogoutHint::Invalid,
    }
}

/// The result of the confirmation.
struct LogoutOutcome {
    to: String,
    /// The session's new handle; `None` when it was deleted.
    handle: Option<String>,
    revoked: Vec<String>,
    session_uid: String,
}

/// `POST /oidc/session/end/confirm`.
pub async fn confirm_end_session(request: SameOrigin, body: Body) -> Response {
    let req = ProviderRequest::of_context(&request);
    let mut set_cookies = req.set_cookies();
    let handle = req.cookie(cookies::SESSION);
    let params = match body::read(&req.headers, body, "/session/end/confirm").await {
        Ok(params) => params,
        Err(BodyError::TooLarge) => return body::too_large(),
        Err(BodyError::OAuth(error)) => return response::error(&req, &error),
    };
    let (inner, inner_params, inner_handle) = (req.clone(), params.clone(), handle.clone());
    let ended = req.app.db.write(move |tx| complete_logout(tx, &inner, &inner_params, inner_handle.as_deref())).await;
    let ended = match ended {
        Ok(ended) => ended,
        Err(ProviderError(error)) => {
            if let Some(handle) = &handle {
                set_session_cookie(&mut set_cookies, &req, handle);
            }
            return response::with_cookies(response::error(&req, &error), set_cookies);
        }
    };
    for grant_id in &ended.revoked {
        audit::log_revocation(&req, grant_id, Some(&ended.session_uid), &params);
    }
    match &ended.handle {
        Some(handle) => set_session_cookie(&mut set_cookies, &req, handle),
        None => set_cookies.remove(cookies::SESSION, "/"),
    }
    response::with_cookies(response::see_other(&ended.to), set_cookies)
}

fn complete_logout(
    tx: &Tx<'_>,
    req: &ProviderRequest,
    params: &Params,
    handle: Option<&str>,
) -> Result<LogoutOutcome, ProviderError> {
    params.reject_repeated()?;
    let session = match handle {
        Some(handle) => sessions::find_by_cookie(tx, req.tenant_id(), handle, req.now)?,
        None => None,
    };
    let mut session = session.ok_or_else(|| OAuthError::invalid_request("could not find logout details"))?;
    let pending = session.logout.take();
    let pending = pending.ok_or_else(|| OAuthError::invalid_request("could not find logout details"))?;
    if !params.get("xsrf").is_some_and(|given| id::constant_time_eq(given, &pending.secret)) {
        return Err(OAuthError::invalid_request("xsrf token invalid").into());
    }
    let to = pending.request.destination(&format!("{}/session/end/success", req.issuer()));
    let session_uid = session.uid.clone();
    if params.get("logout").is_some() {
        let revoked = sign_out(tx, req, &session)?;
        return Ok(LogoutOutcome { to, handle: None, revoked, session_uid });
    }
    // Staying signed in still revokes this client's grant (SURPRISES 17).
    let client_id = pending.request.client_id.unwrap_or_default();
    let revoked: Vec<String> =
        session.authorizations.remove(&client_id).map(|known| known.grant_id).into_iter().collect();
    // The session is locked before its grants, as in `sign_out`, to prevent deadlocks.
    let handle = sessions::update_and_rotate(tx, req.tenant_id(), &mut session, &req.app.rng, req.session_end())?;
    for grant_id in &revoked {
        grants::revoke(tx, req.tenant_id(), grant_id)?;
    }
    Ok(LogoutOutcome { to, handle: Some(handle), revoked, session_uid })
}

/// Deletes the session and the grants that do not outlive it (inventory O113). Returns the ids of these grants.
pub fn sign_out(tx: &Tx<'_>, req: &ProviderRequest, session: &Session) -> Result<Vec<String>, ProviderError> {
    let ending = session.authorizations.values().filter(|authorization| !authorization.persists_logout);
    let revoked: Vec<String> = ending.map(|authorization| authorization.grant_id.clone()).collect();
    sessions::delete(tx, req.tenant_id(), &session.uid)?;
    for grant_id in &revoked {
        grants::revoke(tx, req.tenant_id(), grant_id)?;
    }
    Ok(revoked)
}

/// `GET /oidc/session/end/success`.
pub async fn show_signed_out(visit: PageRequest) -> Response {
    response::no_store(visit.render(StatusCode::OK, &MessagePage::signed_out(visit.locale)))
}
