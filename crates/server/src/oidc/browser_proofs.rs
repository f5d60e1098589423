//! What proves that a browser is the one that began a sign-in (attack B22).
//!
//! The handle of an interaction is in cookies, and whoever can set cookies in a browser (a site under the same domain, a
//! network without TLS) can plant the handle of an interaction of their own: somebody else would then sign in for them.
//! So the browser that begins gets a fresh secret that no earlier cookie can hold. The row keeps its digest, and only this
//! browser goes on, submits and resumes.

use axum::http::HeaderMap;
use kernel::id;

use super::cookies;
use super::interactions::Interaction;

/// More sign-ins begun at a time are rare; the oldest is dropped (attack A14).
const MAX_ENTRIES: usize = 4;
/// Of the digest of an interaction's handle, to find its secret by.
const KEY_CHARS: usize = 8;

/// The cookie with the secrets of the sign-ins that this browser began, oldest first: `key.secret~key.secret`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BrowserProofs(Vec<(String, String)>);

impl BrowserProofs {
    /// Reads the signed cookie.
    pub fn read(headers: &HeaderMap, keys: &[String]) -> Self {
        let value = cookies::read(headers, keys, cookies::BROWSER_PROOFS).unwrap_or_default();
        let entry = |entry: &str| entry.split_once('.').map(|(key, secret)| (key.to_owned(), secret.to_owned()));
        Self(value.split('~').filter_map(entry).collect())
    }

    /// The secret for an interaction.
    pub fn secret(&self, uid: &str) -> Option<&str> {
        let key = key_of(uid);
        self.0.iter().find(|(known, _)| *known == key).map(|(_, secret)| secret.as_str())
    }

    /// Adds a secret, or replaces the one for this interaction.
    pub fn insert(&mut self, uid: &str, secret: &str) {
        let key = key_of(uid);
        self.0.retain(|(known, _)| *known != key);
        self.0.push((key, secret.to_owned()));
        let excess = self.0.len().saturating_sub(MAX_ENTRIES);
        self.0.drain(..excess);
    }

    /// The value of the cookie.
    pub fn value(&self) -> String {
        self.0.iter().map(|(key, secret)| format!("{key}.{secret}")).collect::<Vec<_>>().join("~")
    }
}

/// Whether `secret` is that of the browser which began the interaction.
pub fn is_of_browser(interaction: &Interaction, secret: &str) -> bool {
    let known = interaction.browser_digest.as_deref();
    known.is_some_and(|known| id::constant_time_eq(known, &id::token_digest(secret)))
}

fn key_of(uid: &str) -> String {
    id::token_digest(uid).chars().take(KEY_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a14_the_cookie_holds_the_latest_sign_ins_only() {
        let mut proofs = BrowserProofs::default();
        for n in 0..10 {
            proofs.insert(&format!("uid-{n}"), &"s".repeat(43));
        }
        assert!(proofs.value().len() < 256);
        assert_eq!((proofs.secret("uid-5"), proofs.secret("uid-9").is_some()), (None, true));
        proofs.insert("uid-9", "other");
        assert_eq!(proofs.secret("uid-9"), Some("other"));
    }
}
