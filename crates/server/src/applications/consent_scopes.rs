//! The scopes that a third-party application may request from a user (inventory M083–M085, D010–D014).

use ::api::ErrorCode;
use std::collections::BTreeSet;

use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use db::{DbError, FromRow, params, sql};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::store;
use crate::callers::ManagementCaller;
use crate::errors::ApiError;
use crate::http::Body;
use crate::http::body::invalid_input_issue;
use crate::http::newtypes::IdList;
use crate::link_table::{LinkTable, link_table};
use crate::resources::{SCOPE_WITH_RESOURCE, ScopeWithResource, scopes_by_id};
use crate::routes::Routes;
use crate::tenants::Section;
use crate::work::{View, Work};

const CONSENT_SCOPES: LinkTable = link_table!("application_consent_scopes", "application_id", "kind" => "value");

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
#[derive(Debug, Clone, PartialEq, Serialize, FromRow)]
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
    user_scopes: BTreeSet<String>,
}

pub(super) fn routes() -> Routes {
    let path = "/api/applications/{id}/user-consent-scopes";
    Routes::new()
        .get(path, get_consent_scopes)
        .post(path, add_consent_scopes)
        .delete(&format!("{path}/{{scopeType}}/{{scopeId}}"), remove_consent_scope)
}

async fn get_consent_scopes(
    caller: ManagementCaller,
    Path(id): Path<String>,
) -> Result<Json<ConsentScopesResponse>, ApiError> {
    let read = move |view: &View<'_>| {
        store::get(view, &id)?;
        Ok::<_, ApiError>(ConsentScopesResponse {
            organization_scopes: organization_scopes(view, &id)?,
            resource_scopes: resource_scopes(view, &id, "resource-scopes")?,
            organization_resource_scopes: resource_scopes(view, &id, "organization-resource-scopes")?,
            user_scopes: CONSENT_SCOPES.values(view, &[&id, "user-scopes"])?,
        })
    };
    caller.read(read).await.map(Json)
}

async fn add_consent_scopes(
    caller: ManagementCaller,
    Path(id): Path<String>,
    Body(body): Body<AddConsentScopes>,
) -> Result<StatusCode, ApiError> {
    let add = move |work: &Work<'_>| {
        work.touch(Section::Clients)?;
        require_third_party(work, &id)?;
        require_assignable(work, &body)?;
        let user_scopes: Vec<String> = body.user_scopes.iter().map(|scope| scope.name().to_owned()).collect();
        let [organization, resource, organization_resource] =
            [body.organization_scopes.0, body.resource_scopes.0, body.organization_resource_scopes.0];
        for (kind, values) in KINDS.into_iter().zip([organization, resource, organization_resource, user_scopes]) {
            CONSENT_SCOPES.add(work, &[&id, kind], &values)?;
        }
        Ok::<_, ApiError>(())
    };
    caller.write(add).await.map(|()| StatusCode::CREATED)
}

async fn remove_consent_scope(
    caller: ManagementCaller,
    Path((id, kind, scope)): Path<(String, String, String)>,
) -> Result<StatusCode, ApiError> {
    if !KINDS.contains(&kind.as_str()) {
        return Err(invalid_input_issue(
            "invalid_enum_value",
            vec!["scopeType".into()],
            &format!("expected one of {KINDS:?}"),
        ));
    }
    let remove = move |work: &Work<'_>| {
        store::get_for_update(work, &id)?;
        CONSENT_SCOPES.remove(work, &[&id, &kind], &scope)
    };
    caller.write(remove).await.map(|()| StatusCode::NO_CONTENT)
}

/// Checks that the application is a third-party application.
pub(super) fn require_third_party(view: &View<'_>, id: &str) -> Result<(), ApiError> {
    match store::get(view, id)?.is_third_party {
        true => Ok(()),
        false => Err(ApiError::unprocessable(ErrorCode::ApplicationThirdPartyApplicationOnly)),
    }
}

/// Checks that all ids exist and that none is a scope of a Management API.
fn require_assignable(view: &View<'_>, body: &AddConsentScopes) -> Result<(), ApiError> {
    let text = "select id from organization_scopes where tenant_id = $1 and id";
    let organization: Vec<String> = view.query_by_ids(text, &body.organization_scopes.0)?;
    let unknown: Vec<&String> = body.organization_scopes.0.iter().filter(|id| !organization.contains(id)).collect();
    let [resource, organization_resource] = [&body.resource_scopes.0, &body.organization_resource_scopes.0];
    let known = scopes_by_id(view, &[resource.as_slice(), organization_resource.as_slice()].concat())?;
    let unknown_of = |ids: &[String]| ids.iter().filter(|id| !known.contains_key(*id)).cloned().collect::<Vec<_>>();
    let (resource, organization_resource) = (unknown_of(resource), unknown_of(organization_resource));
    if !(unknown.is_empty() && resource.is_empty() && organization_resource.is_empty()) {
        return Err(ApiError::unprocessable(ErrorCode::ApplicationUserConsentScopesNotFound).data(json!({
            "invalidOrganizationScopes": unknown,
            "invalidResourceScopes": resource,
            "invalidOrganizationResourceScopes": organization_resource,
        })));
    }
    if known.values().any(|scope| scope.resource.is_management_api()) {
        return Err(ApiError::unprocessable(ErrorCode::ApplicationConsentManagementApiScopesNotAllowed));
    }
    Ok(())
}

fn organization_scopes(view: &View<'_>, application: &str) -> Result<Vec<NamedScope>, DbError> {
    view.query_all(
        sql!(
            "select s.id, s.name, s.description from application_consent_scopes x \
             join organization_scopes s on s.tenant_id = x.tenant_id and s.id = x.value \
             where x.tenant_id = $1 and x.application_id = $2 and x.kind = 'organization-scopes' order by s.name"
        ),
        params![view.tenant_id(), application],
    )
}

fn resource_scopes(view: &View<'_>, application: &str, kind: &str) -> Result<Vec<ResourceScopes>, DbError> {
    let text = sql!(
        "select ",
        SCOPE_WITH_RESOURCE,
        " from application_consent_scopes x \
         join scopes s on s.tenant_id = x.tenant_id and s.id = x.value \
         join resources a on a.tenant_id = s.tenant_id and a.id = s.resource_id \
         where x.tenant_id = $1 and x.application_id = $2 and x.kind = $3 order by a.name, a.id, s.name"
    );
    let mut groups: Vec<ResourceScopes> = Vec::new();
    for row in view.query_all::<ScopeWithResource>(text, params![view.tenant_id(), application, kind])? {
        let ScopeWithResource { scope, resource } = row;
        let scope = NamedScope { id: scope.id, name: scope.name, description: scope.description };
        match groups.last_mut() {
            Some(group) if group.resource.id == resource.id => group.scopes.push(scope),
            _ => {
                let resource = NamedResource { id: resource.id, name: resource.name, indicator: resource.indicator };
                groups.push(ResourceScopes { resource, scopes: vec![scope] });
            }
        }
    }
    Ok(groups)
}
