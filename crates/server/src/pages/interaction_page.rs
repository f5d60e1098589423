//! A page of an interaction.

use std::marker::PhantomData;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use oauth::authorize::first_screen::{ExtraParams, consent_url};
use views::pages::Terms;
use views::social_pages::SocialButton;

use super::page_request::{PageRequest, redirect};
use super::social;
use crate::callers::{Access, Caller};
use crate::captcha;
use crate::oidc::clients::RegisteredClient;
use crate::oidc::interactions::{self, Interaction, Prompt, TabHints};
use crate::oidc::{cookies, sessions};
use crate::organizations::{self, Organization};
use crate::{ApiError, App};

/// The prompt that a page belongs to, as a type.
pub trait PagePrompt: Send + Sync + 'static {
    const PROMPT: Prompt;
}

/// The pages of sign-in and registration.
pub struct LoginPrompt;

impl PagePrompt for LoginPrompt {
    const PROMPT: Prompt = Prompt::Login;
}

/// The page of consent.
pub struct ConsentPrompt;

impl PagePrompt for ConsentPrompt {
    const PROMPT: Prompt = Prompt::Consent;
}

/// The caller of a page of an interaction. Without a usable interaction the response redirects to the page for unknown
/// sessions (inventory O055); if the interaction is at another step, to that step.
pub struct InteractionPage<P = LoginPrompt> {
    pub request: PageRequest,
    /// `None` in a preview (`?preview=`): the page is shown, but its form is rejected.
    pub interaction: Option<Interaction>,
    /// The providers that pages of signing in offer.
    pub social: Vec<SocialButton>,
    /// The client that asks for the sign-in.
    registered: Option<Arc<RegisteredClient>>,
    prompt: PhantomData<P>,
}

impl<P: PagePrompt> Caller for InteractionPage<P> {
    const ACCESS: Access = Access::Interaction;
}

impl<P: PagePrompt> FromRequestParts<App> for InteractionPage<P> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let request = PageRequest::from_request_parts(parts, app).await.map_err(IntoResponse::into_response)?;
        Self::load(request, None).await
    }
}

impl<P: PagePrompt> InteractionPage<P> {
    /// The page outside of any interaction.
    pub(super) async fn outside(request: PageRequest) -> Self {
        let social = social::buttons(&request).await;
        Self { request, interaction: None, social, registered: None, prompt: PhantomData }
    }

    /// Loads the browser's interaction; that of a form by its CSRF token, if the browser has several.
    ///
    /// # Errors
    /// Where the browser goes without an interaction at this step.
    pub async fn load(mut request: PageRequest, xsrf: Option<&str>) -> Result<Self, Response> {
        if request.query("preview").is_some() {
            return Ok(Self::outside(request).await);
        }
        let app_id = request.query("app_id").map(str::to_owned);
        // A page of signing in sends the browser on to the consent, not the other way round.
        let prompt = Some(P::PROMPT).filter(|prompt| *prompt == Prompt::Consent);
        let hints = TabHints { app_id: app_id.as_deref(), xsrf, prompt };
        let loaded = interactions::load_for_page(&request.tenant, &request.headers, hints).await;
        let interaction = match loaded {
            Ok(interaction) => interaction,
            Err(error) if error.status().is_client_error() => return Err(redirect_to_unknown_session(&request)),
            Err(error) => return Err(error.into_response()),
        };
        if interaction.result.is_some() {
            return Err(redirect(StatusCode::SEE_OTHER, &interaction.resume_url(request.issuer())));
        }
        let asks_login = (P::PROMPT, interaction.prompt) == (Prompt::Login, Prompt::Login);
        if asks_login && request.method == Method::GET && signed_in_since(&request, &interaction).await {
            return Err(redirect(StatusCode::SEE_OTHER, &interaction.resume_url(request.issuer())));
        }
        match (P::PROMPT, interaction.prompt) {
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
        let registered = request.registered(&interaction.client_id).await;
        request.apply_branding(registered.as_deref(), organization.as_ref());
        request.captcha = captcha::prompt(&request, &interaction.uid, None);
        let social = match P::PROMPT {
            Prompt::Login => social::buttons(&request).await,
            Prompt::Consent => Vec::new(),
        };
        Ok(Self { request, interaction: Some(interaction), social, registered, prompt: PhantomData })
    }

    /// The CSRF token that the page's forms send back.
    pub fn xsrf(&self) -> String {
        self.interaction.as_ref().map(|interaction| interaction.xsrf.clone()).unwrap_or_default()
    }

    /// The name of the application that requested the sign-in.
    pub fn application_name(&self) -> Option<String> {
        self.registered.as_ref().map(|registered| registered.client.name.clone())
    }

    /// The connector of a social target, if pages offer it.
    pub fn social_connector(&self, target: &str) -> Option<String> {
        self.social.iter().find(|button| button.target == target).map(|button| button.connector_id.clone())
    }

    /// An extra parameter of the authorization request.
    pub fn request_param(&self, name: &str) -> Option<&str> {
        ExtraParams::from_request(self.interaction.as_ref()?.request()).get(name)
    }
}

/// Whether somebody signed in with this browser after the interaction began, in another tab: then the page has nothing to
/// ask, and the authorization goes on.
async fn signed_in_since(request: &PageRequest, interaction: &Interaction) -> bool {
    let Some(handle) = request.cookie(cookies::SESSION) else { return false };
    let session = request.read_inline(move |view| sessions::find_by_cookie(view, &handle)).await.ok().flatten();
    session.is_some_and(|session| {
        session.user_id.is_some() && session.signed_in_at.is_some_and(|at| at > interaction.created_at)
    })
}

/// The organization that the request names, for its branding. An unknown id is ignored.
async fn requested_organization(request: &PageRequest, interaction: &Interaction) -> Option<Organization> {
    let id = ExtraParams::from_request(interaction.request()).get("organization_id")?.into();
    request.read_inline(move |view| organizations::store::find(view, &id)).await.ok().flatten()
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
pub fn terms_not_accepted(request: &PageRequest, registers: bool, agreed: bool) -> bool {
    let branding = request.branding();
    let has_terms = branding.terms.is_some() || branding.privacy.is_some();
    has_terms && terms_prompt(request, registers) == Terms::Manual && !agreed
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
