//! The organization scopes and API scopes of an organization role (inventory M176–M183).

use ::api::organization_template::{OrganizationScopeIds, ResourceScopeIds};
use axum::extract::Path;
use axum::response::Response;
use db::{DbError, FromRow, Sql, params, sql};
use serde::Serialize;

use super::OrganizationScope;
use crate::callers::ManagementCaller;
use crate::errors::ApiError;
use crate::events::{EventBody, EventKind};
use crate::http::OptionalPaging;
use crate::link_table::{LinkChange, LinkTable, Links, link_routes, link_table};
use crate::resources::{Scope, require_no_management_scope};
use crate::routes::Routes;
use crate::tenants::Section;
use crate::work::{View, Work};

/// Organization scopes of a role.
pub(super) const ROLE_SCOPES: LinkTable =
    link_table!("organization_role_scopes", "organization_role_id" => "organization_scope_id");

/// API scopes of a role.
pub(super) const RESOURCE_SCOPES: LinkTable =
    link_table!("organization_role_resource_scopes", "organization_role_id" => "scope_id");

pub(super) fn routes() -> Routes {
    let scopes = "/api/organization-roles/{id}/scopes";
    let resource_scopes = "/api/organization-roles/{id}/resource-scopes";
    Routes::new()
        .get(scopes, list_scopes)
        .merge(link_routes::<OrganizationScopeIds>(scopes))
        .get(resource_scopes, list_resource_scopes)
        .merge(link_routes::<ResourceScopeIds>(resource_scopes))
}

impl Links for OrganizationScopeIds {
    const TABLE: LinkTable = ROLE_SCOPES;
    const MEMBER: &'static str = "organizationScopeIds";
    const SECTION: Option<Section> = Some(Section::Access);

    fn into_values(self) -> Vec<String> {
        self.organization_scope_ids.0
    }

    fn emit(work: &Work<'_>, _: &str, _: &LinkChange) -> Result<(), DbError> {
        work.emit(EventKind::OrganizationRoleScopesUpdated, EventBody::default)
    }
}

impl Links for ResourceScopeIds {
    const TABLE: LinkTable = RESOURCE_SCOPES;
    const MEMBER: &'static str = "scopeIds";
    const SECTION: Option<Section> = Some(Section::Access);

    fn into_values(self) -> Vec<String> {
        self.scope_ids.0
    }

    /// The Management API belongs to the tenant: no role in an organization opens it.
    fn check(view: &View<'_>, ids: &[String]) -> Result<(), ApiError> {
        require_no_management_scope(view, ids)
    }
}

async fn list_scopes(
    caller: ManagementCaller,
    Path(role): Path<String>,
    paging: OptionalPaging,
) -> Result<Response, ApiError> {
    let text = sql!(
        "select s.* from organization_role_scopes x \
         join organization_scopes s on s.tenant_id = x.tenant_id and s.id = x.organization_scope_id \
         where x.tenant_id = $1 and x.organization_role_id = $2 order by s.name, s.id"
    );
    list::<OrganizationScope>(caller, role, paging, text).await
}

async fn list_resource_scopes(
    caller: ManagementCaller,
    Path(role): Path<String>,
    paging: OptionalPaging,
) -> Result<Response, ApiError> {
    let text = sql!(
        "select s.* from organization_role_resource_scopes x \
         join scopes s on s.tenant_id = x.tenant_id and s.id = x.scope_id \
         where x.tenant_id = $1 and x.organization_role_id = $2 order by s.name, s.id"
    );
    list::<Scope>(caller, role, paging, text).await
}

async fn list<T: FromRow + Serialize + Send + 'static>(
    caller: ManagementCaller,
    role: String,
    paging: OptionalPaging,
    text: &'static Sql,
) -> Result<Response, ApiError> {
    let all: Vec<T> =
        caller.read(move |view| Ok::<_, ApiError>(view.query_all(text, params![view.tenant_id(), role])?)).await?;
    Ok(paging.paginate_in_memory(&all))
}
