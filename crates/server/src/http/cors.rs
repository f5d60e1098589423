//! Cross-origin calls of the REST API: only the console's origin may (SURPRISES 21). `/oidc` has rules of its own.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::App;

/// Answers preflights and `OPTIONS` under `/api`, and marks answers to the console as readable by it.
pub(crate) async fn allow_console(request: Request, next: Next) -> Response {
    if !request.uri().path().starts_with("/api") {
        return next.run(request).await;
    }
    let console = request.extensions().get::<App>().map(|app| app.settings.admin_endpoint.clone()).unwrap_or_default();
    let origin =
        request.headers().get(header::ORIGIN).filter(|origin| origin.as_bytes() == console.as_bytes()).cloned();
    let is_options = request.method() == Method::OPTIONS;
    let asked = request.headers().get(header::ACCESS_CONTROL_REQUEST_HEADERS).cloned();
    match origin {
        Some(origin) if is_options => {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            let methods = HeaderValue::from_static("GET,HEAD,PUT,POST,DELETE,PATCH");
            headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
            if let Some(asked) = asked {
                headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, asked);
            }
            (StatusCode::NO_CONTENT, headers).into_response()
        }
        Some(origin) => {
            let mut response = next.run(request).await;
            let headers = response.headers_mut();
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("*"));
            response
        }
        None if is_options => options(next.run(request).await),
        None => next.run(request).await,
    }
}

/// `OPTIONS` on a known path is 200 with `Allow`.
fn options(mut response: Response) -> Response {
    if response.status() == StatusCode::METHOD_NOT_ALLOWED {
        *response.status_mut() = StatusCode::OK;
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    }
    response
}
