//! `GET|POST /oidc/auth` (inventory O003, O013, O040–O053).

use axum::body::Body;
use axum::response::Response;
use kernel::id;
use oauth::authorize::extra::{ExtraParams, consent_url};
use oauth::authorize::{self, AuthorizationRequest, Facts, Hint};
use oauth::{OAuthError, Params, ttl};

use super::body::{self, BodyError};
use super::context::Context;
use super::cookies::{self, Jar, Scope};
use super::decision::{self, Step};
use super::interactions::{CookieMap, Pending};
use super::registry::Registered;
use super::reply::{self, Destination};
use super::{Failure, audit, sessions};

/// `GET /oidc/auth`.
pub async fn get(cx: Context) -> Response {
    match cx.query_params() {
        Ok(params) => run(cx, params).await,
        Err(error) => reply::authorization_error(&cx, &error, None),
    }
}

/// `POST /oidc/auth`: as if the form had been the query.
pub async fn post(cx: Context, body: Body) -> Response {
    match body::read(&cx.headers, body, "/auth").await {
        Ok(params) => run(cx, params).await,
        Err(BodyError::TooLarge) => body::too_large(),
        Err(BodyError::OAuth(error)) => reply::authorization_error(&cx, &error, None),
    }
}

async fn run(cx: Context, params: Params) -> Response {
    let handle = cx.cookie(cookies::SESSION);
    let mut jar = cx.jar();
    if let Some(handle) = &handle {
        set_session(&mut jar, &cx, handle);
    }
    let registered = params.get("client_id").and_then(|id| cx.client(id));
    let opened = authorize::open(&params, |_| registered.as_ref().map(|found| &found.client));
    let (registered, redirect_uri) = match (opened.map(|(_, redirect_uri)| redirect_uri), registered) {
        (Ok(redirect_uri), Some(registered)) => (registered, redirect_uri),
        (opened, _) => {
            let error = opened.err().unwrap_or_else(|| OAuthError::unknown_client(""));
            return reply::with_cookies(reply::authorization_error(&cx, &error, params.get("state")), jar);
        }
    };
    let destination = Destination::for_errors(&params, &redirect_uri);
    let request = match check(&cx, &registered, &params, redirect_uri) {
        Ok(request) => request,
        Err(error) => return reply::with_cookies(destination.refuse(&cx, &error), jar),
    };
    let pending = Pending { request: request.clone(), progress: Default::default() };
    let (inner, known) = (cx.clone(), registered.clone());
    let step = cx.app.db.write(move |tx| {
        tx.relax();
        let session = match &handle {
            Some(handle) => sessions::by_handle(tx, inner.tenant_id(), handle, inner.now)?,
            None => None,
        };
        decision::next(tx, &inner, &known, pending, session)
    });
    let response = match step.await {
        Ok(step) => follow(&cx, &request, &destination, step, &mut jar),
        Err(Failure(error)) => destination.refuse(&cx, &error),
    };
    reply::with_cookies(response, jar)
}

fn check(
    cx: &Context,
    registered: &Registered,
    params: &Params,
    redirect_uri: String,
) -> Result<AuthorizationRequest, OAuthError> {
    let default_resource = cx.config.resources.values().find(|resource| resource.is_default);
    let facts = Facts {
        client: &registered.client,
        enabled_user_scopes: &registered.user_scopes,
        knows_resource: &|indicator| cx.config.resources.contains_key(indicator),
        default_resource: default_resource.map(|resource| resource.indicator.as_str()),
        hint: hint(cx, &registered.client.id, params.get("id_token_hint")),
    };
    authorize::check(params, redirect_uri, &facts)
}

/// Verifies `id_token_hint`: an ID token of ours for this client, expired or not (OpenID Connect Core section 3.1.2.1).
/// Access tokens have another `typ` and do not count (attack B17).
fn hint(cx: &Context, client_id: &str, token: Option<&str>) -> Hint {
    let Some(token) = token else { return Hint::Absent };
    let Ok(verified) = cx.config.keys.verifying.verify(token) else { return Hint::Invalid };
    let own =
        verified.header.typ.is_none() && verified.text("iss") == Some(cx.issuer()) && verified.has_audience(client_id);
    match verified.text("sub").filter(|_| own) {
        Some(subject) => Hint::Subject(subject.to_owned()),
        None => Hint::Invalid,
    }
}

/// Turns a step into the answer, with the cookies that the pages need.
pub fn follow(
    cx: &Context,
    request: &AuthorizationRequest,
    destination: &Destination,
    step: Step,
    jar: &mut Jar,
) -> Response {
    match step {
        Step::Login { uid } => {
            begin_interaction(cx, request, &uid, "login", jar);
            reply::see_other(&ExtraParams::of(request).login_url(&request.client_id))
        }
        Step::Consent { uid } => {
            begin_interaction(cx, request, &uid, "consent", jar);
            reply::see_other(&consent_url(&request.client_id))
        }
        Step::Issue { code } => destination.answer(cx, vec![("code", code)]),
        Step::Refuse(error) => destination.refuse(cx, &error),
    }
}

fn begin_interaction(cx: &Context, request: &AuthorizationRequest, uid: &str, prompt: &'static str, jar: &mut Jar) {
    let extra = ExtraParams::of(request);
    let readable = Scope { path: "/", expires: None, http_only: false };
    jar.set_json(cookies::LOGTO, &extra.cookie(&request.client_id), &readable);
    if let Some(credential) = extra.get("google_one_tap_credential").filter(|credential| credential.len() <= 3072) {
        let short = Scope { expires: Some(cx.now.plus_seconds(ttl::GOOGLE_ONE_TAP)), ..readable };
        jar.set(cookies::GOOGLE_ONE_TAP, &cookies::percent_encode(credential), &short);
    }
    let expires = Some(cx.now.plus_seconds(ttl::INTERACTION));
    let mut map = CookieMap::read(&cx.headers, &cx.config.cookie_keys);
    map.insert(&request.client_id, uid);
    jar.set_json(cookies::INTERACTION, &map.value(), &Scope { path: "/", expires, http_only: true });
    jar.set(cookies::RESUME, uid, &Scope { path: &format!("/oidc/auth/{uid}"), expires, http_only: true });
    let event = audit::InteractionEvent {
        key: "Interaction.Create",
        interaction_id: &id::digest(uid),
        client_id: &request.client_id,
        session_uid: None,
        params: &request.params,
        prompt: Some(prompt),
    };
    audit::interaction(cx, &event);
}

/// Sets the session cookie with a full lifetime.
pub fn set_session(jar: &mut Jar, cx: &Context, handle: &str) {
    jar.set(cookies::SESSION, handle, &Scope { path: "/", expires: Some(cx.session_end()), http_only: true });
}
