//! Clients (inventory O027–O032): what an application row means to the protocol.

pub mod assertion;
pub mod authentication;
pub mod cors;
pub mod metadata;
pub mod metadata_document;
pub mod registration;
mod security_profile;

pub use assertion::{AuthenticationMethod, CertificateName, CertificateNameKind};
pub use metadata::{AccessTokenFormat, CustomClientMetadata, OidcClientMetadata};
pub use metadata_document::MetadataDocument;
pub use security_profile::{FAPI2_ALGORITHMS, SecurityProfile};

use kernel::ids::ApplicationId;
use serde::{Deserialize, Serialize};

/// The kinds of application a tenant can register.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ApplicationType {
    Native,
    #[serde(rename = "SPA")]
    Spa,
    Traditional,
    MachineToMachine,
    Protected,
    #[serde(rename = "SAML")]
    Saml,
}

impl ApplicationType {
    /// The name used by the management API and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Native => "Native",
            Self::Spa => "SPA",
            Self::Traditional => "Traditional",
            Self::MachineToMachine => "MachineToMachine",
            Self::Protected => "Protected",
            Self::Saml => "SAML",
        }
    }

    /// The type of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        const ALL: [ApplicationType; 6] = [
            ApplicationType::Native,
            ApplicationType::Spa,
            ApplicationType::Traditional,
            ApplicationType::MachineToMachine,
            ApplicationType::Protected,
            ApplicationType::Saml,
        ];
        ALL.into_iter().find(|known| known.name() == name)
    }

    /// Whether such an application has secrets.
    pub fn is_confidential(self) -> bool {
        !matches!(self, Self::Native | Self::Spa)
    }
}

/// Grant types of the token endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GrantType {
    AuthorizationCode,
    RefreshToken,
    ClientCredentials,
    DeviceCode,
    TokenExchange,
}

impl GrantType {
    /// The value of `grant_type`.
    pub fn name(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
            Self::ClientCredentials => "client_credentials",
            Self::DeviceCode => "urn:ietf:params:oauth:grant-type:device_code",
            Self::TokenExchange => "urn:ietf:params:oauth:grant-type:token-exchange",
        }
    }

    /// The grant type of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::AuthorizationCode, Self::RefreshToken, Self::ClientCredentials, Self::DeviceCode, Self::TokenExchange]
            .into_iter()
            .find(|known| known.name() == name)
    }

    /// The last part of the audit key `ExchangeTokenBy.…` (inventory O145).
    pub fn audit_name(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "AuthorizationCode",
            Self::RefreshToken => "RefreshToken",
            Self::ClientCredentials => "ClientCredentials",
            Self::DeviceCode => "DeviceCode",
            Self::TokenExchange => "TokenExchange",
        }
    }
}

/// A registered client. Ids compare byte for byte.
#[derive(Debug, Clone, PartialEq)]
pub struct Client {
    pub id: ApplicationId,
    pub name: String,
    pub application_type: ApplicationType,
    /// Third-party applications see only enabled scopes and always ask for consent.
    pub is_third_party: bool,
    pub oidc: OidcClientMetadata,
    pub custom: CustomClientMetadata,
}

impl Client {
    /// Whether the client has no secret (authentication method `none`).
    pub fn is_public(&self) -> bool {
        !self.application_type.is_confidential()
    }

    /// Whether the client describes itself in a document at its `client_id` ([`metadata_document`]).
    pub fn has_metadata_document(&self) -> bool {
        metadata_document::is_address(&self.id)
    }

    /// OpenID Connect `application_type` `native`: custom schemes, loopback ports, consent every time.
    pub fn is_native(&self) -> bool {
        self.application_type == ApplicationType::Native
    }

    /// Whether the client may use `grant` (inventory O027, O028).
    pub fn allows_grant(&self, grant: GrantType) -> bool {
        let device = self.is_native() && self.custom.is_device_flow.unwrap_or(false);
        let machine = self.application_type == ApplicationType::MachineToMachine;
        match grant {
            GrantType::AuthorizationCode => !device && !machine,
            GrantType::RefreshToken => !machine,
            GrantType::ClientCredentials => machine,
            GrantType::DeviceCode => device,
            GrantType::TokenExchange => {
                self.custom.allow_token_exchange.unwrap_or(false)
                    && !self.is_third_party
                    && self.application_type != ApplicationType::Saml
            }
        }
    }

    /// Whether the client may ask for `response_type`; only `code`, and only with redirects.
    pub fn allows_response_type(&self, response_type: &str) -> bool {
        response_type == "code" && self.allows_grant(GrantType::AuthorizationCode)
    }

    /// Whether every access token is a JWT (RFC 9068), also one that names no resource.
    pub fn wants_jwt_access_tokens(&self) -> bool {
        self.custom.access_token_format == Some(AccessTokenFormat::Jwt)
    }

    /// Whether `acr_values` count for the client, and its tokens have `acr`.
    pub fn uses_acr_values(&self) -> bool {
        self.custom.acr_values_enabled == Some(true)
    }

    /// Whether the parameter `claims` counts for the client.
    pub fn uses_claims_parameter(&self) -> bool {
        self.custom.claims_parameter_enabled == Some(true)
    }

    /// Whether PKCE is mandatory: always, unless the client proves itself (inventory O021), and for that in FAPI 2.0.
    pub fn requires_pkce(&self) -> bool {
        self.is_public() || self.is_fapi2()
    }
}

#[cfg(test)]
pub(crate) mod samples {
    use super::*;

    pub fn client(application_type: ApplicationType, redirect_uris: &[&str]) -> Client {
        Client {
            id: "app".into(),
            name: "App".into(),
            application_type,
            is_third_party: false,
            oidc: OidcClientMetadata {
                redirect_uris: redirect_uris.iter().map(|uri| (*uri).to_owned()).collect(),
                ..OidcClientMetadata::default()
            },
            custom: CustomClientMetadata::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grants_follow_the_application_type() {
        use GrantType::*;
        let of = |kind| {
            let client = samples::client(kind, &[]);
            [AuthorizationCode, RefreshToken, ClientCredentials, DeviceCode, TokenExchange]
                .map(|g| client.allows_grant(g))
        };
        assert_eq!(of(ApplicationType::Traditional), [true, true, false, false, false]);
        assert_eq!(of(ApplicationType::Spa), [true, true, false, false, false]);
        assert_eq!(of(ApplicationType::MachineToMachine), [false, false, true, false, false]);
        let mut device = samples::client(ApplicationType::Native, &[]);
        device.custom.is_device_flow = Some(true);
        device.custom.allow_token_exchange = Some(true);
        assert!(device.allows_grant(DeviceCode) && device.allows_grant(TokenExchange));
        assert!(!device.allows_grant(AuthorizationCode));
    }

    #[test]
    fn names_round_trip() {
        for name in ["Native", "SPA", "Traditional", "MachineToMachine", "Protected", "SAML"] {
            assert_eq!(ApplicationType::from_name(name).unwrap().name(), name);
            assert_eq!(serde_json::to_value(ApplicationType::from_name(name)).unwrap(), name);
        }
    }
}
