//! The table `administrator_invitations`, and the life of an invitation.

use ::api::ErrorCode;
use ::api::administrators::{
    AdministratorInvitation, AdministratorInvitationStatus, AdministratorRole, CreateAdministratorInvitation,
};
use axum::http::StatusCode;
use db::{DbError, FromRow, params, sql};
use flow::identifier::is_email;
use flow::unicode::normalize_identifier;
use kernel::ids::UserId;
use kernel::{Timestamp, id};
use serde_json::{Map, json};

use super::people;
use crate::audit::AuditEntry;
use crate::callers::console::ADMIN;
use crate::errors::ApiError;
use crate::http::validate::invalid_member;
use crate::roles;
use crate::work::{Actor, View, Work};

/// How long an invitation is good for, if nothing is said: seven days.
const LIFETIME_SECONDS: i64 = 7 * 24 * 60 * 60;
/// Invitations that are stored at the same time.
const MAX_STORED: i64 = 200;
/// A longer text is no link of ours.
const MAX_TOKEN_CHARS: usize = 64;

/// An invitation as it is stored.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct Invitation {
    pub id: String,
    pub email: String,
    role: String,
    pub inviter_id: String,
    inviter_is_application: bool,
    accepted_user_id: Option<String>,
    created_at: Timestamp,
    expires_at: Timestamp,
}

impl Invitation {
    /// What it gives. A role that this server does not know is the weakest.
    pub fn role(&self) -> AdministratorRole {
        AdministratorRole::from_name(&self.role).unwrap_or(AdministratorRole::Auditor)
    }

    fn status(&self, now: Timestamp) -> AdministratorInvitationStatus {
        match () {
            () if self.accepted_user_id.is_some() => AdministratorInvitationStatus::Accepted,
            () if self.expires_at <= now => AdministratorInvitationStatus::Expired,
            () => AdministratorInvitationStatus::Pending,
        }
    }

    fn into_wire(self, now: Timestamp) -> AdministratorInvitation {
        AdministratorInvitation {
            role: self.role(),
            status: self.status(now),
            id: self.id,
            email: self.email,
            inviter_id: self.inviter_id,
            accepted_user_id: self.accepted_user_id,
            created_at: self.created_at.millis(),
            expires_at: self.expires_at.millis(),
            link: None,
            is_mailed: None,
        }
    }
}

/// All invitations, newest first.
///
/// # Errors
/// A failure of the database.
pub(super) fn list(view: &View<'_>) -> Result<Vec<AdministratorInvitation>, DbError> {
    let text = sql!(
        "select ",
        Invitation::COLUMNS,
        " from administrator_invitations where tenant_id = $1 order by created_at desc, id desc"
    );
    let rows: Vec<Invitation> = view.query_all(text, params![view.tenant_id()])?;
    Ok(rows.into_iter().map(|row| row.into_wire(view.now())).collect())
}

/// An invitation that was just made, with the secret of its link.
pub(super) struct NewInvitation {
    pub shown: AdministratorInvitation,
    pub token: String,
}

/// Makes an invitation.
///
/// # Errors
/// 400 for what is no e-mail address; 403 for whoever is neither a person nor an application; 422 when there are too many.
pub(super) fn create(work: &Work<'_>, new: &CreateAdministratorInvitation) -> Result<NewInvitation, ApiError> {
    let email = normalize_identifier(&new.email.0);
    if !is_email(&email) {
        return Err(invalid_member(&["email"], "expected an e-mail address"));
    }
    let Actor::Management { id: inviter, is_application } = work.actor() else {
        return Err(ApiError::new(StatusCode::FORBIDDEN, "auth.forbidden"));
    };
    roles::require_owner(work)?;
    require_room(work)?;
    let (id, token) = (id::entity_id(work.rng()), id::opaque_token(work.rng()));
    let lifetime = new.expires_in.map_or(LIFETIME_SECONDS, |seconds| seconds.0);
    let invitation = Invitation {
        id,
        email,
        role: new.role.as_str().to_owned(),
        inviter_id: inviter.clone(),
        inviter_is_application: *is_application,
        accepted_user_id: None,
        created_at: work.now(),
        expires_at: work.now().plus_seconds(lifetime),
    };
    let insert = sql!(
        "insert into administrator_invitations (tenant_id, id, email, role, token_digest, inviter_id, \
         inviter_is_application, created_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
    );
    work.exec_one(
        insert,
        params![
            work.tenant_id(),
            &invitation.id,
            &invitation.email,
            &invitation.role,
            id::token_digest(&token),
            &invitation.inviter_id,
            invitation.inviter_is_application,
            invitation.created_at,
            invitation.expires_at
        ],
    )?;
    Ok(NewInvitation { shown: invitation.into_wire(work.now()), token })
}

/// Attack G1: what is stored is bounded.
fn require_room(work: &Work<'_>) -> Result<(), ApiError> {
    let count = sql!("select count(*) from administrator_invitations where tenant_id = $1");
    let stored: i64 = work.query_one(count, params![work.tenant_id()])?;
    match stored < MAX_STORED {
        true => Ok(()),
        false => Err(ApiError::unprocessable(ErrorCode::RequestInvalidInput)
            .with_phrase("console.too_many_invitations")
            .data(json!({"maxInvitations": MAX_STORED}))),
    }
}

/// # Errors
/// 404 `entity.not_found`.
pub(super) fn delete(work: &Work<'_>, id: &str) -> Result<(), ApiError> {
    work.require_durable();
    let text = sql!("delete from administrator_invitations where tenant_id = $1 and id = $2");
    work.exec_existing(text, params![work.tenant_id(), id])
}

/// The invitation of a link, if it counts now.
///
/// # Errors
/// A failure of the database.
fn find_valid(view: &View<'_>, token: &str) -> Result<Option<Invitation>, DbError> {
    if token.is_empty() || token.len() > MAX_TOKEN_CHARS {
        return Ok(None);
    }
    let text = sql!(
        "select ",
        Invitation::COLUMNS,
        " from administrator_invitations where tenant_id = $1 and token_digest = $2"
    );
    let found: Option<Invitation> = view.query_opt(text, params![view.tenant_id(), id::token_digest(token)])?;
    let pending = found.filter(|found| found.status(view.now()) == AdministratorInvitationStatus::Pending);
    let Some(invitation) = pending else { return Ok(None) };
    let may_invite = match invitation.inviter_is_application {
        true => roles::is_owning_application(view, &invitation.inviter_id)?,
        false => roles::is_owner(view, &invitation.inviter_id)?,
    };
    Ok(Some(invitation).filter(|_| may_invite))
}

/// As [`find_valid`].
///
/// # Errors
/// 404 for a link that does not count, whatever is wrong with it; a failure of the database.
pub(crate) fn require_valid(view: &View<'_>, token: &str) -> Result<Invitation, ApiError> {
    find_valid(view, token)?.ok_or_else(gone)
}

fn gone() -> ApiError {
    ApiError::not_found().with_phrase("console.invitation_gone")
}

/// Uses an invitation up: its role is the user's.
///
/// # Errors
/// 404 for a link that does not count; 422 for somebody who has a role already.
pub(crate) fn accept(work: &Work<'_>, token: &str, user: &UserId) -> Result<(), ApiError> {
    // A link that comes back after a crash would count twice.
    work.require_durable();
    let active = crate::users::store::get_for_update(work, user)?;
    if active.is_suspended {
        return Err(ApiError::new(StatusCode::FORBIDDEN, "auth.forbidden"));
    }
    // Whoever invited may be losing the right at the same time.
    roles::keep_an_owner(work, || use_up(work, token, user))
}

fn use_up(work: &Work<'_>, token: &str, user: &UserId) -> Result<(), ApiError> {
    let invitation = require_valid(work, token)?;
    if people::role_of(work, user)?.is_some() {
        return Err(ApiError::unprocessable(ErrorCode::RequestInvalidInput).with_phrase("console.has_role_already"));
    }
    // Of several at the same time one gets it.
    let text = sql!(
        "update administrator_invitations set accepted_user_id = $3 \
         where tenant_id = $1 and id = $2 and accepted_user_id is null and expires_at > $4"
    );
    if work.exec(text, params![work.tenant_id(), &invitation.id, user, work.now()])? == 0 {
        return Err(gone());
    }
    people::give_role(work, user, invitation.role())?;
    // As the first administrator does: this person may be the first.
    crate::sign_in_experience::close_registration(work)?;
    Ok(work.audit(&accepted(work, &invitation, user))?)
}

/// Whoever accepts has no right to the API yet, so that nothing else writes it down.
fn accepted(work: &Work<'_>, invitation: &Invitation, user: &UserId) -> AuditEntry {
    let mut payload = Map::new();
    let mut put = |name: &str, value: serde_json::Value| payload.insert(name.to_owned(), value);
    put("result", "Success".into());
    put("actor", json!({"type": "User", "id": user}));
    put("userId", user.as_str().into());
    put("params", json!({"id": invitation.id}));
    put("after", json!({"role": invitation.role(), "email": invitation.email, "inviterId": invitation.inviter_id}));
    if let Some(request) = work.request() {
        put("ip", request.ip.text().into());
        put("userAgent", request.user_agent.as_str().into());
    }
    AuditEntry { key: "Administration.AdministratorInvitations.Accepted".to_owned(), payload }
}

/// Deletes the invitations that a person made or accepted, with the addresses in them.
///
/// # Errors
/// A failure of the database.
pub(crate) fn forget_user(work: &Work<'_>, user: &UserId) -> Result<(), DbError> {
    if work.tenant_id() != ADMIN {
        return Ok(());
    }
    let text = sql!(
        "delete from administrator_invitations where tenant_id = $1 \
         and (accepted_user_id = $2 or (inviter_id = $2 and inviter_is_application = false))"
    );
    work.exec(text, params![work.tenant_id(), user]).map(drop)
}
