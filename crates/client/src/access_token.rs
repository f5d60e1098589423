//! The stored map of access tokens: `{"x":{"<key>":{"token":"…","expiresAt":<epoch seconds>}}}`. The key is a resource
//! indicator, an organization's URN, or empty for the userinfo token.

use std::collections::BTreeMap;

use kernel::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Error, ORGANIZATION_PREFIX, PersistKey, Storage, TokenResponse, storage};

/// One access token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccessToken {
    pub token: String,
    /// Epoch seconds, a minute before the provider stops accepting it.
    pub expires_at: i64,
    /// Epoch seconds from which it is renewed early. Other readers ignore it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renew_at: Option<i64>,
}

/// What a response of the token endpoint changes in the storage.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AccessTokenUpdate<'a> {
    pub key: &'a str,
    pub response: &'a TokenResponse,
    pub at: Timestamp,
    /// How long before its end the token is to be renewed, in seconds; 0 is not at all.
    pub ahead: u32,
}

/// A stored token that is still good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CachedToken {
    pub token: String,
    /// Whether a new one should be fetched already.
    pub renew: bool,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct AccessTokenMap {
    #[serde(default)]
    x: BTreeMap<String, AccessToken>,
}

/// Access tokens are no longer used this long before they expire, so that they do not expire on the way, in seconds.
const EXPIRY_MARGIN: i64 = 60;

/// The key of an organization's access token.
pub fn organization_key(organization_id: &str) -> String {
    format!("{ORGANIZATION_PREFIX}{organization_id}")
}

/// The stored token for `key`, if it is still good.
pub(crate) fn cached(storage: &dyn Storage, key: &str, now: Timestamp) -> Result<Option<CachedToken>, Error> {
    let good = load(storage)?.x.remove(key).filter(|one| one.expires_at > now.seconds());
    Ok(good.map(|one| CachedToken { renew: one.renew_at.is_some_and(|at| at <= now.seconds()), token: one.token }))
}

/// Stores the tokens of a response: the access token under `key`, a new refresh or ID token in place of the old.
pub(crate) fn store(storage: &dyn Storage, update: AccessTokenUpdate<'_>) -> Result<(), Error> {
    let AccessTokenUpdate { key, response, at, ahead } = update;
    let mut map = load(storage)?;
    // Ended tokens only make the session larger, and sessions often live in a cookie of limited size.
    map.x.retain(|_, one| one.expires_at > at.seconds());
    let expires_at = at.seconds().saturating_add(response.expires_in).saturating_sub(EXPIRY_MARGIN);
    // A token that lives shorter than the time ahead would otherwise be renewed with every call.
    let half = at.seconds().saturating_add(response.expires_in / 2);
    let renew_at = (ahead > 0).then(|| half.max(expires_at.saturating_sub(i64::from(ahead))));
    map.x.insert(key.to_owned(), AccessToken { token: response.access_token.clone(), expires_at, renew_at });
    storage::write(storage, PersistKey::AccessTokenMap, &serde_json::to_string(&map).unwrap_or_default())?;
    for (name, value) in response.renewed_tokens() {
        if let Some(value) = value {
            storage::write(storage, name, value)?;
        }
    }
    Ok(())
}

/// An unreadable map counts as empty: its tokens can be fetched again.
fn load(storage: &dyn Storage) -> Result<AccessTokenMap, Error> {
    let text = storage::read(storage, PersistKey::AccessTokenMap)?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}
