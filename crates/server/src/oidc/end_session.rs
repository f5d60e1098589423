//! RP-initiated logout (inventory O009, O113, O114, traces 30-14 and 30-15).

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::id;
use oauth::end_session::{self, EndSession, LogoutHint};
use oauth::grant::Authorizations;
use oauth::{OAuthError, Params};
use views::Template;
use views::pages::{MessagePage, SignOutPage};

use super::authorize::{is_id_token, set_session_cookie};
use super::body::{self, BodyError};
use super::clients::RegisteredClient;
use super::interactions::{self, InteractionCookie};
use super::sessions::{PendingLogout, Session};
use super::{ProviderError, audit, backchannel_logout, cookies, foreign_form, grants, response, sessions};
use crate::callers::{RequestContext, SameOrigin};
use crate::pages::PageRequest;
use crate::work::Work;

/// `GET /oidc/session/end`.
pub async fn get_end_session(visit: PageRequest) -> Response {
    match visit.query_params() {
        Ok(params) => show_confirmation(visit, params).await,
        Err(error) => response::error(&visit, &error),
    }
}

/// `POST /oidc/session/end`: the form takes the place of the query.
pub async fn post_end_session(visit: PageRequest, body: Body) -> Response {
    match body::read(&visit.headers, body, "/session/end").await {
        Ok(params) => match foreign_form::ask_again(&visit, &params) {
            Some(redirect) => redirect,
            None => show_confirmation(visit, params).await,
        },
        Err(BodyError::TooLarge) => body::too_large(),
        Err(BodyError::OAuth(error)) => response::error(&visit, &error),
    }
}

/// Shows the confirmation page. Only its form signs out, so that a link alone cannot (attack A9).
async fn show_confirmation(mut visit: PageRequest, params: Params) -> Response {
    let req = RequestContext::clone(&visit);
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
    let registered = match req.current_client(client_id.unwrap_or_default()).await {
        Ok(registered) => registered,
        Err(ProviderError(error)) => {
            return response::with_cookies(response::error(&req, &error), set_cookies);
        }
    };
    let client = registered.as_ref().map(|found| &found.client);
    let request = match end_session::check(&params, &hint, |_| client) {
        Ok(request) => request,
        Err(error) => {
            let refused = response::with_client(response::error(&req, &error), &params, client);
            return response::with_cookies(refused, set_cookies);
        }
    };
    let BegunLogout { xsrf, has_user } = match begin_logout(&req, handle, request).await {
        Ok(begun) => begun,
        Err(ProviderError(error)) => return response::with_cookies(response::error(&req, &error), set_cookies),
    };
    visit.set_locale(params.get("ui_locales"));
    let automatic = !names_somebody_else(&req, params.get("id_token_hint")).await;
    let page = SignOutPage {
        action: format!("{}/session/end/confirm", req.issuer()),
        xsrf,
        application: client.filter(|_| has_user).map(|client| client.name.clone()),
        automatic,
    };
    response::with_cookies(page_response(&visit, &page), set_cookies)
}

/// A page that must not be framed by others, whatever its policy says to older browsers.
fn page_response<P: Template>(visit: &PageRequest, page: &P) -> Response {
    let mut response = response::no_store(visit.render(StatusCode::OK, page));
    response.headers_mut().insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
    response
}

/// A logout whose form is shown.
struct BegunLogout {
    /// What the form sends back.
    xsrf: String,
    has_user: bool,
}

/// Keeps the request in the browser's session. A browser without a session gets no row for it: its form carries the request,
/// signed.
async fn begin_logout(
    req: &RequestContext,
    handle: Option<String>,
    request: EndSession,
) -> Result<BegunLogout, ProviderError> {
    let sealed = BegunLogout { xsrf: seal_request(req, &request), has_user: false };
    let Some(handle) = handle else { return Ok(sealed) };
    req.write_relaxed(move |work| {
        let Some(session) = sessions::find_by_cookie(work, &handle)? else { return Ok(sealed) };
        let xsrf = id::opaque_token(work.rng());
        sessions::set_pending_logout(work, &session.uid, &PendingLogout { secret: xsrf.clone(), request })?;
        Ok(BegunLogout { xsrf, has_user: session.user_id.is_some() })
    })
    .await
}

/// The name under which a request of a browser without a session is signed.
const SEALED: &str = "end_session";

fn seal_request(req: &RequestContext, request: &EndSession) -> String {
    // Serializing can't fail: the members are texts.
    let text = URL_SAFE_NO_PAD.encode(serde_json::to_vec(request).unwrap_or_default());
    let signature = cookies::sign_newest(&req.config.keys.cookie_keys, SEALED, &text);
    format!("{text}.{signature}")
}

fn unseal_request(req: &RequestContext, sealed: &str) -> Option<EndSession> {
    let (text, signature) = sealed.split_once('.')?;
    let is_ours = cookies::is_signed(&req.config.keys.cookie_keys, SEALED, text, signature);
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok().filter(|_| is_ours)?).ok()
}

/// Where the browser goes after the logout: a post-logout URI only if it is registered now.
fn destination(req: &RequestContext, request: &EndSession, registered: Option<&RegisteredClient>) -> String {
    let client = registered.map(|found| &found.client);
    request.destination(client, &format!("{}/session/end/success", req.issuer()))
}

/// Verifies `id_token_hint`: an ID token of this issuer, expired or not. Its audience is the client.
fn parse_id_token_hint(req: &RequestContext, token: Option<&str>) -> LogoutHint {
    let Some(token) = token else { return LogoutHint::Absent };
    let Ok(verified) = req.config.keys.verifying.verify(token) else { return LogoutHint::Invalid };
    match verified.text("aud").filter(|_| is_id_token(&verified, req.issuer())) {
        Some(client_id) => LogoutHint::Client(client_id.to_owned()),
        None => LogoutHint::Invalid,
    }
}

/// Whether the hint names somebody else than the user of this browser's session: then the person decides, because it is
/// not the session that the application means. Without a hint the page goes on by itself, as existing clients expect.
async fn names_somebody_else(req: &RequestContext, token: Option<&str>) -> bool {
    let hint = token.and_then(|token| req.config.keys.verifying.verify(token).ok());
    let hint = hint.filter(|verified| is_id_token(verified, req.issuer()));
    let subject = hint.and_then(|verified| verified.text("sub").map(str::to_owned));
    let (Some(subject), Some(handle)) = (subject, req.cookie(cookies::SESSION)) else { return false };
    match req.read_inline(move |view| sessions::find_by_cookie(view, &handle)).await {
        Ok(session) => session.and_then(|session| session.user_id).is_some_and(|user_id| user_id != subject),
        Err(_) => true,
    }
}

/// The result of the confirmation.
struct LogoutOutcome {
    to: String,
    /// The session's new handle; `None` when it was deleted.
    handle: Option<String>,
}

/// `POST /oidc/session/end/confirm`.
pub async fn confirm_end_session(SameOrigin(req): SameOrigin, body: Body) -> Response {
    let mut set_cookies = req.set_cookies();
    let handle = req.cookie(cookies::SESSION);
    let params = match body::read(&req.headers, body, "/session/end/confirm").await {
        Ok(params) => params,
        Err(BodyError::TooLarge) => return body::too_large(),
        Err(BodyError::OAuth(error)) => return response::error(&req, &error),
    };
    if let Some(request) = params.get("xsrf").and_then(|sealed| unseal_request(&req, sealed)) {
        // Nobody was signed in when the page was opened: no session ends, also if somebody is now.
        if handle.is_none() {
            set_cookies.remove(cookies::SESSION, "/");
        }
        if let Err(ProviderError(error)) = end_sign_ins(&req).await {
            return response::with_cookies(response::error(&req, &error), set_cookies);
        }
        return match req.current_client(request.client_id.as_deref().unwrap_or_default()).await {
            Ok(registered) => {
                let to = destination(&req, &request, registered.as_deref());
                response::with_cookies(response::see_other(&to), set_cookies)
            }
            Err(ProviderError(error)) => response::error(&req, &error),
        };
    }
    let (inner, inner_handle) = (req.clone(), handle.clone());
    let ended = req.write(move |work| complete_logout(work, &inner, &params, inner_handle.as_deref())).await;
    let ended = match ended {
        Ok(ended) => ended,
        Err(ProviderError(error)) => {
            if let Some(handle) = &handle {
                set_session_cookie(&mut set_cookies, &req, handle);
            }
            return response::with_cookies(response::error(&req, &error), set_cookies);
        }
    };
    match &ended.handle {
        Some(handle) => set_session_cookie(&mut set_cookies, &req, handle),
        None => set_cookies.remove(cookies::SESSION, "/"),
    }
    response::with_cookies(response::see_other(&ended.to), set_cookies)
}

/// Ends the sign-ins that are under way in this browser.
async fn end_sign_ins(req: &RequestContext) -> Result<(), ProviderError> {
    let begun = InteractionCookie::read(&req.headers, &req.config.keys.cookie_keys);
    if begun.is_empty() {
        return Ok(());
    }
    req.write(move |work| Ok(interactions::delete_proven(work, &begun)?)).await
}

fn complete_logout(
    work: &Work<'_>,
    req: &RequestContext,
    params: &Params,
    handle: Option<&str>,
) -> Result<LogoutOutcome, ProviderError> {
    params.reject_repeated()?;
    let session = sessions::find_by_optional_cookie(work, handle)?;
    let mut session = session.ok_or_else(|| OAuthError::invalid_request("could not find logout details"))?;
    let pending = session.logout.take();
    let pending = pending.ok_or_else(|| OAuthError::invalid_request("could not find logout details"))?;
    if !params.get("xsrf").is_some_and(|given| id::constant_time_eq(given, &pending.secret)) {
        return Err(OAuthError::invalid_request("xsrf token invalid").into());
    }
    let registered = req.client_in(work, pending.request.client_id.as_deref().unwrap_or_default())?;
    let to = destination(req, &pending.request, registered.as_deref());
    let (handle, ended) = if params.get("logout").is_some() {
        let ended = grants_that_end(&session);
        sessions::end(work, &session.uid)?;
        let begun = InteractionCookie::read(&req.headers, &req.config.keys.cookie_keys);
        interactions::delete_proven(work, &begun)?;
        (None, ended)
    } else {
        // Staying signed in still revokes this client's grant (SURPRISES 17).
        let client_id = pending.request.client_id.unwrap_or_default();
        let ended = session.authorizations.remove_entry(&client_id);
        if let (Some(user_id), Some((client_id, known))) = (&session.user_id, &ended) {
            let alone = Authorizations::from([(client_id.clone(), known.clone())]);
            backchannel_logout::announce(work, user_id, &alone)?;
        }
        let ended = ended.map(|(_, known)| known.grant_id);
        let handle = sessions::update_and_rotate(work, &mut session, req.session_end())?;
        (Some(handle), Vec::from_iter(ended))
    };
    // After the session, so that two logouts lock in the same order.
    end_grants(work, req, &session.uid, &ended, params)?;
    Ok(LogoutOutcome { to, handle })
}

fn grants_that_end(session: &Session) -> Vec<String> {
    let ending = session.authorizations.values().filter(|authorization| !authorization.persists_logout);
    ending.map(|authorization| authorization.grant_id.clone()).collect()
}

/// Ends the session of a person who asked a page of this server for it, with the grants that do not outlive it.
///
/// # Errors
/// A failure of the database.
pub(crate) fn end_sign_in(work: &Work<'_>, req: &RequestContext, session_uid: &str) -> Result<(), ProviderError> {
    let Some(session) = sessions::find(work, session_uid)? else { return Ok(()) };
    sessions::end(work, session_uid)?;
    end_grants(work, req, session_uid, &grants_that_end(&session), &Params::default())
}

/// Ends the grants that do not outlive their session (inventory O113).
fn end_grants(
    work: &Work<'_>,
    req: &RequestContext,
    session_uid: &str,
    ended: &[String],
    params: &Params,
) -> Result<(), ProviderError> {
    for grant_id in ended {
        grants::revoke(work, grant_id)?;
        work.audit(&audit::revocation(req, grant_id, Some(session_uid), params))?;
    }
    Ok(())
}

/// `GET /oidc/session/end/success`.
pub async fn show_signed_out(visit: PageRequest) -> Response {
    page_response(&visit, &MessagePage::signed_out(visit.language()))
}
