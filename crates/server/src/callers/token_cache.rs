//! Management tokens whose signature was checked already. A P-384 check costs more than everything else in a small
//! request, and a client sends the same token for an hour.

use kernel::ids::ApplicationId;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use kernel::{Timestamp, id};

use super::management::LEEWAY_SECONDS;

/// Beyond this many tokens all are forgotten and checked anew.
const MAX_TOKENS: usize = 4096;

/// Checked tokens, by the token and all that the check depended on.
#[derive(Default)]
pub struct TokenCache(Mutex<HashMap<CacheKey, CachedCaller>>);

/// The subject of a token that passed all checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CachedCaller {
    /// The token's `sub`.
    pub id: String,
    /// Whether `sub` equals `client_id`.
    pub is_application: bool,
    /// The tenant that issued the token.
    pub issuer_tenant: &'static str,
    pub client_id: ApplicationId,
    /// The grant of a token of a person, as its `jti` names it.
    pub grant_id: Option<String>,
    /// The thumbprint of the key that the token is bound to.
    pub jkt: Option<String>,
    /// The token's `iat` and `exp` in seconds since the epoch.
    pub issued_at: i64,
    pub expires_at: i64,
}

/// The digest of a token, its audience and the versions of the configuration it was checked with.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CacheKey(String);

impl CacheKey {
    /// The key of a token for an audience; `versions` are those of the tenant and of the tenant `admin`.
    pub fn new(token: &str, audience: &str, versions: [i64; 2]) -> Self {
        let [own, admin] = versions;
        Self(id::token_digest(&format!("{audience} {own} {admin} {token}")))
    }
}

impl TokenCache {
    /// The caller of a token that passed all checks under the same key, has not expired and, in case the clock was set back, is
    /// not from the future.
    pub fn get(&self, key: &CacheKey, now: Timestamp) -> Option<CachedCaller> {
        let cache = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let lives = |caller: &&CachedCaller| {
            now.seconds() < caller.expires_at && caller.issued_at <= now.seconds() + LEEWAY_SECONDS
        };
        cache.get(key).filter(lives).cloned()
    }

    /// Keeps a token that passed all checks.
    pub fn insert(&self, key: CacheKey, caller: CachedCaller) {
        let mut cache = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if cache.len() >= MAX_TOKENS {
            cache.clear();
        }
        cache.insert(key, caller);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b24_a_cached_token_counts_only_until_it_expires_and_only_for_the_same_keys() {
        let cache = TokenCache::default();
        let caller = CachedCaller {
            id: "c".into(),
            is_application: true,
            issuer_tenant: "default",
            client_id: "c".into(),
            grant_id: None,
            jkt: None,
            issued_at: 50,
            expires_at: 100,
        };
        let key = |token, tenant, versions| CacheKey::new(token, tenant, versions);
        cache.insert(key("t", "default", [1, 1]), caller.clone());
        assert_eq!(cache.get(&key("t", "default", [1, 1]), Timestamp(99_999)), Some(caller));
        assert_eq!(cache.get(&key("t", "default", [1, 1]), Timestamp(100_000)), None);
        assert_eq!(cache.get(&key("t", "default", [1, 1]), Timestamp(34_999)), None, "the clock was set back");
        for other in [key("u", "default", [1, 1]), key("t", "admin", [1, 1]), key("t", "default", [2, 1])] {
            assert_eq!(cache.get(&other, Timestamp(0)), None);
        }
        assert_eq!(cache.get(&key("t", "default", [1, 2]), Timestamp(0)), None);
    }
}
