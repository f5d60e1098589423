//! Roles of the tenant: sets of API scopes for users or for machine applications (inventory M114–M127).
//! Invariants: a role is only assigned to users or only to applications, as its type says; a `User` role has no scope
//! of a Management API; no list contains a role whose name starts with `#internal:`.

mod api;
mod applications;
mod model;
mod scopes;
pub mod store;
mod users;

pub(crate) use api::SEARCHABLE_COLUMNS;
pub use model::{Role, RoleType};

use crate::routes::{Access, Routes};

pub(crate) fn routes() -> Routes {
    Routes::new()
        .old_get("/api/roles", Access::Management, api::list_roles)
        .old_post("/api/roles", Access::Management, api::create_role)
        .old_get("/api/roles/{id}", Access::Management, api::get_role)
        .old_patch("/api/roles/{id}", Access::Management, api::update_role)
        .old_delete("/api/roles/{id}", Access::Management, api::delete_role)
        .old_get("/api/roles/{id}/scopes", Access::Management, scopes::list_scopes)
        .old_post("/api/roles/{id}/scopes", Access::Management, scopes::add_scopes)
        .old_delete("/api/roles/{id}/scopes/{scopeId}", Access::Management, scopes::remove_scope)
        .old_get("/api/roles/{id}/users", Access::Management, users::list_users)
        .old_post("/api/roles/{id}/users", Access::Management, users::add_users)
        .old_delete("/api/roles/{id}/users/{userId}", Access::Management, users::remove_user)
        .old_get("/api/roles/{id}/applications", Access::Management, applications::list_applications)
        .old_post("/api/roles/{id}/applications", Access::Management, applications::add_applications)
        .old_delete(
            "/api/roles/{id}/applications/{applicationId}",
            Access::Management,
            applications::remove_application,
        )
}
