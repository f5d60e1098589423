//! Answers of the provider: redirects, JSON, errors; and the headers they share.

use axum::Json;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kernel::id;
use oauth::authorize::response::{self, FormWords, ResponseMode, escape};
use oauth::{OAuthError, Params};
use serde_json::Value;

use super::context::Context;
use super::cookies::Jar;
use super::failure;
use crate::http::request_locale;

/// A redirect with the small page that browsers without it would show.
pub fn redirect(status: StatusCode, to: &str) -> Response {
    let body = format!("Redirecting to {}.", escape(to));
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    match HeaderValue::from_str(to) {
        Ok(value) => drop(headers.insert(header::LOCATION, value)),
        Err(_) => *response.status_mut() = StatusCode::BAD_REQUEST,
    }
    no_store(response)
}

/// 303, as every redirect of the provider.
pub fn see_other(to: &str) -> Response {
    redirect(StatusCode::SEE_OTHER, to)
}

/// Forbids storing the answer.
pub fn no_store(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Adds the cookies.
pub fn with_cookies(mut response: Response, jar: Jar) -> Response {
    jar.apply(response.headers_mut());
    response
}

/// A JSON answer that must not be stored.
pub fn json(body: Value) -> Response {
    no_store(Json(body).into_response())
}

/// An error as JSON. `?parse_error=false` gives the bare OAuth members (inventory O143).
pub fn error(cx: &Context, error: &OAuthError) -> Response {
    plain_error(cx, error, None, None)
}

/// An error of the authorization endpoint that cannot be redirected: with `state` and `iss`.
pub fn authorization_error(cx: &Context, error: &OAuthError, state: Option<&str>) -> Response {
    plain_error(cx, error, state, Some(cx.issuer()))
}

fn plain_error(cx: &Context, error: &OAuthError, state: Option<&str>, iss: Option<&str>) -> Response {
    let bare = url::form_urlencoded::parse(cx.query.as_bytes()).any(|(n, v)| n == "parse_error" && v == "false");
    let response = if bare {
        let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::BAD_REQUEST);
        (status, Json(error.bare_body(state, iss))).into_response()
    } else {
        failure::respond(error, state, iss).into_response()
    };
    no_store(response)
}

/// Where an authorization response goes.
#[derive(Debug, Clone)]
pub struct Destination {
    pub redirect_uri: String,
    pub mode: ResponseMode,
    pub state: Option<String>,
}

impl Destination {
    /// Sends `parameters`, then `state` and `iss` (RFC 9207), to the client. Forms are 200, or 400 for errors.
    pub fn answer(&self, cx: &Context, mut parameters: Vec<(&str, String)>) -> Response {
        let is_error = parameters.iter().any(|(name, _)| *name == "error");
        parameters.extend(self.state.clone().map(|state| ("state", state)));
        parameters.push(("iss", cx.issuer().to_owned()));
        if self.mode == ResponseMode::FormPost {
            return form_post(cx, &self.redirect_uri, &parameters, is_error);
        }
        match response::location(&self.redirect_uri, self.mode, &parameters) {
            Some(to) => see_other(&to),
            None => error(cx, &OAuthError::invalid_redirect_uri()),
        }
    }

    /// Sends an error to the client.
    pub fn refuse(&self, cx: &Context, error: &OAuthError) -> Response {
        if error.status >= 500 {
            // Our own trouble is shown here, with a status that monitors and proxies understand.
            return authorization_error(cx, error, self.state.as_deref());
        }
        self.answer(cx, error.parameters())
    }

    /// Where errors of a request with a valid redirect URI go.
    pub fn for_errors(params: &Params, redirect_uri: &str) -> Self {
        Self {
            redirect_uri: redirect_uri.to_owned(),
            mode: response::mode_for_errors(params),
            state: params.get("state").map(str::to_owned),
        }
    }
}

fn form_post(cx: &Context, action: &str, fields: &[(&str, String)], is_error: bool) -> Response {
    let nonce = id::secret(&cx.app.rng);
    let uri = axum::http::Uri::default();
    let locale = request_locale(&uri, &cx.headers);
    let title = views::phrase(locale, "oidc.form_post.title", &[]);
    let button = views::phrase(locale, "oidc.form_post.continue", &[]);
    let page = response::form_page(action, fields, FormWords { title: &title, button: &button }, &nonce);
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    // No form-action: the client's page may redirect on, and browsers apply the directive to the whole chain.
    let policy = format!("default-src 'none'; script-src 'nonce-{nonce}'; base-uri 'none'; frame-ancestors 'none'");
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    let status = if is_error { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    no_store((status, headers, page).into_response())
}
