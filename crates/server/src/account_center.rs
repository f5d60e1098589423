//! The settings of the account centre (inventory M263, M264, A055, A058). There is no account API yet, so the one setting that can be
//! changed is the one that works without it: further origins whose pages may use the passkeys of the tenant (E074; WebAuthn Level 3
//! section 5.11). The others are refused.

use ::api::Issue;
use ::api::account_center::{AccountCenter, FieldControls, UpdateAccountCenter};
use axum::Json;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::{Host, Url};

use crate::callers::{Anyone, ManagementCaller};
use crate::errors::ApiError;
use crate::http::RequestBody;
use crate::http::body::invalid_body;
use crate::routes::Routes;
use crate::tenant_settings;
use crate::tenants::TenantSnapshot;
use crate::work::Work;

/// The key in the table of settings.
const KEY: &str = "accountCenter";
/// Browsers look at the first five sites only (WebAuthn Level 3 section 5.11.1); each may have several hosts.
const MAX_ORIGINS: usize = 20;
const MAX_ORIGIN_CHARS: usize = 255;

/// What is stored.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct StoredSettings {
    webauthn_related_origins: Vec<String>,
}

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/api/account-center", get_account_center)
        .patch("/api/account-center", update_account_center)
        .get("/api/.well-known/account-center", get_public_account_center)
        .get("/.well-known/webauthn", get_related_origins)
}

/// Further origins whose pages may use the passkeys of the tenant.
pub fn related_origins(config: &TenantSnapshot) -> Vec<String> {
    let stored = config.configs.get(KEY).cloned();
    let settings: StoredSettings = stored.and_then(|value| serde_json::from_value(value).ok()).unwrap_or_default();
    settings.webauthn_related_origins
}

fn to_wire(tenant_id: &str, webauthn_related_origins: Vec<String>) -> AccountCenter {
    AccountCenter {
        tenant_id: tenant_id.to_owned(),
        id: "default".to_owned(),
        enabled: false,
        fields: FieldControls::default(),
        webauthn_related_origins,
        delete_account_url: None,
        custom_css: None,
        profile_fields: None,
    }
}

async fn get_account_center(caller: ManagementCaller) -> Json<AccountCenter> {
    Json(to_wire(caller.tenant_id(), related_origins(&caller.config)))
}

async fn get_public_account_center(anyone: Anyone) -> Json<AccountCenter> {
    Json(to_wire(anyone.tenant_id(), related_origins(&anyone.config)))
}

async fn get_related_origins(anyone: Anyone) -> Response {
    let content_type = [(header::CONTENT_TYPE, "application/json; charset=utf-8")];
    (content_type, Json(json!({"origins": related_origins(&anyone.config)}))).into_response()
}

async fn update_account_center(
    caller: ManagementCaller,
    RequestBody(patch): RequestBody<UpdateAccountCenter>,
) -> Result<Json<AccountCenter>, ApiError> {
    require_offered(&patch)?;
    let origins = patch.webauthn_related_origins.map(checked_origins).transpose()?;
    let tenant_id = caller.tenant_id();
    let update = move |work: &Work<'_>| {
        let mut settings: StoredSettings = tenant_settings::read_for_update(work, KEY)?.unwrap_or_default();
        if let Some(origins) = origins {
            settings.webauthn_related_origins = origins;
            settings = tenant_settings::write(work, KEY, settings)?;
        }
        Ok::<_, ApiError>(to_wire(tenant_id, settings.webauthn_related_origins))
    };
    caller.write(update).await.map(Json)
}

/// Refuses settings that would do nothing.
fn require_offered(patch: &UpdateAccountCenter) -> Result<(), ApiError> {
    let refused = [
        ("enabled", patch.enabled == Some(true)),
        ("fields", patch.fields.as_ref().is_some_and(|fields| *fields != FieldControls::default())),
        ("deleteAccountUrl", patch.delete_account_url.clone().into_value().is_some_and(|url| !url.is_empty())),
        ("customCss", patch.custom_css.clone().into_value().is_some_and(|css| !css.is_empty())),
        ("profileFields", patch.profile_fields.clone().into_value().is_some()),
    ];
    let issues: Vec<Issue> = refused
        .into_iter()
        .filter(|(_, is_refused)| *is_refused)
        .map(|(name, _)| Issue::custom(vec![name.into()], "There is no account API yet. Leave it out."))
        .collect();
    if issues.is_empty() { Ok(()) } else { Err(invalid_body(&issues)) }
}

/// The origins without repetitions.
fn checked_origins(origins: Vec<String>) -> Result<Vec<String>, ApiError> {
    let place = |index: Option<usize>| {
        let path = [Value::from("webauthnRelatedOrigins")];
        path.into_iter().chain(index.map(Value::from)).collect::<Vec<_>>()
    };
    if origins.len() > MAX_ORIGINS {
        return Err(invalid_body(&[Issue::custom(place(None), "Expected at most 20 origins.")]));
    }
    let mut kept: Vec<String> = Vec::new();
    for (index, origin) in origins.into_iter().enumerate() {
        if !is_origin(&origin) {
            let reason = "Expected an origin as browsers write it, such as https://login.example.com.";
            return Err(invalid_body(&[Issue::custom(place(Some(index)), reason)]));
        }
        if !kept.contains(&origin) {
            kept.push(origin);
        }
    }
    Ok(kept)
}

/// Browsers give passkeys to pages that came over TLS, and to pages of this very machine, and they compare origins as text.
fn is_origin(text: &str) -> bool {
    let Ok(url) = Url::parse(text) else { return false };
    let is_secure = match (url.scheme(), url.host()) {
        ("https", Some(Host::Domain(name))) => !name.ends_with('.') && !name.contains('*'),
        ("http", Some(Host::Domain(name))) => name == "localhost" || name.ends_with(".localhost"),
        _ => false,
    };
    is_secure && text.len() <= MAX_ORIGIN_CHARS && url.origin().ascii_serialization() == text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_one_as_browsers_write_it() {
        for good in
            ["https://a.example", "https://a.example:8443", "https://xn--bcher-kva.example", "http://localhost:3000"]
        {
            assert!(is_origin(good), "{good}");
        }
        for bad in [
            "",
            "a.example",
            "http://a.example",
            "https://a.example/",
            "https://a.example:443",
            "https://A.example",
            "https://bücher.example",
            "https://user@a.example",
            "https://a.example/path",
            "https://a.example?",
            "https://*.a.example",
            "https://a.example.",
            "https://192.0.2.1",
            "http://127.0.0.1",
            "javascript:alert(1)",
            "null",
            "android:apk-key-hash:AAAA",
            " https://a.example",
        ] {
            assert!(!is_origin(bad), "{bad}");
        }
        assert!(!is_origin(&format!("https://{}.example", "a.".repeat(130))));
    }
}
