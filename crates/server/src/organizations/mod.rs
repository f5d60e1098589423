//! Organizations: groups of users and machine-to-machine applications of a tenant, with roles of the organization
//! template (inventory M128–M169). Foreign keys delete the roles of a member together with the membership.

mod api;
mod applications;
pub(crate) mod invitations;
pub mod jit;
mod jit_sso;
mod member_kind;
pub mod memberships;
mod model;
pub mod store;
mod users;

use crate::errors::ApiError;
use crate::link_table::{LinkChange, map_constraint_error};
use crate::organization_template::roles::ids_by_name;
use crate::routes::Routes;
use crate::work::Work;
use kernel::ids::{OrganizationId, UserId};

pub use model::{IdAndName, Organization, OrganizationWithRoles, empty_to_null};

/// Makes a user a member of an organization with roles that are given by their names.
///
/// # Errors
/// 422 for an unknown organization or role name; a failure of the database.
pub fn add_user(
    work: &Work<'_>,
    organization: &OrganizationId,
    user: &UserId,
    role_names: &[String],
) -> Result<(), ApiError> {
    let roles = ids_by_name(work, role_names)?;
    member_kind::USERS.join(work, organization, user, &roles).map_err(map_constraint_error)
}

/// Ends a membership, if there is one.
///
/// # Errors
/// A failure of the database.
pub(crate) fn remove_user(work: &Work<'_>, organization: &OrganizationId, user: &UserId) -> Result<(), ApiError> {
    let members = member_kind::USERS.members;
    if !members.contains(work, &[organization], user)? {
        return Ok(());
    }
    members.remove(work, &[organization], user)?;
    let change = LinkChange { added: Vec::new(), removed: vec![user.to_string()] };
    Ok(member_kind::USERS.emit(work, organization, &change)?)
}

pub(crate) fn routes() -> Routes {
    api::routes()
        .merge(users::routes())
        .merge(applications::routes())
        .merge(jit::routes())
        .merge(jit_sso::routes())
        .merge(invitations::routes())
}
