//! The table `email_templates`.

use ::api::email_templates::{
    EmailTemplate, EmailTemplateDetails, EmailTemplatesQuery, NewEmailTemplate, UpdateEmailTemplateDetails,
};
use db::{DbError, FromRow, params, sql};
use kernel::{Timestamp, id};

use crate::errors::ApiError;
use crate::search::{ListQuery, Where};
use crate::work::{View, Work};

const LIST_QUERY: ListQuery = ListQuery {
    columns: TemplateRow::COLUMNS,
    from: "email_templates",
    order: "created_at, language_tag, template_type",
};

/// Stands in for the types without a template.
const GENERIC: &str = "Generic";

#[derive(FromRow)]
struct TemplateRow {
    tenant_id: String,
    id: String,
    language_tag: String,
    template_type: String,
    #[row(json)]
    details: EmailTemplateDetails,
    created_at: Timestamp,
}

impl From<TemplateRow> for EmailTemplate {
    fn from(row: TemplateRow) -> Self {
        let TemplateRow { tenant_id, id, language_tag, template_type, details, created_at } = row;
        Self { tenant_id, id, language_tag, template_type, details, created_at: created_at.millis() }
    }
}

fn not_found(id: &str) -> ApiError {
    ApiError::not_found_by_id("email_templates", id)
}

fn condition(view: &View<'_>, query: &EmailTemplatesQuery) -> Where {
    let mut condition = Where::new("tenant_id = {}", [view.tenant_id()]);
    if let Some(language) = &query.language_tag {
        condition = condition.and("language_tag = {}", [language.as_str()]);
    }
    if let Some(kind) = query.template_type {
        condition = condition.and("template_type = {}", [kind.as_str()]);
    }
    condition
}

/// The templates that a query names.
///
/// # Errors
/// A failure of the database.
pub(super) fn list(view: &View<'_>, query: &EmailTemplatesQuery) -> Result<Vec<EmailTemplate>, ApiError> {
    let (_, rows): (_, Vec<TemplateRow>) = LIST_QUERY.rows(view, &condition(view, query), None)?;
    Ok(rows.into_iter().map(EmailTemplate::from).collect())
}

/// # Errors
/// 404 `entity.not_exists_with_id`.
pub(super) fn get(view: &View<'_>, id: &str) -> Result<EmailTemplate, ApiError> {
    let text = sql!(
        "select tenant_id, id, language_tag, template_type, details, created_at from email_templates \
         where tenant_id = $1 and id = $2"
    );
    let row: Option<TemplateRow> = view.query_opt(text, params![view.tenant_id(), id])?;
    row.map(EmailTemplate::from).ok_or_else(|| not_found(id))
}

/// Stores a template in the place of the one of its language and type, which keeps its id.
///
/// # Errors
/// A failure of the database.
pub(super) fn put(work: &Work<'_>, new: &NewEmailTemplate) -> Result<EmailTemplate, ApiError> {
    let text = sql!(
        "insert into email_templates (tenant_id, id, language_tag, template_type, details, created_at) \
         values ($1, $2, $3, $4, $5, $6) \
         on conflict (tenant_id, language_tag, template_type) do update set details = excluded.details returning id"
    );
    let (language, kind) = (&new.language_tag.0, new.template_type.as_str());
    let values = params![work.tenant_id(), id::entity_id(work.rng()), language, kind, json(&new.details)?, work.now()];
    let id: String = work.query_one(text, values)?;
    get(work, &id)
}

/// # Errors
/// 404 `entity.not_exists_with_id`.
pub(super) fn update(work: &Work<'_>, id: &str, patch: UpdateEmailTemplateDetails) -> Result<EmailTemplate, ApiError> {
    let details = get(work, id)?.details.patched(patch);
    let text = sql!("update email_templates set details = $3 where tenant_id = $1 and id = $2");
    work.exec_one(text, params![work.tenant_id(), id, json(&details)?])?;
    get(work, id)
}

/// # Errors
/// 404 `entity.not_exists_with_id`.
pub(super) fn delete(work: &Work<'_>, id: &str) -> Result<(), ApiError> {
    let text = sql!("delete from email_templates where tenant_id = $1 and id = $2");
    match work.exec(text, params![work.tenant_id(), id])? {
        0 => Err(not_found(id)),
        _ => Ok(()),
    }
}

/// Deletes the templates that a query names. Returns their number.
///
/// # Errors
/// A failure of the database.
pub(super) fn delete_all(work: &Work<'_>, query: &EmailTemplatesQuery) -> Result<u64, ApiError> {
    let found = list(work, query)?;
    for template in &found {
        delete(work, &template.id)?;
    }
    Ok(found.len() as u64)
}

/// The template for an e-mail of this type: in the reader's language, else in the fallback language, else the generic one in
/// that (H040).
///
/// # Errors
/// A failure of the database.
pub(crate) fn choose(
    view: &View<'_>,
    kind: &str,
    language: &str,
    fallback: &str,
) -> Result<Option<EmailTemplateDetails>, DbError> {
    let text = sql!(
        "select tenant_id, id, language_tag, template_type, details, created_at from email_templates \
         where tenant_id = $1 and language_tag in ($2, $3) and template_type in ($4, $5)"
    );
    let found: Vec<TemplateRow> = view.query_all(text, params![view.tenant_id(), language, fallback, kind, GENERIC])?;
    let mut wanted = [(kind, language), (kind, fallback), (GENERIC, fallback)].into_iter();
    Ok(wanted.find_map(|(kind, language)| {
        let is_it = |row: &&TemplateRow| row.template_type == kind && row.language_tag == language;
        found.iter().find(is_it).map(|row| row.details.clone())
    }))
}

fn json(details: &EmailTemplateDetails) -> Result<String, ApiError> {
    serde_json::to_string(details).map_err(|error| ApiError::internal(error.to_string()))
}
