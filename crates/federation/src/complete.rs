//! What came back from a provider, turned into an account.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use http::header::{ACCEPT, USER_AGENT};
use jose::DecodedToken;
use kernel::{Clock, Rng};
use outbound::{Outbound, OutboundRequest, OutboundResponse};
use serde_json::{Map, Value, json};
use url::Url;

use crate::authorization::ProviderSession;
use crate::client_authentication::ClientAuthentication;
use crate::discovery::{self, ProviderMetadata};
use crate::documents::{DocumentCache, Freshness, Lifetimes};
use crate::id_token::{IdTokenRules, TokenOrigin};
use crate::keys::PublishedKeys;
use crate::profile_map::is_true;
use crate::provider::{EmailTrust, Identity, Provider, UserInfoSource};
use crate::{Account, FederationError, TokenSet};

/// Each request (contract section 6.5).
const DEADLINE: Duration = Duration::from_secs(5);
const TOKEN_ENDPOINT: &str = "token endpoint";
const USER_ENDPOINT: &str = "user information endpoint";
/// Connectors are few, and people can't sign in while their provider can't be asked.
const LIFETIMES: Lifetimes = Lifetimes {
    max_age: Duration::from_secs(600),
    min_age: Duration::from_secs(30),
    max_stale_age: Duration::from_secs(3600),
    failure_age: Duration::from_secs(15),
    capacity: 64,
};
/// The number of keys of a provider; the largest known have about ten.
const MAX_KEYS: usize = 32;
/// The longest parameter that comes back, in bytes.
pub(crate) const MAX_PARAMETER: usize = 16 * 1024;

/// Completes sign-ins. Cheap to clone; clones share the providers' keys.
#[derive(Debug, Clone)]
pub struct Federation {
    outbound: Outbound,
    clock: Clock,
    rng: Rng,
    keys: PublishedKeys,
    metadata: Arc<DocumentCache<ProviderMetadata>>,
}

impl Federation {
    pub fn new(outbound: Outbound, clock: Clock, rng: Rng) -> Self {
        let keys = PublishedKeys::new(outbound.clone(), clock.clone(), LIFETIMES, MAX_KEYS);
        Self { outbound, clock, rng, keys, metadata: Arc::new(DocumentCache::new(LIFETIMES)) }
    }

    /// What an issuer tells of itself. A failure is the answer for some seconds.
    ///
    /// # Errors
    /// [`FederationError::Unreachable`]; [`FederationError::InvalidResponse`] also for another issuer.
    pub async fn discover(&self, issuer: &str) -> Result<ProviderMetadata, FederationError> {
        discovery::metadata(&self.metadata, &self.outbound, &self.clock, issuer, Freshness::Kept).await
    }

    /// As [`Federation::discover`], for whoever sets a provider up: what it said before does not count.
    ///
    /// # Errors
    /// As [`Federation::discover`].
    pub async fn discover_again(&self, issuer: &str) -> Result<ProviderMetadata, FederationError> {
        discovery::metadata(&self.metadata, &self.outbound, &self.clock, issuer, Freshness::Asked).await
    }

    /// The account of the person who came back with the parameters `callback`.
    ///
    /// # Errors
    /// All of [`FederationError`].
    pub async fn complete(
        &self,
        provider: &Provider,
        session: &ProviderSession,
        callback: &Map<String, Value>,
    ) -> Result<Account, FederationError> {
        self.account(provider, session, callback).await?.bounded()
    }

    async fn account(
        &self,
        provider: &Provider,
        session: &ProviderSession,
        callback: &Map<String, Value>,
    ) -> Result<Account, FederationError> {
        session.check(callback)?;
        if let Ok(error) = parameter(callback, "error") {
            let description = parameter(callback, "error_description").ok();
            let short = |text: &str| kernel::text::excerpt(text).to_owned();
            return Err(FederationError::Refused { error: short(error), description: description.map(short) });
        }
        match &provider.identity {
            Identity::IdToken(rules) => {
                if callback.get("iss").is_some_and(|iss| !rules.issuers.iter().any(|one| iss.as_str() == Some(one))) {
                    return Err(FederationError::OtherRequest("iss"));
                }
                let tokens = self.exchange(provider, session, callback).await?;
                let id_token = match &tokens {
                    Some(tokens) => tokens.id_token.as_deref().ok_or(FederationError::MissingParameter("id_token"))?,
                    None => parameter(callback, "id_token")?,
                };
                let origin = TokenOrigin::Request { nonce: &session.nonce };
                let token = self.verify_id_token(rules, id_token, origin).await?;
                let claims = self.with_user_information(rules, token.claims, tokens.as_ref()).await?;
                rules.account(&with_name(claims, callback), tokens)
            }
            Identity::UserInfo(source) => {
                let tokens = self.exchange(provider, session, callback).await?;
                let tokens = tokens.ok_or(FederationError::MissingParameter("access_token"))?;
                self.user_information(source, tokens).await
            }
        }
    }

    pub(crate) async fn verify_id_token(
        &self,
        rules: &IdTokenRules,
        id_token: &str,
        origin: TokenOrigin<'_>,
    ) -> Result<DecodedToken, FederationError> {
        let decoded =
            jose::decode_unverified(id_token).map_err(|error| FederationError::InvalidIdToken(error.to_string()))?;
        let keys = self.keys.get(rules.jwks_uri.as_str(), decoded.header.kid.as_deref()).await?;
        rules.check(id_token, origin, &keys, self.clock.now())
    }

    /// Exchanges the code (RFC 6749 section 4.1.3, RFC 7636 section 4.5); none when the provider has no token endpoint for it.
    async fn exchange(
        &self,
        provider: &Provider,
        session: &ProviderSession,
        callback: &Map<String, Value>,
    ) -> Result<Option<TokenSet>, FederationError> {
        let Some((endpoint, authentication)) = &provider.token_endpoint else { return Ok(None) };
        let fields = vec![
            ("grant_type", "authorization_code".to_owned()),
            ("code", parameter(callback, "code")?.to_owned()),
            ("redirect_uri", session.redirect_uri.clone()),
            ("code_verifier", session.code_verifier.clone()),
        ];
        let response = self.token_request(endpoint, authentication, fields).await?;
        TokenSet::read(&response).map(Some)
    }

    pub(crate) async fn token_request(
        &self,
        endpoint: &Url,
        authentication: &ClientAuthentication,
        fields: Vec<(&'static str, String)>,
    ) -> Result<OutboundResponse, FederationError> {
        let unreachable = |cause| FederationError::Unreachable { endpoint: TOKEN_ENDPOINT, cause };
        let request = OutboundRequest::post(endpoint.as_str()).map_err(unreachable)?;
        let request = authentication.authenticate(request, fields, self.clock.now(), &self.rng);
        self.send(request).await.map_err(unreachable)
    }

    /// The claims, with those that the provider keeps out of its ID tokens.
    async fn with_user_information(
        &self,
        rules: &IdTokenRules,
        mut claims: Map<String, Value>,
        tokens: Option<&TokenSet>,
    ) -> Result<Map<String, Value>, FederationError> {
        let (Some(endpoint), Some(tokens)) = (&rules.user_info_endpoint, tokens) else { return Ok(claims) };
        if claims.contains_key("email") && claims.contains_key("name") {
            return Ok(claims);
        }
        let mut further: Map<String, Value> = self.get(endpoint, &tokens.access_token).await?;
        // OpenID Connect Core 1.0 section 5.3.2.
        if further.get("sub") != claims.get("sub") {
            return Err(FederationError::InvalidResponse {
                endpoint: USER_ENDPOINT,
                reason: "for another person".to_owned(),
            });
        }
        // An address and whether it is verified are never of two sources.
        if claims.contains_key("email") {
            further.retain(|name, _| !matches!(name.as_str(), "email" | "email_verified" | "hd"));
        } else {
            claims.remove("email_verified");
        }
        further.extend(claims);
        Ok(further)
    }

    async fn user_information(&self, source: &UserInfoSource, tokens: TokenSet) -> Result<Account, FederationError> {
        let members: Map<String, Value> = self.get(&source.endpoint, &tokens.access_token).await?;
        let mut user = source.map.apply(&members)?;
        let email_is_verified = match &source.email {
            EmailTrust::Claim => is_true(&members, "email_verified", false),
            EmailTrust::Always => true,
            EmailTrust::Never => false,
            EmailTrust::List(endpoint) => {
                let list: Value = self.get(endpoint, &tokens.access_token).await?;
                user.email = primary_email(&list);
                user.raw_data = json!({"userInfo": members, "userEmails": list});
                true
            }
        };
        let phone_is_verified = is_true(&members, "phone_number_verified", false);
        Ok(Account { user, email_is_verified, phone_is_verified, tokens: Some(tokens) })
    }

    async fn get<T: serde::de::DeserializeOwned>(
        &self,
        endpoint: &Url,
        access_token: &str,
    ) -> Result<T, FederationError> {
        let unreachable = |cause| FederationError::Unreachable { endpoint: USER_ENDPOINT, cause };
        let request = OutboundRequest::get(endpoint.as_str()).map_err(unreachable)?.bearer(access_token);
        let response = self.send(request).await.map_err(unreachable)?;
        let invalid = |reason: String| FederationError::InvalidResponse { endpoint: USER_ENDPOINT, reason };
        match response.status.as_u16() {
            200..=299 => response.json().map_err(|error| invalid(format!("other than the expected JSON: {error}"))),
            401 => Err(FederationError::InvalidAccessToken),
            status => Err(invalid(format!("status {status}"))),
        }
    }

    /// GitHub refuses requests without a user agent, and answers forms without `Accept`.
    async fn send(&self, request: OutboundRequest) -> Result<OutboundResponse, outbound::OutboundError> {
        let request = request
            .header(ACCEPT, HeaderValue::from_static("application/json"))
            .header(USER_AGENT, HeaderValue::from_static(concat!("Loggia/", env!("CARGO_PKG_VERSION"))))
            .deadline(DEADLINE);
        self.outbound.send(request).await
    }
}

fn parameter<'a>(callback: &'a Map<String, Value>, name: &'static str) -> Result<&'a str, FederationError> {
    let text =
        callback.get(name).and_then(Value::as_str).filter(|text| !text.is_empty() && text.len() <= MAX_PARAMETER);
    text.ok_or(FederationError::MissingParameter(name))
}

/// Apple tells the name once, beside the ID token: `user` is `{"name": {"firstName", "lastName"}}` as JSON text.
fn with_name(mut claims: Map<String, Value>, callback: &Map<String, Value>) -> Map<String, Value> {
    let user = match callback.get("user") {
        Some(Value::String(text)) if text.len() <= MAX_PARAMETER => serde_json::from_str(text).unwrap_or_default(),
        Some(object @ Value::Object(_)) => object.clone(),
        _ => Value::Null,
    };
    let part = |name: &str| user["name"][name].as_str().unwrap_or_default().trim().to_owned();
    let name = format!("{} {}", part("firstName"), part("lastName"));
    if !name.trim().is_empty() && !claims.contains_key("name") {
        claims.insert("name".to_owned(), Value::String(name.trim().to_owned()));
    }
    claims
}

fn primary_email(list: &Value) -> Option<String> {
    let is = |entry: &Value, name: &str| entry[name].as_bool() == Some(true);
    let found = list.as_array()?.iter().find(|entry| is(entry, "primary") && is(entry, "verified"))?;
    found["email"].as_str().map(str::to_owned)
}
