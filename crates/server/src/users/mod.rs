//! Users of a tenant (inventory D076–D083, M019–M038).

mod api;
pub(crate) mod custom_data;
pub mod identities;
mod insertion;
mod linked_accounts;
mod list;
pub mod list_marks;
pub mod mfa_factors;
mod model;
mod organizations;
mod password;
pub mod personal_access_tokens;
pub mod planned_deletions;
mod search;
pub(crate) mod sessions;
mod signing_in;
pub mod store;
pub mod stored_password;
mod suspension;
pub mod transfer;
pub mod trusted_devices;
mod usernames;
pub(crate) mod validate;

pub(crate) use api::{change, check_update, into_new_user};
pub(crate) use model::shown_in_messages;
pub use model::{CASE_FOLDED_COLUMNS, SEARCHABLE_COLUMNS, UserInfo, UserResponse};
pub use signing_in::{flow_user, void_sign_ins};
pub use store::HAS_MFA;
pub use usernames::require_username_free;

use db::DbError;
use flow::PasswordDigest;
use kernel::id;
use kernel::ids::UserId;
use serde_json::{Value, json};

use crate::ApiError;
use crate::assets;
use crate::credential_changes::{self, CredentialChange, differences};
use crate::events::{EventBody, EventKind};
use crate::oidc::subject::{self, KeptSignIn};
use crate::roles;
use crate::routes::Routes;
use crate::work::{Actor, Work};
use store::{NewUser, User};

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/api/users", list::list_users)
        .post("/api/users", api::create_user)
        .get("/api/users/{userId}", api::get_user)
        .patch("/api/users/{userId}", api::update_user)
        .delete("/api/users/{userId}", api::delete_user)
        .get("/api/users/{userId}/custom-data", custom_data::get_custom_data)
        .patch("/api/users/{userId}/custom-data", custom_data::update_custom_data)
        .patch("/api/users/{userId}/profile", custom_data::update_profile)
        .get("/api/users/{userId}/logto-configs", custom_data::get_logto_configs)
        .patch("/api/users/{userId}/logto-configs", custom_data::update_logto_configs)
        .patch("/api/users/{userId}/password", password::update_password)
        .patch("/api/users/{userId}/password/expiration", password::update_password_expiration)
        .post("/api/users/{userId}/password/verify", password::verify_password)
        .get("/api/users/{userId}/has-password", password::get_has_password)
        .patch("/api/users/{userId}/is-suspended", suspension::update_is_suspended)
        .get("/api/users/{userId}/organizations", organizations::list_organizations)
        .merge(linked_accounts::routes())
        .merge(mfa_factors::routes())
        .merge(personal_access_tokens::routes())
        .merge(sessions::routes())
        .merge(trusted_devices::routes())
        .merge(roles::holder_routes::<roles::Users>("/api/users/{userId}/roles"))
}

/// Checks the format of the members of a new user.
///
/// # Errors
/// 400 `guard.invalid_input` with the member; 422 `entity.value_too_long`.
pub fn validate_new_user(new: &NewUser) -> Result<(), ApiError> {
    faults_of(new).next().map_or(Ok(()), |(_, error)| Err(error))
}

/// The members of a new user that are refused, each with its error.
fn faults_of(new: &NewUser) -> impl Iterator<Item = (&'static str, ApiError)> {
    let members = [
        ("username", &new.username, validate::username as fn(&str) -> Result<(), ApiError>),
        ("primaryEmail", &new.primary_email, validate::email),
        ("primaryPhone", &new.primary_phone, validate::phone),
        ("name", &new.name, validate::name),
        ("avatar", &new.avatar, validate::avatar),
    ];
    members.into_iter().filter_map(|(name, value, check)| Some((name, check(value.as_deref()?).err()?)))
}

/// Creates a user: with a new id unless `new` has one, and the tenant's default roles. Pages, API and command line make
/// their users here; policies and just-in-time organizations are the caller's.
///
/// # Errors
/// 422 `user.*_already_in_use`, also of an identity; a failure of the database.
pub fn create(work: &Work<'_>, mut new: NewUser) -> Result<User, ApiError> {
    if new.id.is_empty() {
        new.id = id::short_entity_id(work.rng()).into();
    }
    store::insert(work, &new)?;
    for (target, identity) in &new.identities {
        identities::link(work, &new.id, target, identity)?;
    }
    roles::assign_defaults(work, &new.id)?;
    if new.avatar.is_some() {
        assets::set_avatar(work, &new.id, new.avatar.as_deref())?;
    }
    let user = store::get(work, &new.id)?;
    emit(work, EventKind::UserCreated, &user)?;
    Ok(user)
}

/// Writes a changed user, and says so.
///
/// # Errors
/// As [`store::update`].
pub(crate) fn update(work: &Work<'_>, user: &User, kind: EventKind) -> Result<User, ApiError> {
    store::update(work, user)?;
    assets::set_avatar(work, &user.id, user.avatar.as_deref())?;
    let user = store::get(work, &user.id)?;
    emit(work, kind, &user)?;
    Ok(user)
}

/// Emits the user as the Management API answers; elsewhere and for a deleted one without `hasPassword` (inventory H010 to
/// H013).
fn emit(work: &Work<'_>, kind: EventKind, user: &User) -> Result<(), DbError> {
    let identities = identities::of(work, user)?;
    let is_answer = matches!(work.actor(), Actor::Management { .. }) && kind != EventKind::UserDeleted;
    work.emit(kind, || match is_answer {
        true => json!(UserResponse::new(user.clone(), identities)),
        false => json!(UserInfo::new(user.clone(), identities)),
    })
}

/// Emits an event about a sign-in of a user (inventory H012).
///
/// # Errors
/// 404 `entity.not_found`; a failure of the database.
pub(crate) fn emit_sign_in(
    work: &Work<'_>,
    kind: EventKind,
    id: &UserId,
    adaptive_mfa_result: Option<Value>,
) -> Result<(), ApiError> {
    if !work.has_subscribers(kind) {
        return Ok(());
    }
    let user = store::get(work, id)?;
    let identities = identities::of(work, &user)?;
    let body = || {
        let info = json!(UserInfo::new(user.clone(), identities));
        let body = EventBody::default().with("userId", id.as_str()).with("user", info);
        match adaptive_mfa_result {
            Some(result) => body.with("adaptiveMfaResult", result),
            None => body,
        }
    };
    Ok(work.emit(kind, body)?)
}

/// Deletes a user, says so, and tells the person.
///
/// # Errors
/// As [`store::delete`]; 422 for the last owner of the installation.
pub(crate) fn delete(work: &Work<'_>, user: &User) -> Result<(), ApiError> {
    credential_changes::tell_of_deletion(work, user)?;
    roles::keep_an_owner(work, || store::delete(work, &user.id))?;
    Ok(emit(work, EventKind::UserDeleted, user)?)
}

/// Sets a new password and ends the sessions and grants of the user: whoever knew the old one is signed out everywhere.
///
/// # Errors
/// 404 `entity.not_found`; a failure of the database.
pub fn change_password(work: &Work<'_>, id: &UserId, digest: &PasswordDigest) -> Result<User, ApiError> {
    change_password_but(work, id, digest, None)
}

/// As [`change_password`], by the user: the sign-in that does it stays.
///
/// # Errors
/// As [`change_password`].
pub(crate) fn change_password_but(
    work: &Work<'_>,
    id: &UserId,
    digest: &PasswordDigest,
    kept: Option<&KeptSignIn>,
) -> Result<User, ApiError> {
    work.require_durable();
    subject::revoke_all_of_user_but(work, id, kept)?;
    let before = store::get_for_update(work, id)?;
    stored_password::set_password(work, id, digest)?;
    let user = store::get(work, id)?;
    emit(work, EventKind::UserDataUpdated, &user)?;
    let mut changes = differences(&before, &user);
    // Whoever gets an account back keeps it: another may have planned its deletion.
    if kept.is_none() && planned_deletions::cancel(work, id)? {
        changes.push(CredentialChange::DeletionCancelled);
    }
    credential_changes::tell(work, &before, &changes)?;
    Ok(user)
}
