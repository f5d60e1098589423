//! The browser that sends a request of an interaction.

use kernel::ids::ApplicationId;
use std::collections::BTreeMap;
use std::ops::Deref;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::Response;
use kernel::id;
use oauth::ttl;

use crate::callers::{Access, Caller, RequestContext, require_json_body, require_same_origin};
use crate::oidc::browser_proofs::{self, BrowserProofs};
use crate::oidc::cookies::{self, CookieAttributes};
use crate::oidc::interactions::{self, Interaction, InteractionCookie};
use crate::work::Actor;
use crate::{ApiError, App};

/// The sender of a step. The type exists only if the request carried a validly signed cookie. The transaction checks
/// whether the interaction still exists. Derefs to its request.
#[derive(Clone)]
pub struct InteractionBrowser {
    request: RequestContext,
    /// The interaction's id from the cookie. The database stores its digest.
    pub uid: String,
    /// The client id that the browser sends with the request.
    pub app_id: Option<ApplicationId>,
    /// The secret that the browser got when it began the sign-in, if it did.
    proof: Option<String>,
    /// The secret that the browser gets if this request begins the sign-in.
    fresh_proof: String,
    /// Whether this request showed the proof of a captcha.
    pub(super) is_captcha_solved: bool,
}

impl Caller for InteractionBrowser {
    const ACCESS: Access = Access::Interaction;
}

impl Deref for InteractionBrowser {
    type Target = RequestContext;

    fn deref(&self) -> &RequestContext {
        &self.request
    }
}

impl InteractionBrowser {
    /// Reads the interaction cookie of a request. `app_id` is the `logto-app-id` header.
    ///
    /// # Errors
    /// 400 `session.not_found` without a usable cookie.
    pub fn of(request: RequestContext, app_id: Option<&str>) -> Result<Self, ApiError> {
        let app_id = app_id.filter(|id| !id.is_empty());
        let uid = interactions::uid_from_cookies(&request.headers, &request.config.keys.cookie_keys, app_id)?;
        Ok(Self::new(request, uid, app_id.map(ApplicationId::from)))
    }

    /// The sender of a request that no other website caused. Its body may be of any kind.
    ///
    /// # Errors
    /// 403 `session.cross_site_request`; as [`InteractionBrowser::of`].
    pub(super) async fn of_own_site(parts: &mut Parts) -> Result<Self, ApiError> {
        let request = RequestContext::of(parts).await?;
        require_same_origin(&request)?;
        let app_id = parts.headers.get("logto-app-id").and_then(|value| value.to_str().ok());
        Self::of(request, app_id)
    }

    /// The sender of a form of an interaction, which was loaded by the browser's cookie.
    pub fn of_interaction(request: RequestContext, interaction: &Interaction) -> Self {
        Self::new(request, interaction.uid.clone(), Some(interaction.client_id.clone()))
    }

    /// The same browser in another of its interactions.
    pub(super) fn in_interaction(&self, uid: String, client_id: &ApplicationId) -> Self {
        Self::new(self.request.clone(), uid, Some(client_id.to_owned()))
    }

    /// The interactions that later ones of the same client replaced, newest first.
    pub(super) fn earlier_uids(&self) -> Vec<String> {
        let cookie = InteractionCookie::read(&self.headers, &self.config.keys.cookie_keys);
        cookie.earlier().map(str::to_owned).collect()
    }

    fn new(request: RequestContext, uid: String, app_id: Option<ApplicationId>) -> Self {
        let actor = Actor::Browser { interaction: id::token_digest(&uid) };
        let proofs = BrowserProofs::read(&request.headers, &request.config.keys.cookie_keys);
        Self {
            proof: proofs.secret(&uid).map(str::to_owned),
            fresh_proof: id::opaque_token(&request.app.rng),
            is_captcha_solved: false,
            request: request.with_actor(actor),
            uid,
            app_id,
        }
    }

    /// Whether this browser began the sign-in, in this request or before.
    pub(super) fn began(&self, interaction: &Interaction) -> bool {
        let secrets = [Some(self.fresh_proof.as_str()), self.proof.as_deref()];
        secrets.into_iter().flatten().any(|secret| browser_proofs::is_of_browser(interaction, secret))
    }

    /// Makes this browser the one that began the sign-in. The response must then carry the secret:
    /// [`InteractionBrowser::with_proof`].
    pub(super) fn bind(&self, interaction: &mut Interaction) {
        interaction.browser_digest = Some(id::token_digest(&self.fresh_proof));
    }

    /// The response to a request that began the sign-in.
    pub fn with_proof(&self, mut response: Response) -> Response {
        let mut proofs = BrowserProofs::read(&self.headers, &self.config.keys.cookie_keys);
        proofs.insert(&self.uid, &self.fresh_proof);
        let expires = Some(self.now.plus_seconds(ttl::INTERACTION));
        let mut set_cookies = self.set_cookies();
        let attributes = CookieAttributes { path: "/", expires, http_only: true };
        set_cookies.set(cookies::BROWSER_PROOFS, &proofs.value(), &attributes);
        set_cookies.apply(response.headers_mut());
        response
    }

    /// The sign-in context that a new interaction stores.
    pub(super) fn sign_in_context(&self) -> BTreeMap<String, String> {
        let mut context = BTreeMap::from([("ip".to_owned(), self.ip.text())]);
        if !self.user_agent.is_empty() {
            context.insert("userAgent".to_owned(), self.user_agent.clone());
        }
        // Anybody can send these headers; the trusted proxy sets its own.
        if self.app.settings.trust_proxy_header {
            let injected = self.app.settings.injected_headers.read(&self.headers);
            context.extend(injected.map(|(member, value)| (member.to_owned(), value.to_owned())));
        }
        context
    }
}

impl FromRequestParts<App> for InteractionBrowser {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, ApiError> {
        let browser = Self::of_own_site(parts).await?;
        require_json_body(&browser)?;
        Ok(browser)
    }
}
