//! All routes, and the layers around them.

use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Router};

use crate::http::{allow_console, body, finish, localise, refuse_nul, represent};
use crate::routing::{Declared, Routes};
use crate::{App, Tenant};

/// The routes of every tenant.
pub fn routes() -> Routes {
    Routes::new()
        .merge(crate::status::routes())
        .merge(crate::applications::routes())
        .merge(crate::configs::routes())
        .merge(crate::interaction::routes())
        .merge(crate::oidc::routes())
        .merge(crate::organization_template::routes())
        .merge(crate::organizations::routes())
        .merge(crate::pages::routes())
        .merge(crate::roles::routes())
        .merge(crate::resources::routes())
        .merge(crate::sign_in_experience::routes())
        .merge(crate::users::routes())
}

/// The declared routes, for tests that walk all of them.
pub fn declared() -> Vec<Declared> {
    routes().into_parts().1
}

/// The complete service of one tenant.
pub fn build(app: &App, tenant_id: &'static str) -> Router {
    let (router, _) = routes().into_parts();
    router
        .fallback(unknown)
        .layer(middleware::from_fn(refuse_nul))
        .layer(middleware::from_fn(crate::oidc::surround))
        .layer(middleware::from_fn(plain_statuses))
        .layer(middleware::from_fn(localise))
        .layer(middleware::from_fn(crate::pages::explain))
        .layer(middleware::from_fn(represent))
        .layer(middleware::from_fn(allow_console))
        .layer(middleware::from_fn(finish))
        .layer(DefaultBodyLimit::max(body::LIMIT))
        .layer(Extension(Tenant::new(tenant_id, app)))
        .layer(Extension(app.clone()))
        .with_state(app.clone())
}

/// Unknown routes answer before any authentication (inventory M011, SURPRISES 22).
async fn unknown() -> Response {
    StatusCode::NOT_FOUND.into_response()
}

/// Answers without a body carry the status text as plain text, as in `Not Found` and `Created` (SURPRISES 22), except
/// those that may have none.
async fn plain_statuses(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let status = response.status();
    let bare = !response.headers().contains_key(header::CONTENT_TYPE)
        && !response.headers().contains_key(header::LOCATION)
        && axum::body::HttpBody::size_hint(response.body()).exact() == Some(0);
    if !bare || status == StatusCode::NO_CONTENT || status == StatusCode::NOT_MODIFIED || status.is_informational() {
        return response;
    }
    let (mut parts, _) = response.into_parts();
    parts.headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static("text/plain; charset=utf-8"));
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, status.canonical_reason().unwrap_or_default().into())
}
