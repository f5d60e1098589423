//! The browser that sends a request of an interaction.

use std::collections::BTreeMap;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;

use crate::http::ClientIp;
use crate::oidc::interactions;
use crate::{ApiError, App, Tenant};

/// Longer `User-Agent` values are cut, because they are stored with the interaction and in the audit log.
const MAX_USER_AGENT_CHARS: usize = 512;

/// The sender of a step. The type exists only if the request carried a validly signed cookie. The transaction checks
/// whether the interaction still exists.
#[derive(Clone)]
pub struct InteractionBrowser {
    pub app: App,
    pub tenant: Tenant,
    /// The interaction's id from the cookie. The database stores its digest.
    pub uid: String,
    /// The client id that the browser sends with the request.
    pub app_id: Option<String>,
    pub ip: String,
    pub user_agent: String,
}

impl InteractionBrowser {
    /// Reads the interaction cookie of a request. `app_id` is the `logto-app-id` header or the page's `app_id`
    /// parameter.
    ///
    /// # Errors
    /// 400 `session.not_found` without a usable cookie.
    pub async fn of(
        app: &App,
        tenant: &Tenant,
        headers: &HeaderMap,
        app_id: Option<&str>,
        ip: ClientIp,
    ) -> Result<Self, ApiError> {
        let config = tenant.config().await?;
        let app_id = app_id.filter(|id| !id.is_empty());
        let uid = interactions::uid_from_cookies(headers, &config.cookie_keys, app_id)?;
        let user_agent = headers.get("user-agent").and_then(|value| value.to_str().ok()).unwrap_or_default();
        Ok(Self {
            app: app.clone(),
            tenant: tenant.clone(),
            uid,
            app_id: app_id.map(str::to_owned),
            ip: ip.text(),
            user_agent: user_agent.chars().take(MAX_USER_AGENT_CHARS).collect(),
        })
    }

    /// The sign-in context that a new interaction stores.
    pub(super) fn sign_in_context(&self) -> BTreeMap<String, String> {
        let mut context = BTreeMap::from([("ip".to_owned(), self.ip.clone())]);
        if !self.user_agent.is_empty() {
            context.insert("userAgent".to_owned(), self.user_agent.clone());
        }
        context
    }
}

impl FromRequestParts<App> for InteractionBrowser {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let tenant = Tenant::of(&parts.extensions)?;
        let app_id = parts.headers.get("logto-app-id").and_then(|value| value.to_str().ok());
        Self::of(app, &tenant, &parts.headers, app_id, ClientIp::of(parts)).await
    }
}
