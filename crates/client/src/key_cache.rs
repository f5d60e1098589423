//! The provider's public keys: fetched once, again for an unknown `kid`, but not more often than a floor allows.

use std::sync::{Mutex, PoisonError};

use jose::{DecodedToken, JoseError, JwkSet, VerifyingKeys, decode_unverified};
use kernel::{Clock, Timestamp};

use crate::transport::{Request, Transport, send};
use crate::{Error, ProviderMetadata};

/// A set is fetched again after this time, so that withdrawn keys are forgotten, in milliseconds.
const MAX_AGE: i64 = 60 * 60 * 1000;
/// Tokens with invented `kid`s cannot cause more than one fetch in this time, in milliseconds.
const MIN_REFETCH_INTERVAL: i64 = 30 * 1000;

#[derive(Default)]
struct Cached {
    keys: Option<VerifyingKeys>,
    fetched_at: Timestamp,
    /// When the set was last asked for again.
    asked_at: Option<Timestamp>,
}

/// Cached keys of one provider. The lock is held while fetching: callers that need the keys wait for the one fetch.
#[derive(Default)]
pub(crate) struct KeyCache(Mutex<Cached>);

impl KeyCache {
    /// Verifies the signature of `token`, fetching keys where needed.
    pub(crate) fn verify(
        &self,
        token: &str,
        metadata: &ProviderMetadata,
        transport: &dyn Transport,
        clock: &Clock,
    ) -> Result<DecodedToken, Error> {
        // Rubbish is refused before anything is fetched for it.
        let kid = decode_unverified(token)?.header.kid;
        let keys = self.keys_for(kid.as_deref(), &metadata.jwks_uri, transport, clock)?;
        Ok(keys.verify(token)?)
    }

    fn keys_for(
        &self,
        kid: Option<&str>,
        url: &str,
        transport: &dyn Transport,
        clock: &Clock,
    ) -> Result<VerifyingKeys, Error> {
        let mut cached = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = clock.now();
        let old = cached.keys.clone();
        if let Some(keys) = &old {
            let stale = now.millis() - cached.fetched_at.millis() >= MAX_AGE;
            let unknown = kid.is_some_and(|kid| !keys.has_key(kid));
            let may_ask = cached.asked_at.is_none_or(|at| now.millis() - at.millis() >= MIN_REFETCH_INTERVAL);
            if !(stale || unknown) || !may_ask {
                return Ok(keys.clone());
            }
            cached.asked_at = Some(now);
        }
        match fetch(url, transport) {
            Ok(keys) => {
                cached.keys = Some(keys.clone());
                cached.fetched_at = now;
                Ok(keys)
            }
            // While the provider is away, the keys known so far still verify what they signed.
            Err(error) => old.filter(|keys| kid.is_none_or(|kid| keys.has_key(kid))).ok_or(error),
        }
    }
}

fn fetch(url: &str, transport: &dyn Transport) -> Result<VerifyingKeys, Error> {
    let response = send(transport, &Request { url, form: None, bearer: None })?;
    let set = (response.status == 200).then(|| serde_json::from_str::<JwkSet>(&response.body).ok()).flatten();
    match set {
        Some(set) if !set.keys.is_empty() => Ok(set.verifier()),
        Some(_) => Err(JoseError::UnknownKey.into()),
        None => Err(Error::UnexpectedResponse { url: url.to_owned(), expected: "a JWK set" }),
    }
}
