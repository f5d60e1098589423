//! What the endpoints that clients call directly have in common: body, client authentication, CORS, challenges.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use oauth::client::authentication;
use oauth::{OAuthError, Params};

use super::body::{self, BodyError};
use super::context::Context;
use super::registry::Registered;
use super::{cors, reply};

/// One call, and what became known about its client.
#[derive(Debug, Default)]
pub struct Call {
    pub params: Params,
    pub client_id: Option<String>,
    pub secret_name: Option<String>,
    /// The origin is none of the client's: browsers must not see the answer.
    foreign: bool,
}

impl Call {
    /// Reads the body. An unreadable one is an `Err` with the error; one that is too large is answered at once.
    pub async fn read(cx: &Context, body: Body, path: &str) -> Result<Self, BodyError> {
        let params = body::read(&cx.headers, body, path).await?;
        Ok(Self { params, ..Self::default() })
    }

    /// Finds the client and checks its origin and credentials.
    pub fn authenticate(&mut self, cx: &Context) -> Result<Arc<Registered>, OAuthError> {
        self.params.reject_repeated()?;
        let malformed = || OAuthError::invalid_request("invalid authorization header value format");
        let header = match cx.headers.get(header::AUTHORIZATION) {
            Some(value) => Some(value.to_str().map_err(|_| malformed())?),
            None => None,
        };
        let credentials = authentication::credentials(header, &self.params)?;
        let found = cx.client(credentials.client_id());
        let registered = found.ok_or_else(|| OAuthError::unknown_client(credentials.client_id()))?;
        self.client_id = Some(registered.client.id.clone());
        cors::check(cx, &registered.client).inspect_err(|_| self.foreign = true)?;
        let name = authentication::authenticate(&registered.client, &credentials, &registered.secrets, cx.now)?;
        self.secret_name = name.map(str::to_owned);
        Ok(registered)
    }

    /// An answer with the headers that browsers need.
    pub fn answer(&self, cx: &Context, response: Response) -> Response {
        cors::of_client(cx, response, self.foreign)
    }

    /// A refusal; a failed `Authorization` header is answered with a challenge (RFC 6749 section 5.2).
    pub fn refuse(&self, cx: &Context, error: &OAuthError) -> Response {
        let mut response = reply::error(cx, error);
        if error.status == 401
            && cx.headers.contains_key(header::AUTHORIZATION)
            && let Ok(value) = HeaderValue::from_str(&error.challenge("Basic", cx.issuer()))
        {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
        }
        self.answer(cx, response)
    }
}
