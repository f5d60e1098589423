//! People with an account in a tenant (inventory D076 to D083, M019 to M038).

mod api;
mod checks;
mod data;
mod list;
mod model;
mod password;
mod relations;
pub mod store;
mod suspension;

pub use api::free_username;
pub use model::{COLUMNS, FIELDS, FOLDED, UserInfo};

use db::Tx;
use kernel::{Rng, Timestamp, id};

use crate::ApiError;
use crate::routing::{Access, Routes};
use store::{NewUser, User};

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/api/users", Access::Management, list::list)
        .post("/api/users", Access::Management, api::create)
        .get("/api/users/{userId}", Access::Management, api::read)
        .patch("/api/users/{userId}", Access::Management, api::update)
        .delete("/api/users/{userId}", Access::Management, api::delete)
        .get("/api/users/{userId}/custom-data", Access::Management, data::custom_data)
        .patch("/api/users/{userId}/custom-data", Access::Management, data::merge_custom_data)
        .patch("/api/users/{userId}/profile", Access::Management, data::merge_profile)
        .get("/api/users/{userId}/logto-configs", Access::Management, data::configs)
        .patch("/api/users/{userId}/logto-configs", Access::Management, data::merge_configs)
        .patch("/api/users/{userId}/password", Access::Management, password::set)
        .patch("/api/users/{userId}/password/expiration", Access::Management, password::expire)
        .post("/api/users/{userId}/password/verify", Access::Management, password::verify)
        .get("/api/users/{userId}/has-password", Access::Management, password::exists)
        .patch("/api/users/{userId}/is-suspended", Access::Management, suspension::set)
        .get("/api/users/{userId}/roles", Access::Management, relations::roles)
        .post("/api/users/{userId}/roles", Access::Management, relations::add_roles)
        .put("/api/users/{userId}/roles", Access::Management, relations::replace_roles)
        .delete("/api/users/{userId}/roles/{roleId}", Access::Management, relations::remove_role)
        .get("/api/users/{userId}/organizations", Access::Management, relations::organizations)
}

/// Whether the members of a new user have the form that they must have.
///
/// # Errors
/// 400 `guard.invalid_input` with the member; 422 `entity.value_too_long`.
pub fn check(new: &NewUser) -> Result<(), ApiError> {
    let members = [
        (&new.username, checks::username as fn(&str) -> Result<(), ApiError>),
        (&new.primary_email, checks::email),
        (&new.primary_phone, checks::phone),
        (&new.name, checks::fits),
        (&new.avatar, checks::avatar),
    ];
    members.into_iter().try_for_each(|(value, check)| value.as_deref().map_or(Ok(()), check))
}

/// Makes a user as an administrator does: an id is chosen unless `new` has one, and the default roles are given. The
/// policies for people who register don't apply.
///
/// # Errors
/// 422 `user.*_already_in_use`; a failure of the database.
pub fn create(tx: &Tx<'_>, rng: &Rng, tenant: &str, mut new: NewUser, now: Timestamp) -> Result<User, ApiError> {
    if new.id.is_empty() {
        new.id = id::short(rng);
    }
    store::insert(tx, tenant, &new, now)?;
    crate::roles::store::give_defaults(tx, tenant, &new.id)?;
    store::find(tx, tenant, &new.id)
}
