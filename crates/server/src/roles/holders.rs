//! Who holds roles: the tables `users_roles` and `applications_roles`, and the routes of a holder's roles (inventory
//! M034–M037, M072–M075).

use kernel::ids::UserId;
use std::collections::{BTreeSet, HashMap};

use ::api::ids::RoleId;
use ::api::roles::{RoleAssignment, RoleIds};
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use db::{DbError, Sql, params, sql};

use super::api::SEARCHABLE_COLUMNS;
use super::model::{Role, RoleType};
use super::owners::change_as_owner;
use super::store;
use crate::callers::ManagementCaller;
use crate::errors::ApiError;
use crate::http::{Paging, QueryParams, RequestBody};
use crate::link_table::{LinkTable, link_table};
use crate::routes::Routes;
use crate::search::{ListQuery, Search, Where};
use crate::tenants::Section;
use crate::work::{View, Work};

/// A kind of holder.
pub(crate) trait RoleHolder: 'static {
    /// Key: the holder's id.
    const ROLES: LinkTable;
    /// The roles `r` of the holders of the table `x`.
    const LIST: ListQuery;
    /// The type of their roles.
    const TYPE: RoleType;
    /// 422 for a role of the other type.
    const INVALID_TYPE: &'static str;
    /// The section of the configuration that the table belongs to.
    const SECTION: Option<Section>;

    /// Whether there is such a holder, who can have roles.
    ///
    /// # Errors
    /// 404 for an unknown one; 422 for one that can have none.
    fn require(view: &View<'_>, id: &str) -> Result<(), ApiError>;
}

/// Users.
pub(crate) struct Users;

/// Machine-to-machine applications.
pub(crate) struct Applications;

const ORDER: &str = "r.created_at, r.id";

impl RoleHolder for Users {
    const ROLES: LinkTable = link_table!("users_roles", "user_id" => "role_id");
    const LIST: ListQuery = ListQuery {
        columns: "r.*",
        from: "users_roles x join roles r on r.tenant_id = x.tenant_id and r.id = x.role_id",
        order: ORDER,
    };
    const TYPE: RoleType = RoleType::User;
    const INVALID_TYPE: &'static str = "user.invalid_role_type";
    const SECTION: Option<Section> = None;

    fn require(view: &View<'_>, id: &str) -> Result<(), ApiError> {
        crate::users::store::get(view, &id.into()).map(drop)
    }
}

impl RoleHolder for Applications {
    const ROLES: LinkTable = link_table!("applications_roles", "application_id" => "role_id");
    const LIST: ListQuery = ListQuery {
        columns: "r.*",
        from: "applications_roles x join roles r on r.tenant_id = x.tenant_id and r.id = x.role_id",
        order: ORDER,
    };
    const TYPE: RoleType = RoleType::MachineToMachine;
    const INVALID_TYPE: &'static str = "application.invalid_role_type";
    const SECTION: Option<Section> = Some(Section::Clients);

    fn require(view: &View<'_>, id: &str) -> Result<(), ApiError> {
        crate::applications::get(view, &id.into())?.require_machine_type()
    }
}

/// The routes of the roles of one holder: `{base}` ends with the holder's id and `/roles`.
pub(crate) fn holder_routes<H: RoleHolder>(base: &str) -> Routes {
    Routes::new()
        .get(base, list_roles::<H>)
        .post(base, add_roles::<H>)
        .put(base, replace_roles::<H>)
        .delete(&format!("{base}/{{roleId}}"), remove_role::<H>)
}

async fn list_roles<H: RoleHolder>(
    caller: ManagementCaller,
    Path(id): Path<String>,
    paging: Paging,
    query: QueryParams,
) -> Result<Response, ApiError> {
    let search = Search::parse(&query, SEARCHABLE_COLUMNS)?;
    let page = paging.page();
    let read = move |view: &View<'_>| {
        H::require(view, &id)?;
        let condition = Where::new("x.tenant_id = {} and r.name not like '#internal:%'", [view.tenant_id()])
            .and(&holder_is::<H>(), [&id]);
        Ok::<_, ApiError>(H::LIST.rows::<Role>(view, &search.apply_to(condition), Some(page))?)
    };
    let (total, roles) = caller.read(read).await?;
    Ok(paging.response(total, &roles))
}

async fn add_roles<H: RoleHolder>(
    caller: ManagementCaller,
    Path(id): Path<String>,
    RequestBody(body): RequestBody<RoleIds>,
) -> Result<(StatusCode, Json<RoleAssignment>), ApiError> {
    let add = move |work: &Work<'_>| {
        touch::<H>(work)?;
        H::require(work, &id)?;
        let role_ids = body.role_ids.0;
        let added_role_ids = change_as_owner(work, || assign::<H>(work, &id, &role_ids))?;
        Ok::<_, ApiError>(RoleAssignment { role_ids, added_role_ids })
    };
    caller.write(add).await.map(|assigned| (StatusCode::CREATED, Json(assigned)))
}

/// Replaces the visible roles. Only `isAdmin` changes `#internal:admin`.
async fn replace_roles<H: RoleHolder>(
    caller: ManagementCaller,
    Path(id): Path<String>,
    RequestBody(body): RequestBody<RoleIds>,
) -> Result<Json<RoleIds>, ApiError> {
    let replace = move |work: &Work<'_>| {
        touch::<H>(work)?;
        H::require(work, &id)?;
        let LinkTable { table, key, .. } = H::ROLES;
        let delete = Sql::dynamic(format!(
            "delete from {table} where tenant_id = $1 and {key} = $2 and role_id in \
             (select id from roles where tenant_id = $1 and name not like '#internal:%')"
        ));
        change_as_owner(work, || {
            work.exec(&delete, params![work.tenant_id(), &id])?;
            assign::<H>(work, &id, &body.role_ids.0)
        })?;
        Ok::<_, ApiError>(body)
    };
    caller.write(replace).await.map(Json)
}

async fn remove_role<H: RoleHolder>(
    caller: ManagementCaller,
    Path((id, role)): Path<(String, RoleId)>,
) -> Result<StatusCode, ApiError> {
    let remove = move |work: &Work<'_>| {
        touch::<H>(work)?;
        H::require(work, &id)?;
        change_as_owner(work, || H::ROLES.remove(work, &[&id], &role))
    };
    caller.write(remove).await.map(|()| StatusCode::NO_CONTENT)
}

fn touch<H: RoleHolder>(work: &Work<'_>) -> Result<(), DbError> {
    H::SECTION.map_or(Ok(()), |section| work.touch(section))
}

fn holder_is<H: RoleHolder>() -> String {
    format!("x.{} = {{}}", H::ROLES.key)
}

/// Checks that roles exist and are of the type that such a holder has.
///
/// # Errors
/// 404 `entity.not_exists_with_id`; 422 with the code of a wrong type; a failure of the database.
pub(crate) fn require_assignable<H: RoleHolder>(view: &View<'_>, roles: &[String]) -> Result<(), ApiError> {
    let known: Vec<Role> = view.query_by_ids("select * from roles where tenant_id = $1 and id", roles)?;
    let known: HashMap<&str, RoleType> = known.iter().map(|role| (role.id.as_str(), role.kind)).collect();
    for role in roles {
        let kind = known.get(role.as_str()).ok_or_else(|| store::unknown(role))?;
        if *kind != H::TYPE {
            return Err(ApiError::unprocessable(H::INVALID_TYPE));
        }
    }
    Ok(())
}

/// Assigns roles and returns those that the holder did not have before.
fn assign<H: RoleHolder>(work: &Work<'_>, holder: &str, roles: &[String]) -> Result<Vec<String>, ApiError> {
    require_assignable::<H>(work, roles)?;
    Ok(H::ROLES.add(work, &[holder], roles)?)
}

/// Assigns the default roles of the tenant to a user.
///
/// # Errors
/// A failure of the database.
pub(crate) fn assign_defaults(work: &Work<'_>, user: &UserId) -> Result<(), DbError> {
    work.exec_pipelined(
        sql!(
            "insert into users_roles (tenant_id, user_id, role_id) \
             select tenant_id, cast($2 as text), id from roles \
             where tenant_id = $1 and is_default = true and type = 'User' on conflict do nothing"
        ),
        params![work.tenant_id(), user],
    )
}

/// Assigns a role by its name.
///
/// # Errors
/// 404 when there is no such role of the holder's type.
pub(crate) fn assign_by_name<H: RoleHolder>(work: &Work<'_>, holder: &str, role: &str) -> Result<(), ApiError> {
    touch::<H>(work)?;
    let text = sql!("select id from roles where tenant_id = $1 and name = $2 and type = $3");
    let role: String = work.query_one(text, params![work.tenant_id(), role, H::TYPE.as_str()])?;
    H::ROLES.add(work, &[holder], &[role])?;
    Ok(())
}

/// Removes a role by its name, if the holder has it.
///
/// # Errors
/// A failure of the database.
pub(crate) fn unassign_by_name<H: RoleHolder>(work: &Work<'_>, holder: &str, role: &str) -> Result<(), DbError> {
    touch::<H>(work)?;
    let LinkTable { table, key, .. } = H::ROLES;
    let delete = Sql::dynamic(format!(
        "delete from {table} where tenant_id = $1 and {key} = $2 and role_id in \
         (select id from roles where tenant_id = $1 and name = $3)"
    ));
    work.exec(&delete, params![work.tenant_id(), holder, role]).map(drop)
}

/// The ids of the roles of a user.
///
/// # Errors
/// A failure of the database.
pub(crate) fn ids_of_user(view: &View<'_>, user: &UserId) -> Result<BTreeSet<String>, DbError> {
    Users::ROLES.values(view, &[user])
}

/// The ids of the roles of users with these names, by name. Unknown names are left out.
///
/// # Errors
/// A failure of the database.
pub(crate) fn user_roles_by_name(view: &View<'_>, names: &[String]) -> Result<HashMap<String, String>, DbError> {
    let text = "select name, id from roles where tenant_id = $1 and type = 'User' and name";
    Ok(view.query_by_ids(text, names)?.into_iter().collect())
}

/// The names of the roles of these users, by user, in the order of the names.
///
/// # Errors
/// A failure of the database.
pub(crate) fn names_by_user(view: &View<'_>, users: &[UserId]) -> Result<HashMap<UserId, Vec<String>>, DbError> {
    let text = "select x.user_id, r.name from users_roles x join roles r on r.tenant_id = x.tenant_id and r.id = x.role_id \
                where x.tenant_id = $1 and x.user_id";
    let mut names: HashMap<UserId, Vec<String>> = HashMap::new();
    for (user, name) in view.query_by_ids::<(UserId, String)>(text, users)? {
        names.entry(user).or_default().push(name);
    }
    names.values_mut().for_each(|names| names.sort());
    Ok(names)
}

/// Assigns roles to a user that was inserted in this unit.
///
/// # Errors
/// A failure of the database.
pub(crate) fn assign_to_new_user(work: &Work<'_>, user: &UserId, roles: &[String]) -> Result<(), DbError> {
    Users::ROLES.add_pipelined(work, &[user], roles)
}

/// Assigns roles of users, whose ids are known to exist, in addition to those already held.
///
/// # Errors
/// A failure of the database.
pub(crate) fn assign_to_user(work: &Work<'_>, user: &UserId, roles: &[String]) -> Result<(), DbError> {
    Users::ROLES.add(work, &[user], roles).map(drop)
}

/// The ids of the default roles of users.
///
/// # Errors
/// A failure of the database.
pub(crate) fn default_ids(view: &View<'_>) -> Result<Vec<String>, DbError> {
    view.query_all(
        sql!("select id from roles where tenant_id = $1 and is_default = true and type = 'User'"),
        params![view.tenant_id()],
    )
}

/// Whether a holder has the role of this name.
///
/// # Errors
/// A failure of the database.
pub(crate) fn holds<H: RoleHolder>(view: &View<'_>, holder: &str, role: &str) -> Result<bool, DbError> {
    let condition =
        Where::new("x.tenant_id = {} and r.name = {}", [view.tenant_id(), role]).and(&holder_is::<H>(), [holder]);
    Ok(H::LIST.count(view, &condition)? > 0)
}
