//! One request for a page: whose tenant, in which language, in what look; and the answer.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flow::SignInExperience;
use kernel::{Locale, id};
use views::{Branding, Frame, Page, content_security_policy};

use super::branding::{Layer, branding};
use super::language;
use crate::errors::ApiError;
use crate::http::{ClientIp, RequestId};
use crate::organizations::Organization;
use crate::tenants::{ApplicationConfig, TenantSnapshot};
use crate::{App, Tenant};

/// What every handler of a page needs. Extract it, then answer with [`Visit::show`] or [`Visit::redirect`].
pub struct Visit {
    pub app: App,
    pub tenant: Tenant,
    pub config: Arc<TenantSnapshot>,
    pub locale: Locale,
    pub headers: HeaderMap,
    pub request_id: String,
    pub ip: ClientIp,
    query: Vec<(String, String)>,
    path: String,
    branding: Branding,
}

impl<S: Sync> FromRequestParts<S> for Visit {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Self::of(parts).await
    }
}

impl Visit {
    /// Reads the request.
    ///
    /// # Errors
    /// 503 when the tenant's settings cannot be read.
    pub async fn of(parts: &Parts) -> Result<Self, ApiError> {
        let tenant = Tenant::of(&parts.extensions)?;
        let config = tenant.config().await?;
        Ok(Self::with(parts, tenant, config))
    }

    /// As [`Visit::of`], for telling of a failure: with settings from before when they cannot be read now. None before they
    /// ever could.
    pub(super) async fn despite_failure(parts: &Parts) -> Option<Self> {
        let tenant = Tenant::of(&parts.extensions).ok()?;
        let config = tenant.config().await.ok().or_else(|| tenant.app().tenants.last(tenant.id()))?;
        Some(Self::with(parts, tenant, config))
    }

    fn with(parts: &Parts, tenant: Tenant, config: Arc<TenantSnapshot>) -> Self {
        let query: Vec<(String, String)> =
            url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
        let branding = branding(&config.policy.experience, &[]);
        let mut visit = Self {
            app: tenant.app().clone(),
            tenant,
            config,
            locale: Locale::default(),
            headers: parts.headers.clone(),
            request_id: RequestId::of(&parts.extensions).to_owned(),
            ip: ClientIp::of(parts),
            query,
            path: parts.uri.path().to_owned(),
            branding,
        };
        visit.speak(visit.query("ui_locales").map(str::to_owned).as_deref());
        if let Some(id) = visit.query("app_id").map(str::to_owned) {
            visit.wear(&id, None);
        }
        visit
    }

    /// The tenant's settings.
    pub fn experience(&self) -> &SignInExperience {
        &self.config.policy.experience
    }

    /// The first value of a query parameter, unless empty.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(n, v)| n == name && !v.is_empty()).map(|(_, v)| v.as_str())
    }

    /// Chooses the language again, by the `ui_locales` of the waiting request. That of the page itself goes first: it is
    /// what the language links set.
    pub fn speak(&mut self, ui_locales: Option<&str>) {
        let asked = self.query("ui_locales").or(ui_locales);
        let accepted = self.headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok());
        self.locale = language::choose(self.experience(), asked, accepted);
    }

    /// Wears the look of a first-party application, and over it that of an organization (E101). Third-party applications
    /// get no say in the page that asks for a password.
    pub fn wear(&mut self, application_id: &str, organization: Option<&Organization>) {
        let settings = self.application(application_id).filter(|a| !a.is_third_party);
        let settings = settings.and_then(|application| application.sign_in_experience.as_ref());
        let text = |member: &str| settings.and_then(|settings| settings.get(member)?.as_str());
        let application = Layer {
            color: settings.and_then(|settings| settings.get("color")),
            branding: settings.and_then(|settings| settings.get("branding")),
            custom_css: text("customCss"),
            terms_of_use_url: text("termsOfUseUrl"),
            privacy_policy_url: text("privacyPolicyUrl"),
        };
        let organization = organization.map_or(Layer::default(), |organization| Layer {
            color: Some(&organization.color),
            branding: Some(&organization.branding),
            custom_css: organization.custom_css.as_deref(),
            ..Layer::default()
        });
        let branding = branding(self.experience(), &[application, organization]);
        self.branding = branding;
    }

    /// An application of the tenant.
    pub fn application(&self, id: &str) -> Option<&ApplicationConfig> {
        self.config.applications.get(id)
    }

    /// The look of this page.
    pub fn branding(&self) -> &Branding {
        &self.branding
    }

    /// Path and query of another page, with what this page's query says about the visit.
    pub fn link(&self, path: &str) -> String {
        const KEPT: [&str; 4] = ["app_id", "organization_id", "ui_locales", "login_hint"];
        self.address(path, |name| KEPT.contains(&name))
    }

    fn address(&self, path: &str, keep: impl Fn(&str) -> bool) -> String {
        let pairs = self.query.iter().filter(|(name, _)| keep(name));
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }

    /// The page as an answer.
    pub fn show<P: Page>(&self, status: StatusCode, page: &P) -> Response {
        let nonce = id::secret(&self.app.rng);
        let here = self.address(&self.path, |name| name != "ui_locales");
        let frame = Frame { locale: self.locale, nonce: &nonce, branding: &self.branding, here: Some(&here) };
        let html = match views::render(&frame, page) {
            Ok(html) => html,
            Err(error) => return ApiError::internal(error.to_string()).into_response(),
        };
        let policy = HeaderValue::from_str(&content_security_policy(&nonce, P::FORMS));
        let headers: [(HeaderName, HeaderValue); 4] = [
            (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-cache, no-store, must-revalidate")),
            (header::CONTENT_LANGUAGE, HeaderValue::from_static(self.locale.tag())),
            (header::CONTENT_SECURITY_POLICY, policy.unwrap_or(HeaderValue::from_static("default-src 'none'"))),
        ];
        (status, headers, html).into_response()
    }
}

/// A redirect with the body that scripts and people without redirects can read.
pub fn redirect(status: StatusCode, location: &str) -> Response {
    let escaped = location.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    match HeaderValue::from_str(location) {
        Ok(value) => {
            let html = HeaderValue::from_static("text/html; charset=utf-8");
            let headers = [(header::LOCATION, value), (header::CONTENT_TYPE, html)];
            (status, headers, format!("Redirecting to {escaped}.")).into_response()
        }
        Err(_) => ApiError::internal("a redirect to an address with control characters").into_response(),
    }
}
