//! `/api/organization-invitations`.

use ::api::organization_invitations::{
    CreateOrganizationInvitation, InvitationMessage, ListInvitationsQuery, OrganizationInvitation,
    ReplaceInvitationStatus,
};
use axum::Json;
use axum::extract::{Path, Query};
use axum::http::StatusCode;

use super::{message, store};
use crate::callers::ManagementCaller;
use crate::connectors::{self, PreparedMessage};
use crate::errors::ApiError;
use crate::http::RequestBody;
use crate::interaction::message_limited;
use crate::routes::Routes;

pub(super) fn routes() -> Routes {
    let (all, one) = ("/api/organization-invitations", "/api/organization-invitations/{id}");
    Routes::new()
        .get(all, list_invitations)
        .post(all, create_invitation)
        .get(one, get_invitation)
        .delete(one, delete_invitation)
        .put("/api/organization-invitations/{id}/status", put_status)
        .post("/api/organization-invitations/{id}/message", send_message)
}

async fn list_invitations(
    caller: ManagementCaller,
    Query(query): Query<ListInvitationsQuery>,
) -> Result<Json<Vec<OrganizationInvitation>>, ApiError> {
    caller.read(move |view| store::list(view, &query)).await.map(Json)
}

async fn get_invitation(
    caller: ManagementCaller,
    Path(id): Path<String>,
) -> Result<Json<OrganizationInvitation>, ApiError> {
    caller.read(move |view| store::get(view, &id)).await.map(Json)
}

/// Nothing is held while the message is on its way: an invitation whose message nobody took is deleted again.
async fn create_invitation(
    caller: ManagementCaller,
    RequestBody(new): RequestBody<CreateOrganizationInvitation>,
) -> Result<(StatusCode, Json<OrganizationInvitation>), ApiError> {
    let (app, config) = (caller.app.clone(), caller.config.clone());
    let create = move |work: &crate::work::Work<'_>| {
        let payload = new.message_payload.0.clone();
        // First, so that what is refused for the number of messages has changed nothing else.
        if payload.is_some() && !message::count(work, &config, &new.invitee, &new.organization_id)? {
            return Ok(None);
        }
        let invitation = store::create(work, new)?;
        let prepared =
            payload.map(|payload| message::prepare(work, &app, &config, &invitation, payload)).transpose()?;
        Ok::<_, ApiError>(Some((invitation, prepared)))
    };
    let (invitation, prepared) = caller.write(create).await?.ok_or_else(message_limited)?;
    if let Some(PreparedMessage { channel, message }) = prepared {
        let network = caller.ip.network();
        let sent = connectors::deliver(&caller.app, caller.tenant_id(), network, Some(channel), &message).await;
        if let Err(error) = sent {
            let id = invitation.id;
            caller.write(move |work| store::withdraw(work, &id)).await?;
            return Err(error);
        }
    }
    Ok((StatusCode::CREATED, Json(invitation)))
}

async fn send_message(
    caller: ManagementCaller,
    Path(id): Path<String>,
    RequestBody(payload): RequestBody<InvitationMessage>,
) -> Result<StatusCode, ApiError> {
    let (app, config) = (caller.app.clone(), caller.config.clone());
    let prepare = move |work: &crate::work::Work<'_>| {
        let invitation = store::get_pending(work, &id)?;
        if !message::count(work, &config, &invitation.invitee, &invitation.organization_id)? {
            return Ok(None);
        }
        message::prepare(work, &app, &config, &invitation, payload).map(Some)
    };
    let PreparedMessage { channel, message } = caller.write(prepare).await?.ok_or_else(message_limited)?;
    connectors::deliver(&caller.app, caller.tenant_id(), caller.ip.network(), Some(channel), &message).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn delete_invitation(caller: ManagementCaller, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    caller.write(move |work| store::delete(work, &id)).await.map(|()| StatusCode::NO_CONTENT)
}

async fn put_status(
    caller: ManagementCaller,
    Path(id): Path<String>,
    RequestBody(body): RequestBody<ReplaceInvitationStatus>,
) -> Result<Json<OrganizationInvitation>, ApiError> {
    let accepted_by = body.accepted_user_id.into_value().map(|id| id.0);
    caller.write(move |work| store::end(work, &id, body.status, accepted_by.as_deref())).await.map(Json)
}
