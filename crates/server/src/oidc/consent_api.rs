//! `GET|POST /api/interaction/consent` (inventory E093, E094; trace 10-11).

use std::collections::HashMap;

use axum::Json;
use axum::response::{IntoResponse, Response};
use db::{DbError, Read, params, sql};
use oauth::ScopeSet;
use oauth::scope::{ORGANIZATIONS, ORGANIZATIONS_RESOURCE, RESERVED};
use serde::Deserialize;
use serde_json::{Value, json};

use super::consent::{self, Asked};
use super::context::Context;
use super::interactions;
use super::rights::UserRoles;
use crate::errors::ApiError;
use crate::http::Body;
use crate::organizations::memberships;

/// The body of the POST.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Decision {
    #[serde(default)]
    organization_ids: Vec<String>,
}

async fn asked(cx: &Context) -> Result<Asked, ApiError> {
    let interaction = interactions::load_from_cookies(&cx.app, &cx.tenant, &cx.headers).await?;
    consent::load(cx, interaction).await
}

/// What the user is asked for.
pub async fn get(cx: Context) -> Result<Response, ApiError> {
    let asked = asked(&cx).await?;
    let inner = cx.clone();
    let body = cx.app.db.read_inline(move |r| describe(r, &inner, &asked)).await?;
    Ok(Json(body).into_response())
}

/// Allows it.
pub async fn post(cx: Context, Body(decision): Body<Decision>) -> Result<Response, ApiError> {
    let asked = asked(&cx).await?;
    let to = consent::allow(&cx, asked, decision.organization_ids).await?;
    Ok(Json(json!({"redirectTo": to})).into_response())
}

/// The members of E093.
pub fn describe(r: &Read<'_>, cx: &Context, asked: &Asked) -> Result<Value, ApiError> {
    let request = asked.interaction.request();
    let facts = &asked.account.facts;
    let scopes: Vec<&str> = asked.missing.openid.iter().filter(|name| !RESERVED.contains(name)).collect();
    let mut organizations = Vec::new();
    if request.scope.contains(ORGANIZATIONS) {
        let roles = UserRoles::load(r, cx.tenant_id(), &facts.id)?;
        for membership in memberships::list_for_user(r, cx.tenant_id(), &facts.id)? {
            let missing = through_organization(cx, asked, &roles, &membership.id);
            let missing = describe_scopes(r, cx, &missing)?;
            organizations.push(json!({
                "id": membership.id, "name": membership.name, "missingResourceScopes": missing,
            }));
        }
    }
    Ok(json!({
        "application": application(cx, asked),
        "user": {
            "id": facts.id,
            "name": facts.name,
            "avatar": facts.avatar,
            "username": facts.username,
            "primaryEmail": facts.primary_email,
            "primaryPhone": facts.primary_phone,
        },
        "organizations": organizations,
        "missingOIDCScope": scopes,
        "missingResourceScopes": describe_scopes(r, cx, &asked.missing.resources)?,
        "redirectUri": request.redirect_uri,
    }))
}

/// Id, name and what the application shows of itself.
fn application(cx: &Context, asked: &Asked) -> Value {
    let client = &asked.registered.client;
    let mut application = json!({"id": client.id, "name": client.name});
    let settings = cx.config.applications.get(&client.id).and_then(|found| found.sign_in_experience.as_ref());
    for member in ["branding", "displayName", "termsOfUseUrl", "privacyPolicyUrl"] {
        if let Some(value) = settings.and_then(|settings| settings.get(member)).filter(|value| !value.is_null()) {
            application[member] = value.clone();
        }
    }
    application
}

/// The missing scopes that the user has through one organization.
fn through_organization(
    cx: &Context,
    asked: &Asked,
    roles: &UserRoles,
    organization_id: &str,
) -> Vec<(String, ScopeSet)> {
    let client = &asked.registered.client;
    let only = UserRoles { roles: Vec::new(), organization_roles: roles.organization_roles.clone() };
    let held = |indicator: &str| match indicator {
        ORGANIZATIONS_RESOURCE => roles.organization_scopes(&cx.config, client, organization_id),
        other => only.resource_scopes(&cx.config, client, other, Some(organization_id)),
    };
    let cut =
        asked.missing.resources.iter().map(|(indicator, scopes)| (indicator.clone(), scopes.and(&held(indicator))));
    cut.filter(|(_, scopes)| !scopes.is_empty()).collect()
}

fn describe_scopes(r: &Read<'_>, cx: &Context, missing: &[(String, ScopeSet)]) -> Result<Vec<Value>, DbError> {
    let mut out = Vec::new();
    for (indicator, scopes) in missing {
        let (resource, known) = if indicator == ORGANIZATIONS_RESOURCE {
            let text = sql!("select id, name, description from organization_scopes where tenant_id = $1");
            let resource = json!({"name": indicator, "indicator": indicator, "id": indicator});
            (resource, r.query_all::<(String, String, Option<String>)>(text, params![cx.tenant_id()])?)
        } else {
            let Some(found) = cx.config.resources.get(indicator) else { continue };
            let text = sql!("select id, name, description from scopes where tenant_id = $1 and resource_id = $2");
            let resource = json!({"name": found.name, "indicator": found.indicator, "id": found.id});
            (resource, r.query_all::<(String, String, Option<String>)>(text, params![cx.tenant_id(), &found.id])?)
        };
        let by_name: HashMap<&str, (&String, &Option<String>)> =
            known.iter().map(|(id, name, description)| (name.as_str(), (id, description))).collect();
        let scopes: Vec<Value> = scopes
            .iter()
            .filter_map(|name| by_name.get(name).map(|(id, text)| json!({"id": id, "name": name, "description": text})))
            .collect();
        out.push(json!({"resource": resource, "scopes": scopes}));
    }
    Ok(out)
}
