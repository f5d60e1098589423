//! RP-initiated logout (inventory O009, O113, O114, traces 30-14 and 30-15).

use axum::body::Body;
use axum::http::StatusCode;
use axum::response::Response;
use db::Tx;
use kernel::id;
use oauth::end_session::{self, LogoutHint};
use oauth::{OAuthError, Params};
use views::pages::{Message, SignOut};

use super::authorize::set_session;
use super::body::{self, BodyError};
use super::context::Context;
use super::sessions::{PendingLogout, Session};
use super::{Failure, audit, cookies, grants, reply, sessions};
use crate::pages::Visit;

/// `GET /oidc/session/end`.
pub async fn get(cx: Context, visit: Visit) -> Response {
    match cx.query_params() {
        Ok(params) => ask(cx, visit, params).await,
        Err(error) => reply::error(&cx, &error),
    }
}

/// `POST /oidc/session/end`: as if the form had been the query.
pub async fn post(cx: Context, visit: Visit, body: Body) -> Response {
    match body::read(&cx.headers, body, "/session/end").await {
        Ok(params) => ask(cx, visit, params).await,
        Err(BodyError::TooLarge) => body::too_large(),
        Err(BodyError::OAuth(error)) => reply::error(&cx, &error),
    }
}

/// Shows the page that asks; a form on it decides, so that no link alone can sign anybody out.
async fn ask(cx: Context, mut visit: Visit, params: Params) -> Response {
    let mut jar = cx.jar();
    let handle = cx.cookie(cookies::SESSION);
    if let Some(handle) = &handle {
        set_session(&mut jar, &cx, handle);
    }
    let hint = hint(&cx, params.get("id_token_hint"));
    let named = params.get("client_id").or(match &hint {
        LogoutHint::Client(id) => Some(id.as_str()),
        LogoutHint::Absent | LogoutHint::Invalid => None,
    });
    let registered = named.and_then(|id| cx.client(id));
    let client = registered.as_ref().map(|found| &found.client);
    let request = match end_session::check(&params, &hint, |_| client) {
        Ok(request) => request,
        Err(error) => return reply::with_cookies(reply::error(&cx, &error), jar),
    };
    let pending = PendingLogout { secret: id::opaque(&cx.app.rng), request };
    let (inner, stored) = (cx.clone(), pending.clone());
    let shown = cx.app.db.write(move |tx| remember(tx, &inner, handle.as_deref(), &stored)).await;
    let (has_user, new_handle) = match shown {
        Ok(shown) => shown,
        Err(Failure(error)) => return reply::with_cookies(reply::error(&cx, &error), jar),
    };
    if let Some(handle) = new_handle {
        jar = cx.jar();
        set_session(&mut jar, &cx, &handle);
    }
    visit.speak(params.get("ui_locales"));
    let page = SignOut {
        action: format!("{}/session/end/confirm", cx.issuer()),
        xsrf: pending.secret,
        application: client.filter(|_| has_user).map(|client| client.name.clone()),
        automatic: true,
    };
    reply::with_cookies(reply::no_store(visit.show(StatusCode::OK, &page)), jar)
}

/// Stores the request in the session, which begins here if there is none. Tells whether somebody is signed in.
fn remember(
    tx: &Tx<'_>,
    cx: &Context,
    handle: Option<&str>,
    pending: &PendingLogout,
) -> Result<(bool, Option<String>), Failure> {
    let found = match handle {
        Some(handle) => sessions::by_handle(tx, cx.tenant_id(), handle, cx.now)?,
        None => None,
    };
    let (session, new_handle) = match found {
        Some(session) => (session, None),
        None => {
            let (session, handle) = sessions::create(tx, cx.tenant_id(), &cx.app.rng, cx.now, cx.session_ttl())?;
            (session, Some(handle))
        }
    };
    sessions::save_logout(tx, cx.tenant_id(), &session.uid, pending)?;
    Ok((session.user_id.is_some(), new_handle))
}

/// An ID token of ours, expired or not. Its audience names the client.
fn hint(cx: &Context, token: Option<&str>) -> LogoutHint {
    let Some(token) = token else { return LogoutHint::Absent };
    let Ok(verified) = cx.config.keys.verifying.verify(token) else { return LogoutHint::Invalid };
    let own = verified.header.typ.is_none() && verified.text("iss") == Some(cx.issuer());
    match verified.text("aud").filter(|_| own) {
        Some(client_id) => LogoutHint::Client(client_id.to_owned()),
        None => LogoutHint::Invalid,
    }
}

/// What the confirmation did.
struct Ended {
    to: String,
    /// The session's new handle; none when it is gone.
    handle: Option<String>,
    revoked: Vec<String>,
    session_uid: String,
}

/// `POST /oidc/session/end/confirm`.
pub async fn confirm(cx: Context, body: Body) -> Response {
    let mut jar = cx.jar();
    let handle = cx.cookie(cookies::SESSION);
    let params = match body::read(&cx.headers, body, "/session/end/confirm").await {
        Ok(params) => params,
        Err(BodyError::TooLarge) => return body::too_large(),
        Err(BodyError::OAuth(error)) => return reply::error(&cx, &error),
    };
    let (inner, asked, known) = (cx.clone(), params.clone(), handle.clone());
    let ended = cx.app.db.write(move |tx| end(tx, &inner, &asked, known.as_deref())).await;
    let ended = match ended {
        Ok(ended) => ended,
        Err(Failure(error)) => {
            if let Some(handle) = &handle {
                set_session(&mut jar, &cx, handle);
            }
            return reply::with_cookies(reply::error(&cx, &error), jar);
        }
    };
    for grant_id in &ended.revoked {
        audit::revoke(&cx, grant_id, Some(&ended.session_uid), &params);
    }
    match &ended.handle {
        Some(handle) => set_session(&mut jar, &cx, handle),
        None => jar.remove(cookies::SESSION, "/"),
    }
    reply::with_cookies(reply::see_other(&ended.to), jar)
}

fn end(tx: &Tx<'_>, cx: &Context, params: &Params, handle: Option<&str>) -> Result<Ended, Failure> {
    params.reject_repeated()?;
    let session = match handle {
        Some(handle) => sessions::by_handle(tx, cx.tenant_id(), handle, cx.now)?,
        None => None,
    };
    let mut session = session.ok_or_else(|| OAuthError::invalid_request("could not find logout details"))?;
    let pending = session.logout.take();
    let pending = pending.ok_or_else(|| OAuthError::invalid_request("could not find logout details"))?;
    if !params.get("xsrf").is_some_and(|given| id::same_secret(given, &pending.secret)) {
        return Err(OAuthError::invalid_request("xsrf token invalid").into());
    }
    let to = pending.request.destination(&format!("{}/session/end/success", cx.issuer()));
    let session_uid = session.uid.clone();
    if params.get("logout").is_some() {
        let revoked = sign_out(tx, cx, &session)?;
        return Ok(Ended { to, handle: None, revoked, session_uid });
    }
    // Staying signed in still ends what this client holds (SURPRISES 17).
    let client_id = pending.request.client_id.unwrap_or_default();
    let revoked: Vec<String> =
        session.authorizations.remove(&client_id).map(|known| known.grant_id).into_iter().collect();
    // The session before its grants, as everywhere.
    let handle = sessions::save_rotated(tx, cx.tenant_id(), &mut session, &cx.app.rng, cx.session_end())?;
    for grant_id in &revoked {
        grants::revoke(tx, cx.tenant_id(), grant_id)?;
    }
    Ok(Ended { to, handle: Some(handle), revoked, session_uid })
}

/// Ends the session and the grants that do not outlive it (inventory O113); returns those.
pub fn sign_out(tx: &Tx<'_>, cx: &Context, session: &Session) -> Result<Vec<String>, Failure> {
    let ending = session.authorizations.values().filter(|authorization| !authorization.persists_logout);
    let revoked: Vec<String> = ending.map(|authorization| authorization.grant_id.clone()).collect();
    sessions::destroy(tx, cx.tenant_id(), &session.uid)?;
    for grant_id in &revoked {
        grants::revoke(tx, cx.tenant_id(), grant_id)?;
    }
    Ok(revoked)
}

/// `GET /oidc/session/end/success`.
pub async fn success(visit: Visit) -> Response {
    reply::no_store(visit.show(StatusCode::OK, &Message::signed_out(visit.locale)))
}
