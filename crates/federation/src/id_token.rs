//! Checking the ID token of a provider (OpenID Connect Core 1.0 section 3.1.3.7).

use jose::{Algorithm, DecodedToken, VerifyingKeys, check_times};
use kernel::Timestamp;
use serde_json::{Map, Value};
use url::Url;

use crate::FederationError;
use crate::profile_map::{ProfileMap, is_true};
use crate::{Account, TokenSet};

/// What an ID token must say.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct IdTokenRules {
    pub jwks_uri: Url,
    /// One of these.
    pub issuers: Vec<String>,
    /// One of these.
    pub audiences: Vec<String>,
    /// Any that can be verified when empty.
    pub algorithms: Vec<Algorithm>,
    pub leeway_seconds: i64,
    pub max_age_seconds: Option<i64>,
    pub subject: Option<String>,
    pub typ: Option<String>,
    /// The parameter `max_age` of the request, in seconds: the person must have signed in since (section 3.1.2.1).
    pub max_authentication_age: Option<i64>,
    pub accept_text_truths: bool,
    pub trust_unverified_email: bool,
    /// Asked when the token names neither address nor name: some providers keep them out of it.
    pub user_info_endpoint: Option<Url>,
    /// An address counts only in a token with the claim `hd`. Google lets anybody make an account with an address of their employer;
    /// without `hd`, nobody knows whether it is still theirs.
    pub needs_hosted_domain: bool,
}

/// What had a token made.
#[derive(Debug, Clone, Copy)]
pub(crate) enum TokenOrigin<'a> {
    /// A request of this server.
    Request { nonce: &'a str },
    /// Google's One Tap: a page had it made, so no request of this server gave it a nonce. One that has a nonce was made for
    /// somebody who compares it, which nobody here can do. That the person's browser brought the token, and that it counts once,
    /// stands for the nonce; both are the caller's.
    OneTap,
}

/// How far clocks may differ, in seconds, when the settings do not say.
const LEEWAY: i64 = 60;

impl IdTokenRules {
    /// The rules for the tokens of one of `issuers` for the client `client_id`, without anything optional.
    pub fn new(jwks_uri: Url, issuers: Vec<String>, client_id: &str) -> Self {
        Self {
            jwks_uri,
            issuers,
            audiences: vec![client_id.to_owned()],
            algorithms: Vec::new(),
            leeway_seconds: LEEWAY,
            max_age_seconds: None,
            subject: None,
            typ: None,
            max_authentication_age: None,
            accept_text_truths: false,
            trust_unverified_email: false,
            user_info_endpoint: None,
            needs_hosted_domain: false,
        }
    }

    /// Checks a token of this origin with the provider's keys.
    pub fn check(
        &self,
        token: &str,
        origin: TokenOrigin<'_>,
        keys: &VerifyingKeys,
        now: Timestamp,
    ) -> Result<DecodedToken, FederationError> {
        let token = keys.verify(token).map_err(|error| refused(error.to_string()))?;
        check_times(&token.claims, now, self.leeway_seconds).map_err(|error| refused(error.to_string()))?;
        let has = |good: bool, what: &str| if good { Ok(()) } else { Err(refused(what.to_owned())) };
        has(token.text("iss").is_some_and(|iss| self.issuers.iter().any(|one| one == iss)), "its issuer is another")?;
        has(self.audiences.iter().any(|one| token.has_audience(one)), "its audience is another")?;
        let several = matches!(token.claims.get("aud"), Some(Value::Array(audiences)) if audiences.len() > 1);
        let party = token
            .claims
            .get("azp")
            .map(|azp| azp.as_str().is_some_and(|azp| self.audiences.iter().any(|one| one == azp)));
        has(party.unwrap_or(!several), "it was made for another client")?;
        match origin {
            TokenOrigin::Request { nonce } => has(
                token.text("nonce").is_some_and(|own| kernel::id::constant_time_eq(own, nonce)),
                "it has not the nonce of the request",
            )?,
            TokenOrigin::OneTap => has(!token.claims.contains_key("nonce"), "it has the nonce of another request")?,
        }
        has(self.algorithms.is_empty() || self.algorithms.contains(&token.header.alg), "its algorithm is not allowed")?;
        has(self.subject.is_none() || token.text("sub") == self.subject.as_deref(), "its subject is another")?;
        has(self.typ.is_none() || token.header.typ == self.typ, "its type is another")?;
        let issued = time(&token, "iat");
        has(issued.is_some(), "it does not say when it was issued")?;
        let oldest = self.max_age_seconds.map(|age| now.seconds() - age - self.leeway_seconds);
        has(oldest.is_none_or(|oldest| issued.is_some_and(|issued| issued >= oldest)), "it is too old")?;
        let earliest = self.max_authentication_age.map(|age| now.seconds() - age - self.leeway_seconds);
        let authenticated = time(&token, "auth_time");
        has(
            earliest.is_none_or(|earliest| authenticated.is_some_and(|at| at >= earliest)),
            "the person signed in too long ago",
        )?;
        Ok(token)
    }

    /// When a checked token ends to be accepted.
    pub fn refused_from(&self, token: &DecodedToken) -> Option<Timestamp> {
        let seconds = time(token, "exp")?.saturating_add(self.leeway_seconds);
        Some(Timestamp(0).plus_seconds(seconds))
    }

    /// The account that checked claims name. An address that the provider has not verified is left out, unless the
    /// administrator trusts it.
    pub fn account(&self, claims: &Map<String, Value>, tokens: Option<TokenSet>) -> Result<Account, FederationError> {
        let mut user = ProfileMap::claims().apply(claims)?;
        let hosted = claims.get("hd").and_then(Value::as_str).is_some_and(|domain| !domain.is_empty());
        let email_is_verified = (self.trust_unverified_email
            || is_true(claims, "email_verified", self.accept_text_truths))
            && (hosted || !self.needs_hosted_domain);
        let phone_is_verified = is_true(claims, "phone_number_verified", self.accept_text_truths);
        user.email = user.email.filter(|_| email_is_verified);
        user.phone = user.phone.filter(|_| phone_is_verified);
        Ok(Account { user, email_is_verified, phone_is_verified, tokens })
    }
}

fn refused(reason: String) -> FederationError {
    FederationError::InvalidIdToken(reason)
}

fn time(token: &DecodedToken, claim: &str) -> Option<i64> {
    let value = token.claims.get(claim)?;
    value.as_i64().or_else(|| value.as_f64().map(|seconds| seconds.floor() as i64))
}
