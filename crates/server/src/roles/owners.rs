//! Owners: who may manage the administrators of an installation. Invariant: what takes the right from one leaves another, so that an
//! installation that has owners keeps one.

use ::api::ErrorCode;
use db::{DbError, params, sql};

use crate::callers::console::ADMIN;
use crate::callers::rights;
use crate::errors::ApiError;
use crate::work::{View, Work};

/// The role that every installation has for them.
const OWNER: &str = "default:owner";

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
    let lock = sql!("select id from roles where tenant_id = $1 and name = $2 for update");
    work.query_opt::<String>(lock, params![work.tenant_id(), OWNER])?;
    let was_owned = is_owned(work)?;
    let done = change()?;
    match was_owned && !is_owned(work)? {
        true => Err(ApiError::unprocessable(ErrorCode::EntityDbConstraintViolated).with_phrase("console.last_owner")),
        false => Ok(done),
    }
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
