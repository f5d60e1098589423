//! The settings of the account centre (inventory M263, M264, A055, A058): which parts of their accounts people see and change themselves
//! ([`crate::account`]), and further origins whose pages may use the passkeys of the tenant (E074; WebAuthn Level 3 section 5.11).

use ::api::Issue;
use ::api::account_center::{AccountCenter, FieldControls, UpdateAccountCenter};
use ::api::sign_in_experience::ProfileFieldName;
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
use crate::http::validate::invalid_member;
use crate::profile_fields;
use crate::routes::Routes;
use crate::tenant_settings;
use crate::tenants::{Section, TenantSnapshot};
use crate::work::Work;

/// The key in the table of settings.
pub(crate) const KEY: &str = "accountCenter";
/// Browsers look at the first five sites only (WebAuthn Level 3 section 5.11.1); each may have several hosts.
const MAX_ORIGINS: usize = 20;
const MAX_ORIGIN_CHARS: usize = 255;
const MAX_CSS_BYTES: usize = 64 * 1024;

/// The settings of a tenant, as they are stored.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AccountCenterSettings {
    pub enabled: bool,
    pub fields: FieldControls,
    pub webauthn_related_origins: Vec<String>,
    pub delete_account_url: Option<String>,
    pub custom_css: Option<String>,
    pub profile_fields: Option<Vec<ProfileFieldName>>,
}

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/api/account-center", get_account_center)
        .patch("/api/account-center", update_account_center)
        .get("/api/.well-known/account-center", get_public_account_center)
        .get("/.well-known/webauthn", get_related_origins)
}

/// The settings in this configuration. Nothing is open where they can't be read.
pub fn settings(config: &TenantSnapshot) -> AccountCenterSettings {
    let stored = config.configs.get(KEY).map(AccountCenterSettings::deserialize);
    stored.and_then(Result::ok).unwrap_or_default()
}

/// Further origins whose pages may use the passkeys of the tenant.
pub fn related_origins(config: &TenantSnapshot) -> Vec<String> {
    settings(config).webauthn_related_origins
}

/// Takes a profile field that is deleted out of the account pages.
///
/// # Errors
/// A failure of the database.
pub(crate) fn forget_profile_field(work: &Work<'_>, name: &str) -> Result<(), ApiError> {
    let mut settings: AccountCenterSettings = tenant_settings::read_for_update(work, KEY)?.unwrap_or_default();
    let Some(fields) = settings.profile_fields.as_mut().filter(|fields| fields.iter().any(|field| field.name == name))
    else {
        return Ok(());
    };
    fields.retain(|field| field.name != name);
    tenant_settings::write(work, KEY, settings).map(drop)
}

fn to_wire(tenant_id: &str, settings: AccountCenterSettings) -> AccountCenter {
    let AccountCenterSettings {
        enabled,
        fields,
        webauthn_related_origins,
        delete_account_url,
        custom_css,
        profile_fields,
    } = settings;
    AccountCenter {
        tenant_id: tenant_id.to_owned(),
        id: "default".to_owned(),
        enabled,
        fields,
        webauthn_related_origins,
        delete_account_url,
        custom_css,
        profile_fields,
    }
}

async fn get_account_center(caller: ManagementCaller) -> Json<AccountCenter> {
    Json(to_wire(caller.tenant_id(), settings(&caller.config)))
}

async fn get_public_account_center(anyone: Anyone) -> Json<AccountCenter> {
    Json(to_wire(anyone.tenant_id(), settings(&anyone.config)))
}

async fn get_related_origins(anyone: Anyone) -> Response {
    let content_type = [(header::CONTENT_TYPE, "application/json; charset=utf-8")];
    (content_type, Json(json!({"origins": related_origins(&anyone.config)}))).into_response()
}

async fn update_account_center(
    caller: ManagementCaller,
    RequestBody(mut patch): RequestBody<UpdateAccountCenter>,
) -> Result<Json<AccountCenter>, ApiError> {
    patch.webauthn_related_origins = patch.webauthn_related_origins.map(checked_origins).transpose()?;
    check_lengths(&patch)?;
    let tenant_id = caller.tenant_id();
    let update = move |work: &Work<'_>| {
        // Fields are deleted under this section, so that none of those that are listed here goes meanwhile.
        if patch.profile_fields.value().is_some() {
            work.touch(Section::Experience)?;
        }
        let mut settings: AccountCenterSettings = tenant_settings::read_for_update(work, KEY)?.unwrap_or_default();
        let listed = patch.profile_fields.value().into_iter().flatten();
        let unknown = profile_fields::missing(work, listed.map(|field| field.name.as_str()))?;
        if !unknown.is_empty() {
            return Err(profile_fields::unknown_names(&unknown));
        }
        apply(patch, &mut settings);
        tenant_settings::write(work, KEY, settings).map(|settings| Json(to_wire(tenant_id, settings)))
    };
    caller.write(update).await
}

fn apply(patch: UpdateAccountCenter, settings: &mut AccountCenterSettings) {
    if let Some(enabled) = patch.enabled {
        settings.enabled = enabled;
    }
    if let Some(fields) = patch.fields {
        settings.fields = fields;
    }
    if let Some(origins) = patch.webauthn_related_origins {
        settings.webauthn_related_origins = origins;
    }
    if let Some(url) = patch.delete_account_url.into_change() {
        settings.delete_account_url = url.map(String::from).filter(|url| !url.is_empty());
    }
    if let Some(css) = patch.custom_css.into_change() {
        settings.custom_css = css.filter(|css| !css.is_empty());
    }
    if let Some(fields) = patch.profile_fields.into_change() {
        settings.profile_fields = fields;
    }
}

/// Bounds what everybody who asks for the settings is sent.
fn check_lengths(patch: &UpdateAccountCenter) -> Result<(), ApiError> {
    let mut names: Vec<&str> = patch.profile_fields.value().into_iter().flatten().map(|field| &*field.name).collect();
    names.sort_unstable();
    if names.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(invalid_member(&["profileFields"], "Expected each field once."));
    }
    if patch.custom_css.value().is_some_and(|css| css.len() > MAX_CSS_BYTES) {
        return Err(invalid_member(&["customCss"], "Expected at most 64 KB."));
    }
    Ok(())
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
