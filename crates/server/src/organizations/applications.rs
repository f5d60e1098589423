//! Machine-to-machine applications as members of organizations (inventory M143–M147).

use std::collections::HashMap;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use db::{DbError, FromRow, Json, Read, Row, Sql, Tx, Value, params, placeholders, sql};
use serde::{Deserialize, Serialize};

use super::model::Named;
use super::party::{APPLICATIONS, role_routes};
use super::relation::refused;
use crate::errors::ApiError;
use crate::http::text::Ids;
use crate::http::{Body, Paged, QueryParams};
use crate::routing::{Access, Routes};
use crate::search::{Condition, Listing};
use crate::{App, Tenant};

pub(super) fn routes() -> Routes {
    let all = "/api/organizations/{id}/applications";
    Routes::new()
        .get(all, Access::Management, list_members)
        .post(all, Access::Management, add)
        .put(all, Access::Management, replace)
        .post(&format!("{all}/roles"), Access::Management, assign)
        .delete(&format!("{all}/{{member}}"), Access::Management, remove)
        .merge(role_routes(&APPLICATIONS, all))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ApplicationIds {
    application_ids: Ids,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Assignment {
    application_ids: Ids,
    organization_role_ids: Ids,
}

/// An application of the list.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Member {
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
    organization_roles: Vec<Named>,
}

impl FromRow for Member {
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

const LISTING: Listing = Listing {
    columns: "a.*",
    from: "organization_applications m join applications a on a.tenant_id = m.tenant_id and a.id = m.application_id",
    order: "m.created_at, m.application_id",
};

async fn list_members(
    State(app): State<App>,
    tenant: Tenant,
    Path(organization): Path<String>,
    query: QueryParams,
    paged: Paged,
) -> Result<Response, ApiError> {
    let (tenant, page) = (tenant.id(), paged.page());
    let condition = Condition::new("m.tenant_id = {} and m.organization_id = {}", [tenant, &organization])
        .and_contains(&["a.id", "a.name", "a.description"], query.get("q"));
    let read = move |r: &Read<'_>| {
        let (total, mut items) = LISTING.rows::<Member>(r, &condition, Some(page))?;
        let mut roles = roles_of(r, tenant, &organization, &items)?;
        for item in &mut items {
            item.organization_roles = roles.remove(&item.id).unwrap_or_default();
        }
        Ok::<_, DbError>((total, items))
    };
    let (total, items) = app.db.read(read).await?;
    Ok(paged.reply(total, &items))
}

/// Application id → roles in the organization.
fn roles_of(
    r: &Read<'_>,
    tenant: &str,
    organization: &str,
    members: &[Member],
) -> Result<HashMap<String, Vec<Named>>, DbError> {
    let text = Sql::dynamic(format!(
        "select x.application_id, g.id, g.name from organization_role_applications x \
         join organization_roles g on g.tenant_id = x.tenant_id and g.id = x.organization_role_id \
         where x.tenant_id = $1 and x.organization_id = $2 and x.application_id in ({}) order by g.name, g.id",
        placeholders(3, members.len())
    ));
    let ids = members.iter().map(|member| Value::from(&member.id));
    let params: Vec<Value> = [tenant.into(), organization.into()].into_iter().chain(ids).collect();
    let mut roles: HashMap<String, Vec<Named>> = HashMap::new();
    for (application, id, name) in r.query_all::<(String, String, String)>(&text, &params)? {
        roles.entry(application).or_default().push(Named { id, name });
    }
    Ok(roles)
}

/// Only machines can be members.
fn check_machines(r: &Read<'_>, tenant: &str, ids: &[String]) -> Result<(), ApiError> {
    let text = sql!("select type from applications where tenant_id = $1 and id = $2");
    for id in ids {
        match r.query_opt::<String>(text, params![tenant, id])?.as_deref() {
            None => return Err(refused(DbError::ForeignKey)),
            Some("MachineToMachine") => {}
            Some(_) => return Err(ApiError::unprocessable("entity.db_constraint_violated")),
        }
    }
    Ok(())
}

async fn add(
    State(app): State<App>,
    tenant: Tenant,
    Path(organization): Path<String>,
    Body(body): Body<ApplicationIds>,
) -> Result<StatusCode, ApiError> {
    let (tenant, ids, now) = (tenant.id(), body.application_ids.some("applicationIds")?, app.clock.now());
    let write = move |tx: &Tx<'_>| {
        check_machines(tx, tenant, &ids)?;
        APPLICATIONS.members.add(tx, &[tenant, &organization], &ids, params![now])
    };
    app.db.write(write).await?;
    Ok(StatusCode::CREATED)
}

async fn replace(
    State(app): State<App>,
    tenant: Tenant,
    Path(organization): Path<String>,
    Body(body): Body<ApplicationIds>,
) -> Result<StatusCode, ApiError> {
    let (tenant, ids, now) = (tenant.id(), body.application_ids.0, app.clock.now());
    let write = move |tx: &Tx<'_>| {
        check_machines(tx, tenant, &ids)?;
        APPLICATIONS.members.replace(tx, &[tenant, &organization], &ids, params![now])
    };
    app.db.write(write).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn remove(
    State(app): State<App>,
    tenant: Tenant,
    Path((organization, application)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    let tenant = tenant.id();
    app.db.write(move |tx| APPLICATIONS.members.remove(tx, &[tenant, &organization], &application)).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn assign(
    State(app): State<App>,
    tenant: Tenant,
    Path(organization): Path<String>,
    Body(body): Body<Assignment>,
) -> Result<StatusCode, ApiError> {
    let ids = body.application_ids.some("applicationIds")?;
    let roles = body.organization_role_ids.some("organizationRoleIds")?;
    let tenant = tenant.id();
    app.db.write(move |tx| APPLICATIONS.assign(tx, (tenant, &organization), &ids, &roles)).await?;
    Ok(StatusCode::CREATED)
}
