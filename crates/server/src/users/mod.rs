//! Users of a tenant (inventory D076–D083, M019–M038).

mod api;
mod custom_data;
mod list;
mod model;
mod password;
mod roles_and_organizations;
pub mod store;
mod suspension;
mod validate;

pub use api::require_username_free;
pub use model::{CASE_FOLDED_COLUMNS, RESPONSE_COLUMNS, SEARCHABLE_COLUMNS, UserResponse};

use db::Tx;
use kernel::{Rng, Timestamp, id};

use crate::ApiError;
use crate::routes::{Access, Routes};
use store::{NewUser, User};

pub(crate) fn routes() -> Routes {
    Routes::new()
        .old_get("/api/users", Access::Management, list::list_users)
        .old_post("/api/users", Access::Management, api::create_user)
        .old_get("/api/users/{userId}", Access::Management, api::get_user)
        .old_patch("/api/users/{userId}", Access::Management, api::update_user)
        .old_delete("/api/users/{userId}", Access::Management, api::delete_user)
        .old_get("/api/users/{userId}/custom-data", Access::Management, custom_data::get_custom_data)
        .old_patch("/api/users/{userId}/custom-data", Access::Management, custom_data::update_custom_data)
        .old_patch("/api/users/{userId}/profile", Access::Management, custom_data::update_profile)
        .old_get("/api/users/{userId}/logto-configs", Access::Management, custom_data::get_logto_configs)
        .old_patch("/api/users/{userId}/logto-configs", Access::Management, custom_data::update_logto_configs)
        .old_patch("/api/users/{userId}/password", Access::Management, password::update_password)
        .old_patch("/api/users/{userId}/password/expiration", Access::Management, password::update_password_expiration)
        .old_post("/api/users/{userId}/password/verify", Access::Management, password::verify_password)
        .old_get("/api/users/{userId}/has-password", Access::Management, password::get_has_password)
        .old_patch("/api/users/{userId}/is-suspended", Access::Management, suspension::update_is_suspended)
        .old_get("/api/users/{userId}/roles", Access::Management, roles_and_organizations::list_roles)
        .old_post("/api/users/{userId}/roles", Access::Management, roles_and_organizations::add_roles)
        .old_put("/api/users/{userId}/roles", Access::Management, roles_and_organizations::replace_roles)
        .old_delete("/api/users/{userId}/roles/{roleId}", Access::Management, roles_and_organizations::remove_role)
        .old_get("/api/users/{userId}/organizations", Access::Management, roles_and_organizations::list_organizations)
}

/// Checks the format of the members of a new user.
///
/// # Errors
/// 400 `guard.invalid_input` with the member; 422 `entity.value_too_long`.
pub fn validate_new_user(new: &NewUser) -> Result<(), ApiError> {
    let members = [
        (&new.username, validate::username as fn(&str) -> Result<(), ApiError>),
        (&new.primary_email, validate::email),
        (&new.primary_phone, validate::phone),
        (&new.name, validate::require_max_length),
        (&new.avatar, validate::avatar),
    ];
    members.into_iter().try_for_each(|(value, check)| value.as_deref().map_or(Ok(()), check))
}

/// Creates a user on behalf of an administrator: generates an id unless `new` has one and assigns the default roles.
/// The sign-up policies don't apply.
///
/// # Errors
/// 422 `user.*_already_in_use`; a failure of the database.
pub fn create(tx: &Tx<'_>, rng: &Rng, tenant: &str, mut new: NewUser, now: Timestamp) -> Result<User, ApiError> {
    if new.id.is_empty() {
        new.id = id::short_entity_id(rng);
    }
    store::insert(tx, tenant, &new, now)?;
    crate::roles::store::assign_defaults(tx, tenant, &new.id)?;
    store::get(tx, tenant, &new.id)
}
