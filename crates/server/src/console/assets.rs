//! The style sheet and the script of the console: their names change with what is in them, so that browsers keep them for ever.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use views::console::{CONSOLE_SCRIPT, ConsoleAssets, console_styles};

use crate::callers::Anyone;
use crate::errors::ApiError;
use crate::http::etag;
use crate::http::prepared::Prepared;
use crate::routes::Routes;

/// A file as it is served.
struct Asset {
    path: String,
    kind: &'static str,
    document: Prepared,
}

impl Asset {
    fn new(text: String, extension: &str, kind: &'static str) -> Self {
        let digest = etag(text.as_bytes());
        let digest: String = digest.to_str().unwrap_or_default().chars().filter(|c| *c != '"').take(12).collect();
        let path = format!("/console/assets/console-{digest}.{extension}");
        Self { path, kind, document: Prepared::compressed(text.into()) }
    }
}

static STYLES: LazyLock<Asset> = LazyLock::new(|| Asset::new(console_styles(), "css", "text/css; charset=utf-8"));
static SCRIPT: LazyLock<Asset> =
    LazyLock::new(|| Asset::new(CONSOLE_SCRIPT.to_owned(), "js", "text/javascript; charset=utf-8"));

pub(super) fn routes() -> Routes {
    Routes::new().get("/console/assets/{name}", get_asset)
}

/// The addresses that pages name.
pub(super) fn addresses() -> ConsoleAssets<'static> {
    ConsoleAssets { styles: &STYLES.path, script: &SCRIPT.path }
}

async fn get_asset(anyone: Anyone, Path(name): Path<String>) -> Result<Response, ApiError> {
    let is_named = |asset: &&Asset| asset.path.strip_prefix("/console/assets/") == Some(name.as_str());
    let asset = [&*STYLES, &*SCRIPT].into_iter().find(is_named).ok_or_else(ApiError::not_found)?;
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    Ok((headers, asset.document.respond(&anyone.headers)).into_response())
}
