//! A request for a hosted page with its tenant, language and branding; and the HTML response.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flow::SignInExperience;
use kernel::{Locale, id};
use views::{Branding, PageFrame, Template, content_security_policy};

use super::branding::{BrandingLayer, build_branding};
use super::language;
use crate::callers::RequestContext;
use crate::errors::ApiError;
use crate::http::{ClientIp, RequestId};
use crate::organizations::Organization;
use crate::tenants::{ApplicationConfig, TenantSnapshot};
use crate::{App, Tenant};

/// The extractor of every page handler. Respond with [`PageRequest::render`] or [`redirect`].
pub struct PageRequest {
    pub app: App,
    pub tenant: Tenant,
    pub config: Arc<TenantSnapshot>,
    pub locale: Locale,
    pub headers: HeaderMap,
    pub request_id: String,
    pub ip: ClientIp,
    pub(super) context: RequestContext,
    query: Vec<(String, String)>,
    path: String,
    branding: Branding,
}

impl<S: Sync> FromRequestParts<S> for PageRequest {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Self::of(parts).await
    }
}

impl PageRequest {
    /// Reads the request.
    ///
    /// # Errors
    /// 503 if the tenant's settings cannot be read.
    pub async fn of(parts: &Parts) -> Result<Self, ApiError> {
        let tenant = Tenant::of(&parts.extensions)?;
        let config = tenant.config().await?;
        Ok(Self::from_parts(parts, tenant, config))
    }

    /// As [`PageRequest::of`], for error pages: uses the last known settings if they cannot be read now. `None` if they
    /// were never read.
    pub(super) async fn from_last_snapshot(parts: &Parts) -> Option<Self> {
        let tenant = Tenant::of(&parts.extensions).ok()?;
        let config = tenant.config().await.ok().or_else(|| tenant.app().tenants.last(tenant.id()))?;
        Some(Self::from_parts(parts, tenant, config))
    }

    fn from_parts(parts: &Parts, tenant: Tenant, config: Arc<TenantSnapshot>) -> Self {
        let query: Vec<(String, String)> =
            url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
        let branding = build_branding(&config.policy.experience, &[]);
        let mut request = Self {
            context: RequestContext::new(parts, tenant.clone(), config.clone()),
            app: tenant.app().clone(),
            tenant,
            config,
            locale: Locale::default(),
            headers: parts.headers.clone(),
            request_id: RequestId::of(&parts.extensions).0,
            ip: ClientIp::of(parts),
            query,
            path: parts.uri.path().to_owned(),
            branding,
        };
        request.set_locale(request.query("ui_locales").map(str::to_owned).as_deref());
        if let Some(id) = request.query("app_id").map(str::to_owned) {
            request.apply_branding(&id, None);
        }
        request
    }

    /// The tenant's sign-in experience.
    pub fn experience(&self) -> &SignInExperience {
        &self.config.policy.experience
    }

    /// The first value of a query parameter; `None` if it is empty.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(n, v)| n == name && !v.is_empty()).map(|(_, v)| v.as_str())
    }

    /// Selects the language again, by the `ui_locales` of the authorization request. The page's own parameter takes
    /// precedence, because the language links set it.
    pub fn set_locale(&mut self, ui_locales: Option<&str>) {
        let requested = self.query("ui_locales").or(ui_locales);
        let accept_language = self.headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok());
        self.locale = language::select_locale(self.experience(), requested, accept_language);
    }

    /// Applies the branding of a first-party application, and over it that of an organization (E101). The branding of
    /// third-party applications is ignored, because the page asks for a password.
    pub fn apply_branding(&mut self, application_id: &str, organization: Option<&Organization>) {
        let settings = self.application(application_id).filter(|a| !a.is_third_party);
        let settings = settings.and_then(|application| application.sign_in_experience.as_ref());
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

    /// An application of the tenant.
    pub fn application(&self, id: &str) -> Option<&ApplicationConfig> {
        self.config.applications.get(id)
    }

    /// The branding of this page.
    pub fn branding(&self) -> &Branding {
        &self.branding
    }

    /// Path and query of another page. It keeps application, organization, language and login hint.
    pub fn href(&self, path: &str) -> String {
        const KEPT_PARAMS: [&str; 4] = ["app_id", "organization_id", "ui_locales", "login_hint"];
        self.path_with_query(path, |name| KEPT_PARAMS.contains(&name))
    }

    fn path_with_query(&self, path: &str, keep: impl Fn(&str) -> bool) -> String {
        let pairs = self.query.iter().filter(|(name, _)| keep(name));
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }

    /// Renders the page as a response.
    pub fn render<P: Template>(&self, status: StatusCode, page: &P) -> Response {
        let nonce = id::client_secret(&self.app.rng);
        let current_url = self.path_with_query(&self.path, |name| name != "ui_locales");
        let frame =
            PageFrame { locale: self.locale, nonce: &nonce, branding: &self.branding, current_url: Some(&current_url) };
        let html = match views::render(&frame, page) {
            Ok(html) => html,
            Err(error) => return ApiError::internal(error.to_string()).into_response(),
        };
        let policy = HeaderValue::from_str(&content_security_policy(&nonce, P::FORM_ACTION));
        let headers: [(HeaderName, HeaderValue); 4] = [
            (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-cache, no-store, must-revalidate")),
            (header::CONTENT_LANGUAGE, HeaderValue::from_static(self.locale.tag())),
            (header::CONTENT_SECURITY_POLICY, policy.unwrap_or(HeaderValue::from_static("default-src 'none'"))),
        ];
        (status, headers, html).into_response()
    }
}

/// A redirect whose body names the target, for clients that do not follow redirects.
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
