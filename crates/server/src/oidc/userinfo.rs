//! `GET|POST /oidc/me` (inventory O006, traces 30-12 and 30-13): one read.

use axum::body::Body;
use axum::http::{HeaderValue, Method, header};
use axum::response::Response;
use oauth::claims::{self, Destination};
use oauth::{OAuthError, Params};
use serde_json::Value;

use super::body::{self, BodyError};
use super::context::Context;
use super::{Failure, cors, reply, tokens};

/// The handler of both methods.
pub async fn handle(cx: Context, body: Body) -> Response {
    let params = match read(&cx, body).await {
        Ok(params) => params,
        Err(BodyError::TooLarge) => return body::too_large(),
        Err(BodyError::OAuth(error)) => return refuse(&cx, &error, false),
    };
    let mut foreign = false;
    match run(&cx, &params, &mut foreign).await {
        Ok(claims) => cors::of_client(&cx, reply::json(claims), false),
        Err(Failure(error)) => refuse(&cx, &error, foreign),
    }
}

async fn read(cx: &Context, body: Body) -> Result<Params, BodyError> {
    if cx.query_params()?.iter().any(|(name, _)| name == "access_token") {
        let text = "access tokens must not be provided via query parameter";
        return Err(OAuthError::invalid_request(text).into());
    }
    if cx.method == Method::POST { body::read(&cx.headers, body, "/me").await } else { Ok(Params::default()) }
}

fn refuse(cx: &Context, error: &OAuthError, foreign: bool) -> Response {
    let mut response = reply::error(cx, error);
    if let Ok(value) = HeaderValue::from_str(&error.challenge("Bearer", cx.issuer())) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
    }
    cors::of_client(cx, response, foreign)
}

/// The token of the header or the form (RFC 6750 section 2).
fn bearer(cx: &Context, params: &Params) -> Result<String, OAuthError> {
    let Some(value) = cx.headers.get(header::AUTHORIZATION) else {
        let missing = || OAuthError::invalid_token("no access token provided");
        return params.get("access_token").map(str::to_owned).ok_or_else(missing);
    };
    if params.get("access_token").is_some() {
        return Err(OAuthError::invalid_request("access token must only be provided using one mechanism"));
    }
    let malformed = || OAuthError::invalid_request("invalid authorization header value format");
    let text = value.to_str().map_err(|_| malformed())?;
    let (scheme, token) = text.split_once(' ').ok_or_else(malformed)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(OAuthError::invalid_request("authorization header scheme must be `Bearer`"));
    }
    if token.is_empty() || token.contains(' ') {
        return Err(malformed());
    }
    Ok(token.to_owned())
}

async fn run(cx: &Context, params: &Params, foreign: &mut bool) -> Result<Value, Failure> {
    params.reject_repeated()?;
    let token = bearer(cx, params)?;
    let (tenant, now) = (cx.tenant_id(), cx.now);
    let found = cx.app.db.read_inline(move |r| {
        let found = tokens::access_by_value(r, tenant, &token, now)?;
        let Some(mut found) = found.filter(|found| found.account.is_active()) else { return Ok::<_, Failure>(None) };
        found.account.load_for(r, tenant, &found.scope)?;
        Ok(Some(found))
    });
    let invalid = || OAuthError::invalid_token("invalid token provided");
    let stored = found.await?.ok_or_else(invalid)?;
    let registered = cx.client(&stored.client_id).ok_or_else(invalid)?;
    cors::check(cx, &registered.client).inspect_err(|_| *foreign = true)?;
    if !stored.scope.contains("openid") {
        return Err(OAuthError::insufficient_scope("access token missing openid scope", "openid").into());
    }
    Ok(Value::Object(claims::for_scopes(&stored.account.facts, &stored.scope, Destination::Userinfo)))
}
