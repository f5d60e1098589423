//! The sign-in to the account pages: an authorization request of the client `account-center` (RFC 6749 section 4.1 with PKCE, RFC 7636),
//! whose code is redeemed here. Where the browser has a session, nobody is asked anything.

use ::api::ErrorCode;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::id;
use oauth::ttl;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::super::interaction_page::see_other;
use super::super::page_request::PageRequest;
use super::visit::{page_of, require_enabled};
use super::{KEPT_PARAMS, ROOT, SECURITY, href};
use crate::errors::ApiError;
use crate::oidc::clients::ACCOUNT_CENTER;
use crate::oidc::cookies::{self, CookieAttributes};
use crate::oidc::{OwnCode, ProviderError, own_access_token};
use crate::routes::Routes;

/// What the pages may show and change (A062). Without `offline_access`: the token ends with the session.
const SCOPE: &str = "openid profile email phone address identities custom_data urn:logto:scope:sessions \
                     urn:logto:scope:trusted_devices";
/// A longer address is left out of the cookie; its page then opens without its parameters.
pub(super) const MAX_DESTINATION_BYTES: usize = 1500;

pub(super) fn routes() -> Routes {
    Routes::new().get(ROOT, show_root)
}

/// A sign-in that is under way in this browser.
#[derive(Serialize, Deserialize)]
struct Begun {
    state: String,
    verifier: String,
    /// Path and query of the page that the person came to.
    to: String,
}

pub(super) fn attributes(expires: Option<kernel::Timestamp>) -> CookieAttributes<'static> {
    CookieAttributes { path: ROOT, expires, http_only: true }
}

/// Sends the browser to the sign-in, from which it comes back to this page.
pub(super) fn begin(request: &PageRequest) -> Response {
    let all = request.path_with_query(&page_of(request), |name| {
        KEPT_PARAMS.contains(&name) || ["identifier", "next", "method"].contains(&name)
    });
    let to = if all.len() > MAX_DESTINATION_BYTES { page_of(request) } else { all };
    let (state, verifier) = (id::opaque_token(&request.app.rng), id::opaque_token(&request.app.rng));
    let challenge = URL_SAFE_NO_PAD.encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, verifier.as_bytes()));
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs([
        ("client_id", ACCOUNT_CENTER),
        ("redirect_uri", &redirect_uri(request)),
        ("response_type", "code"),
        ("scope", SCOPE),
        ("state", &state),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ]);
    for name in ["ui_locales", "login_hint"] {
        query.extend_pairs(request.query(name).map(|value| (name, value)));
    }
    let mut response = see_other(&format!("{}/auth?{}", request.issuer(), query.finish()));
    let expires = Some(request.now.plus_seconds(ttl::INTERACTION));
    let mut set_cookies = request.set_cookies();
    set_cookies.set_json(cookies::ACCOUNT_SIGN_IN, &json!(Begun { state, verifier, to }), &attributes(expires));
    set_cookies.apply(response.headers_mut());
    response
}

fn redirect_uri(request: &PageRequest) -> String {
    format!("{}{ROOT}", request.tenant.endpoint())
}

/// `/account`: the first page, or the end of a sign-in.
async fn show_root(mut request: PageRequest) -> Response {
    if let Err(response) = require_enabled(&mut request) {
        return response;
    }
    match (request.query("state"), request.query("code"), request.query("error")) {
        (Some(state), Some(code), _) => finish(&request, state, code).await,
        (Some(_), None, Some(_)) => ApiError::new(StatusCode::FORBIDDEN, "oidc.access_denied").into_response(),
        _ => see_other(&href(&request, SECURITY)),
    }
}

/// Redeems the code, if this browser began the sign-in: a link with somebody else's code signs nobody in (RFC 6749 section 10.12).
async fn finish(request: &PageRequest, state: &str, code: &str) -> Response {
    let begun = request.cookie(cookies::ACCOUNT_SIGN_IN).and_then(|cookie| cookies::percent_decode(&cookie));
    let begun: Option<Begun> = begun.and_then(|text| serde_json::from_str(&text).ok());
    let is_answer = request.query("iss").is_none_or(|issuer| issuer == request.issuer());
    let Some(begun) = begun.filter(|begun| is_answer && id::constant_time_eq(&begun.state, state)) else {
        return see_other(SECURITY);
    };
    let redirect_uri = &redirect_uri(request);
    let own = OwnCode { client_id: ACCOUNT_CENTER, code, redirect_uri, verifier: &begun.verifier };
    match own_access_token(&request.context(), own).await {
        Ok(token) => {
            let mut response = see_other(&begun.to);
            let mut set_cookies = request.set_cookies();
            set_cookies.remove(cookies::ACCOUNT_SIGN_IN, ROOT);
            set_cookies.remove(cookies::ACCOUNT_PROOF, ROOT);
            set_cookies.set(cookies::ACCOUNT, &token, &attributes(None));
            set_cookies.apply(response.headers_mut());
            response
        }
        Err(ProviderError(error)) if error.status >= 500 => ApiError::internal(error.to_string()).into_response(),
        Err(_) => ApiError::bad_request(ErrorCode::OidcInvalidGrant).into_response(),
    }
}

/// Keeps the record that proves who the person is, for as long as it may count.
pub(super) fn keep_proof(request: &PageRequest, record_id: &str, mut response: Response) -> Response {
    let mut set_cookies = request.set_cookies();
    let expires = Some(request.now.plus_seconds(crate::account::records::LIFETIME_SECONDS));
    set_cookies.set(cookies::ACCOUNT_PROOF, record_id, &attributes(expires));
    set_cookies.apply(response.headers_mut());
    response
}
