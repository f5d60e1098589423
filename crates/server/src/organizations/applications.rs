//! Machine-to-machine applications as members of organizations (inventory M143–M147).

use std::collections::HashMap;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use db::{DbError, FromRow, Json, Read, Row, Sql, Tx, Value, params, placeholders, sql};
use serde::{Deserialize, Serialize};

use super::link_table::map_constraint_error;
use super::member_kind::{APPLICATION_MEMBERS, role_routes};
use super::model::IdAndName;
use crate::errors::ApiError;
use crate::http::newtypes::IdList;
use crate::http::{Body, Paging, QueryParams};
use crate::routes::{Access, Routes};
use crate::search::{ListQuery, Where};
use crate::{App, Tenant};

pub(super) fn routes() -> Routes {
    let all = "/api/organizations/{id}/applications";
    Routes::new()
        .old_get(all, Access::Management, list_applications)
        .old_post(all, Access::Management, add_applications)
        .old_put(all, Access::Management, replace_applications)
        .old_post(&format!("{all}/roles"), Access::Management, assign_application_roles)
        .old_delete(&format!("{all}/{{member}}"), Access::Management, remove_application)
        .merge(role_routes(&APPLICATION_MEMBERS, all))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ApplicationIds {
    application_ids: IdList,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AssignApplicationRoles {
    application_ids: IdList,
    organization_role_ids: IdList,
}

/// An application in the list of members.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct OrganizationApplication {
    tenant_id: String,
    id: String,
    name: String,
    description: Option<String>,
    #[serde(rename = "type")]
    kind: String,
    oidc_client_metadata: serde_json::Value,
    custom_client_metadata: serde_json::Value,
    protected_app_metadata: Option<serde_json::Value>,
    custom_data: serde_json::Value,
    is_third_party: bool,
    app_level_access_control_enabled: bool,
    created_at: i64,
    organization_roles: Vec<IdAndName>,
}

impl FromRow for OrganizationApplication {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            tenant_id: row.get("tenant_id")?,
            id: row.get("id")?,
            name: row.get("name")?,
            description: row.get("description")?,
            kind: row.get("type")?,
            oidc_client_metadata: row.get::<Json<_>>("oidc_client_metadata")?.0,
            custom_client_metadata: row.get::<Json<_>>("custom_client_metadata")?.0,
            protected_app_metadata: row.get::<Option<Json<_>>>("protected_app_metadata")?.map(|json| json.0),
            custom_data: row.get::<Json<_>>("custom_data")?.0,
            is_third_party: row.get("is_third_party")?,
            app_level_access_control_enabled: row.get("app_level_access_control_enabled")?,
            created_at: row.get("created_at")?,
            organization_roles: Vec::new(),
        })
    }
}

const LIST_QUERY: ListQuery = ListQuery {
    columns: "a.*",
    from: "organization_applications m join applications a on a.tenant_id = m.tenant_id and a.id = m.application_id",
    order: "m.created_at, m.application_id",
};

async fn list_applications(
    State(app): State<App>,
    tenant: Tenant,
    Path(organization): Path<String>,
    query: QueryParams,
    paging: Paging,
) -> Result<Response, ApiError> {
    let (tenant, page) = (tenant.id(), paging.page());
    let condition = Where::new("m.tenant_id = {} and m.organization_id = {}", [tenant, &organization])
        .and_contains(&["a.id", "a.name", "a.description"], query.get("q"));
    let read = move |r: &Read<'_>| {
        let (total, mut items) = LIST_QUERY.rows::<OrganizationApplication>(r, &condition, Some(page))?;
        let mut roles = roles_by_application(r, tenant, &organization, &items)?;
        for item in &mut items {
            item.organization_roles = roles.remove(&item.id).unwrap_or_default();
        }
        Ok::<_, DbError>((total, items))
    };
    let (total, items) = app.db.read(read).await?;
    Ok(paging.response(total, &items))
}

/// The roles in the organization by application id.
fn roles_by_application(
    r: &Read<'_>,
    tenant: &str,
    organization: &str,
    members: &[OrganizationApplication],
) -> Result<HashMap<String, Vec<IdAndName>>, DbError> {
    let text = Sql::dynamic(format!(
        "select x.application_id, g.id, g.name from organization_role_applications x \
         join organization_roles g on g.tenant_id = x.tenant_id and g.id = x.organization_role_id \
         where x.tenant_id = $1 and x.organization_id = $2 and x.application_id in ({}) order by g.name, g.id",
        placeholders(3, members.len())
    ));
    let ids = members.iter().map(|member| Value::from(&member.id));
    let params: Vec<Value> = [tenant.into(), organization.into()].into_iter().chain(ids).collect();
    let mut roles: HashMap<String, Vec<IdAndName>> = HashMap::new();
    for (application, id, name) in r.query_all::<(String, String, String)>(&text, &params)? {
        roles.entry(application).or_default().push(IdAndName { id, name });
    }
    Ok(roles)
}

/// Only machine-to-machine applications can be members.
fn require_machine_apps(r: &Read<'_>, tenant: &str, ids: &[String]) -> Result<(), ApiError> {
    let text = sql!("select type from applications where tenant_id = $1 and id = $2");
    for id in ids {
        match r.query_opt::<String>(text, params![tenant, id])?.as_deref() {
            None => return Err(map_constraint_error(DbError::ForeignKey)),
            Some("MachineToMachine") => {}
            Some(_) => return Err(ApiError::unprocessable("entity.db_constraint_violated")),
        }
    }
    Ok(())
}

async fn add_applications(
    State(app): State<App>,
    tenant: Tenant,
    Path(organization): Path<String>,
    Body(body): Body<ApplicationIds>,
) -> Result<StatusCode, ApiError> {
    let (tenant, ids, now) = (tenant.id(), body.application_ids.require_non_empty("applicationIds")?, app.clock.now());
    let write = move |tx: &Tx<'_>| {
        require_machine_apps(tx, tenant, &ids)?;
        APPLICATION_MEMBERS.members.add(tx, &[tenant, &organization], &ids, params![now])
    };
    app.db.write(write).await?;
    Ok(StatusCode::CREATED)
}

async fn replace_applications(
    State(app): State<App>,
    tenant: Tenant,
    Path(organization): Path<String>,
    Body(body): Body<ApplicationIds>,
) -> Result<StatusCode, ApiError> {
    let (tenant, ids, now) = (tenant.id(), body.application_ids.0, app.clock.now());
    let write = move |tx: &Tx<'_>| {
        require_machine_apps(tx, tenant, &ids)?;
        APPLICATION_MEMBERS.members.replace(tx, &[tenant, &organization], &ids, params![now])
    };
    app.db.write(write).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn remove_application(
    State(app): State<App>,
    tenant: Tenant,
    Path((organization, application)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    let tenant = tenant.id();
    app.db.write(move |tx| APPLICATION_MEMBERS.members.remove(tx, &[tenant, &organization], &application)).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn assign_application_roles(
    State(app): State<App>,
    tenant: Tenant,
    Path(organization): Path<String>,
    Body(body): Body<AssignApplicationRoles>,
) -> Result<StatusCode, ApiError> {
    let ids = body.application_ids.require_non_empty("applicationIds")?;
    let roles = body.organization_role_ids.require_non_empty("organizationRoleIds")?;
    let tenant = tenant.id();
    app.db.write(move |tx| APPLICATION_MEMBERS.assign(tx, (tenant, &organization), &ids, &roles)).await?;
    Ok(StatusCode::CREATED)
}
