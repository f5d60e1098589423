//! A provider in the tests: its endpoints are answered by a programmed server, its ID tokens are really signed.

use federation::{Account, AuthorizationRequest, Federation, FederationError, Provider};
use http::{Method, StatusCode};
use jose::{Algorithm, JwkSet, SigningKey};
use kernel::{Clock, Rng, Timestamp};
use outbound::{FakeResponse, FakeServer, Outbound};
use serde_json::{Map, Value, json};

pub const NOW: i64 = 1_800_000_000;
pub const CALLBACK: &str = "https://auth.example/callback/c1";

pub struct World {
    pub server: FakeServer,
    pub clock: Clock,
    pub key: SigningKey,
    rng: Rng,
}

impl World {
    pub fn new() -> Self {
        let (_, key) = SigningKey::generate(Algorithm::ES256).unwrap();
        let clock = Clock::frozen(Timestamp(NOW * 1000));
        Self { server: FakeServer::default(), clock, key, rng: Rng::seeded(7) }
    }

    pub fn publish_keys(&self, uri: &str) {
        let set = JwkSet { keys: vec![self.key.public_jwk()] };
        self.server.respond(Method::GET, uri, FakeResponse::json(&serde_json::to_value(set).unwrap()));
    }

    pub fn answer(&self, method: Method, url: &str, body: &Value) {
        self.server.respond(method, url, FakeResponse::json(body));
    }

    pub fn answer_with(&self, method: Method, url: &str, status: StatusCode, body: &Value) {
        self.server.respond(method, url, FakeResponse::json(body).with_status(status));
    }

    pub fn sign(&self, claims: &Value) -> String {
        self.key.sign(Some("JWT"), claims).unwrap()
    }

    pub fn federation(&self) -> Federation {
        Federation::new(Outbound::with_fake(self.server.clone()), self.clock.clone(), Rng::seeded(8))
    }

    /// Sends the person away, lets `respond` program the endpoints with the parameters of the request, and completes.
    pub async fn sign_in(
        &self,
        provider: &Provider,
        respond: impl FnOnce(&Map<String, Value>) -> Value,
    ) -> Result<Account, FederationError> {
        let request = AuthorizationRequest { state: "st", redirect_uri: CALLBACK, scope: None };
        let (uri, session) = provider.authorization_uri(request, &self.rng);
        let sent = uri.query_pairs().map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())));
        let callback = respond(&sent.collect());
        self.federation().complete(provider, &session, callback.as_object().unwrap()).await
    }
}

pub fn provider(factory: &str, config: Value) -> Provider {
    Provider::from_config(factory, config.as_object().unwrap()).unwrap()
}

pub fn oidc() -> Value {
    json!({
        "authorizationEndpoint": "https://idp.example/auth",
        "tokenEndpoint": "https://idp.example/token",
        "clientId": "me",
        "clientSecret": "hush",
        "tokenEndpointAuthMethod": "client_secret_post",
        "clientSecretJwtSigningAlgorithm": "HS256",
        "scope": "profile email",
        "idTokenVerificationConfig": {"jwksUri": "https://idp.example/jwks", "issuer": "https://idp.example"},
    })
}

/// What a good ID token of [`oidc`] says.
pub fn claims(sent: &Map<String, Value>) -> Value {
    json!({
        "iss": "https://idp.example", "aud": "me", "sub": "u1", "iat": NOW, "exp": NOW + 300, "nonce": sent["nonce"],
        "email": "ada@example.com", "email_verified": true, "name": "Ada", "picture": "https://idp.example/a.png",
    })
}
