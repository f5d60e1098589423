//! Requests that a client sends itself (token, introspection, revocation): body, client authentication, CORS, challenges.

use kernel::ids::ApplicationId;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use oauth::client::AuthenticationMethod;
use oauth::client::authentication::{self, Credentials};
use oauth::{OAuthError, Params};

use super::body::{self, BodyError};
use super::clients::RegisteredClient;
use super::stored_name::StoredName;
use super::{ProviderError, client_assertion, client_certificate, cors, dpop, response};
use crate::callers::RequestContext;

/// A client's request, and what is known about the client so far.
#[derive(Debug, Default)]
pub struct ClientRequest {
    pub params: Params,
    pub client_id: Option<ApplicationId>,
    pub secret_name: Option<String>,
    /// The origin is not one of the client's: its scripts must not read the response.
    origin_denied: bool,
}

impl ClientRequest {
    /// What this server would send itself.
    pub fn of_own(params: Params, client_id: ApplicationId) -> Self {
        Self { params, client_id: Some(client_id), ..Self::default() }
    }

    /// Reads the body as parameters; `path` is named in errors.
    pub async fn read(req: &RequestContext, body: Body, path: &str) -> Result<Self, BodyError> {
        let params = body::read(&req.headers, body, path).await?;
        Ok(Self { params, ..Self::default() })
    }

    /// Finds the client and checks its origin and credentials.
    pub async fn authenticate(&mut self, req: &RequestContext) -> Result<Arc<RegisteredClient>, ProviderError> {
        self.params.reject_repeated()?;
        let malformed = || OAuthError::invalid_request("invalid authorization header value format");
        let header = match req.headers.get(header::AUTHORIZATION) {
            Some(value) => Some(value.to_str().map_err(|_| malformed())?),
            None => None,
        };
        let credentials = authentication::credentials(header, &self.params)?;
        let found = req.current_client(credentials.client_id()).await?;
        let registered = found.ok_or_else(|| OAuthError::unknown_client(credentials.client_id()))?;
        self.client_id = Some(registered.client.id.clone());
        cors::check(req, &registered.client).inspect_err(|_| self.origin_denied = true)?;
        self.secret_name = match &credentials {
            Credentials::Assertion { assertion, .. } => {
                client_assertion::authenticate(req, &registered, assertion.expose()).await?
            }
            Credentials::None { .. } if shows_certificate(&registered) => {
                client_certificate::authenticate(req, &registered)?;
                None
            }
            _ => authentication::authenticate(&registered.client, &credentials, &registered.secrets, req.now)?
                .map(str::to_owned),
        };
        Ok(registered)
    }

    /// Adds the CORS headers to a response.
    pub fn with_headers(&self, req: &RequestContext, response: Response) -> Response {
        cors::with_client_headers(req, response, self.origin_denied)
    }

    /// An error response, with a challenge when an `Authorization` header failed (RFC 6749 section 5.2).
    pub fn error_response(&self, req: &RequestContext, error: &OAuthError) -> Response {
        let known = self.client_id.as_ref().map(ApplicationId::as_str);
        let mut response = response::with_params(response::error(req, error), &self.params, known);
        if error.status == 401
            && req.headers.contains_key(header::AUTHORIZATION)
            && let Ok(value) = HeaderValue::from_str(&error.challenge("Basic", req.issuer()))
        {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
        }
        if error.error == "use_dpop_nonce" {
            response = dpop::with_nonce(req, response);
        }
        self.with_headers(req, response)
    }
}

fn shows_certificate(registered: &RegisteredClient) -> bool {
    registered.client.custom.token_endpoint_auth_method.is_some_and(AuthenticationMethod::uses_certificate)
}

/// Reads the request, or gives the error response.
pub async fn read_request(req: &RequestContext, body: Body, path: &str) -> Result<ClientRequest, Response> {
    ClientRequest::read(req, body, path).await.map_err(|error| match error {
        BodyError::TooLarge => body::too_large(),
        BodyError::OAuth(error) => ClientRequest::default().error_response(req, &error),
    })
}

/// A token of a request that is about tokens.
#[derive(Debug)]
pub struct NamedToken {
    pub value: String,
    /// What it is stored under if it is an access token.
    pub name: StoredName,
}

/// The authenticated client and the stored token of the request. Other JWTs are refused: nothing is known of them here.
pub async fn stored_token_of(
    req: &RequestContext,
    client_request: &mut ClientRequest,
    endpoint: &str,
) -> Result<(Arc<RegisteredClient>, NamedToken), ProviderError> {
    let registered = client_request.authenticate(req).await?;
    client_request.params.require(&["token"])?;
    let value = client_request.params.get("token").unwrap_or_default();
    let name = StoredName::of_presented(req, value);
    let name = name.ok_or_else(|| OAuthError::unsupported_token_type(endpoint))?;
    Ok((registered, NamedToken { value: value.to_owned(), name }))
}
