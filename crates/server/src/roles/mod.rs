//! Roles of the tenant: sets of API scopes for users or for machine applications (inventory M114–M127).
//! Invariants: a role is only assigned to users or only to applications, as its type says; a `User` role has no scope
//! of a Management API; no list contains a role whose name starts with `#internal:`.

mod api;
mod holders;
mod links;
mod model;
mod owners;
mod scopes;
pub mod store;
mod told;

pub(crate) use holders::{
    Applications, Users, assign_by_name, assign_defaults, assign_to_new_user, assign_to_user, default_ids,
    holder_routes, holds, ids_of_user, names_by_user, require_assignable, unassign_by_name, user_roles_by_name,
};
pub(crate) use model::role_type;
pub use model::{Role, RoleType};
pub(crate) use owners::{
    change_as_owner, is_last_owner, is_owner, is_owning_application, keep_an_owner, last_owner, require_owner,
};
pub(crate) use told::told;

use crate::routes::Routes;

pub(crate) fn routes() -> Routes {
    api::routes().merge(scopes::routes()).merge(links::routes())
}
