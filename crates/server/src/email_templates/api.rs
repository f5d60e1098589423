//! `/api/email-templates` (inventory M285–M290).

use ::api::ErrorCode;
use ::api::email_templates::{
    DeletedEmailTemplates, EmailTemplate, EmailTemplatesQuery, ReplaceEmailTemplates, UpdateEmailTemplateDetails,
};
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;

use super::store;
use crate::callers::ManagementCaller;
use crate::errors::ApiError;
use crate::http::{Query, RequestBody};
use crate::routes::Routes;

pub(super) fn routes() -> Routes {
    let (all, one) = ("/api/email-templates", "/api/email-templates/{id}");
    Routes::new()
        .get(all, list_templates)
        .put(all, put_templates)
        .delete(all, delete_templates)
        .get(one, get_template)
        .delete(one, delete_template)
        .patch("/api/email-templates/{id}/details", update_details)
}

async fn list_templates(
    caller: ManagementCaller,
    Query(query): Query<EmailTemplatesQuery>,
) -> Result<Json<Vec<EmailTemplate>>, ApiError> {
    caller.read(move |view| store::list(view, &query)).await.map(Json)
}

async fn put_templates(
    caller: ManagementCaller,
    RequestBody(body): RequestBody<ReplaceEmailTemplates>,
) -> Result<Json<Vec<EmailTemplate>>, ApiError> {
    let put = caller.write(move |work| body.templates.iter().map(|new| store::put(work, new)).collect());
    put.await.map(Json)
}

async fn delete_templates(
    caller: ManagementCaller,
    Query(query): Query<EmailTemplatesQuery>,
) -> Result<Json<DeletedEmailTemplates>, ApiError> {
    if query.language_tag.is_none() && query.template_type.is_none() {
        return Err(ApiError::unprocessable(ErrorCode::ConnectorEmailConnectorBulkDeletionNoFilter));
    }
    let row_count = caller.write(move |work| store::delete_all(work, &query)).await?;
    Ok(Json(DeletedEmailTemplates { row_count }))
}

async fn get_template(caller: ManagementCaller, Path(id): Path<String>) -> Result<Json<EmailTemplate>, ApiError> {
    caller.read(move |view| store::get(view, &id)).await.map(Json)
}

async fn delete_template(caller: ManagementCaller, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    caller.write(move |work| store::delete(work, &id)).await.map(|()| StatusCode::NO_CONTENT)
}

async fn update_details(
    caller: ManagementCaller,
    Path(id): Path<String>,
    RequestBody(patch): RequestBody<UpdateEmailTemplateDetails>,
) -> Result<Json<EmailTemplate>, ApiError> {
    caller.write(move |work| store::update(work, &id, patch)).await.map(Json)
}
