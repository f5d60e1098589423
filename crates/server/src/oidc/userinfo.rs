//! `GET|POST /oidc/me` (inventory O006, traces 30-12 and 30-13): one read.

use axum::body::Body;
use axum::http::{HeaderValue, Method, header};
use axum::response::{IntoResponse as _, Response};
use jose::Algorithm;
use oauth::claims::{self, ClaimTarget};
use oauth::claims_request::{self, ClaimsRequest};
use oauth::{Client, OAuthError, Params};
use serde_json::{Map, Value};

use super::body::{self, BodyError};
use super::dpop::{PresentedToken, Scheme};
use super::stored_name::StoredName;
use super::{ProviderError, cors, response, tokens};
use crate::callers::{Anyone, RequestContext};

/// `GET /oidc/me` and `POST /oidc/me`.
pub async fn get_userinfo(Anyone(req): Anyone, body: Body) -> Response {
    let params = match read(&req, body).await {
        Ok(params) => params,
        Err(BodyError::TooLarge) => return body::too_large(),
        Err(BodyError::OAuth(error)) => return error_response(&req, &error, false),
    };
    let mut origin_denied = false;
    match answer(&req, &params, &mut origin_denied).await {
        Ok(answer) => cors::with_client_headers(&req, answer, false),
        Err(ProviderError(error)) => error_response(&req, &error, origin_denied),
    }
}

async fn read(req: &RequestContext, body: Body) -> Result<Params, BodyError> {
    if req.query_params()?.iter().any(|(name, _)| name == "access_token") {
        let text = "access tokens must not be provided via query parameter";
        return Err(OAuthError::invalid_request(text).into());
    }
    if req.method == Method::POST { body::read(&req.headers, body, "/me").await } else { Ok(Params::default()) }
}

fn error_response(req: &RequestContext, error: &OAuthError, origin_denied: bool) -> Response {
    let mut response = response::error(req, error);
    let challenge = if uses_dpop(req) {
        let algorithms = oauth::dpop::algorithms().join(" ");
        format!("{}, algs=\"{algorithms}\"", error.challenge("DPoP", req.issuer()))
    } else {
        error.challenge("Bearer", req.issuer())
    };
    if let Ok(value) = HeaderValue::from_str(&challenge) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
    }
    cors::with_client_headers(req, response, origin_denied)
}

/// Whether the client presents its token with a proof.
fn uses_dpop(req: &RequestContext) -> bool {
    let scheme = req.header(header::AUTHORIZATION).and_then(|value| value.split(' ').next());
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("dpop"))
}

/// The token of the header or the form (RFC 6750 section 2, RFC 9449 section 7.1).
fn presented_token<'a>(req: &'a RequestContext, params: &'a Params) -> Result<PresentedToken<'a>, OAuthError> {
    let Some(value) = req.headers.get(header::AUTHORIZATION) else {
        let missing = || OAuthError::invalid_token("no access token provided");
        let token = params.get("access_token").ok_or_else(missing)?;
        return Ok(PresentedToken { scheme: Scheme::Bearer, token });
    };
    if params.get("access_token").is_some() {
        return Err(OAuthError::invalid_request("access token must only be provided using one mechanism"));
    }
    let malformed = || OAuthError::invalid_request("invalid authorization header value format");
    let text = value.to_str().map_err(|_| malformed())?;
    let (scheme, token) = text.split_once(' ').ok_or_else(malformed)?;
    let scheme = match scheme {
        scheme if scheme.eq_ignore_ascii_case("bearer") => Scheme::Bearer,
        scheme if scheme.eq_ignore_ascii_case("dpop") => Scheme::Dpop,
        _ => return Err(OAuthError::invalid_request("authorization header scheme must be `Bearer`")),
    };
    if token.is_empty() || token.contains(' ') {
        return Err(malformed());
    }
    Ok(PresentedToken { scheme, token })
}

async fn answer(req: &RequestContext, params: &Params, origin_denied: &mut bool) -> Result<Response, ProviderError> {
    params.reject_repeated()?;
    let presented = presented_token(req, params)?;
    let invalid = || OAuthError::invalid_token("invalid token provided");
    let name = StoredName::of_presented(req, presented.token).ok_or_else(invalid)?;
    let inner = req.clone();
    let found = req.read_inline(move |view| {
        let found = tokens::find_access_token(view, &name)?.filter(|found| found.subject.is_active());
        let Some(mut found) = found else { return Ok::<_, ProviderError>(None) };
        let Some(registered) = inner.client_in(view, &found.client_id)? else { return Ok(None) };
        if !registered.is_open_to(view, &found.user_id)? {
            return Ok(None);
        }
        found.scope = registered.permitted_scopes(&found.scope);
        let named = found.claims.take().filter(|_| registered.client.uses_claims_parameter()).unwrap_or_default();
        let asked = ClaimsRequest { userinfo: named, ..ClaimsRequest::default() };
        let single = asked.within(&registered.permitted_scopes(&asked.scopes()));
        let mut loaded = found.scope.clone();
        loaded.extend(single.scopes().iter());
        let grant_id = found.grant_id.clone();
        found.subject.load_claims_for(view, &registered.client, &grant_id, &loaded)?;
        Ok(Some((found, single, registered)))
    });
    let (stored, single, registered) = found.await?.ok_or_else(invalid)?;
    cors::check(req, &registered.client).inspect_err(|_| *origin_denied = true)?;
    presented.require_possession(req, Some(&registered.client), stored.jkt.as_deref()).await?;
    if !stored.scope.contains("openid") {
        return Err(OAuthError::insufficient_scope("access token missing openid scope", "openid").into());
    }
    let facts = &stored.subject.facts;
    let mut claims = claims::for_scopes(facts, &stored.scope, ClaimTarget::Userinfo);
    for (name, value) in claims_request::named(facts, &single.userinfo) {
        claims.entry(name).or_insert(value);
    }
    match registered.client.custom.userinfo_signed_response_alg {
        None => Ok(response::json(Value::Object(claims))),
        Some(algorithm) => signed(req, &registered.client, algorithm, claims),
    }
}

/// The claims as a JWT (OpenID Connect Core section 5.3.2). It has no `exp`, as ID tokens must.
fn signed(
    req: &RequestContext,
    client: &Client,
    algorithm: Algorithm,
    mut claims: Map<String, Value>,
) -> Result<Response, ProviderError> {
    claims.insert("iss".into(), req.issuer().into());
    claims.insert("aud".into(), client.id.as_str().into());
    let token = req.config.keys.for_application(Some(algorithm)).sign(None, &claims)?;
    Ok(response::no_store(([(header::CONTENT_TYPE, "application/jwt")], token).into_response()))
}
