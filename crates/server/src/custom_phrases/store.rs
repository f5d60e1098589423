//! The table `custom_phrases`.

use std::sync::Arc;

use ::api::ErrorCode;
use ::api::custom_phrases::{CustomPhrase, TranslationObject};
use ::api::sign_in_experience::LanguageTag;
use axum::http::StatusCode;
use db::{DbError, FromRow, Json, Read, params, sql};
use kernel::id;
use views::Languages;

use super::texts;
use crate::errors::ApiError;
use crate::sign_in_experience;
use crate::tenants::Section;
use crate::work::{View, Work};

/// All languages of a tenant are in memory.
const MAX_BYTES: i64 = 4 << 20;

#[derive(FromRow)]
struct PhraseRow {
    tenant_id: String,
    id: String,
    language_tag: String,
    #[row(json)]
    translation: TranslationObject,
}

impl From<PhraseRow> for CustomPhrase {
    fn from(row: PhraseRow) -> Self {
        let PhraseRow { tenant_id, id, language_tag, translation } = row;
        Self { tenant_id, id, language_tag, translation }
    }
}

/// The languages of a tenant.
///
/// # Errors
/// A failure of the database.
pub(crate) fn load(r: &Read<'_>, tenant: &str) -> Result<Languages, DbError> {
    let text = sql!("select language_tag, translation from custom_phrases where tenant_id = $1");
    let rows: Vec<(String, Json<TranslationObject>)> = r.query_all(text, params![tenant])?;
    let own = |(tag, translation): (String, Json<TranslationObject>)| {
        Some((LanguageTag::known(&tag)?, Arc::new(texts::catalogue(translation.0))))
    };
    Ok(Languages::new(rows.into_iter().filter_map(own).collect()))
}

/// Whether a language has texts of the tenant.
///
/// # Errors
/// A failure of the database.
pub(crate) fn exist(view: &View<'_>, tag: &str) -> Result<bool, DbError> {
    let text = sql!("select id from custom_phrases where tenant_id = $1 and language_tag = $2");
    Ok(view.query_opt::<(String,)>(text, params![view.tenant_id(), tag])?.is_some())
}

/// # Errors
/// A failure of the database.
pub(super) fn list(view: &View<'_>) -> Result<Vec<CustomPhrase>, ApiError> {
    let text = sql!(
        "select tenant_id, id, language_tag, translation from custom_phrases where tenant_id = $1 order by language_tag"
    );
    let rows: Vec<PhraseRow> = view.query_all(text, params![view.tenant_id()])?;
    Ok(rows.into_iter().map(CustomPhrase::from).collect())
}

/// # Errors
/// 404 `entity.not_found`.
pub(super) fn get(view: &View<'_>, tag: &str) -> Result<CustomPhrase, ApiError> {
    let text = sql!(
        "select tenant_id, id, language_tag, translation from custom_phrases where tenant_id = $1 and language_tag = $2"
    );
    let row: Option<PhraseRow> = view.query_opt(text, params![view.tenant_id(), tag])?;
    row.map(CustomPhrase::from).ok_or_else(ApiError::not_found)
}

/// Stores the texts of a language in the place of those before, which keep their id.
///
/// # Errors
/// 403 `system_limit.limit_exceeded` when the texts of all languages are too long.
pub(super) fn put(work: &Work<'_>, tag: &str, translation: &TranslationObject) -> Result<CustomPhrase, ApiError> {
    work.touch(Section::Phrases)?;
    let text = serde_json::to_string(translation).map_err(|error| ApiError::internal(error.to_string()))?;
    let put = sql!(
        "insert into custom_phrases (tenant_id, id, language_tag, translation) values ($1, $2, $3, $4) \
         on conflict (tenant_id, language_tag) do update set translation = excluded.translation"
    );
    work.exec_one(put, params![work.tenant_id(), id::entity_id(work.rng()), tag, text])?;
    let sum = sql!("select cast(sum(octet_length(translation)) as bigint) from custom_phrases where tenant_id = $1");
    let bytes: i64 = work.query_one(sum, params![work.tenant_id()])?;
    if bytes > MAX_BYTES {
        return Err(ApiError::new(StatusCode::FORBIDDEN, ErrorCode::SystemLimitLimitExceeded));
    }
    get(work, tag)
}

/// # Errors
/// 404 `entity.not_found`; 409 `localization.cannot_delete_default_language`.
pub(super) fn delete(work: &Work<'_>, tag: &str) -> Result<(), ApiError> {
    // No language becomes the fallback meanwhile.
    work.touch(Section::Experience)?;
    if sign_in_experience::fallback_language(work)? == tag {
        return Err(ApiError::new(StatusCode::CONFLICT, ErrorCode::LocalizationCannotDeleteDefaultLanguage));
    }
    work.touch(Section::Phrases)?;
    let text = sql!("delete from custom_phrases where tenant_id = $1 and language_tag = $2");
    match work.exec(text, params![work.tenant_id(), tag])? {
        0 => Err(ApiError::not_found()),
        _ => Ok(()),
    }
}
