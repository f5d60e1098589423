//! The way into a page that belongs to an interaction.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kernel::id;
use oauth::authorize::extra::{ExtraParams, consent_url};
use views::pages::Terms;

use super::form::Posted;
use super::visit::{Visit, redirect};
use crate::errors::ApiError;
use crate::interaction;
use crate::oidc::interactions::{self, Interaction, Prompt};
use crate::organizations::{self, Organization};

/// A visit with its interaction.
pub struct Entry {
    pub visit: Visit,
    /// None while an administrator looks at the page (`?preview=`): it can be seen, not used.
    pub interaction: Option<Interaction>,
}

impl Entry {
    /// Finds the interaction of this browser, for a page of the given prompt. The answer, if there is none, leads to the
    /// page for unknown sessions (inventory O055); if it is at another step, there.
    pub async fn find(mut visit: Visit, prompt: Prompt) -> Result<Self, Response> {
        if visit.query("preview").is_some() {
            return Ok(Self { visit, interaction: None });
        }
        let app_id = visit.query("app_id").map(str::to_owned);
        let found = interactions::load_for_app(&visit.app, &visit.tenant, &visit.headers, app_id.as_deref()).await;
        let interaction = match found {
            Ok(interaction) => interaction,
            Err(error) if error.status().is_client_error() => return Err(unknown_session(&visit)),
            Err(error) => return Err(error.into_response()),
        };
        if interaction.result.is_some() {
            return Err(redirect(StatusCode::SEE_OTHER, &interaction.resume_url(visit.tenant.issuer())));
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
        let ui_locales = ExtraParams::of(interaction.request()).get("ui_locales").map(str::to_owned);
        visit.speak(ui_locales.as_deref());
        let organization = organization(&visit, &interaction).await;
        visit.wear(&interaction.client_id, organization.as_ref());
        Ok(Self { visit, interaction: Some(interaction) })
    }

    /// As [`Entry::find`], for a form that was sent: without an interaction there is nothing it could do.
    pub async fn posted(visit: Visit, prompt: Prompt) -> Result<Self, Response> {
        let entry = Self::find(visit, prompt).await?;
        if entry.interaction.is_some() { Ok(entry) } else { Err(unknown_session(&entry.visit)) }
    }

    /// The browser as the interaction knows it.
    ///
    /// # Errors
    /// 400 `session.not_found` without a usable cookie.
    pub async fn sender(&self) -> Result<interaction::Visit, ApiError> {
        let visit = &self.visit;
        interaction::Visit::of(&visit.app, &visit.tenant, &visit.headers, visit.query("app_id"), visit.ip).await
    }

    /// The token that the page's forms send back.
    pub fn xsrf(&self) -> String {
        self.interaction.as_ref().map(|interaction| interaction.xsrf.clone()).unwrap_or_default()
    }

    /// The name of the application that waits.
    pub fn application(&self) -> Option<String> {
        let application = self.visit.application(&self.interaction.as_ref()?.client_id)?;
        Some(application.name.clone())
    }

    /// An extra parameter of the waiting request.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        ExtraParams::of(self.interaction.as_ref()?.request()).get(name)
    }
}

/// The organization that the request names, for its look. One that does not exist changes nothing.
async fn organization(visit: &Visit, interaction: &Interaction) -> Option<Organization> {
    let id = ExtraParams::of(interaction.request()).get("organization_id")?.to_owned();
    let tenant = visit.tenant.id();
    visit.app.db.read_inline(move |r| organizations::store::find(r, tenant, &id)).await.ok().flatten()
}

/// Whether a form came from a page of this very interaction (attack F11).
pub fn is_own(entry: &Entry, form: &Posted) -> bool {
    entry.interaction.as_ref().is_some_and(|interaction| id::same_secret(form.get("xsrf"), &interaction.xsrf))
}

/// How a page asks for agreement to the terms, where `policy` is that of the tenant.
pub fn terms(visit: &Visit, registers: bool) -> Terms {
    use flow::experience::AgreeToTermsPolicy::{Automatic, Manual, ManualRegistrationOnly};
    match visit.experience().agree_to_terms_policy {
        Automatic => Terms::Automatic,
        ManualRegistrationOnly if !registers => Terms::Hidden,
        ManualRegistrationOnly | Manual => Terms::Manual,
    }
}

/// Whether the form lacks the agreement that the page asked for.
pub fn disagrees(visit: &Visit, registers: bool, form: &Posted) -> bool {
    let branding = visit.branding();
    let has_terms = branding.terms.is_some() || branding.privacy.is_some();
    has_terms && terms(visit, registers) == Terms::Manual && form.get("agree").is_empty()
}

/// The redirect for a visit that belongs to no interaction.
pub fn unknown_session(visit: &Visit) -> Response {
    let custom = visit.experience().unknown_session_redirect_url.as_deref().filter(|url| !url.is_empty());
    match custom.and_then(views::Link::parse) {
        Some(url) => redirect(StatusCode::FOUND, url.as_str()),
        None => redirect(StatusCode::FOUND, &format!("{}/unknown-session", visit.tenant.endpoint())),
    }
}

/// To the next page after a form. Never cached, so that "back" asks again.
pub fn onward(location: &str) -> Response {
    let mut response = redirect(StatusCode::SEE_OTHER, location);
    let name: HeaderName = header::CACHE_CONTROL;
    response.headers_mut().insert(name, HeaderValue::from_static("no-store"));
    response
}
