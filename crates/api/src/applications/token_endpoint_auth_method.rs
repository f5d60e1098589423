//! How an application proves itself.

use oauth::client::AuthenticationMethod;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A way for an application to prove itself without showing a secret (OpenID Connect Core section 9, RFC 8705).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TokenEndpointAuthMethod {
    /// A JWT signed by `HS256` with one of the application's secrets.
    ClientSecretJwt,
    /// A JWT signed with a key of `jwks` or `jwksUri`.
    PrivateKeyJwt,
    /// A certificate of an authority that the server trusts, with the name `tlsClientAuthSubject` (RFC 8705 section 2.1).
    TlsClientAuth,
    /// A certificate that is an `x5c` of `jwks` (RFC 8705 section 2.2).
    SelfSignedTlsClientAuth,
}

impl From<TokenEndpointAuthMethod> for AuthenticationMethod {
    fn from(method: TokenEndpointAuthMethod) -> Self {
        match method {
            TokenEndpointAuthMethod::ClientSecretJwt => Self::ClientSecretJwt,
            TokenEndpointAuthMethod::PrivateKeyJwt => Self::PrivateKeyJwt,
            TokenEndpointAuthMethod::TlsClientAuth => Self::TlsClientAuth,
            TokenEndpointAuthMethod::SelfSignedTlsClientAuth => Self::SelfSignedTlsClientAuth,
        }
    }
}

/// The name by which a certificate is the application's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CertificateName {
    pub kind: CertificateNameKind,
    /// Compared as it is. A subject is written as RFC 4514 has it, as `openssl x509 -noout -subject -nameopt RFC2253` prints it.
    #[schemars(length(min = 1, max = 1024))]
    pub value: String,
}

/// The subject of a certificate, or a kind of its alternative names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum CertificateNameKind {
    SubjectDn,
    SanDns,
    SanUri,
    SanIp,
    SanEmail,
}

impl From<CertificateName> for oauth::client::CertificateName {
    fn from(name: CertificateName) -> Self {
        let kind = match name.kind {
            CertificateNameKind::SubjectDn => oauth::client::CertificateNameKind::SubjectDn,
            CertificateNameKind::SanDns => oauth::client::CertificateNameKind::SanDns,
            CertificateNameKind::SanUri => oauth::client::CertificateNameKind::SanUri,
            CertificateNameKind::SanIp => oauth::client::CertificateNameKind::SanIp,
            CertificateNameKind::SanEmail => oauth::client::CertificateNameKind::SanEmail,
        };
        Self { kind, value: name.value }
    }
}
