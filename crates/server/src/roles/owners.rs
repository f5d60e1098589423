//! Owners: who may manage the administrators of an installation. Invariant: what takes the right from one leaves another, so that an
//! installation that has owners keeps one.

use ::api::ErrorCode;
use axum::http::StatusCode;
use db::{DbError, params, sql};

use crate::callers::console::ADMIN;
use crate::callers::rights;
use crate::errors::ApiError;
use crate::work::{Actor, View, Work};

/// The resource that is their Management API. No route deletes it.
const OWNED: &str = "admin-management-api";

/// Makes a change of people or roles, and refuses it if nobody who is active owns the installation afterwards. Lock users that the
/// change needs before it.
///
/// # Errors
/// 422 `entity.db_constraint_violated`; those of the change.
pub(crate) fn keep_an_owner<T>(work: &Work<'_>, change: impl FnOnce() -> Result<T, ApiError>) -> Result<T, ApiError> {
    if work.tenant_id() != ADMIN {
        return change();
    }
    // Of several changes at the same time each sees what the others left.
    let lock = sql!("select id from resources where tenant_id = $1 and id = $2 for update");
    work.query_opt::<String>(lock, params![work.tenant_id(), OWNED])?;
    let was_owned = is_owned(work)?;
    let done = change()?;
    match was_owned && !is_owned(work)? {
        true => Err(last_owner()),
        false => Ok(done),
    }
}

/// As [`keep_an_owner`], for a change that gives or takes roles: in the tenant `admin` whoever makes it must still be an owner when
/// it is made. Of two owners who remove each other one stays, and neither gives the role to somebody else meanwhile.
///
/// # Errors
/// 403 `auth.forbidden`; as [`keep_an_owner`].
pub(crate) fn change_as_owner<T>(work: &Work<'_>, change: impl FnOnce() -> Result<T, ApiError>) -> Result<T, ApiError> {
    keep_an_owner(work, || {
        if work.tenant_id() == ADMIN {
            require_owner(work)?;
        }
        change()
    })
}

/// Asks in the transaction whether whoever makes a change of the tenant `admin` may manage the administrators.
///
/// # Errors
/// 403 `auth.forbidden`.
pub(crate) fn require_owner(work: &Work<'_>) -> Result<(), ApiError> {
    let may = match work.actor() {
        Actor::Management { id, is_application: true } => is_owning_application(work, id)?,
        Actor::Management { id, is_application: false } => is_owner(work, id)?,
        _ => false,
    };
    if may { Ok(()) } else { Err(ApiError::new(StatusCode::FORBIDDEN, "auth.forbidden")) }
}

/// Whether the installation has no active owner but this person.
///
/// # Errors
/// A failure of the database.
pub(crate) fn is_last_owner(view: &View<'_>, user: &str) -> Result<bool, DbError> {
    if view.tenant_id() != ADMIN || !is_owner(view, user)? {
        return Ok(false);
    }
    let text = sql!("select x.user_id ", OWNERS, " and x.user_id <> $4 limit 1");
    let other: Option<String> =
        view.query_opt(text, params![view.tenant_id(), rights::indicator(ADMIN), rights::ALL, user])?;
    Ok(other.is_none())
}

/// What is refused when nobody would own the installation.
pub(crate) fn last_owner() -> ApiError {
    ApiError::unprocessable(ErrorCode::EntityDbConstraintViolated).with_phrase("console.last_owner")
}

/// Whose roles have the scope of owners: `$2` is the indicator of the API, `$3` the scope.
const OWNERS: &str = "from users_roles x join users u on u.tenant_id = x.tenant_id and u.id = x.user_id \
     join roles_scopes l on l.tenant_id = x.tenant_id and l.role_id = x.role_id \
     join scopes s on s.tenant_id = l.tenant_id and s.id = l.scope_id \
     join resources i on i.tenant_id = s.tenant_id and i.id = s.resource_id \
     where x.tenant_id = $1 and i.indicator = $2 and s.name = $3 and u.is_suspended = false";

fn is_owned(view: &View<'_>) -> Result<bool, DbError> {
    let text = sql!("select x.user_id ", OWNERS, " limit 1");
    let found: Option<String> =
        view.query_opt(text, params![view.tenant_id(), rights::indicator(ADMIN), rights::ALL])?;
    Ok(found.is_some())
}

/// Whether a person, who is active, may manage the administrators now.
///
/// # Errors
/// A failure of the database.
pub(crate) fn is_owner(view: &View<'_>, user: &str) -> Result<bool, DbError> {
    let text = sql!("select x.user_id ", OWNERS, " and x.user_id = $4 limit 1");
    let found: Option<String> =
        view.query_opt(text, params![view.tenant_id(), rights::indicator(ADMIN), rights::ALL, user])?;
    Ok(found.is_some())
}

/// Whether an application may manage the administrators now.
///
/// # Errors
/// A failure of the database.
pub(crate) fn is_owning_application(view: &View<'_>, application: &str) -> Result<bool, DbError> {
    let text = sql!(
        "select x.application_id from applications_roles x \
         join roles_scopes l on l.tenant_id = x.tenant_id and l.role_id = x.role_id \
         join scopes s on s.tenant_id = l.tenant_id and s.id = l.scope_id \
         join resources i on i.tenant_id = s.tenant_id and i.id = s.resource_id \
         where x.tenant_id = $1 and i.indicator = $2 and s.name = $3 and x.application_id = $4 limit 1"
    );
    let found: Option<String> =
        view.query_opt(text, params![view.tenant_id(), rights::indicator(ADMIN), rights::ALL, application])?;
    Ok(found.is_some())
}
