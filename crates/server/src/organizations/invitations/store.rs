//! The tables `organization_invitations` and `organization_invitation_roles`, and the life of an invitation.

use std::collections::HashMap;

use ::api::ErrorCode;
use ::api::organization_invitations::{
    CreateOrganizationInvitation, InvitationEnd, InvitationStatus, ListInvitationsQuery, OrganizationInvitation,
};
use ::api::organization_template::IdAndName;
use axum::http::StatusCode;
use db::{DbError, FromRow, params, sql};
use flow::identifier::is_email;
use flow::unicode::normalize_identifier;
use flow::{Identifier, IdentifierType};
use kernel::ids::UserId;
use kernel::{Timestamp, id};
use serde_json::json;

use crate::errors::ApiError;
use crate::http::validate::invalid_member;
use crate::link_table::{LinkTable, link_table, map_constraint_error};
use crate::organization_template::roles::{RoleType, require_role_type};
use crate::organizations::member_kind::USERS;
use crate::organizations::memberships;
use crate::search::{ListQuery, Where};
use crate::users;
use crate::work::{View, Work};

/// Pending invitations that an organization may have.
const MAX_PENDING: i64 = 10_000;

const ROLES: LinkTable =
    link_table!("organization_invitation_roles", "organization_invitation_id" => "organization_role_id");

const LIST_QUERY: ListQuery =
    ListQuery { columns: InvitationRow::COLUMNS, from: "organization_invitations", order: "created_at desc, id desc" };

#[derive(Debug, FromRow)]
struct InvitationRow {
    id: String,
    inviter_id: Option<String>,
    invitee: String,
    accepted_user_id: Option<String>,
    organization_id: String,
    status: String,
    created_at: Timestamp,
    updated_at: Timestamp,
    expires_at: Timestamp,
}

impl InvitationRow {
    /// The status now. One that this server does not know is an end.
    fn status(&self, now: Timestamp) -> InvitationStatus {
        match InvitationStatus::from_name(&self.status).unwrap_or(InvitationStatus::Revoked) {
            InvitationStatus::Pending if self.expires_at <= now => InvitationStatus::Expired,
            known => known,
        }
    }

    fn into_wire(self, view: &View<'_>, roles: Vec<IdAndName>) -> OrganizationInvitation {
        OrganizationInvitation {
            tenant_id: view.tenant_id().to_owned(),
            status: self.status(view.now()),
            id: self.id,
            inviter_id: self.inviter_id,
            invitee: self.invitee,
            accepted_user_id: self.accepted_user_id,
            organization_id: self.organization_id,
            created_at: self.created_at.millis(),
            updated_at: self.updated_at.millis(),
            expires_at: self.expires_at.millis(),
            organization_roles: roles,
        }
    }
}

fn folded(email: &str) -> String {
    Identifier::new(IdentifierType::Email, email).canonical()
}

fn refused() -> ApiError {
    ApiError::unprocessable(ErrorCode::RequestInvalidInput)
}

fn with_roles(view: &View<'_>, rows: Vec<InvitationRow>) -> Result<Vec<OrganizationInvitation>, DbError> {
    let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    let text = "select x.organization_invitation_id, g.id, g.name from organization_invitation_roles x \
                join organization_roles g on g.tenant_id = x.tenant_id and g.id = x.organization_role_id \
                where x.tenant_id = $1 and x.organization_invitation_id";
    let mut roles: HashMap<String, Vec<IdAndName>> = HashMap::new();
    for (invitation, id, name) in view.query_by_ids::<(String, String, String)>(text, &ids)? {
        roles.entry(invitation).or_default().push(IdAndName { id, name });
    }
    roles.values_mut().for_each(|roles| roles.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id))));
    let shown = rows.into_iter().map(|row| {
        let roles = roles.remove(&row.id).unwrap_or_default();
        row.into_wire(view, roles)
    });
    Ok(shown.collect())
}

/// The invitations that a query names, newest first.
///
/// # Errors
/// A failure of the database.
pub(super) fn list(view: &View<'_>, query: &ListInvitationsQuery) -> Result<Vec<OrganizationInvitation>, ApiError> {
    let mut condition = Where::new("tenant_id = {}", [view.tenant_id()]);
    let invitee = query.invitee.as_deref().map(folded);
    let filters = [
        ("organization_id = {}", query.organization_id.as_deref()),
        ("inviter_id = {}", query.inviter_id.as_deref()),
        ("invitee_folded = {}", invitee.as_deref()),
    ];
    for (filter, value) in filters {
        if let Some(value) = value {
            condition = condition.and(filter, [value]);
        }
    }
    let (_, rows): (_, Vec<InvitationRow>) = LIST_QUERY.rows(view, &condition, None)?;
    Ok(with_roles(view, rows)?)
}

fn row(view: &View<'_>, id: &str) -> Result<InvitationRow, ApiError> {
    let text =
        sql!("select ", InvitationRow::COLUMNS, " from organization_invitations where tenant_id = $1 and id = $2");
    view.query_opt(text, params![view.tenant_id(), id])?.ok_or_else(ApiError::not_found)
}

/// # Errors
/// 404 `entity.not_found`.
pub(super) fn get(view: &View<'_>, id: &str) -> Result<OrganizationInvitation, ApiError> {
    let found = with_roles(view, vec![row(view, id)?])?;
    found.into_iter().next().ok_or_else(ApiError::not_found)
}

/// As [`get`], of an invitation that can be accepted.
///
/// # Errors
/// 404 `entity.not_found`; 422 `request.invalid_input` for one that has ended.
pub(super) fn get_pending(view: &View<'_>, id: &str) -> Result<OrganizationInvitation, ApiError> {
    let found = get(view, id)?;
    if found.status == InvitationStatus::Pending { Ok(found) } else { Err(refused()) }
}

/// Makes an invitation (M165).
///
/// # Errors
/// 400 for an address or a time that can't be; 422 for a member, a second pending one, or unknown ids.
pub(super) fn create(work: &Work<'_>, new: CreateOrganizationInvitation) -> Result<OrganizationInvitation, ApiError> {
    let invitee = normalize_identifier(&new.invitee);
    if !is_email(&invitee) {
        return Err(invalid_member(&["invitee"], "expected an e-mail address"));
    }
    let expires_at = Timestamp(new.expires_at.0);
    if expires_at <= work.now() {
        return Err(ApiError::bad_request(ErrorCode::RequestInvalidInput));
    }
    let organization = new.organization_id.0.as_str();
    require_no_member(work, organization, &invitee)?;
    let inviter = new.inviter_id.into_value().map(|id| id.0);
    if let Some(id) = &inviter {
        let known = users::store::find(work, &UserId::from(id.as_str()))?;
        known.ok_or_else(|| map_constraint_error(DbError::ForeignKey))?;
    }
    let roles = new.organization_role_ids.0;
    require_role_type(work, &roles, RoleType::User)?;
    expire(work, organization, &folded(&invitee))?;
    require_room(work, organization)?;
    let id = id::entity_id(work.rng());
    let insert = sql!(
        "insert into organization_invitations (tenant_id, id, organization_id, inviter_id, invitee, invitee_folded, \
         status, created_at, updated_at, expires_at) values ($1, $2, $3, $4, $5, $6, 'Pending', $7, $7, $8)"
    );
    let values =
        params![work.tenant_id(), &id, organization, inviter, &invitee, folded(&invitee), work.now(), expires_at];
    work.exec_one(insert, values).map_err(map_constraint_error)?;
    ROLES.add(work, &[&id], &roles).map_err(map_constraint_error)?;
    get(work, &id)
}

fn require_no_member(view: &View<'_>, organization: &str, invitee: &str) -> Result<(), ApiError> {
    let identifier = Identifier::new(IdentifierType::Email, invitee);
    let Some(user) = users::store::find_by_identifier(view, &identifier, true)? else { return Ok(()) };
    match memberships::is_member(view, view.tenant_id(), &organization.into(), &user.id)? {
        true => Err(refused()),
        false => Ok(()),
    }
}

/// Ends what has expired and would be in the way of a new invitation.
fn expire(work: &Work<'_>, organization: &str, invitee_folded: &str) -> Result<(), DbError> {
    let text = sql!(
        "update organization_invitations set status = 'Expired', updated_at = expires_at \
         where tenant_id = $1 and organization_id = $2 and invitee_folded = $3 and status = 'Pending' \
         and expires_at <= $4"
    );
    work.exec(text, params![work.tenant_id(), organization, invitee_folded, work.now()]).map(drop)
}

/// Attack G1: what waits for an answer is bounded.
fn require_room(work: &Work<'_>, organization: &str) -> Result<(), ApiError> {
    // Of several requests at the same time, each sees what the others made.
    let lock = sql!("select id from organizations where tenant_id = $1 and id = $2 for update");
    work.query_opt::<String>(lock, params![work.tenant_id(), organization])?;
    let pending = |work: &Work<'_>| -> Result<i64, DbError> {
        let count = sql!(
            "select count(*) from (select 1 as one from organization_invitations \
             where tenant_id = $1 and organization_id = $2 and status = 'Pending' limit $3) as counted"
        );
        work.query_one(count, params![work.tenant_id(), organization, MAX_PENDING])
    };
    if pending(work)? < MAX_PENDING {
        return Ok(());
    }
    let text = sql!(
        "update organization_invitations set status = 'Expired', updated_at = expires_at \
         where tenant_id = $1 and organization_id = $2 and status = 'Pending' and expires_at <= $3"
    );
    work.exec(text, params![work.tenant_id(), organization, work.now()])?;
    if pending(work)? < MAX_PENDING { Ok(()) } else { Err(refused().data(json!({"maxPending": MAX_PENDING}))) }
}

/// Ends a pending invitation, once (M168): of several requests at the same time one succeeds. Who accepts joins the organization
/// with the roles that are left of those it was made with.
///
/// # Errors
/// 404 `entity.not_found`; 422 `request.invalid_input` for one that has ended, or for somebody else than the invitee.
pub(super) fn end(
    work: &Work<'_>,
    id: &str,
    how: InvitationEnd,
    user: Option<&str>,
) -> Result<OrganizationInvitation, ApiError> {
    let found = row(work, id)?;
    // Before the rows below it, as a deletion of the organization does: else the two wait for each other.
    let lock = sql!("select id from organizations where tenant_id = $1 and id = $2 for share");
    if work.query_opt::<String>(lock, params![work.tenant_id(), &found.organization_id])?.is_none() {
        return Err(ApiError::not_found());
    }
    let (status, user) = match (how, user) {
        (InvitationEnd::Accepted, Some(user)) => {
            (InvitationStatus::Accepted, Some(invited_user(work, &found.invitee, user)?))
        }
        (InvitationEnd::Revoked, None) => (InvitationStatus::Revoked, None),
        _ => return Err(refused()),
    };
    let text = sql!(
        "update organization_invitations set status = $3, accepted_user_id = $4, updated_at = $5 \
         where tenant_id = $1 and id = $2 and status = 'Pending' and expires_at > $5"
    );
    let accepted_by = user.as_ref().map(UserId::as_str);
    if work.exec(text, params![work.tenant_id(), id, status.as_str(), accepted_by, work.now()])? == 0 {
        return Err(refused());
    }
    if let Some(user) = user {
        let roles: Vec<String> = ROLES.values(work, &[id])?.into_iter().collect();
        USERS.join(work, &found.organization_id.into(), &user, &roles).map_err(map_constraint_error)?;
    }
    get(work, id)
}

/// The user, whose address must be the one that was invited.
fn invited_user(work: &Work<'_>, invitee: &str, user: &str) -> Result<UserId, ApiError> {
    // Locked: the address must still be theirs when they have become a member.
    let unknown = |error: ApiError| if error.status() == StatusCode::NOT_FOUND { refused() } else { error };
    let user = users::store::get_for_update(work, &UserId::from(user)).map_err(unknown)?;
    match user.primary_email.as_deref().map(folded) {
        Some(email) if email == folded(invitee) => Ok(user.id),
        _ => Err(refused()),
    }
}

/// # Errors
/// 404 `entity.not_found`.
pub(super) fn delete(work: &Work<'_>, id: &str) -> Result<(), ApiError> {
    let text = sql!("delete from organization_invitations where tenant_id = $1 and id = $2");
    work.exec_existing(text, params![work.tenant_id(), id])
}

/// Deletes an invitation whose message was not sent, unless it has ended meanwhile.
///
/// # Errors
/// A failure of the database.
pub(super) fn withdraw(work: &Work<'_>, id: &str) -> Result<(), ApiError> {
    let text = sql!("delete from organization_invitations where tenant_id = $1 and id = $2 and status = 'Pending'");
    Ok(work.exec(text, params![work.tenant_id(), id]).map(drop)?)
}

/// Clears a user who is being deleted from invitations.
///
/// # Errors
/// A failure of the database.
pub(crate) fn forget_user(work: &Work<'_>, user: &UserId) -> Result<(), DbError> {
    let inviter =
        sql!("update organization_invitations set inviter_id = null where tenant_id = $1 and inviter_id = $2");
    work.exec(inviter, params![work.tenant_id(), user])?;
    let accepted = sql!(
        "update organization_invitations set accepted_user_id = null where tenant_id = $1 and accepted_user_id = $2"
    );
    work.exec(accepted, params![work.tenant_id(), user]).map(drop)
}
