//! Asking the issuer of a connector what it says of itself.

use ::api::{ErrorCode, Issue, JsonObject};
use federation::{EnterpriseConfig, EnterpriseProvider, ProviderMetadata};
use serde_json::{Value, json};

use super::model::SsoConnector;
use crate::App;
use crate::errors::ApiError;

/// Reads settings and asks the issuer. No settings at all are none yet.
///
/// # Errors
/// 400 `connector.invalid_config`, with the place of the setting, or with why the issuer can't be used.
pub(super) async fn check(
    app: &App,
    kind: EnterpriseProvider,
    config: &JsonObject,
) -> Result<Option<EnterpriseConfig>, ApiError> {
    if config.is_empty() {
        return Ok(None);
    }
    let config = EnterpriseConfig::read(kind, config).map_err(|error| {
        let path = error.path.split('.').map(Value::from).collect();
        let issues = [Issue::custom(path, error.reason)];
        ApiError::bad_request(ErrorCode::ConnectorInvalidConfig).data(::api::issue::error_data(&issues))
    })?;
    app.federation.discover_again(&config.issuer).await.map_err(|error| {
        let data = json!({
            "ssoErrorCode": "invalid_config", "config": {"issuer": config.issuer}, "message": error.to_string(),
        });
        ApiError::bad_request(ErrorCode::ConnectorInvalidConfig).data(data)
    })?;
    Ok(Some(config))
}

/// The settings with what the issuer says; none while there are no settings or the issuer can't be asked.
pub(super) async fn ask(app: &App, connector: &SsoConnector) -> Option<JsonObject> {
    let config = connector.config.as_ref()?;
    let metadata = app.federation.discover(&config.issuer).await.ok()?;
    Some(with_metadata(config, &metadata))
}

fn with_metadata(config: &EnterpriseConfig, metadata: &ProviderMetadata) -> JsonObject {
    let mut shown = config.to_json();
    let further = [
        ("issuer", json!(metadata.issuer)),
        ("authorizationEndpoint", json!(metadata.authorization_endpoint.as_str())),
        ("tokenEndpoint", json!(metadata.token_endpoint.as_str())),
        ("userinfoEndpoint", json!(metadata.userinfo_endpoint.as_ref().map(url::Url::as_str))),
        ("jwksUri", json!(metadata.jwks_uri.as_str())),
        ("scope", json!(config.scopes())),
    ];
    let known = further.into_iter().filter(|(_, value)| !value.is_null());
    shown.extend(known.map(|(name, value)| (name.to_owned(), value)));
    shown
}
