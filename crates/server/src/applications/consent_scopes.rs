//! The scopes that a third-party application may request from a user (inventory M083–M085, D010–D014).

use ::api::ErrorCode;
use ::api::applications::{
    AddUserConsentScopes, ResourceScopeSummary, ResourceSummary, ScopeSummary, UserConsentScopes,
};
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use db::{DbError, params, sql};
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
        Ok::<_, ApiError>(UserConsentScopes {
            organization_scopes: organization_scopes(view, &id)?,
            resource_scopes: resource_scopes(view, &id, "resource-scopes")?,
            organization_resource_scopes: resource_scopes(view, &id, "organization-resource-scopes")?,
            user_scopes: user_scopes(view, &id)?,
        })
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
        let user_scopes: Vec<String> = body.user_scopes.iter().map(|scope| scope.as_str().to_owned()).collect();
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
    Path((id, kind, scope)): Path<(ApplicationId, String, String)>,
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

/// Checks that all ids exist and that none is a scope of a Management API.
fn require_assignable(view: &View<'_>, body: &AddUserConsentScopes) -> Result<(), ApiError> {
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

fn organization_scopes(view: &View<'_>, application: &str) -> Result<Vec<ScopeSummary>, DbError> {
    let rows: Vec<(String, String, Option<String>)> = view.query_all(
        sql!(
            "select s.id, s.name, s.description from application_consent_scopes x \
             join organization_scopes s on s.tenant_id = x.tenant_id and s.id = x.value \
             where x.tenant_id = $1 and x.application_id = $2 and x.kind = 'organization-scopes' order by s.name"
        ),
        params![view.tenant_id(), application],
    )?;
    Ok(rows.into_iter().map(|(id, name, description)| ScopeSummary { id, name, description }).collect())
}

fn resource_scopes(view: &View<'_>, application: &str, kind: &str) -> Result<Vec<ResourceScopeSummary>, DbError> {
    let text = sql!(
        "select ",
        ScopeWithResource::QUALIFIED_COLUMNS,
        " from application_consent_scopes x \
         join scopes s on s.tenant_id = x.tenant_id and s.id = x.value \
         join resources a on a.tenant_id = s.tenant_id and a.id = s.resource_id \
         where x.tenant_id = $1 and x.application_id = $2 and x.kind = $3 order by a.name, a.id, s.name"
    );
    let mut groups: Vec<ResourceScopeSummary> = Vec::new();
    for row in view.query_all::<ScopeWithResource>(text, params![view.tenant_id(), application, kind])? {
        let ScopeWithResource { scope, resource } = row;
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
