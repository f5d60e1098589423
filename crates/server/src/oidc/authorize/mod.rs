//! `GET|POST /oidc/auth` (inventory O003, O013, O040–O053).

mod magic_link;
mod next_step;

use axum::body::Body;
use axum::response::Response;
use jose::DecodedToken;
use kernel::id;
use oauth::authorize::first_screen::{ExtraParams, consent_url};
use oauth::authorize::{self, AuthorizationContext, AuthorizationRequest, IdTokenHint, pushed};
use oauth::{OAuthError, Params, ttl};

use super::body::{self, BodyError};
use super::clients::RegisteredClient;
use super::cookies::{self, CookieAttributes, SetCookies};
use super::interactions::{InteractionCookie, PendingAuthorization};
use super::pushed_requests::{self, Pushed};
use super::response::{self, RedirectTarget};
use super::{ProviderError, device, foreign_form, request_object, sessions};
use crate::callers::{Anyone, RequestContext};

pub use next_step::{Asked, AuthorizeStep, Decision, grantable_scopes, put_client_authorization};

/// `GET /oidc/auth`.
pub async fn get_authorization(Anyone(req): Anyone) -> Response {
    match req.query_params() {
        Ok(params) => authorize(req, params).await,
        Err(error) => response::authorization_error(&req, &error, None),
    }
}

/// `POST /oidc/auth`: the form takes the place of the query (OpenID Connect Core section 3.1.2.1).
pub async fn post_authorization(Anyone(req): Anyone, body: Body) -> Response {
    match body::read(&req.headers, body, "/auth").await {
        Ok(params) => match foreign_form::ask_again(&req, &params) {
            Some(redirect) => redirect,
            None => authorize(req, params).await,
        },
        Err(BodyError::TooLarge) => body::too_large(),
        Err(BodyError::OAuth(error)) => response::authorization_error(&req, &error, None),
    }
}

async fn authorize(req: RequestContext, params: Params) -> Response {
    let handle = req.cookie(cookies::SESSION);
    let mut set_cookies = req.set_cookies();
    if let Some(handle) = &handle {
        set_session_cookie(&mut set_cookies, &req, handle);
    }
    let looked_up = match req.current_client(params.get("client_id").unwrap_or_default()).await {
        Ok(registered) => pushed_requests::resolve(&req, &params).await.map(|resolved| (registered, resolved)),
        Err(error) => Err(error),
    };
    let (registered, pushed) = match looked_up {
        Ok(looked_up) => looked_up,
        Err(ProviderError(error)) => return response::authorization_error(&req, &error, params.get("state")),
    };
    let must_push = registered.as_ref().is_some_and(|found| found.client.requires_pushed_requests());
    let (mut pushed_as, mut is_signed) = (None, false);
    let (params, refused) = match pushed {
        Pushed::Nothing => match signed_params(&req, registered.as_deref(), &params).await {
            Ok(signed) => {
                is_signed = signed.is_some();
                let names_pushed = params.get("request_uri").is_some();
                let refused = (must_push && !names_pushed).then(OAuthError::pushed_request_required);
                (signed.unwrap_or(params), refused)
            }
            Err(error) => (params, Some(error)),
        },
        Pushed::Stored { .. } if params.get("request").is_some() => (params, Some(OAuthError::two_requests())),
        Pushed::Stored { params: stored, is_signed: was_signed } => {
            pushed_as = pushed::handle(&params).map(id::token_digest);
            is_signed = was_signed;
            (stored, None)
        }
        Pushed::Refused(error) => (params, Some(error)),
    };
    let resolved = authorize::resolve_client(&params, |_| registered.as_ref().map(|found| &found.client));
    let (registered, redirect_uri) = match (resolved.map(|(_, redirect_uri)| redirect_uri), registered) {
        (Ok(redirect_uri), Some(registered)) => (registered, redirect_uri),
        (resolved, registered) => {
            let error = resolved.err().unwrap_or_else(|| OAuthError::unknown_client(""));
            let refused = response::authorization_error(&req, &error, params.get("state"));
            let client = registered.as_ref().map(|found| &found.client);
            return response::with_cookies(response::with_client(refused, &params, client), set_cookies);
        }
    };
    let target = RedirectTarget::for_error(&params, &redirect_uri);
    let checked = with_context(&req, &registered, &params, |context| match refused {
        Some(error) => Err(error),
        None => authorize::check(&params, redirect_uri, context),
    });
    let request = match checked {
        Ok(request) => AuthorizationRequest { pushed_as, is_signed, ..request },
        Err(error) => {
            let refused = target.respond_error(&req, &error);
            let refused = response::with_client(refused, &params, Some(&registered.client));
            return response::with_cookies(refused, set_cookies);
        }
    };
    let pending = PendingAuthorization::new(request.clone());
    let (inner, known) = (req.clone(), registered.clone());
    let step = req.write_relaxed(move |work| {
        let session = sessions::find_by_optional_cookie(work, handle.as_deref())?;
        Decision { work, req: &inner, registered: &known }.next_step(pending, session.as_ref())
    });
    let response = match step.await {
        Ok(step) => respond_to_step(&req, &request, Answer::Redirect(&target), step, &mut set_cookies),
        Err(ProviderError(error)) => target.respond_error(&req, &error),
    };
    let response = response::with_client(response, &params, Some(&registered.client));
    response::with_cookies(response, set_cookies)
}

/// The parameters of a request object, if there is one.
async fn signed_params(
    req: &RequestContext,
    registered: Option<&RegisteredClient>,
    params: &Params,
) -> Result<Option<Params>, OAuthError> {
    match registered {
        Some(registered) => request_object::resolve(req, registered, params).await,
        None => Ok(None),
    }
}

/// Runs `check` with what it needs to know about the tenant and the client.
pub fn with_context<T>(
    req: &RequestContext,
    registered: &RegisteredClient,
    params: &Params,
    check: impl FnOnce(&AuthorizationContext<'_>) -> T,
) -> T {
    let default_resource = req.config.access.resources.values().find(|resource| resource.is_default);
    check(&AuthorizationContext {
        client: &registered.client,
        enabled_user_scopes: &registered.user_scopes,
        knows_resource: &|indicator| req.config.access.resources.contains_key(indicator),
        default_resource: default_resource.map(|resource| resource.indicator.as_str()),
        id_token_hint: verify_id_token_hint(req, &registered.client.id, params.get("id_token_hint")),
    })
}

/// Verifies `id_token_hint`: an ID token of this issuer for this client, expired or not (OpenID Connect Core section 3.1.2.1).
/// Access tokens have another `typ` and are refused (attack B17).
fn verify_id_token_hint(req: &RequestContext, client_id: &str, token: Option<&str>) -> IdTokenHint {
    let Some(token) = token else { return IdTokenHint::Absent };
    let Ok(verified) = req.config.keys.verifying.verify(token) else { return IdTokenHint::Invalid };
    let is_ours = is_id_token(&verified, req.issuer()) && verified.has_audience(client_id);
    match verified.text("sub").filter(|_| is_ours) {
        Some(subject) => IdTokenHint::Subject(subject.to_owned()),
        None => IdTokenHint::Invalid,
    }
}

/// Whether a verified token is an ID token of this issuer, expired or not. Other tokens have a `typ`, or as signed answers of the
/// userinfo endpoint no `exp` (attack B17).
pub fn is_id_token(verified: &DecodedToken, issuer: &str) -> bool {
    verified.header.typ.is_none() && verified.claims.contains_key("exp") && verified.text("iss") == Some(issuer)
}

/// Where the answer to an authorization request goes.
#[derive(Debug, Clone, Copy)]
pub enum Answer<'a> {
    /// To the client, through the browser.
    Redirect(&'a RedirectTarget),
    /// To the device that polls; the browser shows a page.
    Device,
}

impl Answer<'_> {
    /// Where the browser returns from the pages.
    pub fn resume_path(self, uid: &str) -> String {
        match self {
            Self::Redirect(_) => format!("/oidc/auth/{uid}"),
            Self::Device => format!("/oidc/device/{uid}"),
        }
    }
}

/// The response to a step, with the cookies that the pages need.
pub fn respond_to_step(
    req: &RequestContext,
    request: &AuthorizationRequest,
    answer: Answer<'_>,
    step: AuthorizeStep,
    set_cookies: &mut SetCookies,
) -> Response {
    match step {
        AuthorizeStep::Login { uid } => {
            set_interaction_cookies(req, request, &uid, &answer.resume_path(&uid), set_cookies);
            response::see_other(&ExtraParams::from_request(request).login_url(&request.client_id))
        }
        AuthorizeStep::Consent { uid } => {
            set_interaction_cookies(req, request, &uid, &answer.resume_path(&uid), set_cookies);
            response::see_other(&consent_url(&request.client_id))
        }
        AuthorizeStep::Issue { code } => match answer {
            Answer::Redirect(target) => target.respond(req, vec![("code", code)]),
            Answer::Device => device::respond_error(req, &OAuthError::server_error(), set_cookies),
        },
        AuthorizeStep::ApproveDevice => device::respond_approved(set_cookies),
        AuthorizeStep::Error(error) => match answer {
            Answer::Redirect(target) => target.respond_error(req, &error),
            Answer::Device => device::respond_error(req, &error, set_cookies),
        },
    }
}

fn set_interaction_cookies(
    req: &RequestContext,
    request: &AuthorizationRequest,
    uid: &str,
    resume_path: &str,
    set_cookies: &mut SetCookies,
) {
    let extra = ExtraParams::from_request(request);
    let attributes = CookieAttributes { path: "/", expires: None, http_only: false };
    set_cookies.set_json(cookies::APP_CONTEXT, &extra.cookie(&request.client_id), &attributes);
    if let Some(credential) = extra.get("google_one_tap_credential").filter(|credential| credential.len() <= 3072) {
        let one_tap_attributes =
            CookieAttributes { expires: Some(req.now.plus_seconds(ttl::GOOGLE_ONE_TAP)), ..attributes };
        set_cookies.set(cookies::GOOGLE_ONE_TAP, &cookies::percent_encode(credential), &one_tap_attributes);
    }
    let expires = Some(req.now.plus_seconds(ttl::INTERACTION));
    let mut interactions = InteractionCookie::read(&req.headers, &req.config.keys.cookie_keys);
    if let Some(resumed) = req.cookie(cookies::RESUME) {
        interactions.remove(&resumed);
    }
    interactions.insert(&request.client_id, uid);
    set_cookies.set_json(
        cookies::INTERACTION,
        &interactions.value(),
        &CookieAttributes { path: "/", expires, http_only: true },
    );
    set_cookies.set(cookies::RESUME, uid, &CookieAttributes { path: resume_path, expires, http_only: true });
}

/// Sets the session cookie with a full lifetime.
pub fn set_session_cookie(set_cookies: &mut SetCookies, req: &RequestContext, handle: &str) {
    set_cookies.set(
        cookies::SESSION,
        handle,
        &CookieAttributes { path: "/", expires: Some(req.session_end()), http_only: true },
    );
}
