//! `/api/docs`: the reference of the APIs for people. Its pages are the same for all tenants and are made once each.

use std::collections::HashMap;
use std::sync::{LazyLock, OnceLock};

use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use kernel::Locale;
use views::docs_pages::{DocsGroup, DocsGroupLink, DocsLine, DocsPage, docs_styles, render_docs};

use super::reference;
use crate::callers::Anyone;
use crate::errors::ApiError;
use crate::http::prepared::Prepared;
use crate::http::{QueryParams, request_locale};
use crate::routes::Routes;

const INDEX: &str = "";
/// A longer search finds nothing that a shorter one does not.
const MAX_QUERY_CHARS: usize = 100;

static GROUPS: LazyLock<Vec<DocsGroup>> = LazyLock::new(|| reference::groups(&super::document(|_| true)));

/// The pages by language and group.
static PAGES: LazyLock<HashMap<(Locale, &'static str), OnceLock<Prepared>>> = LazyLock::new(|| {
    let slugs = || std::iter::once(INDEX).chain(GROUPS.iter().map(|group| group.slug.as_str()));
    Locale::ALL.into_iter().flat_map(|locale| slugs().map(move |slug| ((locale, slug), OnceLock::new()))).collect()
});

/// The pages run no script and load nothing; their one style sheet is known by its digest.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, docs_styles().as_bytes());
    let digest = base64::engine::general_purpose::STANDARD.encode(digest);
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{digest}'; img-src 'self'; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'"
    );
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
});

pub(super) fn routes() -> Routes {
    Routes::new().get("/api/docs", show_index).get("/api/docs/{group}", show_group)
}

/// All operations, or those that `q` finds.
async fn show_index(anyone: Anyone, query: QueryParams) -> Result<Response, ApiError> {
    let locale = language(&anyone, &query);
    let asked: String = query.get("q").unwrap_or_default().trim().chars().take(MAX_QUERY_CHARS).collect();
    match asked.is_empty() {
        true => stored(&anyone, locale, INDEX),
        false => Ok(respond(&anyone, locale, &Prepared::plain(render(locale, INDEX, &asked)?))),
    }
}

async fn show_group(anyone: Anyone, Path(group): Path<String>, query: QueryParams) -> Result<Response, ApiError> {
    stored(&anyone, language(&anyone, &query), &group)
}

/// The languages of the frame are those that ship; what the operations say of themselves is English.
fn language(anyone: &Anyone, query: &QueryParams) -> Locale {
    let named = query.get("ui_locales").and_then(|tags| tags.split_whitespace().find_map(Locale::from_tag));
    named.unwrap_or_else(|| request_locale(&anyone.uri, &anyone.headers))
}

/// # Errors
/// 404 for a group that there is not.
fn stored(anyone: &Anyone, locale: Locale, slug: &str) -> Result<Response, ApiError> {
    let known = GROUPS.iter().map(|group| group.slug.as_str()).chain([INDEX]).find(|known| *known == slug);
    let place = known.and_then(|known| PAGES.get(&(locale, known))).ok_or_else(ApiError::not_found)?;
    let page = match place.get() {
        Some(page) => page,
        None => {
            let made = Prepared::compressed(render(locale, slug, "")?);
            place.get_or_init(|| made)
        }
    };
    Ok(respond(anyone, locale, page))
}

fn respond(anyone: &Anyone, locale: Locale, page: &Prepared) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(locale.tag()));
    headers.insert(header::CONTENT_SECURITY_POLICY, POLICY.clone());
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding, Accept-Language"));
    (headers, page.respond(&anyone.headers)).into_response()
}

fn render(locale: Locale, slug: &str, query: &str) -> Result<Bytes, ApiError> {
    let current = GROUPS.iter().find(|group| group.slug == slug);
    let words: Vec<String> = query.to_lowercase().split_whitespace().map(str::to_owned).collect();
    let links: Vec<DocsGroupLink<'_>> = GROUPS.iter().map(|group| link(group, current.is_none(), &words)).collect();
    let path = if slug.is_empty() { "/api/docs".to_owned() } else { format!("/api/docs/{slug}") };
    let found = links.iter().map(|group| group.shown.len()).sum();
    let version = env!("CARGO_PKG_VERSION");
    let page = DocsPage { groups: links, current, query, found, path: &path, version };
    render_docs(locale, &page).map(Bytes::from).map_err(|error| ApiError::internal(error.to_string()))
}

/// A group with those of its operations that have all words.
fn link<'g>(group: &'g DocsGroup, is_index: bool, words: &[String]) -> DocsGroupLink<'g> {
    let has_all = |line: &&DocsLine| {
        let path: String = line.path.iter().map(|part| part.text.as_str()).collect();
        let text = format!("{} {} {} {} {path}", group.name, line.id, line.title, line.method).to_lowercase();
        words.iter().all(|word| text.contains(word.as_str()))
    };
    let lines = group.operations.iter().map(|operation| &operation.line);
    let shown = if is_index { lines.filter(has_all).collect() } else { Vec::new() };
    DocsGroupLink { name: &group.name, slug: &group.slug, count: group.operations.len(), shown }
}
