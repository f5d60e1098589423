//! Consent for third-party applications (inventory E093, E094), over the same functions as the JSON API.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::Value;
use url::Url;
use views::pages::{Consent, ConsentOrganization, ConsentResource, Permission};
use views::{Image, Link};

use super::entry::{Entry, is_own, onward, unknown_session};
use super::form::Posted;
use super::visit::{Visit, redirect};
use crate::errors::ApiError;
use crate::oidc::consent::{self, ConsentRequest};
use crate::oidc::interactions::{Interaction, Prompt};
use crate::oidc::{ProviderRequest, consent_view};
use crate::routing::{Access, Routes};

pub(super) fn routes() -> Routes {
    Routes::new().get("/consent", Access::Interaction, show).post("/consent", Access::Interaction, submit)
}

/// What the JSON API tells the page, as far as it is shown.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct View {
    application: ApplicationView,
    user: UserView,
    #[serde(default)]
    organizations: Vec<OrganizationView>,
    #[serde(default, rename = "missingOIDCScope")]
    missing_oidc_scope: Vec<String>,
    #[serde(default)]
    missing_resource_scopes: Vec<ResourceView>,
    #[serde(default)]
    redirect_uri: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ApplicationView {
    name: String,
    #[serde(default)]
    display_name: Option<String>,
    #[serde(default)]
    branding: Option<Value>,
    #[serde(default)]
    terms_of_use_url: Option<String>,
    #[serde(default)]
    privacy_policy_url: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct UserView {
    id: String,
    name: Option<String>,
    username: Option<String>,
    primary_email: Option<String>,
    primary_phone: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct OrganizationView {
    id: String,
    name: String,
    #[serde(default)]
    missing_resource_scopes: Vec<ResourceView>,
}

#[derive(Debug, Deserialize)]
struct ResourceView {
    resource: NamedView,
    scopes: Vec<ScopeView>,
}

#[derive(Debug, Deserialize)]
struct NamedView {
    name: String,
    #[serde(default)]
    indicator: String,
}

#[derive(Debug, Deserialize)]
struct ScopeView {
    name: String,
    description: Option<String>,
}

/// The resource that stands for the organizations themselves; its scopes are shown with each organization.
const ORGANIZATIONS: &str = "urn:logto:resource:organizations";

async fn show(req: ProviderRequest, visit: Visit) -> Response {
    let entry = match Entry::find(visit, Prompt::Consent).await {
        Ok(entry) => entry,
        Err(answer) => return answer,
    };
    let Entry { visit, interaction: Some(interaction) } = entry else { return unknown_session(&entry.visit) };
    let asked = match consent::load_request(&req, interaction).await {
        Ok(asked) => asked,
        Err(error) => return error.into_response(),
    };
    if asked.registered.client.is_third_party {
        return page(&req, &visit, asked, None, &[]).await;
    }
    // Applications of one's own are not asked about (inventory O116).
    match consent::approve(&req, asked, Vec::new()).await {
        Ok(next) => redirect(StatusCode::FOUND, &next),
        Err(error) => error.into_response(),
    }
}

async fn submit(req: ProviderRequest, visit: Visit, form: Posted) -> Response {
    let entry = match Entry::posted(visit, Prompt::Consent).await {
        Ok(entry) => entry,
        Err(answer) => return answer,
    };
    let own = is_own(&entry, &form);
    let Entry { visit, interaction: Some(interaction) } = entry else { return unknown_session(&entry.visit) };
    let chosen = form.all("organizationIds");
    let asked = match consent::load_request(&req, interaction.clone()).await {
        Ok(asked) => asked,
        Err(error) => return error.into_response(),
    };
    if !own {
        let error = ApiError::bad_request("session.csrf_token_mismatch");
        return page(&req, &visit, asked, Some(error), &chosen).await;
    }
    let decided = match form.get("decision") {
        "allow" => consent::approve(&req, asked, chosen.clone()).await,
        _ => consent::reject(&req, asked).await,
    };
    let error = match decided {
        Ok(next) => return onward(&next),
        Err(error) => error,
    };
    match consent::load_request(&req, interaction).await {
        Ok(asked) => page(&req, &visit, asked, Some(error), &chosen).await,
        Err(_) => error.into_response(),
    }
}

async fn page(
    req: &ProviderRequest,
    visit: &Visit,
    asked: ConsentRequest,
    error: Option<ApiError>,
    chosen: &[String],
) -> Response {
    let interaction = asked.interaction.clone();
    let inner = req.clone();
    let described = visit.app.db.read_inline(move |r| consent_view(r, &inner, &asked)).await;
    let view: View = match described.map(serde_json::from_value) {
        Ok(Ok(view)) => view,
        Ok(Err(error)) => return ApiError::internal(format!("the consent view: {error}")).into_response(),
        Err(error) => return error.into_response(),
    };
    let status = error.as_ref().map_or(StatusCode::OK, ApiError::status);
    let logo = view.application.branding.as_ref().and_then(|b| b.get("logoUrl")?.as_str().and_then(Image::parse));
    let link = |url: &Option<String>| url.as_deref().and_then(Link::parse);
    let page = Consent {
        terms: link(&view.application.terms_of_use_url),
        privacy: link(&view.application.privacy_policy_url),
        application: view.application.display_name.unwrap_or(view.application.name),
        logo,
        xsrf: interaction.xsrf.clone(),
        user: name_of(view.user),
        switch_account: Some(switch_account(&interaction)),
        user_data: view.missing_oidc_scope.iter().map(|s| Permission::user_scope(visit.locale, s)).collect(),
        resources: view.missing_resource_scopes.into_iter().filter(|r| !is_organizations(r)).map(resource).collect(),
        organizations: view.organizations.into_iter().map(|o| organization(o, chosen)).collect(),
        redirect_host: host(&view.redirect_uri),
        error: error.map(|error| error.message(visit.locale)),
    };
    visit.show(status, &page)
}

fn is_organizations(view: &ResourceView) -> bool {
    view.resource.indicator == ORGANIZATIONS
}

fn resource(view: ResourceView) -> ConsentResource {
    ConsentResource { name: view.resource.name, permissions: permissions(view.scopes) }
}

fn organization(view: OrganizationView, chosen: &[String]) -> ConsentOrganization {
    let permissions = view.missing_resource_scopes.into_iter().flat_map(|r| permissions(r.scopes)).collect();
    ConsentOrganization { chosen: chosen.contains(&view.id), id: view.id, name: view.name, permissions }
}

fn permissions(scopes: Vec<ScopeView>) -> Vec<Permission> {
    let known = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    scopes.into_iter().map(|s| Permission { name: s.name, description: known(s.description) }).collect()
}

/// The person as people know her.
fn name_of(user: UserView) -> String {
    user.name.or(user.username).or(user.primary_email).or(user.primary_phone).unwrap_or(user.id)
}

/// Where the browser goes next: the host of a web application, the scheme of a native one.
fn host(redirect_uri: &str) -> String {
    let Ok(url) = Url::parse(redirect_uri) else { return String::new() };
    match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (Some(host), None) => host.to_owned(),
        (None, _) => format!("{}:", url.scheme()),
    }
}

/// The same request again, asking for the password this time.
fn switch_account(interaction: &Interaction) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in interaction.request().params.iter().filter(|(name, _)| *name != "prompt") {
        match value {
            Value::String(text) => {
                query.append_pair(name, text);
            }
            Value::Array(items) => {
                query.extend_pairs(items.iter().filter_map(|item| Some((name, item.as_str()?))));
            }
            _ => {}
        }
    }
    format!("/oidc/auth?{}", query.append_pair("prompt", "login consent").finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_that_follows_is_named_as_people_know_it() {
        assert_eq!(host("https://app.example.com/cb?x=1"), "app.example.com");
        assert_eq!(host("http://127.0.0.1:5000/cb"), "127.0.0.1:5000");
        assert_eq!(host("io.example.app:/callback"), "io.example.app:");
    }
}
