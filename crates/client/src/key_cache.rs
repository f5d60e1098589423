//! The provider's public keys.

use jose::{DecodedToken, JwkSet, VerifyingKeys, decode_unverified};

use crate::fetch_cache::FetchCache;
use crate::transport::{Connection, Request};
use crate::{Deadline, Error};

/// The keys at one `jwks_uri`.
pub(crate) struct KeyCache {
    url: String,
    connection: Connection,
    keys: FetchCache<VerifyingKeys>,
}

impl KeyCache {
    pub fn new(url: &str, connection: Connection) -> Self {
        let keys = FetchCache::new(url.to_owned(), connection.clock.clone());
        Self { url: url.to_owned(), connection, keys }
    }

    /// Verifies the signature of `token`, fetching keys where needed.
    pub fn verify(&self, token: &str, deadline: Deadline) -> Result<DecodedToken, Error> {
        // What is no token is refused before anything is fetched for it.
        let kid = decode_unverified(token)?.header.kid;
        Ok(self.current(kid.as_deref(), deadline)?.verify(token)?)
    }

    /// The keys, fetched again for an id that is not among them.
    pub fn current(&self, kid: Option<&str>, deadline: Deadline) -> Result<VerifyingKeys, Error> {
        let (url, connection) = (self.url.clone(), self.connection.clone());
        let known = |keys: &VerifyingKeys| kid.is_none_or(|kid| keys.has_key(kid));
        self.keys.get(deadline, known, move |_| fetch(&url, &connection))
    }
}

fn fetch(url: &str, connection: &Connection) -> Result<VerifyingKeys, Error> {
    let response = connection.send(Request::get(url), Deadline::after(connection.timeout))?;
    let set = (response.status == 200).then(|| serde_json::from_str::<JwkSet>(&response.body).ok()).flatten();
    match set {
        Some(set) if !set.keys.is_empty() => Ok(set.verifier()),
        _ => Err(Error::UnexpectedResponse { url: url.to_owned(), expected: "a JWK set" }),
    }
}
