//! `POST /oidc/token` (inventory O005, sections 1.4 to 1.8).

mod authorization_code;
mod client_credentials;
pub mod issue;
mod refresh_token;

use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use oauth::{GrantType, OAuthError, Params, token};
use serde_json::Value;

use super::body::{self, BodyError};
use super::client_request::ClientRequest;
use super::clients::RegisteredClient;
use super::provider_request::ProviderRequest;
use super::{ProviderError, audit, response};
use issue::UnsignedTokens;

/// A token response with the values that the audit log names.
pub struct TokenResponse {
    body: Value,
    user_id: Option<String>,
    scope: Option<String>,
    token_types: Vec<&'static str>,
}

impl TokenResponse {
    /// Signs the tokens.
    fn sign(req: &ProviderRequest, tokens: &UnsignedTokens) -> Result<Self, ProviderError> {
        Ok(Self {
            body: tokens.sign(req)?,
            user_id: Some(tokens.user_id.clone()),
            scope: Some(tokens.scope.to_string()),
            token_types: tokens.token_types(),
        })
    }
}

/// An error with the user it concerns, for the audit log.
pub struct TokenError {
    error: OAuthError,
    user_id: Option<String>,
}

impl From<OAuthError> for TokenError {
    fn from(error: OAuthError) -> Self {
        Self { error, user_id: None }
    }
}

impl From<ProviderError> for TokenError {
    fn from(ProviderError(error): ProviderError) -> Self {
        error.into()
    }
}

/// `POST /oidc/token`.
pub async fn exchange_token(req: ProviderRequest, body: Body) -> Response {
    let mut entry = audit::TokenRequestEntry::default();
    let mut client_request = match ClientRequest::read(&req, body, "/token").await {
        Ok(client_request) => client_request,
        Err(BodyError::TooLarge) => return body::too_large(),
        Err(BodyError::OAuth(error)) => {
            audit::log_token_exchange(&req, &Params::default(), &entry, Err(&error));
            return ClientRequest::default().error_response(&req, &error);
        }
    };
    entry.grant = client_request.params.get("grant_type").and_then(GrantType::from_name);
    let authenticated = client_request.authenticate(&req).and_then(|registered| {
        let grant = token::grant_type(&client_request.params, &registered.client)?;
        Ok((registered, grant))
    });
    let result = match authenticated {
        Ok((registered, grant)) => dispatch_grant(&req, &client_request.params, &registered, grant).await,
        Err(error) => Err(error.into()),
    };
    (entry.client_id, entry.secret_name) = (client_request.client_id.clone(), client_request.secret_name.clone());
    match result {
        Ok(response) => {
            entry.user_id = response.user_id;
            let issued =
                audit::IssuedTokenTypes { scope: response.scope.as_deref(), token_types: &response.token_types };
            audit::log_token_exchange(&req, &client_request.params, &entry, Ok(&issued));
            client_request.with_headers(&req, response::json(response.body))
        }
        Err(TokenError { error, user_id }) => {
            entry.user_id = user_id;
            audit::log_token_exchange(&req, &client_request.params, &entry, Err(&error));
            client_request.error_response(&req, &error)
        }
    }
}

async fn dispatch_grant(
    req: &ProviderRequest,
    params: &Params,
    registered: &Arc<RegisteredClient>,
    grant: GrantType,
) -> Result<TokenResponse, TokenError> {
    match grant {
        GrantType::AuthorizationCode => authorization_code::exchange_code(req, params, registered).await,
        GrantType::RefreshToken => refresh_token::refresh(req, params, registered).await,
        GrantType::ClientCredentials => client_credentials::issue_machine_token(req, params, &registered.client).await,
        // Not implemented yet.
        GrantType::DeviceCode | GrantType::TokenExchange => Err(OAuthError::unsupported_grant_type().into()),
    }
}
