//! The scopes that a third-party application may request from a user (inventory M083–M085, D010–D014).

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use db::{DbError, FromRow, Read, Row, Sql, Tx, Value, params, placeholders, sql};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::model::Application;
use super::store;
use crate::errors::ApiError;
use crate::http::Body;
use crate::http::body::invalid_input_issue;
use crate::http::newtypes::IdList;
use crate::routes::{Access, Routes};
use crate::{App, Tenant};

const KINDS: [&str; 4] = ["organization-scopes", "resource-scopes", "organization-resource-scopes", "user-scopes"];

/// Scopes that grant access to claims about the user.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum UserScope {
    Profile,
    Email,
    Phone,
    Address,
    CustomData,
    Identities,
    Roles,
    #[serde(rename = "urn:logto:scope:organizations")]
    Organizations,
    #[serde(rename = "urn:logto:scope:organization_roles")]
    OrganizationRoles,
    #[serde(rename = "urn:logto:scope:sessions")]
    Sessions,
    #[serde(rename = "urn:logto:scope:trusted_devices")]
    TrustedDevices,
}

impl UserScope {
    fn name(self) -> &'static str {
        match self {
            Self::Profile => "profile",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Address => "address",
            Self::CustomData => "custom_data",
            Self::Identities => "identities",
            Self::Roles => "roles",
            Self::Organizations => "urn:logto:scope:organizations",
            Self::OrganizationRoles => "urn:logto:scope:organization_roles",
            Self::Sessions => "urn:logto:scope:sessions",
            Self::TrustedDevices => "urn:logto:scope:trusted_devices",
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct AddConsentScopes {
    organization_scopes: IdList,
    resource_scopes: IdList,
    organization_resource_scopes: IdList,
    user_scopes: Vec<UserScope>,
}

/// A scope.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct NamedScope {
    id: String,
    name: String,
    description: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct NamedResource {
    id: String,
    name: String,
    indicator: String,
}

#[derive(Debug, Serialize)]
struct ResourceScopes {
    resource: NamedResource,
    scopes: Vec<NamedScope>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ConsentScopesResponse {
    organization_scopes: Vec<NamedScope>,
    resource_scopes: Vec<ResourceScopes>,
    organization_resource_scopes: Vec<ResourceScopes>,
    user_scopes: Vec<String>,
}

impl FromRow for NamedScope {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self { id: row.get("id")?, name: row.get("name")?, description: row.get("description")? })
    }
}

struct ScopeWithResource(NamedResource, NamedScope);

impl FromRow for ScopeWithResource {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        let resource = NamedResource {
            id: row.get("resource_id")?,
            name: row.get("resource_name")?,
            indicator: row.get("indicator")?,
        };
        Ok(Self(resource, NamedScope::from_row(row)?))
    }
}

pub(super) fn routes() -> Routes {
    let path = "/api/applications/{id}/user-consent-scopes";
    Routes::new()
        .old_get(path, Access::Management, get_consent_scopes)
        .old_post(path, Access::Management, add_consent_scopes)
        .old_delete(
            "/api/applications/{id}/user-consent-scopes/{scopeType}/{scopeId}",
            Access::Management,
            remove_consent_scope,
        )
}

async fn get_consent_scopes(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
) -> Result<Json<ConsentScopesResponse>, ApiError> {
    let tenant = tenant.id();
    let read = move |r: &Read<'_>| {
        let application = store::get(r, tenant, &id)?;
        Ok::<_, ApiError>(ConsentScopesResponse {
            organization_scopes: organization_scopes(r, &application)?,
            resource_scopes: resource_scopes(r, &application, "resource-scopes")?,
            organization_resource_scopes: resource_scopes(r, &application, "organization-resource-scopes")?,
            user_scopes: r.query_all(
                sql!(
                    "select value from application_consent_scopes \
                     where tenant_id = $1 and application_id = $2 and kind = 'user-scopes' order by value"
                ),
                params![tenant, &application.id],
            )?,
        })
    };
    Ok(Json(app.db.read(read).await?))
}

async fn add_consent_scopes(
    tenant: Tenant,
    Path(id): Path<String>,
    Body(body): Body<AddConsentScopes>,
) -> Result<StatusCode, ApiError> {
    let tenant_id = tenant.id();
    let write = move |tx: &Tx<'_>| {
        let application = require_third_party(tx, tenant_id, &id)?;
        require_assignable(tx, tenant_id, &body)?;
        let user_scopes: Vec<String> = body.user_scopes.iter().map(|scope| scope.name().to_owned()).collect();
        let [organization, resource, organization_resource] =
            [body.organization_scopes.0, body.resource_scopes.0, body.organization_resource_scopes.0];
        for (kind, values) in KINDS.into_iter().zip([organization, resource, organization_resource, user_scopes]) {
            for value in values {
                tx.exec(
                    sql!(
                        "insert into application_consent_scopes (tenant_id, application_id, kind, value) \
                         values ($1, $2, $3, $4) on conflict do nothing"
                    ),
                    params![tenant_id, &application.id, kind, value],
                )?;
            }
        }
        Ok::<_, ApiError>(())
    };
    tenant.write_config(write).await?;
    Ok(StatusCode::CREATED)
}

async fn remove_consent_scope(
    tenant: Tenant,
    Path((id, kind, scope)): Path<(String, String, String)>,
) -> Result<StatusCode, ApiError> {
    if !KINDS.contains(&kind.as_str()) {
        return Err(invalid_input_issue(
            "invalid_enum_value",
            vec!["scopeType".into()],
            &format!("expected one of {KINDS:?}"),
        ));
    }
    let tenant_id = tenant.id();
    let write = move |tx: &Tx<'_>| {
        let application = store::get(tx, tenant_id, &id)?;
        let delete = sql!(
            "delete from application_consent_scopes \
             where tenant_id = $1 and application_id = $2 and kind = $3 and value = $4"
        );
        match tx.exec(delete, params![tenant_id, application.id, kind, scope])? {
            0 => Err(ApiError::not_found()),
            _ => Ok(()),
        }
    };
    tenant.write_config(write).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The application; it must be a third-party application.
pub(super) fn require_third_party(r: &Read<'_>, tenant: &str, id: &str) -> Result<Application, ApiError> {
    let application = store::get(r, tenant, id)?;
    match application.is_third_party {
        true => Ok(application),
        false => Err(ApiError::unprocessable("application.third_party_application_only")),
    }
}

/// Checks that all ids exist and that none is a scope of a Management API.
fn require_assignable(r: &Read<'_>, tenant: &str, body: &AddConsentScopes) -> Result<(), ApiError> {
    let organization = "select id, '' from organization_scopes where tenant_id = $1 and id in";
    let resource = "select s.id, a.indicator from scopes s \
                    join resources a on a.tenant_id = s.tenant_id and a.id = s.resource_id \
                    where s.tenant_id = $1 and s.id in";
    let mut indicators = Vec::new();
    let mut unknown = |text: &str, ids: &IdList| -> Result<Vec<String>, DbError> {
        let params: Vec<Value> = std::iter::once(tenant.into()).chain(ids.0.iter().map(Value::from)).collect();
        let text = Sql::dynamic(format!("{text} ({})", placeholders(2, ids.0.len())));
        let found: Vec<(String, String)> = r.query_all(&text, &params)?;
        let missing = ids.0.iter().filter(|id| !found.iter().any(|(known, _)| known == *id)).cloned().collect();
        indicators.extend(found.into_iter().map(|(_, indicator)| indicator));
        Ok(missing)
    };
    let (a, b, c) = (
        unknown(organization, &body.organization_scopes)?,
        unknown(resource, &body.resource_scopes)?,
        unknown(resource, &body.organization_resource_scopes)?,
    );
    if !(a.is_empty() && b.is_empty() && c.is_empty()) {
        return Err(ApiError::unprocessable("application.user_consent_scopes_not_found").data(json!({
            "invalidOrganizationScopes": a,
            "invalidResourceScopes": b,
            "invalidOrganizationResourceScopes": c,
        })));
    }
    if indicators.iter().any(|indicator| crate::resources::is_management_api(tenant, indicator)) {
        return Err(ApiError::unprocessable("application.consent_management_api_scopes_not_allowed"));
    }
    Ok(())
}

fn organization_scopes(r: &Read<'_>, application: &Application) -> Result<Vec<NamedScope>, DbError> {
    r.query_all(
        sql!(
            "select s.id, s.name, s.description from application_consent_scopes x \
             join organization_scopes s on s.tenant_id = x.tenant_id and s.id = x.value \
             where x.tenant_id = $1 and x.application_id = $2 and x.kind = 'organization-scopes' order by s.name"
        ),
        params![&application.tenant_id, &application.id],
    )
}

fn resource_scopes(r: &Read<'_>, application: &Application, kind: &str) -> Result<Vec<ResourceScopes>, DbError> {
    let rows: Vec<ScopeWithResource> = r.query_all(
        sql!(
            "select a.id as resource_id, a.name as resource_name, a.indicator, s.id, s.name, s.description \
             from application_consent_scopes x \
             join scopes s on s.tenant_id = x.tenant_id and s.id = x.value \
             join resources a on a.tenant_id = s.tenant_id and a.id = s.resource_id \
             where x.tenant_id = $1 and x.application_id = $2 and x.kind = $3 order by a.name, a.id, s.name"
        ),
        params![&application.tenant_id, &application.id, kind],
    )?;
    let mut groups: Vec<ResourceScopes> = Vec::new();
    for ScopeWithResource(resource, scope) in rows {
        match groups.last_mut() {
            Some(group) if group.resource == resource => group.scopes.push(scope),
            _ => groups.push(ResourceScopes { resource, scopes: vec![scope] }),
        }
    }
    Ok(groups)
}
