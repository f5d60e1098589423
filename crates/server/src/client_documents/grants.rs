//! What belongs to one grant of a client that nobody registered: its name when the person agreed, and the one organization that the
//! person opened to it (inventory O127, D018, D019). Rows leave with their grant, and with the membership.

use ::api::ErrorCode;
use db::{DbError, params, sql};
use kernel::ids::{OrganizationId, UserId};

use crate::errors::ApiError;
use crate::work::{View, Work};

/// Keeps the name that the person saw.
///
/// # Errors
/// A failure of the database.
pub fn keep_name(work: &Work<'_>, grant_id: &str, name: &str) -> Result<(), DbError> {
    work.exec_pipelined(
        sql!(
            "insert into cimd_grant_clients (tenant_id, grant_id, name) values ($1, $2, $3) \
             on conflict (tenant_id, grant_id) do update set name = excluded.name"
        ),
        params![work.tenant_id(), grant_id, name],
    )
}

/// The name that the person saw.
///
/// # Errors
/// A failure of the database.
pub fn kept_name(view: &View<'_>, grant_id: &str) -> Result<Option<String>, DbError> {
    let text = sql!("select name from cimd_grant_clients where tenant_id = $1 and grant_id = $2");
    view.query_opt(text, params![view.tenant_id(), grant_id])
}

/// Opens an organization of the person to the client.
///
/// # Errors
/// 422 `organization.require_membership` when the person is no member of it; 400 `guard.invalid_input` for more than one.
pub fn open_organization(
    work: &Work<'_>,
    grant_id: &str,
    user_id: &UserId,
    organizations: &[String],
) -> Result<(), ApiError> {
    let organization = match organizations {
        [] => return Ok(()),
        [only] => only,
        _ => return Err(crate::http::validate::invalid_member(&["organizationIds"], "choose one organization")),
    };
    let text = sql!(
        "insert into cimd_grant_organizations (tenant_id, grant_id, organization_id, user_id) values ($1, $2, $3, $4)"
    );
    match work.exec_one(text, params![work.tenant_id(), grant_id, organization, user_id]) {
        Err(DbError::ForeignKey) => Err(ApiError::unprocessable(ErrorCode::OrganizationRequireMembership)),
        other => Ok(other?),
    }
}

/// The organization that was opened with a grant.
///
/// # Errors
/// A failure of the database.
pub fn opened_organization(view: &View<'_>, grant_id: &str) -> Result<Option<OrganizationId>, DbError> {
    let text = sql!("select organization_id from cimd_grant_organizations where tenant_id = $1 and grant_id = $2");
    view.query_opt(text, params![view.tenant_id(), grant_id])
}
