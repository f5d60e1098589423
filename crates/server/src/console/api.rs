//! Calls of the Management API by the pages, in this process: the same handlers, checks and audit entries as for everybody
//! (docs/adr/0018-console.md).

use std::net::SocketAddr;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, DefaultBodyLimit};
use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use kernel::id;
use serde_json::Value;
use tower::ServiceExt as _;

use crate::Tenant;
use crate::callers::ConsoleUser;
use crate::callers::console::{ADMIN, ConsoleSession};
use crate::errors::ApiError;
use crate::http::{RequestId, body};

/// An answer that is longer is a mistake: pages ask for one page of a list.
const MAX_ANSWER_BYTES: usize = 8 << 20;

/// The routes of this server.
#[derive(Clone)]
pub(crate) struct InnerRoutes(Router);

impl InnerRoutes {
    /// These routes.
    pub(crate) fn of(router: &Router) -> Self {
        Self(router.clone())
    }
}

/// The Management API of a tenant for the person who looks at a page.
pub(super) struct Api {
    routes: Router,
    tenant: Tenant,
    session: ConsoleSession,
    headers: HeaderMap,
    request_id: RequestId,
    peer: Option<ConnectInfo<SocketAddr>>,
}

/// What a request sends.
struct Content {
    kind: String,
    body: Body,
}

impl Content {
    fn json(value: &Value) -> Self {
        Self { kind: "application/json".to_owned(), body: Body::from(value.to_string()) }
    }

    /// A form with one file (RFC 7578).
    fn file(boundary: &str, file: &[u8]) -> Self {
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"picture\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        let body = [head.as_bytes(), file, format!("\r\n--{boundary}--\r\n").as_bytes()].concat();
        Self { kind: format!("multipart/form-data; boundary={boundary}"), body: Body::from(body) }
    }
}

/// A page of a list, and how long the whole is.
pub(super) struct Listed {
    pub total: i64,
    pub items: Vec<Value>,
}

impl<R> ConsoleUser<R> {
    /// The API of the tenant `default`.
    pub(super) fn api(&self) -> Api {
        self.api_of("default")
    }

    /// The API of the tenant `admin`, whose people are the administrators.
    pub(super) fn api_of_admin(&self) -> Api {
        self.api_of(ADMIN)
    }

    fn api_of(&self, tenant: &'static str) -> Api {
        // What the API calls things is in the language of the page.
        let language = HeaderValue::from_static(super::page::language(&self.page).tag());
        let mut headers = self.passed_on();
        headers.insert(header::ACCEPT_LANGUAGE, language);
        Api {
            routes: self.routes.0.clone(),
            tenant: Tenant::new(tenant, &self.app),
            session: self.session.clone(),
            headers,
            request_id: self.id.clone(),
            peer: self.parts.extensions.get().copied(),
        }
    }
}

impl Api {
    /// What a GET route answers. `path` begins with `/api/`; ids in it are encoded ([`encoded`]).
    ///
    /// # Errors
    /// Those of the route.
    pub async fn get(&self, path: &str) -> Result<Value, ApiError> {
        self.call(Method::GET, path, None).await.map(|(_, answer)| answer)
    }

    /// What a GET route answers; none where there is nothing (404).
    ///
    /// # Errors
    /// The others of the route.
    pub async fn find(&self, path: &str) -> Result<Option<Value>, ApiError> {
        match self.get(path).await {
            Err(error) if error.status() == StatusCode::NOT_FOUND => Ok(None),
            answer => answer.map(Some),
        }
    }

    /// A page of a list.
    ///
    /// # Errors
    /// Those of the route.
    pub async fn list(&self, path: &str) -> Result<Listed, ApiError> {
        let (headers, answer) = self.call(Method::GET, path, None).await?;
        let items = match answer {
            Value::Array(items) => items,
            _ => return Err(ApiError::internal(format!("{path} is no list"))),
        };
        let total = headers.get("total-number").and_then(|total| total.to_str().ok()?.parse().ok());
        Ok(Listed { total: total.unwrap_or_else(|| i64::try_from(items.len()).unwrap_or(i64::MAX)), items })
    }

    /// Changes something.
    ///
    /// # Errors
    /// Those of the route.
    pub async fn send(&self, method: Method, path: &str, body: Value) -> Result<Value, ApiError> {
        self.call(method, path, Some(Content::json(&body))).await.map(|(_, answer)| answer)
    }

    /// Stores a picture of the tenant; its address.
    ///
    /// # Errors
    /// Those of `POST /api/user-assets`.
    pub async fn upload(&self, picture: &[u8]) -> Result<String, ApiError> {
        let boundary = id::client_secret(&self.tenant.app().rng);
        let content = Content::file(&boundary, picture);
        let (_, answer) = self.call(Method::POST, "/api/user-assets", Some(content)).await?;
        Ok(super::entity::text(&answer, "url"))
    }

    /// Deletes something.
    ///
    /// # Errors
    /// Those of the route.
    pub async fn delete(&self, path: &str) -> Result<(), ApiError> {
        self.call(Method::DELETE, path, None).await.map(drop)
    }

    async fn call(&self, method: Method, path: &str, content: Option<Content>) -> Result<(HeaderMap, Value), ApiError> {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(content) = &content {
            request = request.header(header::CONTENT_TYPE, &content.kind);
        }
        let body = content.map_or_else(Body::empty, |content| content.body);
        let mut request = request.body(body).map_err(|_| ApiError::not_found())?;
        request.headers_mut().extend(self.headers.clone());
        let extensions = request.extensions_mut();
        extensions.insert(self.tenant.clone());
        extensions.insert(self.session.clone());
        extensions.insert(self.request_id.clone());
        if let Some(peer) = self.peer {
            extensions.insert(peer);
        }
        DefaultBodyLimit::max(body::MAX_BODY_BYTES).apply(&mut request);
        let response = self.routes.clone().oneshot(request).await.unwrap_or_else(|never| match never {});
        if let Some(error) = response.extensions().get::<ApiError>() {
            return Err(error.clone());
        }
        let (parts, body) = response.into_parts();
        if !parts.status.is_success() {
            return Err(refused(parts.status));
        }
        let bytes = to_bytes(body, MAX_ANSWER_BYTES).await.map_err(|error| ApiError::internal(error.to_string()))?;
        let answer = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap_or_default() };
        Ok((parts.headers, answer))
    }
}

/// What a route said without a body of its own.
fn refused(status: StatusCode) -> ApiError {
    match status {
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => ApiError::not_found(),
        status if status.is_client_error() => ApiError::new(status, "general.unknown"),
        _ => ApiError::internal(format!("a route of the console's API answered {status}")),
    }
}

/// An id as a part of a path.
pub(super) fn encoded(id: &str) -> String {
    crate::oidc::cookies::percent_encode(id)
}
