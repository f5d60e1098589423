//! Loads the interaction of a page.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kernel::id;
use oauth::authorize::first_screen::{ExtraParams, consent_url};
use views::pages::Terms;

use super::form_data::FormData;
use super::page_request::{PageRequest, redirect};
use crate::errors::ApiError;
use crate::interaction;
use crate::oidc::interactions::{self, Interaction, Prompt};
use crate::organizations::{self, Organization};

/// A page request and its interaction.
pub struct InteractionPage {
    pub request: PageRequest,
    /// `None` in a preview (`?preview=`): the page is shown, but its form is rejected.
    pub interaction: Option<Interaction>,
}

impl InteractionPage {
    /// Loads the browser's interaction for a page of this prompt. Without one, the response redirects to the page for
    /// unknown sessions (inventory O055). If the interaction is at another step, it redirects to that step.
    pub async fn load(mut request: PageRequest, prompt: Prompt) -> Result<Self, Response> {
        if request.query("preview").is_some() {
            return Ok(Self { request, interaction: None });
        }
        let app_id = request.query("app_id").map(str::to_owned);
        let loaded =
            interactions::load_for_app(&request.app, &request.tenant, &request.headers, app_id.as_deref()).await;
        let interaction = match loaded {
            Ok(interaction) => interaction,
            Err(error) if error.status().is_client_error() => return Err(redirect_to_unknown_session(&request)),
            Err(error) => return Err(error.into_response()),
        };
        if interaction.result.is_some() {
            return Err(redirect(StatusCode::SEE_OTHER, &interaction.resume_url(request.tenant.issuer())));
        }
        match (prompt, interaction.prompt) {
            (Prompt::Login, Prompt::Consent) => {
                return Err(redirect(StatusCode::SEE_OTHER, &consent_url(&interaction.client_id)));
            }
            (Prompt::Consent, Prompt::Login) => {
                return Err(ApiError::bad_request("session.not_found").into_response());
            }
            _ => {}
        }
        let ui_locales = ExtraParams::from_request(interaction.request()).get("ui_locales").map(str::to_owned);
        request.set_locale(ui_locales.as_deref());
        let organization = requested_organization(&request, &interaction).await;
        request.apply_branding(&interaction.client_id, organization.as_ref());
        Ok(Self { request, interaction: Some(interaction) })
    }

    /// As [`InteractionPage::load`], for a submitted form. A preview is rejected.
    pub async fn load_for_post(request: PageRequest, prompt: Prompt) -> Result<Self, Response> {
        let page = Self::load(request, prompt).await?;
        if page.interaction.is_some() { Ok(page) } else { Err(redirect_to_unknown_session(&page.request)) }
    }

    /// The browser that sent the request.
    ///
    /// # Errors
    /// 400 `session.not_found` without a usable cookie.
    pub async fn browser(&self) -> Result<interaction::InteractionBrowser, ApiError> {
        let request = &self.request;
        interaction::InteractionBrowser::of(request.context.clone(), request.query("app_id"))
    }

    /// The CSRF token that the page's forms send back.
    pub fn xsrf(&self) -> String {
        self.interaction.as_ref().map(|interaction| interaction.xsrf.clone()).unwrap_or_default()
    }

    /// The name of the application that requested the sign-in.
    pub fn application_name(&self) -> Option<String> {
        let application = self.request.application(&self.interaction.as_ref()?.client_id)?;
        Some(application.name.clone())
    }

    /// An extra parameter of the authorization request.
    pub fn request_param(&self, name: &str) -> Option<&str> {
        ExtraParams::from_request(self.interaction.as_ref()?.request()).get(name)
    }
}

/// The organization that the request names, for its branding. An unknown id is ignored.
async fn requested_organization(request: &PageRequest, interaction: &Interaction) -> Option<Organization> {
    let id = ExtraParams::from_request(interaction.request()).get("organization_id")?.to_owned();
    let tenant = request.tenant.id();
    request.app.db.read_inline(move |r| organizations::store::find(r, tenant, &id)).await.ok().flatten()
}

/// Whether the form carries the CSRF token of this interaction (attack F11).
pub fn csrf_token_matches(page: &InteractionPage, form: &FormData) -> bool {
    page.interaction.as_ref().is_some_and(|interaction| id::constant_time_eq(form.get("xsrf"), &interaction.xsrf))
}

/// How a page asks for agreement to the terms, by the tenant's policy.
pub fn terms_prompt(request: &PageRequest, registers: bool) -> Terms {
    use flow::experience::AgreeToTermsPolicy::{Automatic, Manual, ManualRegistrationOnly};
    match request.experience().agree_to_terms_policy {
        Automatic => Terms::Automatic,
        ManualRegistrationOnly if !registers => Terms::Hidden,
        ManualRegistrationOnly | Manual => Terms::Manual,
    }
}

/// Whether the form lacks a required agreement to the terms.
pub fn terms_not_accepted(request: &PageRequest, registers: bool, form: &FormData) -> bool {
    let branding = request.branding();
    let has_terms = branding.terms.is_some() || branding.privacy.is_some();
    has_terms && terms_prompt(request, registers) == Terms::Manual && form.get("agree").is_empty()
}

/// The redirect for a request without an interaction.
pub fn redirect_to_unknown_session(request: &PageRequest) -> Response {
    let custom = request.experience().unknown_session_redirect_url.as_deref().filter(|url| !url.is_empty());
    match custom.and_then(views::Link::parse) {
        Some(url) => redirect(StatusCode::FOUND, url.as_str()),
        None => redirect(StatusCode::FOUND, &format!("{}/unknown-session", request.tenant.endpoint())),
    }
}

/// Redirects to the next page after a form. The response is not cached, so that the back button requests the page
/// again.
pub fn see_other(location: &str) -> Response {
    let mut response = redirect(StatusCode::SEE_OTHER, location);
    let name: HeaderName = header::CACHE_CONTROL;
    response.headers_mut().insert(name, HeaderValue::from_static("no-store"));
    response
}
