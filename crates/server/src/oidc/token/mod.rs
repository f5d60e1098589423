//! `POST /oidc/token` (inventory O005, sections 1.4 to 1.8).

mod authorization_code;
mod client_credentials;
mod refresh_token;

use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use oauth::{GrantType, OAuthError, Params, token};
use serde_json::Value;

use super::body::{self, BodyError};
use super::call::Call;
use super::context::Context;
use super::issue::Plan;
use super::registry::Registered;
use super::{Failure, audit, reply};

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
    let mut call = match Call::read(&cx, body, "/token").await {
        Ok(call) => call,
        Err(BodyError::TooLarge) => return body::too_large(),
        Err(BodyError::OAuth(error)) => {
            audit::exchange(&cx, &Params::default(), &about, Err(&error));
            return Call::default().refuse(&cx, &error);
        }
    };
    about.grant = call.params.get("grant_type").and_then(GrantType::from_name);
    let opened = call.authenticate(&cx).and_then(|registered| {
        let grant = token::grant_type(&call.params, &registered.client)?;
        Ok((registered, grant))
    });
    let result = match opened {
        Ok((registered, grant)) => run(&cx, &call.params, &registered, grant).await,
        Err(error) => Err(error.into()),
    };
    (about.client_id, about.secret_name) = (call.client_id.clone(), call.secret_name.clone());
    match result {
        Ok(answer) => {
            about.user_id = answer.user_id;
            let issued = audit::Issued { scope: answer.scope.as_deref(), token_types: &answer.token_types };
            audit::exchange(&cx, &call.params, &about, Ok(&issued));
            call.answer(&cx, reply::json(answer.body))
        }
        Err(Refused { error, user_id }) => {
            about.user_id = user_id;
            audit::exchange(&cx, &call.params, &about, Err(&error));
            call.refuse(&cx, &error)
        }
    }
}

async fn run(cx: &Context, params: &Params, registered: &Arc<Registered>, grant: GrantType) -> Result<Answer, Refused> {
    match grant {
        GrantType::AuthorizationCode => authorization_code::run(cx, params, registered).await,
        GrantType::RefreshToken => refresh_token::run(cx, params, registered).await,
        GrantType::ClientCredentials => client_credentials::run(cx, params, &registered.client).await,
        // Device flow and token exchange are not built yet; no client is told that they are.
        GrantType::DeviceCode | GrantType::TokenExchange => Err(OAuthError::unsupported_grant_type().into()),
    }
}
