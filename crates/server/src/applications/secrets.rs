//! Named secrets of an application (inventory M076–M080, O034). Only these routes return secrets in plain text;
//! existing clients rely on it.

use ::api::ErrorCode;
use ::api::applications::{CreateApplicationSecret, UpdateApplicationSecret};
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use db::{DbError, FromRow, params, sql};
use kernel::ids::ApplicationId;
use kernel::{Timestamp, id};
use serde::Serialize;

use super::model::Application;
use super::store;
use crate::callers::ManagementCaller;
use crate::errors::ApiError;
use crate::http::RequestBody;
use crate::routes::Routes;
use crate::sealing::{SealError, SealedColumn};
use crate::tenants::Section;
use crate::work::{View, Work};

/// The name of the secret that a new application gets.
pub const DEFAULT_NAME: &str = "Default secret";

/// A named secret.
#[derive(Clone, PartialEq, Serialize, FromRow)]
#[serde(rename_all = "camelCase")]
pub struct ApplicationSecret {
    pub tenant_id: String,
    pub application_id: ApplicationId,
    pub name: String,
    pub value: String,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
}

impl ApplicationSecret {
    /// The secret of a row, whose value is sealed.
    fn opened(mut self, view: &View<'_>) -> Result<Self, SealError> {
        let place = SealedColumn::ApplicationSecret.of(&self.tenant_id, &self.application_id);
        self.value = view.sealer().open(place, &self.value)?;
        Ok(self)
    }
}

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/api/applications/{id}/secrets", list_secrets)
        .post("/api/applications/{id}/secrets", create_secret)
        .patch("/api/applications/{id}/secrets/{name}", update_secret)
        .delete("/api/applications/{id}/secrets/{name}", delete_secret)
        .delete("/api/applications/{id}/legacy-secret", delete_legacy_secret)
}

async fn list_secrets(
    caller: ManagementCaller,
    Path(id): Path<ApplicationId>,
) -> Result<Json<Vec<ApplicationSecret>>, ApiError> {
    let list = move |view: &View<'_>| {
        store::get(view, &id)?;
        list(view, &id)
    };
    caller.read(list).await.map(Json)
}

fn list(view: &View<'_>, id: &ApplicationId) -> Result<Vec<ApplicationSecret>, ApiError> {
    let text = sql!(
        "select * from application_secrets where tenant_id = $1 and application_id = $2 order by created_at, name"
    );
    let rows: Vec<ApplicationSecret> = view.query_all(text, params![view.tenant_id(), id])?;
    Ok(rows.into_iter().map(|row| row.opened(view)).collect::<Result<_, _>>()?)
}

/// The oldest secret that counts now.
///
/// # Errors
/// A failure of the database, or of the key that opens secrets.
pub fn first_valid(view: &View<'_>, id: &ApplicationId) -> Result<Option<ApplicationSecret>, ApiError> {
    let is_valid = |secret: &ApplicationSecret| secret.expires_at.is_none_or(|at| at > view.now());
    Ok(list(view, id)?.into_iter().find(is_valid))
}

async fn create_secret(
    caller: ManagementCaller,
    Path(id): Path<ApplicationId>,
    RequestBody(new): RequestBody<CreateApplicationSecret>,
) -> Result<(StatusCode, Json<ApplicationSecret>), ApiError> {
    let create =
        move |work: &Work<'_>| create(work, &store::get_for_update(work, &id)?, &new.name, new.expires_at.into_value());
    caller.write(create).await.map(|secret| (StatusCode::CREATED, Json(secret)))
}

async fn update_secret(
    caller: ManagementCaller,
    Path((id, name)): Path<(ApplicationId, String)>,
    RequestBody(body): RequestBody<UpdateApplicationSecret>,
) -> Result<Json<ApplicationSecret>, ApiError> {
    let text = sql!(
        "update application_secrets set name = $4 where tenant_id = $1 and application_id = $2 and name = $3 \
         returning *"
    );
    let rename = move |work: &Work<'_>| {
        work.touch(Section::Clients)?;
        let renamed: Option<ApplicationSecret> =
            work.query_opt(text, params![work.tenant_id(), &id, name, &body.name.0]).map_err(map_name_conflict)?;
        Ok::<_, ApiError>(renamed.ok_or(DbError::Conflict)?.opened(work)?)
    };
    caller.write(rename).await.map(Json)
}

async fn delete_secret(
    caller: ManagementCaller,
    Path((id, name)): Path<(ApplicationId, String)>,
) -> Result<StatusCode, ApiError> {
    let text = sql!("delete from application_secrets where tenant_id = $1 and application_id = $2 and name = $3");
    let delete = move |work: &Work<'_>| {
        work.touch(Section::Clients)?;
        work.exec_existing(text, params![work.tenant_id(), id, name])
    };
    caller.write(delete).await.map(|()| StatusCode::NO_CONTENT)
}

/// Always 400: this server stores no secrets outside of `application_secrets`.
async fn delete_legacy_secret(caller: ManagementCaller, Path(id): Path<ApplicationId>) -> Result<StatusCode, ApiError> {
    caller.read(move |view| store::get(view, &id).map(drop)).await?;
    Err(ApiError::bad_request(ErrorCode::ApplicationNoLegacySecretFound))
}

/// Creates a secret. Without `expires_at` it never expires.
///
/// # Errors
/// 400 for a time in the past; 422 for a duplicate name or a public application.
pub fn create(
    work: &Work<'_>,
    application: &Application,
    name: &str,
    expires_at: Option<Timestamp>,
) -> Result<ApplicationSecret, ApiError> {
    if expires_at.is_some_and(|at| at <= work.now()) {
        return Err(ApiError::bad_request(ErrorCode::RequestInvalidInput));
    }
    if !application.may_have_secrets() {
        return Err(ApiError::unprocessable(ErrorCode::EntityDbConstraintViolated));
    }
    let text = sql!(
        "insert into application_secrets (tenant_id, application_id, name, value, created_at, expires_at) \
         values ($1, $2, $3, $4, $5, $6) returning *"
    );
    let place = SealedColumn::ApplicationSecret.of(work.tenant_id(), &application.id);
    let value = work.sealer().seal(place, &id::client_secret(work.rng()))?;
    let values = params![work.tenant_id(), &application.id, name, value, work.now(), expires_at];
    Ok(work.query_one::<ApplicationSecret>(text, values).map_err(map_name_conflict)?.opened(work)?)
}

fn map_name_conflict(error: DbError) -> ApiError {
    match error {
        DbError::Unique(_) => ApiError::unprocessable(ErrorCode::ApplicationSecretNameExists),
        other => other.into(),
    }
}
