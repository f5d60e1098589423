//! Responses of the provider: redirects, JSON, errors, and their common headers.

use std::collections::BTreeSet;

use axum::Json;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kernel::id;
use oauth::authorize::response::{self, FormPageText, ResponseMode};
use oauth::{Client, OAuthError, Params};
use serde_json::Value;

use super::cookies::SetCookies;
use super::error;
use crate::callers::RequestContext;
use crate::errors::ApiError;
use crate::refusals;

/// Registered addresses that are kept of a refusal.
const MAX_SHOWN_URIS: usize = 20;

/// A redirect with a short HTML body (RFC 9110 section 15.4).
pub fn redirect(status: StatusCode, to: &str) -> Response {
    let body = format!("Redirecting to {}.", html_escape::encode_quoted_attribute(to));
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    match HeaderValue::from_str(to) {
        Ok(value) => drop(headers.insert(header::LOCATION, value)),
        Err(_) => *response.status_mut() = StatusCode::BAD_REQUEST,
    }
    no_store(response)
}

/// A redirect with status 303.
pub fn see_other(to: &str) -> Response {
    redirect(StatusCode::SEE_OTHER, to)
}

/// Adds `Cache-Control: no-store`.
pub fn no_store(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Adds the `Set-Cookie` headers.
pub fn with_cookies(mut response: Response, set_cookies: SetCookies) -> Response {
    set_cookies.apply(response.headers_mut());
    response
}

/// A JSON response with `Cache-Control: no-store`.
pub fn json(body: Value) -> Response {
    no_store(Json(body).into_response())
}

/// An error as JSON. `?parse_error=false` gives the bare OAuth members (inventory O143).
pub fn error(req: &RequestContext, error: &OAuthError) -> Response {
    plain_error(req, error, None, None)
}

/// An error of the authorization endpoint that cannot be redirected: with `state` and `iss`.
pub fn authorization_error(req: &RequestContext, error: &OAuthError, state: Option<&str>) -> Response {
    plain_error(req, error, state, Some(req.issuer()))
}

fn plain_error(req: &RequestContext, error: &OAuthError, state: Option<&str>, iss: Option<&str>) -> Response {
    let bare = url::form_urlencoded::parse(req.uri.query().unwrap_or_default().as_bytes())
        .any(|(n, v)| n == "parse_error" && v == "false");
    let response = if bare {
        let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::BAD_REQUEST);
        let body = (status, Json(error.standard_body(state, iss))).into_response();
        refusals::noted(body, with_resources(req, error, error::to_api_error(error, state, iss)))
    } else {
        with_resources(req, error, error::to_api_error(error, state, iss)).into_response()
    };
    no_store(response)
}

/// What could be asked for, where something else was.
fn with_resources(req: &RequestContext, error: &OAuthError, refused: ApiError) -> ApiError {
    if error.error != "invalid_target" {
        return refused;
    }
    let mut known = BTreeSet::new();
    for resource in req.config.access.resources.keys() {
        known.insert(resource.as_str());
        if known.len() > MAX_SHOWN_URIS {
            known.pop_last();
        }
    }
    refused.with_fact(refusals::REGISTERED, known.into_iter().collect::<Vec<_>>())
}

/// An error with what the client sent, without secrets, for whoever asks why.
pub fn with_params(mut response: Response, params: &Params, client_id: Option<&str>) -> Response {
    if let Some(refused) = refusals::of_response(&mut response) {
        refused.add_fact(refusals::PARAMS, refusals::params(params.iter()));
        if let Some(id) = client_id.or(params.get("client_id")) {
            refused.add_fact(refusals::CLIENT, id);
        }
    }
    response
}

/// As [`with_params`], and with what is registered where that is what was asked for.
pub fn with_client(response: Response, params: &Params, client: Option<&Client>) -> Response {
    let mut response = with_params(response, params, client.map(|client| client.id.as_str()));
    let (Some(client), Some(refused)) = (client, refusals::of_response(&mut response)) else { return response };
    let of_redirects = |part: &str| refused.oauth_member("error_description").is_some_and(|text| text.contains(part));
    let registered = match () {
        () if of_redirects("post_logout_redirect_uri") => Some(&client.oidc.post_logout_redirect_uris),
        () if of_redirects("redirect_uri") => Some(&client.oidc.redirect_uris),
        () => None,
    };
    if let Some(uris) = registered {
        refused.add_fact(refusals::REGISTERED, uris.iter().take(MAX_SHOWN_URIS).cloned().collect::<Vec<_>>());
    }
    response
}

/// Where an authorization response goes.
#[derive(Debug, Clone)]
pub struct RedirectTarget {
    pub redirect_uri: String,
    pub mode: ResponseMode,
    pub state: Option<String>,
}

impl RedirectTarget {
    /// Sends `parameters`, then `state` and `iss` (RFC 9207), to the client. A form page has status 200, or 400 for errors.
    pub fn respond(&self, req: &RequestContext, mut parameters: Vec<(&str, String)>) -> Response {
        let is_error = parameters.iter().any(|(name, _)| *name == "error");
        parameters.extend(self.state.clone().map(|state| ("state", state)));
        parameters.push(("iss", req.issuer().to_owned()));
        if self.mode == ResponseMode::FormPost {
            return form_post(req, &self.redirect_uri, &parameters, is_error);
        }
        match response::location(&self.redirect_uri, self.mode, &parameters) {
            Some(to) => see_other(&to),
            None => error(req, &OAuthError::invalid_redirect_uri()),
        }
    }

    /// Sends an error to the client.
    pub fn respond_error(&self, req: &RequestContext, error: &OAuthError) -> Response {
        if error.status >= 500 {
            // Server errors are not redirected, so that monitors and proxies see their status.
            return authorization_error(req, error, self.state.as_deref());
        }
        let refused = error::to_api_error(error, None, None).with_fact(refusals::REDIRECT_URI, &*self.redirect_uri);
        refusals::noted(self.respond(req, error.parameters()), with_resources(req, error, refused))
    }

    /// The target for errors of a request with a valid redirect URI.
    pub fn for_error(params: &Params, redirect_uri: &str) -> Self {
        Self {
            redirect_uri: redirect_uri.to_owned(),
            mode: response::mode_for_errors(params),
            state: params.get("state").map(str::to_owned),
        }
    }
}

fn form_post(req: &RequestContext, action: &str, fields: &[(&str, String)], is_error: bool) -> Response {
    let nonce = id::client_secret(&req.app.rng);
    let locale = req.locale;
    let title = views::translate(locale, "oidc.form_post.title", &[]);
    let button = views::translate(locale, "oidc.form_post.continue", &[]);
    let page = response::form_page(action, fields, FormPageText { title: &title, button: &button }, &nonce);
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    // No form-action: browsers apply it to the whole redirect chain, and the client's page may redirect.
    let policy = format!("default-src 'none'; script-src 'nonce-{nonce}'; base-uri 'none'; frame-ancestors 'none'");
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    let status = if is_error { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    no_store((status, headers, page).into_response())
}
