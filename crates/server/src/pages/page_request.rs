//! A request for a hosted page with its language and branding; and the HTML response.

use std::ops::Deref;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flow::SignInExperience;
use kernel::{Locale, id};
use views::captcha::CaptchaPrompt;
use views::{Branding, Language, PageFrame, PageNeeds, Template, content_security_policy};

use super::branding::{BrandingLayer, build_branding};
use super::language;
use crate::callers::{Access, Caller, RequestContext};
use crate::errors::ApiError;
use crate::oidc::clients::RegisteredClient;
use crate::organizations::Organization;
use crate::{App, Tenant};

/// The parameters that go with a person from page to page.
const KEPT_PARAMS: [&str; 4] = ["app_id", "organization_id", "ui_locales", "login_hint"];

/// The caller of a page that anyone may open. Respond with [`PageRequest::render`] or [`redirect`]. Derefs to its request.
pub struct PageRequest {
    request: RequestContext,
    /// The tag of the page's language.
    language: &'static str,
    query: Vec<(String, String)>,
    branding: Branding,
    /// What the interaction asks for before its first form.
    pub captcha: Option<CaptchaPrompt>,
    /// The page that this one stands for, where its own address takes something else than its form.
    pub stands_for: Option<&'static str>,
    /// The country that a form gave for the phone number in it.
    pub country: Option<String>,
}

impl Caller for PageRequest {
    const ACCESS: Access = Access::Public;
}

impl Deref for PageRequest {
    type Target = RequestContext;

    fn deref(&self) -> &RequestContext {
        &self.request
    }
}

impl FromRequestParts<App> for PageRequest {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, ApiError> {
        Ok(Self::new(RequestContext::of(parts).await?).await)
    }
}

impl PageRequest {
    pub(super) async fn new(request: RequestContext) -> Self {
        let query: Vec<(String, String)> =
            url::form_urlencoded::parse(request.uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
        let branding = build_branding(&request.config.policy.experience, &[]);
        let mut page = Self {
            request,
            language: Locale::default().tag(),
            query,
            branding,
            captcha: None,
            stands_for: None,
            country: None,
        };
        page.set_locale(page.query("ui_locales").map(str::to_owned).as_deref());
        if let Some(id) = page.query("app_id").map(str::to_owned) {
            let registered = page.registered(&id).await;
            page.apply_branding(registered.as_deref(), None);
        }
        page
    }

    /// A request for an error page: uses the last known settings if they cannot be read now. `None` if they were never
    /// read.
    pub(super) async fn from_last_snapshot(parts: &Parts) -> Option<Self> {
        let tenant = Tenant::of(&parts.extensions).ok()?;
        let config = tenant.config().await.ok().or_else(|| tenant.app().tenants.last(tenant.id()))?;
        Some(Self::new(RequestContext::new(parts, tenant, config)).await)
    }

    /// The request as every caller has it.
    pub fn context(&self) -> RequestContext {
        self.request.clone()
    }

    /// The tenant's sign-in experience.
    pub fn experience(&self) -> &SignInExperience {
        &self.config.policy.experience
    }

    /// The first value of a query parameter; `None` if it is empty.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(n, v)| n == name && !v.is_empty()).map(|(_, v)| v.as_str())
    }

    /// Takes the parameters of the page that the person was on before they went to another site.
    pub(super) fn take_query_of(&mut self, path_with_query: &str) {
        let query = path_with_query.split_once('?').map_or("", |(_, query)| query);
        self.query = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        self.set_locale(None);
    }

    /// Selects the language again, by the `ui_locales` of the authorization request. The page's own parameter takes
    /// precedence, because the language links set it.
    pub fn set_locale(&mut self, ui_locales: Option<&str>) {
        let requested = self.query("ui_locales").or(ui_locales);
        let accept_language = self.header(header::ACCEPT_LANGUAGE);
        self.language = language::select_language(&self.config, requested, accept_language).tag();
    }

    /// The language of the page: the tenant's settings decide how it is chosen.
    pub fn language(&self) -> Language<'_> {
        self.config.languages.get(self.language).unwrap_or_else(|| Locale::default().into())
    }

    /// Applies the branding of a first-party application, and over it that of an organization (E101). The branding of
    /// third-party applications is ignored, because the page asks for a password.
    pub fn apply_branding(&mut self, registered: Option<&RegisteredClient>, organization: Option<&Organization>) {
        let first_party = registered.filter(|registered| !registered.client.is_third_party);
        let settings = first_party.and_then(|registered| registered.branding.as_ref());
        let text = |member: &str| settings.and_then(|settings| settings.get(member)?.as_str());
        let application = BrandingLayer {
            color: settings.and_then(|settings| settings.get("color")),
            branding: settings.and_then(|settings| settings.get("branding")),
            custom_css: text("customCss"),
            terms_of_use_url: text("termsOfUseUrl"),
            privacy_policy_url: text("privacyPolicyUrl"),
        };
        let organization = organization.map_or(BrandingLayer::default(), |organization| BrandingLayer {
            color: Some(&organization.color),
            branding: Some(&organization.branding),
            custom_css: organization.custom_css.as_deref(),
            ..BrandingLayer::default()
        });
        let branding = build_branding(self.experience(), &[application, organization]);
        self.branding = branding;
    }

    /// Replaces the custom CSS, which is written for pages of another kind.
    pub(super) fn set_css(&mut self, css: Option<&str>) {
        self.branding.set_css(css);
    }

    /// A client of the tenant; none if it cannot be read now: the page does without its name and branding.
    pub async fn registered(&self, id: &str) -> Option<Arc<RegisteredClient>> {
        self.client(id).await.ok().flatten()
    }

    /// The branding of this page.
    pub fn branding(&self) -> &Branding {
        &self.branding
    }

    /// Path and query of another page. It keeps application, organization, language and login hint.
    pub fn href(&self, path: &str) -> String {
        self.path_with_query(path, |name| KEPT_PARAMS.contains(&name))
    }

    /// Path and query of this page, in the language that is chosen in the browser.
    pub fn own_href(&self) -> String {
        match self.stands_for {
            Some(path) => self.href(path),
            None => self.path_with_query(self.uri.path(), |_| true),
        }
    }

    /// A path with these of the page's own parameters.
    pub(super) fn path_with_query(&self, path: &str, keep: impl Fn(&str) -> bool) -> String {
        let pairs = self.query.iter().filter(|(name, _)| keep(name));
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }

    /// Renders the page as a response.
    pub fn render<P: Template>(&self, status: StatusCode, page: &P) -> Response {
        let nonce = id::client_secret(&self.app.rng);
        let path = self.stands_for.unwrap_or(self.uri.path());
        let current_url = self.path_with_query(path, |name| match self.stands_for {
            Some(_) => KEPT_PARAMS.contains(&name) && name != "ui_locales",
            None => name != "ui_locales",
        });
        let captcha = self.captcha.as_ref().filter(|_| P::ASKS_CAPTCHA);
        let frame = PageFrame {
            language: self.language(),
            languages: &self.config.languages,
            nonce: &nonce,
            branding: &self.branding,
            current_url: Some(&current_url),
            captcha,
        };
        let html = match views::render(&frame, page) {
            Ok(html) => html,
            Err(error) => return ApiError::internal(error.to_string()).into_response(),
        };
        let needs = PageNeeds {
            form_action: P::FORM_ACTION,
            captcha,
            calls_server: P::CALLS_SERVER,
            one_tap: page.shows_one_tap(),
        };
        let policy = HeaderValue::from_str(&content_security_policy(&nonce, &needs));
        let headers: [(HeaderName, HeaderValue); 4] = [
            (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-cache, no-store, must-revalidate")),
            (header::CONTENT_LANGUAGE, HeaderValue::from_static(self.language)),
            (header::CONTENT_SECURITY_POLICY, policy.unwrap_or(HeaderValue::from_static("default-src 'none'"))),
        ];
        (status, headers, html).into_response()
    }
}

/// A redirect whose body names the target, for clients that do not follow redirects.
pub fn redirect(status: StatusCode, location: &str) -> Response {
    let escaped = html_escape::encode_quoted_attribute(location);
    match HeaderValue::from_str(location) {
        Ok(value) => {
            let html = HeaderValue::from_static("text/html; charset=utf-8");
            let headers = [(header::LOCATION, value), (header::CONTENT_TYPE, html)];
            (status, headers, format!("Redirecting to {escaped}.")).into_response()
        }
        Err(_) => ApiError::internal("a redirect to an address with control characters").into_response(),
    }
}
