//! `/api/administrators` and `/api/administrator-invitations`.

use ::api::administrators::{
    Administrator, AdministratorInvitation, CreateAdministratorInvitation, UpdateAdministrator,
};
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use kernel::ids::UserId;

use super::message::{self, MailSetting};
use super::{invitations, people, require_admin};
use crate::callers::ManagementCaller;
use crate::connectors::{self, PreparedMessage};
use crate::errors::ApiError;
use crate::http::{Paging, RequestBody};
use crate::routes::Routes;
use crate::work::Work;

pub(super) fn routes() -> Routes {
    let (one, invitations) = ("/api/administrators/{userId}", "/api/administrator-invitations");
    Routes::new()
        .get("/api/administrators", list_administrators)
        .get(one, get_administrator)
        .patch(one, update_administrator)
        .delete(one, remove_administrator)
        .get(invitations, list_invitations)
        .post(invitations, create_invitation)
        .delete("/api/administrator-invitations/{id}", delete_invitation)
}

async fn list_administrators(caller: ManagementCaller, paging: Paging) -> Result<Response, ApiError> {
    require_admin(&caller)?;
    let page = paging.page();
    let (total, people) = caller.read(move |view| people::list(view, page)).await?;
    Ok(paging.response(total, &people))
}

async fn get_administrator(caller: ManagementCaller, Path(id): Path<UserId>) -> Result<Json<Administrator>, ApiError> {
    require_admin(&caller)?;
    caller.read_inline(move |view| people::get(view, &id)).await.map(Json)
}

async fn update_administrator(
    caller: ManagementCaller,
    Path(id): Path<UserId>,
    RequestBody(body): RequestBody<UpdateAdministrator>,
) -> Result<Json<Administrator>, ApiError> {
    require_admin(&caller)?;
    caller.write(move |work| people::change_role(work, &id, body.role)).await.map(Json)
}

async fn remove_administrator(caller: ManagementCaller, Path(id): Path<UserId>) -> Result<StatusCode, ApiError> {
    require_admin(&caller)?;
    caller.write(move |work| people::remove(work, &id)).await.map(|()| StatusCode::NO_CONTENT)
}

async fn list_invitations(caller: ManagementCaller) -> Result<Json<Vec<AdministratorInvitation>>, ApiError> {
    require_admin(&caller)?;
    caller.read(|view| Ok::<_, ApiError>(invitations::list(view)?)).await.map(Json)
}

/// The link counts even if its mail is not taken: it is in the answer.
async fn create_invitation(
    caller: ManagementCaller,
    RequestBody(new): RequestBody<CreateAdministratorInvitation>,
) -> Result<(StatusCode, Json<AdministratorInvitation>), ApiError> {
    require_admin(&caller)?;
    let (app, config, endpoint) = (caller.app.clone(), caller.config.clone(), caller.tenant.endpoint().to_owned());
    let create = move |work: &Work<'_>| {
        let made = invitations::create(work, &new)?;
        let link = format!("{endpoint}/console/invitation?token={}", made.token);
        let locale = new.locale.as_ref().map(|locale| locale.0.as_str());
        let setting = MailSetting { app: &app, config: &config, link: &link, locale };
        let mail = message::prepare(work, &setting, &made.shown)?;
        Ok::<_, ApiError>((AdministratorInvitation { link: Some(link), ..made.shown }, mail))
    };
    let (mut invitation, mail) = caller.write(create).await?;
    let mut is_mailed = false;
    if let Some(PreparedMessage { channel, message }) = mail {
        let network = caller.ip.network();
        let sent = connectors::deliver(&caller.app, caller.tenant_id(), network, Some(channel), &message).await;
        is_mailed = sent.is_ok();
        if let Err(error) = sent {
            tracing::warn!(code = error.code(), "the mail with an invitation was not sent");
        }
    }
    invitation.is_mailed = Some(is_mailed);
    Ok((StatusCode::CREATED, Json(invitation)))
}

async fn delete_invitation(caller: ManagementCaller, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    require_admin(&caller)?;
    caller.write(move |work| invitations::delete(work, &id)).await.map(|()| StatusCode::NO_CONTENT)
}
