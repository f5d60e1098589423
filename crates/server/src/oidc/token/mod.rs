//! `POST /oidc/token` (inventory O005, sections 1.4 to 1.8).

mod authorization_code;
mod client_credentials;
mod refresh_token;

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use oauth::client::authentication::{self, Credentials};
use oauth::{Client, GrantType, OAuthError, Params, token};
use serde_json::Value;

use super::body::{self, BodyError};
use super::context::Context;
use super::issue::Plan;
use super::registry::Registered;
use super::{Failure, audit, cors, reply};

/// A token answer with what the log says about it.
pub struct Answer {
    body: Value,
    user_id: Option<String>,
    scope: Option<String>,
    token_types: Vec<&'static str>,
}

impl Answer {
    /// Signs a plan.
    fn of_plan(cx: &Context, plan: &Plan) -> Result<Self, Failure> {
        Ok(Self {
            body: plan.answer(cx)?,
            user_id: Some(plan.user_id.clone()),
            scope: Some(plan.scope.to_string()),
            token_types: plan.token_types(),
        })
    }
}

/// A refusal that still knows which user it was about, for the log.
pub struct Refused {
    error: OAuthError,
    user_id: Option<String>,
}

impl From<OAuthError> for Refused {
    fn from(error: OAuthError) -> Self {
        Self { error, user_id: None }
    }
}

impl From<Failure> for Refused {
    fn from(Failure(error): Failure) -> Self {
        error.into()
    }
}

/// The handler.
pub async fn post(cx: Context, body: Body) -> Response {
    let mut about = audit::TokenRequest::default();
    let params = match body::read(&cx.headers, body, "/token").await {
        Ok(params) => params,
        Err(BodyError::TooLarge) => return body::too_large(),
        Err(BodyError::OAuth(error)) => {
            audit::exchange(&cx, &Params::default(), &about, Err(&error));
            return cors::of_client(&cx, reply::error(&cx, &error), false);
        }
    };
    about.grant = params.get("grant_type").and_then(GrantType::from_name);
    let mut foreign = false;
    let result = match open(&cx, &params, &mut about, &mut foreign) {
        Ok((registered, grant)) => run(&cx, &params, &registered.client, grant).await,
        Err(error) => Err(error.into()),
    };
    let response = match result {
        Ok(answer) => {
            about.user_id = answer.user_id;
            let issued = audit::Issued { scope: answer.scope.as_deref(), token_types: &answer.token_types };
            audit::exchange(&cx, &params, &about, Ok(&issued));
            reply::json(answer.body)
        }
        Err(Refused { error, user_id }) => {
            about.user_id = user_id;
            audit::exchange(&cx, &params, &about, Err(&error));
            challenge(&cx, reply::error(&cx, &error), &error)
        }
    };
    cors::of_client(&cx, response, foreign)
}

/// A failed `Authorization` header is answered with a challenge (RFC 6749 section 5.2).
fn challenge(cx: &Context, mut response: Response, error: &OAuthError) -> Response {
    let in_header = cx.headers.contains_key(header::AUTHORIZATION);
    if error.status == 401
        && in_header
        && let Ok(value) = HeaderValue::from_str(&error.challenge("Basic", cx.issuer()))
    {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
    }
    response
}

/// Everything before the grants: parameters, client, origin, credentials, grant type.
fn open(
    cx: &Context,
    params: &Params,
    about: &mut audit::TokenRequest,
    foreign: &mut bool,
) -> Result<(Registered, GrantType), OAuthError> {
    params.reject_repeated()?;
    let (registered, secret_name) = authenticate(cx, params, about, foreign)?;
    about.secret_name = secret_name;
    let grant = token::grant_type(params, &registered.client)?;
    Ok((registered, grant))
}

fn authenticate(
    cx: &Context,
    params: &Params,
    about: &mut audit::TokenRequest,
    foreign: &mut bool,
) -> Result<(Registered, Option<String>), OAuthError> {
    let malformed = || OAuthError::invalid_request("invalid authorization header value format");
    let header = match cx.headers.get(header::AUTHORIZATION) {
        Some(value) => Some(value.to_str().map_err(|_| malformed())?),
        None => None,
    };
    let credentials: Credentials = authentication::credentials(header, params)?;
    let found = cx.client(credentials.client_id());
    let registered = found.ok_or_else(|| OAuthError::unknown_client(credentials.client_id()))?;
    about.client_id = Some(registered.client.id.clone());
    cors::check(cx, &registered.client).inspect_err(|_| *foreign = true)?;
    let name = authentication::authenticate(&registered.client, &credentials, &registered.secrets, cx.now)?;
    let name = name.map(str::to_owned);
    Ok((registered, name))
}

async fn run(cx: &Context, params: &Params, client: &Client, grant: GrantType) -> Result<Answer, Refused> {
    match grant {
        GrantType::AuthorizationCode => authorization_code::run(cx, params, client).await,
        GrantType::RefreshToken => refresh_token::run(cx, params, client).await,
        GrantType::ClientCredentials => client_credentials::run(cx, params, client).await,
        // Device flow and token exchange are not built yet; no client is told that they are.
        GrantType::DeviceCode | GrantType::TokenExchange => Err(OAuthError::unsupported_grant_type().into()),
    }
}
