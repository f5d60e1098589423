//! `GET|POST /api/interaction/consent` (inventory E093, E094; trace 10-11).

use std::collections::HashMap;

use axum::Json;
use axum::response::{IntoResponse, Response};
use db::{DbError, params, sql};
use oauth::ScopeSet;
use oauth::authorize::prompt::MissingScopes;
use oauth::scope::{ORGANIZATIONS, ORGANIZATIONS_RESOURCE, RESERVED};
use serde::Deserialize;
use serde_json::{Value, json};

use super::consent::{self, ConsentRequest};
use super::interactions;
use super::scopes::{Through, UserRights};
use crate::callers::RequestContext;
use crate::errors::ApiError;
use crate::http::Body;
use crate::interaction::{InteractionBrowser, TabStep};
use crate::organizations::memberships;
use crate::work::View;

/// The body of the POST.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SubmitConsent {
    #[serde(default)]
    organization_ids: Vec<String>,
}

async fn load_from_request(browser: &InteractionBrowser) -> Result<ConsentRequest, ApiError> {
    let (uid, app_id) = (browser.uid.clone(), browser.app_id.clone());
    let found = browser.read_inline(move |view| interactions::get_for_app(view, &uid, app_id.as_deref()));
    consent::load_request(browser, found.await?).await
}

/// `GET /api/interaction/consent`.
pub async fn get_consent(browser: InteractionBrowser) -> Result<Response, ApiError> {
    let browser = browser.in_tab(TabStep::Consent).await?;
    let consent_request = load_from_request(&browser).await?;
    Ok(Json(consent_view(&browser, consent_request).await?).into_response())
}

/// `POST /api/interaction/consent`: approves the request.
pub async fn submit_consent(
    browser: InteractionBrowser,
    Body(input): Body<SubmitConsent>,
) -> Result<Response, ApiError> {
    let browser = browser.in_tab(TabStep::Consent).await?;
    let consent_request = load_from_request(&browser).await?;
    let to = consent::approve(&browser, consent_request, input.organization_ids).await?;
    Ok(Json(json!({"redirectTo": to})).into_response())
}

/// The members of the response (inventory E093).
pub async fn consent_view(req: &RequestContext, consent_request: ConsentRequest) -> Result<Value, ApiError> {
    let inner = req.clone();
    req.read_inline(move |view| describe(view, &inner, &consent_request)).await
}

fn describe(view: &View<'_>, req: &RequestContext, consent_request: &ConsentRequest) -> Result<Value, ApiError> {
    let request = consent_request.interaction.request();
    let facts = &consent_request.subject.facts;
    let scopes: Vec<&str> = consent_request.missing.openid.iter().filter(|name| !RESERVED.contains(name)).collect();
    let rights = UserRights::load(
        view,
        req,
        &consent_request.registered.client,
        &consent_request.subject,
        consent_request.grant_id(),
    )?;
    let granted = consent_request.granted();
    let missing_through = |through: Through<'_>| {
        let of = |indicator: &String| (indicator.clone(), rights.resource_scopes(indicator, through));
        let available: Vec<(String, ScopeSet)> = request.resources.iter().map(of).collect();
        scopes_by_resource(view, req, &MissingScopes::between(request, &granted, &available).resources)
    };
    let mut organizations = Vec::new();
    if request.scope_to_grant().contains(ORGANIZATIONS) {
        for membership in memberships::list_for_user(view, view.tenant_id(), &facts.id)? {
            let missing = missing_through(Through::Organization(&membership.id))?;
            organizations.push(json!({
                "id": membership.id, "name": membership.name, "missingResourceScopes": missing,
            }));
        }
    }
    Ok(json!({
        "application": application(consent_request),
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
        "missingResourceScopes": missing_through(Through::Tenant)?,
        "redirectUri": request.redirect_uri,
    }))
}

/// Id, name and display settings of the application.
fn application(consent_request: &ConsentRequest) -> Value {
    let client = &consent_request.registered.client;
    let mut application = json!({"id": client.id, "name": client.name});
    let settings = consent_request.registered.branding.as_ref();
    for member in ["branding", "displayName", "termsOfUseUrl", "privacyPolicyUrl"] {
        if let Some(value) = settings.and_then(|settings| settings.get(member)).filter(|value| !value.is_null()) {
            application[member] = value.clone();
        }
    }
    application
}

fn scopes_by_resource(
    view: &View<'_>,
    req: &RequestContext,
    missing: &[(String, ScopeSet)],
) -> Result<Vec<Value>, DbError> {
    let mut out = Vec::new();
    for (indicator, scopes) in missing {
        let (resource, known) = if indicator == ORGANIZATIONS_RESOURCE {
            let text = sql!("select id, name, description from organization_scopes where tenant_id = $1");
            let resource = json!({"name": indicator, "indicator": indicator, "id": indicator});
            (resource, view.query_all::<(String, String, Option<String>)>(text, params![view.tenant_id()])?)
        } else {
            let Some(found) = req.config.access.resources.get(indicator) else { continue };
            let text = sql!("select id, name, description from scopes where tenant_id = $1 and resource_id = $2");
            let resource = json!({"name": found.name, "indicator": found.indicator, "id": found.id});
            (resource, view.query_all::<(String, String, Option<String>)>(text, params![view.tenant_id(), &found.id])?)
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
