//! `/user-assets`: files as anybody may see them. They come from people, so browsers are told to take them for nothing but pictures
//! (attack E9).

use axum::extract::Path;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::picture::StoredFormat;
use super::store;
use crate::ApiError;
use crate::callers::Anyone;
use crate::http::etag;
use crate::work::View;

/// Below this are the keys.
pub(super) const PATH: &str = "/user-assets";
/// A key is never used for another file.
pub(super) const IMMUTABLE: &str = "public, max-age=31536000, immutable";
/// Of all keys of ours.
const MAX_KEY_BYTES: usize = 512;

pub(super) async fn get_asset(request: Anyone, Path(key): Path<String>) -> Result<Response, ApiError> {
    let not_found = || Ok(StatusCode::NOT_FOUND.into_response());
    let (Some(format), Ok(files)) = (StoredFormat::of_key(&key), request.app.assets.files()) else {
        return not_found();
    };
    if key.len() > MAX_KEY_BYTES {
        return not_found();
    }
    let asked = key.clone();
    let exists = request.read_inline(move |view: &View<'_>| store::exists(view, &asked)).await?;
    if !exists {
        return not_found();
    }
    let read = files.read(&key).await;
    let Some(bytes) = read.map_err(|detail| {
        ApiError::new(StatusCode::BAD_GATEWAY, "storage.download_error").with_detail(format!("{key}: {detail}"))
    })?
    else {
        return not_found();
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(format.content_type())),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("default-src 'none'; sandbox; frame-ancestors 'none'"),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static(IMMUTABLE)),
        (header::ETAG, etag(&bytes)),
        // Applications show the pictures of their users.
        (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("cross-origin")),
    ];
    Ok((headers, bytes).into_response())
}
