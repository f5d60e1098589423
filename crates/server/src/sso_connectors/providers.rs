//! The kinds of provider, for forms and lists (inventory M199, H096–H099).

use ::api::ErrorCode;
use ::api::sso_connectors::{SsoConnectorProvider, SsoProviderType};
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use federation::EnterpriseProvider;
use kernel::Locale;
use views::translate;

use crate::errors::ApiError;

/// Known to the contract, and not built here: a connector can't be made of them.
const SAML: [(&str, &str, &str); 2] = [("SAML", "SAML", "S"), ("AzureAD", "Microsoft Entra ID (SAML)", "M")];

/// Every kind, those that are not built here among them.
pub(super) fn all(locale: Locale) -> Vec<SsoConnectorProvider> {
    let built = EnterpriseProvider::ALL.into_iter().map(|kind| describe(kind, locale));
    let saml = SAML.into_iter().map(|(provider_name, name, letter)| SsoConnectorProvider {
        provider_name: provider_name.to_owned(),
        provider_type: SsoProviderType::Saml,
        logo: logo(letter, "#3452d9"),
        logo_dark: logo(letter, "#a9b8ff"),
        description: translate(locale, "errors.connector.saml_not_built", &[]),
        name: name.to_owned(),
    });
    built.chain(saml).collect()
}

/// One kind.
pub(super) fn describe(kind: EnterpriseProvider, locale: Locale) -> SsoConnectorProvider {
    let (name, letter, key) = match kind {
        EnterpriseProvider::Oidc => ("OIDC", "O", "sso_providers.oidc"),
        EnterpriseProvider::Okta => ("Okta", "O", "sso_providers.okta"),
        EnterpriseProvider::EntraId => ("Microsoft Entra ID (OIDC)", "M", "sso_providers.entra_id"),
        EnterpriseProvider::GoogleWorkspace => ("Google Workspace", "G", "sso_providers.google_workspace"),
    };
    SsoConnectorProvider {
        provider_name: kind.name().to_owned(),
        provider_type: SsoProviderType::Oidc,
        logo: logo(letter, "#3452d9"),
        logo_dark: logo(letter, "#a9b8ff"),
        description: translate(locale, key, &[]),
        name: name.to_owned(),
    }
}

/// The kind with this name.
///
/// # Errors
/// 422 `connector.not_found`; 501 `connector.not_implemented` for SAML.
pub(super) fn find(name: &str) -> Result<EnterpriseProvider, ApiError> {
    if SAML.iter().any(|(known, ..)| *known == name) {
        let error = ApiError::new(StatusCode::NOT_IMPLEMENTED, ErrorCode::ConnectorNotImplemented);
        return Err(error.with_phrase("connector.saml_not_built"));
    }
    EnterpriseProvider::find(name).ok_or_else(|| ApiError::unprocessable(ErrorCode::ConnectorNotFound))
}

/// The logo of a kind, as a URL.
pub(super) fn logos(kind: EnterpriseProvider) -> (String, String) {
    let provider = describe(kind, Locale::default());
    (provider.logo, provider.logo_dark)
}

fn logo(letter: &str, color: &str) -> String {
    let image = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"48\" height=\"48\" viewBox=\"0 0 48 48\"><rect x=\"3\" y=\"3\" \
         width=\"42\" height=\"42\" rx=\"12\" fill=\"none\" stroke=\"{color}\" stroke-width=\"3\"/><text x=\"24\" y=\"33\" \
         text-anchor=\"middle\" font-family=\"system-ui,sans-serif\" font-size=\"26\" font-weight=\"600\" \
         fill=\"{color}\">{letter}</text></svg>"
    );
    format!("data:image/svg+xml;base64,{}", STANDARD.encode(image))
}
