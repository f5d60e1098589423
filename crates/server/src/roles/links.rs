//! The users and the machine-to-machine applications of a role (inventory M122–M127).

use ::api::ErrorCode;
use ::api::ids::RoleId;
use ::api::roles::{AddRoleApplications, AddRoleUsers};
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use db::{DbError, FromRow};
use oauth::client::ApplicationType;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::model::{Role, RoleType};
use super::owners::change_as_owner;
use super::store;
use crate::applications::{self, Application};
use crate::callers::ManagementCaller;
use crate::errors::ApiError;
use crate::http::{Paging, QueryParams, RequestBody};
use crate::link_table::{LinkTable, link_table};
use crate::routes::Routes;
use crate::search::{ListQuery, Search, Where};
use crate::tenants::Section;
use crate::users::{self, UserInfo, UserResponse};
use crate::work::{View, Work};

/// A body that names what a role is linked with: users, applications or scopes.
pub(super) trait RoleLinks: DeserializeOwned + JsonSchema + Send + 'static {
    /// Key: role.
    const TABLE: LinkTable;
    /// 422 for what is linked already.
    const EXISTS: &'static str;
    /// The section of the configuration that the table belongs to.
    const SECTION: Option<Section>;

    /// Says that one was removed.
    ///
    /// # Errors
    /// A failure of the database.
    fn emit_removed(_: &Work<'_>) -> Result<(), DbError> {
        Ok(())
    }

    /// The ids.
    fn into_ids(self) -> Vec<String>;

    /// Whether these exist and may be linked with the role.
    ///
    /// # Errors
    /// Those of the API for what may not.
    fn check(view: &View<'_>, role: &Role, ids: &[String]) -> Result<(), ApiError>;
}

/// What the holders of a role are listed by.
trait Holders: RoleLinks {
    type Item: FromRow + Serialize + Send + 'static;
    const LIST: ListQuery;

    fn search(query: &QueryParams) -> Result<Search, ApiError>;

    /// Reads what the statement of the list does not.
    ///
    /// # Errors
    /// A failure of the database.
    fn complete(_view: &View<'_>, _items: &mut [Self::Item]) -> Result<(), DbError> {
        Ok(())
    }
}

impl RoleLinks for AddRoleUsers {
    const TABLE: LinkTable = link_table!("users_roles", "role_id" => "user_id");
    const EXISTS: &'static str = "role.user_exists";
    const SECTION: Option<Section> = None;

    fn into_ids(self) -> Vec<String> {
        self.user_ids.0
    }

    fn check(view: &View<'_>, role: &Role, ids: &[String]) -> Result<(), ApiError> {
        require_type(role, RoleType::User)?;
        let known: Vec<String> = view.query_by_ids("select id from users where tenant_id = $1 and id", ids)?;
        match ids.iter().all(|id| known.contains(id)) {
            true => Ok(()),
            false => Err(ApiError::not_found()),
        }
    }
}

impl RoleLinks for AddRoleApplications {
    const TABLE: LinkTable = link_table!("applications_roles", "role_id" => "application_id");
    const EXISTS: &'static str = "role.application_exists";
    const SECTION: Option<Section> = Some(Section::Clients);

    fn into_ids(self) -> Vec<String> {
        self.application_ids.0
    }

    fn check(view: &View<'_>, role: &Role, ids: &[String]) -> Result<(), ApiError> {
        require_type(role, RoleType::MachineToMachine)?;
        let types = applications::types_by_id(view, ids)?;
        ids.iter().try_for_each(|id| match types.get(id) {
            None => Err(ApiError::not_found_by_id("applications", id)),
            Some(ApplicationType::MachineToMachine) => Ok(()),
            Some(_) => Err(ApiError::unprocessable(ErrorCode::ApplicationInvalidType)),
        })
    }
}

impl Holders for AddRoleUsers {
    type Item = UserResponse;
    const LIST: ListQuery = ListQuery {
        columns: UserResponse::QUALIFIED_COLUMNS,
        from: "users_roles x join users u on u.tenant_id = x.tenant_id and u.id = x.user_id",
        order: "u.created_at desc, u.id desc",
    };

    fn search(query: &QueryParams) -> Result<Search, ApiError> {
        Ok(Search::parse(query, users::SEARCHABLE_COLUMNS)?.with_folded_columns(users::CASE_FOLDED_COLUMNS))
    }

    fn complete(view: &View<'_>, users: &mut [UserResponse]) -> Result<(), DbError> {
        UserInfo::load_identities(view, users.iter_mut().map(|user| &mut user.info))
    }
}

impl Holders for AddRoleApplications {
    type Item = Application;
    const LIST: ListQuery = ListQuery {
        columns: "a.*",
        from: "applications_roles x join applications a on a.tenant_id = x.tenant_id and a.id = x.application_id",
        order: "a.created_at desc, a.id",
    };

    fn search(query: &QueryParams) -> Result<Search, ApiError> {
        Search::parse(query, applications::SEARCHABLE_COLUMNS)
    }
}

pub(super) fn routes() -> Routes {
    let (users, applications) = ("/api/roles/{id}/users", "/api/roles/{id}/applications");
    Routes::new()
        .get(users, list::<AddRoleUsers>)
        .post(users, add::<AddRoleUsers>)
        .delete(&format!("{users}/{{userId}}"), remove::<AddRoleUsers>)
        .get(applications, list::<AddRoleApplications>)
        .post(applications, add::<AddRoleApplications>)
        .delete(&format!("{applications}/{{applicationId}}"), remove::<AddRoleApplications>)
}

async fn list<L: Holders>(
    caller: ManagementCaller,
    Path(id): Path<RoleId>,
    paging: Paging,
    query: QueryParams,
) -> Result<Response, ApiError> {
    let (search, page) = (L::search(&query)?, paging.page());
    let read = move |view: &View<'_>| {
        store::get(view, &id)?;
        let condition = Where::new("x.tenant_id = {} and x.role_id = {}", [view.tenant_id(), &id]);
        let (total, mut holders) = L::LIST.rows::<L::Item>(view, &search.apply_to(condition), Some(page))?;
        L::complete(view, &mut holders)?;
        Ok::<_, ApiError>((total, holders))
    };
    let (total, holders) = caller.read(read).await?;
    Ok(paging.response(total, &holders))
}

async fn add<L: RoleLinks>(
    caller: ManagementCaller,
    Path(id): Path<RoleId>,
    RequestBody(body): RequestBody<L>,
) -> Result<StatusCode, ApiError> {
    let ids = body.into_ids();
    caller.write(move |work| change_as_owner(work, || link::<L>(work, &id, &ids))).await.map(|()| StatusCode::CREATED)
}

pub(super) async fn remove<L: RoleLinks>(
    caller: ManagementCaller,
    Path((id, linked)): Path<(RoleId, String)>,
) -> Result<StatusCode, ApiError> {
    let unlink = move |work: &Work<'_>| {
        touch::<L>(work)?;
        change_as_owner(work, || L::TABLE.remove(work, &[&id], &linked))?;
        Ok::<_, ApiError>(L::emit_removed(work)?)
    };
    caller.write(unlink).await.map(|()| StatusCode::NO_CONTENT)
}

/// Links a role with users, applications or scopes.
///
/// # Errors
/// 404 for an unknown role; those of [`RoleLinks::check`]; 422 [`RoleLinks::EXISTS`].
pub(super) fn link<L: RoleLinks>(work: &Work<'_>, role: &RoleId, ids: &[String]) -> Result<(), ApiError> {
    touch::<L>(work)?;
    L::check(work, &store::get(work, role)?, ids)?;
    match L::TABLE.add(work, &[role.as_str()], ids)?.len() == ids.len() {
        true => Ok(()),
        false => Err(ApiError::unprocessable(L::EXISTS)),
    }
}

fn touch<L: RoleLinks>(work: &Work<'_>) -> Result<(), DbError> {
    L::SECTION.map_or(Ok(()), |section| work.touch(section))
}

fn require_type(role: &Role, kind: RoleType) -> Result<(), ApiError> {
    match role.kind == kind {
        true => Ok(()),
        false => Err(ApiError::unprocessable(ErrorCode::EntityDbConstraintViolated)),
    }
}
