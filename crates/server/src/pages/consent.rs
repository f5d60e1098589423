//! The consent page for third-party applications (inventory E093, E094). It uses the same functions as the JSON API.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use oauth::client::metadata_document;
use oauth::redirect::is_loopback;
use serde::Deserialize;
use serde_json::Value;
use url::Url;
use views::pages::{ConsentOrganization, ConsentPage, ConsentResource, MessagePage, Permission, Stranger};
use views::{Image, Link};

use super::form_fields::FormFields;
use super::interaction_page::{ConsentPrompt, InteractionPage, redirect_to_unknown_session, see_other};
use super::page_request::{PageRequest, redirect};
use super::submitted_form::{PageForm, SubmittedForm};
use crate::client_documents;
use crate::errors::ApiError;
use crate::oidc::consent::{self, ConsentRequest};
use crate::oidc::consent_view;
use crate::oidc::interactions::Interaction;
use crate::routes::Routes;

pub(super) fn routes() -> Routes {
    Routes::new().get("/consent", show_consent).post("/consent", submit_consent)
}

/// The members of the JSON API's response that the page shows.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ConsentView {
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
    resource: ResourceNameView,
    scopes: Vec<ScopeView>,
}

#[derive(Debug, Deserialize)]
struct ResourceNameView {
    name: String,
    #[serde(default)]
    indicator: String,
}

#[derive(Debug, Deserialize)]
struct ScopeView {
    name: String,
    description: Option<String>,
}

/// The resource of the organization scopes. The page shows these scopes with each organization.
const ORGANIZATIONS_RESOURCE: &str = "urn:logto:resource:organizations";

/// What the consent page sends.
struct ConsentForm {
    allows: bool,
    organization_ids: Vec<String>,
}

impl PageForm for ConsentForm {
    type Prompt = ConsentPrompt;

    fn read(fields: &FormFields) -> Self {
        Self {
            allows: fields.get("decision") == "allow",
            organization_ids: fields.all("organizationIds").into_iter().filter(|id| !id.is_empty()).collect(),
        }
    }

    async fn render_error(&self, page: &InteractionPage<ConsentPrompt>, error: &ApiError) -> Response {
        match load_request(page).await {
            Ok(asked) => render_page(&page.request, asked, Some(error), &self.organization_ids).await,
            Err(_) => refuse(page, error),
        }
    }
}

async fn load_request(page: &InteractionPage<ConsentPrompt>) -> Result<ConsentRequest, ApiError> {
    let interaction = page.interaction.clone().ok_or_else(|| ApiError::bad_request("session.not_found"))?;
    consent::load_request(&page.request, interaction).await
}

async fn show_consent(page: InteractionPage<ConsentPrompt>) -> Response {
    if page.interaction.is_none() {
        return redirect_to_unknown_session(&page.request);
    }
    let asked = match load_request(&page).await {
        Ok(asked) => asked,
        Err(error) => return refuse(&page, &error),
    };
    if asked.registered.client.is_third_party {
        return render_page(&page.request, asked, None, &[]).await;
    }
    // First-party applications need no consent (inventory O116).
    match consent::approve(&page.request, asked, Vec::new()).await {
        Ok(next) => redirect(StatusCode::FOUND, &next),
        Err(error) => refuse(&page, &error),
    }
}

/// Who may not use the application is told so, and stays on the page (trace 40-21).
fn refuse(page: &InteractionPage<ConsentPrompt>, error: &ApiError) -> Response {
    match page.interaction.as_ref().filter(|_| error.code() == "oidc.access_denied") {
        Some(interaction) => {
            let switch = switch_account_url(interaction);
            let denied = MessagePage::application_access_denied(page.request.language(), switch.as_deref());
            page.request.render(StatusCode::OK, &denied)
        }
        None => error.clone().into_response(),
    }
}

async fn submit_consent(submitted: SubmittedForm<ConsentForm>) -> Response {
    let SubmittedForm { page, form, .. } = submitted;
    let asked = match load_request(&page).await {
        Ok(asked) => asked,
        Err(error) => return refuse(&page, &error),
    };
    let decision = match form.allows {
        true => consent::approve(&page.request, asked, form.organization_ids.clone()).await,
        false => consent::reject(&page.request, asked).await,
    };
    match decision {
        Ok(next) => see_other(&next),
        Err(error) => form.refuse(&page, &error).await,
    }
}

async fn render_page(
    request: &PageRequest,
    asked: ConsentRequest,
    error: Option<&ApiError>,
    chosen: &[String],
) -> Response {
    let (interaction, client_id) = (asked.interaction.clone(), asked.registered.client.id.clone());
    let view: ConsentView = match consent_view(request, asked).await.map(serde_json::from_value) {
        Ok(Ok(view)) => view,
        Ok(Err(error)) => return ApiError::internal(format!("the consent view: {error}")).into_response(),
        Err(error) => return error.into_response(),
    };
    let status = error.map_or(StatusCode::OK, ApiError::status);
    let logo = view.application.branding.as_ref().and_then(|b| b.get("logoUrl")?.as_str().and_then(Image::parse));
    let link = |url: &Option<String>| url.as_deref().and_then(Link::parse);
    let template = ConsentPage {
        terms: link(&view.application.terms_of_use_url),
        privacy: link(&view.application.privacy_policy_url),
        application: view.application.display_name.unwrap_or(view.application.name),
        logo,
        xsrf: interaction.xsrf.clone(),
        user: display_name(view.user),
        switch_account: switch_account_url(&interaction),
        user_data: view.missing_oidc_scope.iter().map(|s| Permission::user_scope(request.language(), s)).collect(),
        resources: view
            .missing_resource_scopes
            .into_iter()
            .filter(|r| !is_organizations_resource(r))
            .map(to_consent_resource)
            .collect(),
        organizations: view.organizations.into_iter().map(|o| to_consent_organization(o, chosen)).collect(),
        stranger: stranger(&client_id, &view.redirect_uri),
        redirect_host: redirect_host(&view.redirect_uri),
        error: error.map(|error| error.message(request.language())),
    };
    request.render(status, &template)
}

fn is_organizations_resource(view: &ResourceView) -> bool {
    view.resource.indicator == ORGANIZATIONS_RESOURCE
}

fn to_consent_resource(view: ResourceView) -> ConsentResource {
    ConsentResource { name: view.resource.name, permissions: to_permissions(view.scopes) }
}

fn to_consent_organization(view: OrganizationView, chosen: &[String]) -> ConsentOrganization {
    let permissions = view.missing_resource_scopes.into_iter().flat_map(|r| to_permissions(r.scopes)).collect();
    ConsentOrganization { chosen: chosen.contains(&view.id), id: view.id, name: view.name, permissions }
}

fn to_permissions(scopes: Vec<ScopeView>) -> Vec<Permission> {
    let non_blank = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    scopes.into_iter().map(|s| Permission { name: s.name, description: non_blank(s.description) }).collect()
}

/// The user's name on the page.
fn display_name(user: UserView) -> String {
    user.name.or(user.username).or(user.primary_email).or(user.primary_phone).unwrap_or(user.id)
}

/// The redirect target: the host of a web application or the scheme of a native one.
fn redirect_host(redirect_uri: &str) -> String {
    let Ok(url) = Url::parse(redirect_uri) else { return String::new() };
    match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (Some(host), None) => host.to_owned(),
        (None, _) => format!("{}:", url.scheme()),
    }
}

/// What must be said of a client that nobody registered (attack E3).
fn stranger(client_id: &str, redirect_uri: &str) -> Option<Stranger> {
    let address = client_documents::is_address(client_id).then(|| Url::parse(client_id).ok()).flatten()?;
    let is_on_device = Url::parse(redirect_uri).is_ok_and(|url| is_loopback(&url) || !url.has_host());
    Some(Stranger { host: metadata_document::host_of(&address), is_on_device })
}

/// The same authorization request with `prompt=login consent`. A device does not ask again, and what a client pushed or signed a browser
/// can't ask for.
fn switch_account_url(interaction: &Interaction) -> Option<String> {
    if interaction.pending.device_code.is_some() || !interaction.request().is_repeatable() {
        return None;
    }
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in interaction.request().parameters().iter().filter(|(name, _)| *name != "prompt") {
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
    Some(format!("/oidc/auth?{}", query.append_pair("prompt", "login consent").finish()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_redirect_target_is_shown_as_host_or_scheme() {
        assert_eq!(redirect_host("https://app.example.com/cb?x=1"), "app.example.com");
        assert_eq!(redirect_host("http://127.0.0.1:5000/cb"), "127.0.0.1:5000");
        assert_eq!(redirect_host("io.example.app:/callback"), "io.example.app:");
    }
}
