//! `/api/custom-phrases`, and the texts in one language for pages of one's own.

use ::api::custom_phrases::{CustomPhrase, TranslationObject};
use ::api::sign_in_experience::LanguageTag;
use axum::Json;
use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

use super::{store, texts};
use crate::callers::{Anyone, ManagementCaller};
use crate::errors::ApiError;
use crate::http::validate::invalid_member;
use crate::http::{QueryParams, RequestBody};
use crate::pages::select_language;
use crate::routes::Routes;

pub(super) fn routes() -> Routes {
    let one = "/api/custom-phrases/{languageTag}";
    Routes::new()
        .get("/api/custom-phrases", list_phrases)
        .get(one, get_phrases)
        .put(one, put_phrases)
        .delete(one, delete_phrases)
        .get("/api/.well-known/phrases", get_public_phrases)
}

/// # Errors
/// 400 `guard.invalid_input`.
fn known(tag: &str) -> Result<&'static str, ApiError> {
    LanguageTag::known(tag)
        .ok_or_else(|| invalid_member(&["languageTag"], "expected a known language, such as `de` or `pt-BR`"))
}

async fn list_phrases(caller: ManagementCaller) -> Result<Json<Vec<CustomPhrase>>, ApiError> {
    caller.read(store::list).await.map(Json)
}

async fn get_phrases(caller: ManagementCaller, Path(tag): Path<String>) -> Result<Json<CustomPhrase>, ApiError> {
    let tag = known(&tag)?;
    caller.read_inline(move |view| store::get(view, tag)).await.map(Json)
}

async fn put_phrases(
    caller: ManagementCaller,
    Path(tag): Path<String>,
    RequestBody(body): RequestBody<TranslationObject>,
) -> Result<(StatusCode, Json<CustomPhrase>), ApiError> {
    let (tag, translation) = (known(&tag)?, texts::checked(body)?);
    let stored = caller.write(move |work| store::put(work, tag, &translation)).await?;
    Ok((StatusCode::CREATED, Json(stored)))
}

async fn delete_phrases(caller: ManagementCaller, Path(tag): Path<String>) -> Result<StatusCode, ApiError> {
    let tag = known(&tag)?;
    caller.write(move |work| store::delete(work, tag)).await.map(|()| StatusCode::NO_CONTENT)
}

/// The texts of the hosted pages in the language of `lng`, of the browser or of the tenant.
async fn get_public_phrases(anyone: Anyone, query: QueryParams) -> Response {
    let config = &anyone.config;
    let accept_language = anyone.header(header::ACCEPT_LANGUAGE);
    let language = select_language(config, query.get("lng"), accept_language);
    let headers = [(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()))];
    (headers, Json(json!({"translation": texts::document(language)}))).into_response()
}
