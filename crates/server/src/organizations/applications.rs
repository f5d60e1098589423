//! Machine-to-machine applications as members of organizations (inventory M143–M147).

use ::api::ErrorCode;
use ::api::organizations::{ApplicationIds, AssignRolesToApplications};
use axum::extract::Path;
use axum::response::Response;
use db::DbError;
use kernel::ids::OrganizationId;
use oauth::client::ApplicationType;
use serde::Serialize;

use super::member_kind::{APPLICATIONS, Assignment, MemberKind, Members, member_routes};
use super::model::IdAndName;
use crate::applications::{Application, types_by_id};
use crate::callers::ManagementCaller;
use crate::errors::ApiError;
use crate::http::{Paging, QueryParams};
use crate::link_table::{LinkChange, LinkTable, Links, map_constraint_error};
use crate::routes::Routes;
use crate::search::{ListQuery, Where};
use crate::work::{View, Work};

pub(super) fn routes() -> Routes {
    let all = "/api/organizations/{id}/applications";
    member_routes::<ApplicationIds>(all).get(all, list_applications)
}

impl Links for ApplicationIds {
    const TABLE: LinkTable = APPLICATIONS.members;
    const MEMBER: &'static str = "applicationIds";

    fn into_values(self) -> Vec<String> {
        self.application_ids.0
    }

    fn emit(work: &Work<'_>, organization: &str, change: &LinkChange) -> Result<(), DbError> {
        APPLICATIONS.emit(work, &organization.into(), change)
    }

    /// Only machine-to-machine applications can be members.
    fn check(view: &View<'_>, ids: &[String]) -> Result<(), ApiError> {
        let types = types_by_id(view, ids)?;
        ids.iter().try_for_each(|id| match types.get(id) {
            None => Err(map_constraint_error(DbError::ForeignKey)),
            Some(ApplicationType::MachineToMachine) => Ok(()),
            Some(_) => Err(ApiError::unprocessable(ErrorCode::EntityDbConstraintViolated)),
        })
    }
}

impl Members for ApplicationIds {
    const KIND: MemberKind = APPLICATIONS;
    type Assignment = AssignRolesToApplications;

    fn assignment(body: AssignRolesToApplications) -> Assignment {
        Assignment { members: body.application_ids.0, roles: body.organization_role_ids.0 }
    }
}

/// An application in the list of members.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct OrganizationApplication {
    #[serde(flatten)]
    application: Application,
    organization_roles: Vec<IdAndName>,
}

const LIST_QUERY: ListQuery = ListQuery {
    columns: "a.*",
    from: "organization_applications m join applications a on a.tenant_id = m.tenant_id and a.id = m.application_id",
    order: "m.created_at, m.application_id",
};

async fn list_applications(
    caller: ManagementCaller,
    Path(organization): Path<OrganizationId>,
    query: QueryParams,
    paging: Paging,
) -> Result<Response, ApiError> {
    let page = paging.page();
    let condition = Where::new("m.tenant_id = {} and m.organization_id = {}", [caller.tenant_id(), &organization])
        .and_contains(&["a.id", "a.name", "a.description"], query.get("q"));
    let read = move |view: &View<'_>| {
        let (total, applications) = LIST_QUERY.rows::<Application>(view, &condition, Some(page))?;
        let ids: Vec<String> = applications.iter().map(|application| application.id.to_string()).collect();
        let mut roles = APPLICATIONS.roles_by_member(view, &organization, &ids)?;
        let with_roles = |application: Application| OrganizationApplication {
            organization_roles: roles.remove(application.id.as_str()).unwrap_or_default(),
            application,
        };
        Ok::<_, DbError>((total, applications.into_iter().map(with_roles).collect::<Vec<_>>()))
    };
    let (total, items) = caller.read(read).await?;
    Ok(paging.response(total, &items))
}
