//! Sending a person to a provider.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::Rng;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use url::Url;

use crate::provider::{Identity, Provider};
use crate::{FederationError, InvalidConfig};

/// What the caller chooses of an authorization request.
#[derive(Debug, Clone, Copy)]
pub struct AuthorizationRequest<'a> {
    pub state: &'a str,
    pub redirect_uri: &'a str,
    /// Scopes in place of the connector's, separated by spaces.
    pub scope: Option<&'a str>,
}

/// What must be kept until the person comes back. It holds secrets: keep it on the server.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProviderSession {
    pub(crate) state: String,
    pub(crate) redirect_uri: String,
    pub(crate) nonce: String,
    pub(crate) code_verifier: String,
}

impl std::fmt::Debug for ProviderSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProviderSession").field("redirect_uri", &self.redirect_uri).finish_non_exhaustive()
    }
}

impl ProviderSession {
    /// A session that need not be kept, because it is made again from the same request. `derive` makes a secret of at least 32
    /// bytes from a name and the request, which nobody else can make.
    pub fn derived(request: AuthorizationRequest<'_>, derive: impl Fn(&str) -> String) -> Self {
        Self {
            state: request.state.to_owned(),
            redirect_uri: request.redirect_uri.to_owned(),
            nonce: derive("nonce"),
            code_verifier: derive("code_verifier"),
        }
    }

    /// Refuses parameters of another request. `state` and `redirectUri` are compared when they came: a page may have checked
    /// and removed them; what binds the response to this browser is the code's verifier and the ID token's nonce.
    ///
    /// # Errors
    /// [`FederationError::OtherRequest`].
    pub fn check(&self, callback: &Map<String, Value>) -> Result<(), FederationError> {
        for (name, expected) in [("state", &self.state), ("redirectUri", &self.redirect_uri)] {
            if callback.get(name).is_some_and(|value| value.as_str() != Some(expected)) {
                return Err(FederationError::OtherRequest(name));
            }
        }
        Ok(())
    }
}

impl Provider {
    /// The address to which the person is sent, and what to keep until they come back.
    pub fn authorization_uri(&self, request: AuthorizationRequest<'_>, rng: &Rng) -> (Url, ProviderSession) {
        let session = ProviderSession {
            state: request.state.to_owned(),
            redirect_uri: request.redirect_uri.to_owned(),
            nonce: kernel::id::opaque_token(rng),
            code_verifier: kernel::id::opaque_token(rng),
        };
        (self.uri_of(request, &session), session)
    }

    /// The address for a session that was made before.
    pub fn uri_of(&self, request: AuthorizationRequest<'_>, session: &ProviderSession) -> Url {
        let challenge = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, session.code_verifier.as_bytes()));
        let scope = request.scope.unwrap_or(&self.scope);
        let mut own = vec![
            ("response_type", self.response_type),
            ("client_id", &self.client_id),
            ("redirect_uri", request.redirect_uri),
            ("state", request.state),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        if !scope.is_empty() {
            own.push(("scope", scope));
        }
        if matches!(self.identity, Identity::IdToken(_)) {
            own.push(("nonce", &session.nonce));
        }
        let mut uri = self.authorization_endpoint.clone();
        uri.query_pairs_mut().extend_pairs(own).extend_pairs(&self.parameters);
        uri
    }
}

/// Parameters that carry the protocol: a setting must not replace them.
const OWN: [&str; 8] = [
    "response_type",
    "client_id",
    "redirect_uri",
    "state",
    "nonce",
    "scope",
    "code_challenge",
    "code_challenge_method",
];

/// Refuses further parameters with the name of an own one.
pub(crate) fn check_parameters(parameters: &[(String, String)], path: &str) -> Result<(), InvalidConfig> {
    match parameters.iter().find(|(name, _)| OWN.contains(&name.as_str())) {
        Some((name, _)) => Err(InvalidConfig {
            path: format!("{path}.{name}"),
            reason: "is set by the sign-in itself; leave it out".to_owned(),
        }),
        None => Ok(()),
    }
}
