//! The cookie that says which interactions a browser is in.

use std::borrow::Cow;
use std::collections::BTreeSet;

use http::HeaderMap;
use kernel::id;
use serde_json::{Map, Value};

use super::cookies;

/// The `_interaction` cookie: uid by client id, `_legacy` for requests that name no client, and `_earlier` for the other tabs of
/// the same client. The oldest entries are dropped when there are too many (attack A14).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InteractionCookie(Map<String, Value>);

const LATEST: &str = "_legacy";
const EARLIER: &str = "_earlier";
const MAX_ENTRIES: usize = 8;
const MAX_EARLIER: usize = 3;

/// Longer ids have a digest in the cookie, in bytes.
const MAX_NAME_BYTES: usize = 48;

/// The name of a client in the cookie: an address may be as long as the cookie.
fn name_of(client_id: &str) -> Cow<'_, str> {
    if client_id.len() > MAX_NAME_BYTES { id::token_digest(client_id).into() } else { client_id.into() }
}

impl InteractionCookie {
    /// Reads the signed cookie; an unreadable value is an empty map.
    pub fn read(headers: &HeaderMap, keys: &[String]) -> Self {
        let text = cookies::read(headers, keys, cookies::INTERACTION).and_then(|value| cookies::percent_decode(&value));
        let map = text.and_then(|text| serde_json::from_str(&text).ok());
        Self(map.unwrap_or_default())
    }

    /// Whether the browser has no interaction.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The uid for a client.
    pub fn with_client_headers(&self, client_id: &str) -> Option<&str> {
        self.0.get(&*name_of(client_id))?.as_str()
    }

    /// The uid of the latest interaction.
    pub fn latest(&self) -> Option<&str> {
        self.with_client_headers(LATEST)
    }

    /// The uids that later ones of the same client replaced, newest first.
    pub fn earlier(&self) -> impl Iterator<Item = &str> {
        self.0.get(EARLIER).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
    }

    /// All uids, each once.
    pub fn uids(&self) -> BTreeSet<&str> {
        self.0.values().filter_map(Value::as_str).chain(self.earlier()).collect()
    }

    /// Forgets an interaction that is over.
    pub fn remove(&mut self, uid: &str) {
        let others: Vec<Value> = self.earlier().filter(|known| *known != uid).map(Value::from).collect();
        self.0.retain(|_, known| known.as_str() != Some(uid));
        self.set_earlier(others);
    }

    fn set_earlier(&mut self, uids: Vec<Value>) {
        self.0.shift_remove(EARLIER);
        if !uids.is_empty() {
            self.0.insert(EARLIER.to_owned(), uids.into());
        }
    }

    /// Adds an interaction.
    pub fn insert(&mut self, client_id: &str, uid: &str) {
        let replaced = self.with_client_headers(client_id).map(str::to_owned).into_iter();
        let earlier = replaced.chain(self.earlier().map(str::to_owned)).take(MAX_EARLIER).map(Value::from).collect();
        self.set_earlier(earlier);
        for name in [&*name_of(client_id), LATEST] {
            self.0.shift_remove(name);
            self.0.insert(name.to_owned(), uid.into());
        }
        while self.0.len() > MAX_ENTRIES + usize::from(self.0.contains_key(EARLIER)) {
            let oldest = self.0.keys().find(|name| *name != EARLIER).cloned().unwrap_or_default();
            self.0.shift_remove(&oldest);
        }
    }

    /// The value to store in the cookie.
    pub fn value(&self) -> Value {
        Value::Object(self.0.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_map_keeps_the_latest_clients() {
        let mut map = InteractionCookie::default();
        map.insert("app-1", "uid-1");
        assert_eq!(map.value().to_string(), r#"{"app-1":"uid-1","_legacy":"uid-1"}"#);
        map.insert("app-2", "uid-2");
        assert_eq!((map.with_client_headers("app-1"), map.latest()), (Some("uid-1"), Some("uid-2")));
    }

    #[test]
    fn tabs_of_one_client_keep_their_interactions_until_they_are_over() {
        let mut map = InteractionCookie::default();
        for uid in ["1", "2", "3", "4", "5"] {
            map.insert("app", uid);
        }
        assert_eq!((map.latest(), map.earlier().collect::<Vec<_>>()), (Some("5"), vec!["4", "3", "2"]));
        map.remove("3");
        map.remove("5");
        assert_eq!((map.latest(), map.earlier().collect::<Vec<_>>()), (None, vec!["4", "2"]));
    }

    #[test]
    fn a14_the_cookie_never_grows_beyond_one_kilobyte() {
        let mut map = InteractionCookie::default();
        for n in 0..100 {
            map.insert(&format!("{:0>21}", n / 2), &"u".repeat(43));
        }
        assert!(cookies::percent_encode(&map.value().to_string()).len() < 1000);
        assert!(map.with_client_headers(&format!("{:0>21}", 49)).is_some());
        let address = |n: usize| format!("https://app.example.com/{n:0>2000}");
        for n in 0..20 {
            map.insert(&address(n), &"u".repeat(43));
        }
        assert!(cookies::percent_encode(&map.value().to_string()).len() < 1500);
        assert!(map.with_client_headers(&address(19)).is_some() && map.with_client_headers(&address(2)).is_none());
    }
}
