//! Roles of the tenant: sets of API scopes for users or for machine applications (inventory M114–M127).
//!
//! Invariants: a role's holders are of its type; a `User` role holds no scope of a Management API; roles whose name
//! starts with `#internal:` are in no list.

mod api;
mod applications;
mod model;
mod scopes;
pub mod store;
mod users;

pub(crate) use api::FIELDS;
pub use model::{Role, RoleType};

use crate::routing::{Access, Routes};

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/api/roles", Access::Management, api::list)
        .post("/api/roles", Access::Management, api::create)
        .get("/api/roles/{id}", Access::Management, api::read)
        .patch("/api/roles/{id}", Access::Management, api::update)
        .delete("/api/roles/{id}", Access::Management, api::delete)
        .get("/api/roles/{id}/scopes", Access::Management, scopes::list)
        .post("/api/roles/{id}/scopes", Access::Management, scopes::add)
        .delete("/api/roles/{id}/scopes/{scopeId}", Access::Management, scopes::remove)
        .get("/api/roles/{id}/users", Access::Management, users::list)
        .post("/api/roles/{id}/users", Access::Management, users::add)
        .delete("/api/roles/{id}/users/{userId}", Access::Management, users::remove)
        .get("/api/roles/{id}/applications", Access::Management, applications::list)
        .post("/api/roles/{id}/applications", Access::Management, applications::add)
        .delete("/api/roles/{id}/applications/{applicationId}", Access::Management, applications::remove)
}
