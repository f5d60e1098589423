//! The browser that sends a step: which interaction it is in, and where it comes from.

use std::collections::BTreeMap;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;

use crate::http::ClientIp;
use crate::oidc::interactions;
use crate::{ApiError, App, Tenant};

/// Longer values of `User-Agent` are cut: they are stored with the interaction and in the audit log.
const LONGEST_USER_AGENT: usize = 512;

/// A step's sender. Having one means that the signed cookie was there; whether the interaction still lives is found out
/// inside the unit of work.
#[derive(Clone)]
pub struct Visit {
    pub app: App,
    pub tenant: Tenant,
    /// The handle of the interaction.
    pub uid: String,
    /// The client that the browser says it is signing in to.
    pub app_id: Option<String>,
    pub ip: String,
    pub user_agent: String,
}

impl Visit {
    /// The visit of a request with these headers; `app_id` is the `logto-app-id` header or a page's parameter.
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
            user_agent: user_agent.chars().take(LONGEST_USER_AGENT).collect(),
        })
    }

    /// What a new interaction keeps of its sender.
    pub(super) fn sign_in_context(&self) -> BTreeMap<String, String> {
        let mut context = BTreeMap::from([("ip".to_owned(), self.ip.clone())]);
        if !self.user_agent.is_empty() {
            context.insert("userAgent".to_owned(), self.user_agent.clone());
        }
        context
    }
}

impl FromRequestParts<App> for Visit {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let tenant = Tenant::of(&parts.extensions)?;
        let app_id = parts.headers.get("logto-app-id").and_then(|value| value.to_str().ok());
        Self::of(app, &tenant, &parts.headers, app_id, ClientIp::of(parts)).await
    }
}
