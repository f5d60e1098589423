//! How the token endpoint recognizes the client (RFC 6749 section 2.3, OpenID Connect Core 1.0 section 9).

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::HeaderValue;
use http::header::AUTHORIZATION;
use kernel::{Rng, Timestamp};
use outbound::OutboundRequest;
use serde_json::json;
use url::form_urlencoded::byte_serialize;

use crate::InvalidConfig;
use crate::config::ConfigReader;

/// The life of an assertion in seconds.
const ASSERTION_SECONDS: i64 = 60;

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ClientAuthentication {
    pub client_id: String,
    pub client_secret: String,
    pub method: Method,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Method {
    Post,
    Basic,
    Jwt(Hash),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Hash {
    HS256,
    HS384,
    HS512,
}

impl ClientAuthentication {
    /// Reads the settings that the generic connectors share.
    pub fn read(config: &mut ConfigReader<'_>) -> Result<Self, InvalidConfig> {
        let hashes = [("HS256", Hash::HS256), ("HS384", Hash::HS384), ("HS512", Hash::HS512)];
        let hash = config.choice("clientSecretJwtSigningAlgorithm", &hashes)?.unwrap_or(Hash::HS256);
        let methods = [
            ("client_secret_post", Method::Post),
            ("client_secret_basic", Method::Basic),
            ("client_secret_jwt", Method::Jwt(hash)),
        ];
        let method = config.choice("tokenEndpointAuthMethod", &methods)?.unwrap_or(Method::Post);
        Ok(Self { client_id: config.required("clientId")?, client_secret: config.required("clientSecret")?, method })
    }

    /// The request with its fields and credentials.
    pub fn authenticate(
        &self,
        request: OutboundRequest,
        mut fields: Vec<(&'static str, String)>,
        now: Timestamp,
        rng: &Rng,
    ) -> OutboundRequest {
        let mut request = request;
        match self.method {
            Method::Post => {
                fields.push(("client_id", self.client_id.clone()));
                fields.push(("client_secret", self.client_secret.clone()));
            }
            Method::Basic => request = request.header(AUTHORIZATION, self.basic()),
            Method::Jwt(hash) => {
                let audience = request.url().to_string();
                fields.push(("client_id", self.client_id.clone()));
                fields.push((
                    "client_assertion_type",
                    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer".to_owned(),
                ));
                fields.push(("client_assertion", self.assertion(hash, &audience, now, rng)));
            }
        }
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        request.form(&fields)
    }

    /// Both parts are form-encoded first (RFC 6749 section 2.3.1).
    fn basic(&self) -> HeaderValue {
        let part = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
        let pair = format!("{}:{}", part(&self.client_id), part(&self.client_secret));
        let value = HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(pair)));
        // Base64 is always a header's text.
        let mut value = value.unwrap_or_else(|_| HeaderValue::from_static("Basic"));
        value.set_sensitive(true);
        value
    }

    /// RFC 7523 section 3, keyed with the client secret.
    fn assertion(&self, hash: Hash, audience: &str, now: Timestamp, rng: &Rng) -> String {
        let (name, algorithm) = match hash {
            Hash::HS256 => ("HS256", hmac::HMAC_SHA256),
            Hash::HS384 => ("HS384", hmac::HMAC_SHA384),
            Hash::HS512 => ("HS512", hmac::HMAC_SHA512),
        };
        let now = now.seconds();
        let claims = json!({
            "iss": self.client_id, "sub": self.client_id, "aud": audience, "jti": kernel::id::opaque_token(rng),
            "iat": now, "exp": now + ASSERTION_SECONDS,
        });
        let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&json!({"alg": name, "typ": "JWT"})), part(&claims));
        let key = hmac::Key::new(algorithm, self.client_secret.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(hmac::sign(&key, signed.as_bytes())))
    }
}
