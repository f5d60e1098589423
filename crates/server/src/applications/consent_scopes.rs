//! The scopes that a third-party application may request from a user (inventory M083–M085, D010–D014).

use std::collections::BTreeSet;

use ::api::ErrorCode;
use ::api::applications::{
    AddUserConsentScopes, ResourceScopeSummary, ResourceSummary, ScopeSummary, UserConsentScopes,
};
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use db::DbError;
use kernel::ids::ApplicationId;
use serde_json::json;

use super::store;
use crate::callers::ManagementCaller;
use crate::errors::ApiError;
use crate::http::RequestBody;
use crate::http::body::invalid_input_issue;
use crate::link_table::{LinkTable, link_table};
use crate::resources::{ScopeWithResource, scopes_by_id};
use crate::routes::Routes;
use crate::tenants::Section;
use crate::work::{View, Work};

const CONSENT_SCOPES: LinkTable = link_table!("application_consent_scopes", "application_id", "kind" => "value");

const KINDS: [&str; 4] = ["organization-scopes", "resource-scopes", "organization-resource-scopes", "user-scopes"];

pub(super) fn routes() -> Routes {
    let path = "/api/applications/{id}/user-consent-scopes";
    Routes::new()
        .get(path, get_consent_scopes)
        .post(path, add_consent_scopes)
        .delete(&format!("{path}/{{scopeType}}/{{scopeId}}"), remove_consent_scope)
}

async fn get_consent_scopes(
    caller: ManagementCaller,
    Path(id): Path<ApplicationId>,
) -> Result<Json<UserConsentScopes>, ApiError> {
    let read = move |view: &View<'_>| {
        store::get(view, &id)?;
        describe(view, |kind| CONSENT_SCOPES.values(view, &[&id, kind]))
    };
    caller.read(read).await.map(Json)
}

async fn add_consent_scopes(
    caller: ManagementCaller,
    Path(id): Path<ApplicationId>,
    RequestBody(body): RequestBody<AddUserConsentScopes>,
) -> Result<StatusCode, ApiError> {
    let add = move |work: &Work<'_>| {
        work.touch(Section::Clients)?;
        require_third_party(work, &id)?;
        require_assignable(work, &body)?;
        for (kind, values) in by_kind(body) {
            CONSENT_SCOPES.add(work, &[&id, kind], &values)?;
        }
        Ok::<_, ApiError>(())
    };
    caller.write(add).await.map(|()| StatusCode::CREATED)
}

async fn remove_consent_scope(
    caller: ManagementCaller,
    Path((id, kind, scope)): Path<(ApplicationId, String, String)>,
) -> Result<StatusCode, ApiError> {
    require_kind(&kind)?;
    let remove = move |work: &Work<'_>| {
        store::get_for_update(work, &id)?;
        CONSENT_SCOPES.remove(work, &[&id, &kind], &scope)
    };
    caller.write(remove).await.map(|()| StatusCode::NO_CONTENT)
}

/// The scopes of people's own data that an application may ask for.
///
/// # Errors
/// A failure of the database.
pub fn user_scopes(view: &View<'_>, id: &ApplicationId) -> Result<Vec<String>, DbError> {
    Ok(CONSENT_SCOPES.values(view, &[id, "user-scopes"])?.into_iter().collect())
}

/// Replaces them.
///
/// # Errors
/// A failure of the database.
pub fn set_user_scopes(work: &Work<'_>, id: &ApplicationId, scopes: &[String]) -> Result<(), DbError> {
    work.touch(Section::Clients)?;
    CONSENT_SCOPES.replace(work, &[id, "user-scopes"], scopes).map(drop)
}

/// Checks that the application is a third-party application.
pub(super) fn require_third_party(view: &View<'_>, id: &ApplicationId) -> Result<(), ApiError> {
    match store::get(view, id)?.is_third_party {
        true => Ok(()),
        false => Err(ApiError::unprocessable(ErrorCode::ApplicationThirdPartyApplicationOnly)),
    }
}

/// The values of each kind in a body.
pub(crate) fn by_kind(body: AddUserConsentScopes) -> impl Iterator<Item = (&'static str, Vec<String>)> {
    let user_scopes: Vec<String> = body.user_scopes.iter().map(|scope| scope.as_str().to_owned()).collect();
    let [organization, resource, organization_resource] =
        [body.organization_scopes.0, body.resource_scopes.0, body.organization_resource_scopes.0];
    KINDS.into_iter().zip([organization, resource, organization_resource, user_scopes])
}

/// Checks the kind in a path.
///
/// # Errors
/// 400 `guard.invalid_input`.
pub(crate) fn require_kind(kind: &str) -> Result<(), ApiError> {
    match KINDS.contains(&kind) {
        true => Ok(()),
        false => Err(invalid_input_issue(
            "invalid_enum_value",
            vec!["scopeType".into()],
            &format!("expected one of {KINDS:?}"),
        )),
    }
}

/// Checks that all ids exist and that none is a scope of a Management API.
///
/// # Errors
/// 422 `application.user_consent_scopes_not_found`, `application.consent_management_api_scopes_not_allowed`; a failure of the database.
pub(crate) fn require_assignable(view: &View<'_>, body: &AddUserConsentScopes) -> Result<(), ApiError> {
    let text = "select id from organization_scopes where tenant_id = $1 and id";
    let organization: Vec<String> = view.query_by_ids(text, &body.organization_scopes.0)?;
    let unknown: Vec<&String> = body.organization_scopes.0.iter().filter(|id| !organization.contains(id)).collect();
    let [resource, organization_resource] = [&body.resource_scopes.0, &body.organization_resource_scopes.0];
    let known = scopes_by_id(view, &[resource.as_slice(), organization_resource.as_slice()].concat())?;
    let unknown_of =
        |ids: &[String]| ids.iter().filter(|id| !known.contains_key(id.as_str())).cloned().collect::<Vec<_>>();
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

/// The scopes of each kind with their names; `values_of` says which ones.
///
/// # Errors
/// A failure of the database.
pub(crate) fn describe(
    view: &View<'_>,
    values_of: impl Fn(&str) -> Result<BTreeSet<String>, DbError>,
) -> Result<UserConsentScopes, ApiError> {
    let [organization, resource, organization_resource, user] = KINDS;
    Ok(UserConsentScopes {
        organization_scopes: organization_scopes(view, values_of(organization)?)?,
        resource_scopes: resource_scopes(view, values_of(resource)?)?,
        organization_resource_scopes: resource_scopes(view, values_of(organization_resource)?)?,
        user_scopes: values_of(user)?.into_iter().collect(),
    })
}

fn organization_scopes(view: &View<'_>, ids: BTreeSet<String>) -> Result<Vec<ScopeSummary>, DbError> {
    let text = "select name, id, description from organization_scopes where tenant_id = $1 and id";
    let ids: Vec<String> = ids.into_iter().collect();
    let mut rows: Vec<(String, String, Option<String>)> = view.query_by_ids(text, &ids)?;
    rows.sort();
    Ok(rows.into_iter().map(|(name, id, description)| ScopeSummary { id, name, description }).collect())
}

/// By resource, in the order of names.
fn resource_scopes(view: &View<'_>, ids: BTreeSet<String>) -> Result<Vec<ResourceScopeSummary>, DbError> {
    let ids: Vec<String> = ids.into_iter().collect();
    let mut rows: Vec<ScopeWithResource> = scopes_by_id(view, &ids)?.into_values().collect();
    let name = |row: &ScopeWithResource| (row.resource.name.clone(), row.resource.id.clone(), row.scope.name.clone());
    rows.sort_by_cached_key(name);
    let mut groups: Vec<ResourceScopeSummary> = Vec::new();
    for ScopeWithResource { scope, resource } in rows {
        let scope = ScopeSummary { id: scope.id.into(), name: scope.name, description: scope.description };
        match groups.last_mut() {
            Some(group) if resource.id == group.resource.id => group.scopes.push(scope),
            _ => {
                let resource =
                    ResourceSummary { id: resource.id.into(), name: resource.name, indicator: resource.indicator };
                groups.push(ResourceScopeSummary { resource, scopes: vec![scope] });
            }
        }
    }
    Ok(groups)
}
