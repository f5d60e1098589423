//! The people: their list, and a change of what they may do.

use ::api::administrators::{Administrator, AdministratorRole};
use db::{DbError, FromRow};
use kernel::ids::UserId;
use kernel::{Pagination, Timestamp};

use crate::errors::ApiError;
use crate::oidc::subject;
use crate::organizations;
use crate::roles::{self, Users};
use crate::search::{ListQuery, Where};
use crate::users;
use crate::work::{View, Work};

/// The organization of the people who administer the tenant `default` (inventory D113).
const ORGANIZATION: &str = "t-default";
/// Their role in it.
const ORGANIZATION_ROLE: &str = "admin";
/// Every account of the tenant `admin` has it (inventory D111).
const EVERYBODY: &str = "user";

/// Whether the console knows a role of the tenant `admin` by this name.
pub(crate) fn is_built_in(role: &str) -> bool {
    role == EVERYBODY || AdministratorRole::ALL.iter().any(|known| known.role_name() == role)
}

const LIST_QUERY: ListQuery = ListQuery { columns: PersonRow::COLUMNS, from: "users", order: "created_at, id" };

#[derive(FromRow)]
struct PersonRow {
    id: UserId,
    username: Option<String>,
    name: Option<String>,
    primary_email: Option<String>,
    is_suspended: bool,
    last_sign_in_at: Option<Timestamp>,
    created_at: Timestamp,
}

/// A page of the administrators, the oldest account first, and the number of all.
///
/// # Errors
/// A failure of the database.
pub(super) fn list(view: &View<'_>, page: Pagination) -> Result<(i64, Vec<Administrator>), ApiError> {
    let (total, rows) = LIST_QUERY.rows(view, &holders(view), Some(page))?;
    Ok((total, with_roles(view, rows)?))
}

/// # Errors
/// 404 `entity.not_found`, also for a user who has no role.
pub(super) fn get(view: &View<'_>, id: &UserId) -> Result<Administrator, ApiError> {
    let one = holders(view).and("id = {}", [id.as_str()]);
    let (_, rows) = LIST_QUERY.rows(view, &one, None)?;
    with_roles(view, rows)?.into_iter().next().ok_or_else(ApiError::not_found)
}

fn holders(view: &View<'_>) -> Where {
    let names = AdministratorRole::ALL.map(|role| format!("'{}'", role.role_name())).join(", ");
    Where::new("tenant_id = {}", [view.tenant_id()]).and(
        &format!(
            "id in (select x.user_id from users_roles x join roles r on r.tenant_id = x.tenant_id and r.id = x.role_id \
             where x.tenant_id = {{}} and r.name in ({names}))"
        ),
        [view.tenant_id()],
    )
}

fn with_roles(view: &View<'_>, rows: Vec<PersonRow>) -> Result<Vec<Administrator>, DbError> {
    let ids: Vec<UserId> = rows.iter().map(|row| row.id.clone()).collect();
    let held = roles::names_by_user(view, &ids)?;
    let shown = |row: PersonRow| {
        let role = strongest(held.get(&row.id)?)?;
        Some(Administrator {
            id: row.id.to_string(),
            username: row.username,
            name: row.name,
            primary_email: row.primary_email,
            role,
            is_suspended: row.is_suspended,
            last_sign_in_at: row.last_sign_in_at.map(Timestamp::millis),
            created_at: row.created_at.millis(),
        })
    };
    Ok(rows.into_iter().filter_map(shown).collect())
}

fn strongest(names: &[String]) -> Option<AdministratorRole> {
    AdministratorRole::ALL.into_iter().find(|role| names.iter().any(|name| name == role.role_name()))
}

/// The strongest role of somebody in the console.
///
/// # Errors
/// A failure of the database.
pub(super) fn role_of(view: &View<'_>, id: &UserId) -> Result<Option<AdministratorRole>, DbError> {
    let held = roles::names_by_user(view, std::slice::from_ref(id))?;
    Ok(held.get(id).and_then(|names| strongest(names)))
}

/// Gives somebody a role in place of those before.
///
/// # Errors
/// 404 when a built-in role was deleted; 422 for the last owner.
pub(super) fn change_role(work: &Work<'_>, id: &UserId, role: AdministratorRole) -> Result<Administrator, ApiError> {
    users::store::get_for_update(work, id)?;
    get(work, id)?;
    roles::change_as_owner(work, || give_role(work, id, role))?;
    get(work, id)
}

/// Gives a role in place of those before, to somebody who may have none.
///
/// # Errors
/// 404 when a built-in role was deleted; a failure of the database.
pub(super) fn give_role(work: &Work<'_>, id: &UserId, role: AdministratorRole) -> Result<(), ApiError> {
    work.require_durable();
    for other in AdministratorRole::ALL.into_iter().filter(|other| *other != role) {
        roles::unassign_by_name::<Users>(work, id, other.role_name())?;
    }
    for name in [EVERYBODY, role.role_name()] {
        roles::assign_by_name::<Users>(work, id, name)?;
    }
    match role {
        AdministratorRole::Owner | AdministratorRole::Admin => {
            organizations::add_user(work, &ORGANIZATION.into(), id, &[ORGANIZATION_ROLE.to_owned()])
        }
        AdministratorRole::Support | AdministratorRole::Auditor => {
            organizations::remove_user(work, &ORGANIZATION.into(), id)
        }
    }
}

/// Takes the roles from somebody and ends their sessions. The account stays, and may be invited again.
///
/// # Errors
/// 404 `entity.not_found`; 422 for the last owner.
pub(super) fn remove(work: &Work<'_>, id: &UserId) -> Result<(), ApiError> {
    subject::revoke_all_of_user(work, id)?;
    get(work, id)?;
    roles::change_as_owner(work, || {
        for role in AdministratorRole::ALL {
            roles::unassign_by_name::<Users>(work, id, role.role_name())?;
        }
        organizations::remove_user(work, &ORGANIZATION.into(), id)
    })
}
