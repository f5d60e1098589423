//! Signed cookies (inventory O104, O105): every value has a `.sig` companion, an HMAC-SHA256 over `name=value` with the
//! tenant's cookie keys, newest first. A cookie whose signature is missing or wrong is ignored.

use std::borrow::Cow;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderValue};
use kernel::{Timestamp, id};
use oauth::authorize::first_screen::UNRESERVED;
use percent_encoding::{percent_decode_str, utf8_percent_encode};

use crate::http::format_http_date;

/// The browser session.
pub const SESSION: &str = "_session";
/// The interactions of this browser by client.
pub const INTERACTION: &str = "_interaction";
/// The interaction that may be resumed at one path.
pub const RESUME: &str = "_interaction_resume";
/// What the browser got when it began its sign-ins ([`super::browser_proofs`]).
pub const BROWSER_PROOFS: &str = "_interaction_proof";
/// The parameters of the request that the pages show.
pub const APP_CONTEXT: &str = "_logto";
/// What the page of the device flow sends back: scripts of that page may read it (inventory O097).
pub const DEVICE_XSRF: &str = "_logto_device_flow_xsrf";
/// The same value, where the form is sent to.
pub const DEVICE_BROWSER: &str = "_device_flow";
/// The access token of the account centre in this browser.
pub const ACCOUNT: &str = "_account";
/// The sign-in to the account centre that is under way.
pub const ACCOUNT_SIGN_IN: &str = "_account_sign_in";
/// The way to a provider, for linking an account there, that is under way.
pub const ACCOUNT_SOCIAL: &str = "_account_social";
/// The record that proves who uses the account centre.
pub const ACCOUNT_PROOF: &str = "_account_proof";
/// The credential of Google One Tap that an application passed on.
pub const GOOGLE_ONE_TAP: &str = "_logto_google_one_tap_credential";
/// What Google's script of One Tap sets, and sends with a credential: the page of another site can't read it.
pub const GOOGLE_CSRF: &str = "g_csrf_token";

/// Values of one name beyond this many are not looked at: each costs a signature.
const MAX_SAME_NAME: usize = 8;

/// Reads the cookie whose signature is valid. `keys` are the tenant's, newest first.
///
/// Another site under the same domain can set cookies of the same names that are sent before ours (RFC 6265 section
/// 8.6), and cookies of other servers may hold bytes that are no text (section 4.1.1). Neither decides anything.
pub fn read(headers: &HeaderMap, keys: &[String], name: &str) -> Option<String> {
    let values = unsigned_values(headers, name);
    let signatures = unsigned_values(headers, &format!("{name}.sig"));
    let is_genuine = |value: &&str| {
        !value.is_empty()
            && keys.iter().any(|key| {
                let expected = sign(key, name, value);
                signatures.iter().any(|signature| id::constant_time_eq(&expected, signature))
            })
    };
    values.iter().copied().find(is_genuine).map(str::to_owned)
}

/// Whether one of the keys made this signature of `name=value`.
pub fn is_signed(keys: &[String], name: &str, value: &str, signature: &str) -> bool {
    keys.iter().any(|key| id::constant_time_eq(&sign(key, name, value), signature))
}

/// The signature of `name=value` by the newest key.
pub fn sign_newest(keys: &[String], name: &str, value: &str) -> String {
    sign(keys.first().map_or("", String::as_str), name, value)
}

/// The values of cookies with this name, whoever set them: for those that prove themselves.
pub fn unsigned_values<'h>(headers: &'h HeaderMap, name: &str) -> Vec<&'h str> {
    let pairs = headers.get_all(COOKIE).iter().flat_map(|line| line.as_bytes().split(|byte| *byte == b';'));
    let values = pairs.filter_map(|pair| {
        let (key, value) = std::str::from_utf8(pair).ok()?.trim().split_once('=')?;
        (key == name).then(|| value.trim_matches('"'))
    });
    values.take(MAX_SAME_NAME).collect()
}

fn sign(key: &str, name: &str, value: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
    URL_SAFE_NO_PAD.encode(hmac::sign(&key, format!("{name}={value}").as_bytes()))
}

/// The attributes of a cookie (RFC 6265 section 4.1.2).
#[derive(Debug, Clone)]
pub struct CookieAttributes<'a> {
    pub path: &'a str,
    /// `None` for a session cookie.
    pub expires: Option<Timestamp>,
    /// Hides the cookie from JavaScript.
    pub http_only: bool,
}

/// The `Set-Cookie` headers of one response.
#[derive(Debug)]
pub struct SetCookies {
    key: String,
    secure: bool,
    headers: Vec<String>,
}

impl SetCookies {
    /// `keys` are the tenant's, newest first; `secure` when the tenant is reached by https.
    pub fn new(keys: &[String], secure: bool) -> Self {
        Self { key: keys.first().cloned().unwrap_or_default(), secure, headers: Vec::new() }
    }

    /// Sets a value that needs no encoding, with its signature.
    pub fn set(&mut self, name: &str, value: &str, attributes: &CookieAttributes<'_>) {
        let signature = sign(&self.key, name, value);
        self.append(name, value, attributes);
        self.append(&format!("{name}.sig"), &signature, attributes);
    }

    /// Sets a value that proves itself.
    pub fn set_unsigned(&mut self, name: &str, value: &str, attributes: &CookieAttributes<'_>) {
        self.append(name, value, attributes);
    }

    /// Sets a percent-encoded JSON value.
    pub fn set_json(&mut self, name: &str, value: &serde_json::Value, attributes: &CookieAttributes<'_>) {
        self.set(name, &percent_encode(&value.to_string()), attributes);
    }

    /// Removes a cookie.
    pub fn remove(&mut self, name: &str, path: &str) {
        self.set(name, "", &CookieAttributes { path, expires: Some(Timestamp(0)), http_only: true });
    }

    /// The order and the case of the attributes are those of the contract (trace 10-01); docs/adr/0011.
    fn append(&mut self, name: &str, value: &str, attributes: &CookieAttributes<'_>) {
        let mut line = format!("{name}={value}; path={}", attributes.path);
        if let Some(at) = attributes.expires {
            line.push_str(&format!("; expires={}", format_http_date(at)));
        }
        line.push_str("; samesite=lax");
        if self.secure {
            line.push_str("; secure");
        }
        if attributes.http_only {
            line.push_str("; httponly");
        }
        self.headers.push(line);
    }

    /// Adds the headers to a response.
    pub fn apply(self, headers: &mut HeaderMap) {
        for line in self.headers {
            if let Ok(value) = HeaderValue::from_str(&line) {
                headers.append(SET_COOKIE, value);
            }
        }
    }
}

/// Percent-encodes everything but unreserved characters (RFC 3986 section 2.3).
pub fn percent_encode(text: &str) -> String {
    utf8_percent_encode(text, UNRESERVED).to_string()
}

/// Reverses [`percent_encode`]; none for invalid UTF-8.
pub fn percent_decode(text: &str) -> Option<String> {
    percent_decode_str(text).decode_utf8().ok().map(Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(set_cookies: SetCookies) -> HeaderMap {
        let mut headers = HeaderMap::new();
        set_cookies.apply(&mut headers);
        let pairs: Vec<String> = headers
            .get_all(SET_COOKIE)
            .iter()
            .map(|line| line.to_str().unwrap().split(';').next().unwrap().to_owned())
            .collect();
        let mut request = HeaderMap::new();
        request.insert(COOKIE, pairs.join("; ").parse().unwrap());
        request
    }

    fn attributes() -> CookieAttributes<'static> {
        CookieAttributes { path: "/", expires: None, http_only: true }
    }

    #[test]
    fn c15_a_cookie_counts_only_with_its_own_signature() {
        let keys = ["new".to_owned(), "old".to_owned()];
        let mut set_cookies = SetCookies::new(&keys, false);
        set_cookies.set("_session", "abc", &attributes());
        let request = sent(set_cookies);
        assert_eq!(read(&request, &keys, "_session").as_deref(), Some("abc"));
        assert_eq!(read(&request, &["other".to_owned()], "_session"), None);
        let line = request[COOKIE].to_str().unwrap().to_owned();
        for forged in [
            line.replace("_session=abc", "_session=abd"),
            line.replace("_session=abc", "_session="),
            line.replace("_session", "_interaction"),
            "_session=abc".to_owned(),
            format!("_session=abc; _session.sig={}", "A".repeat(43)),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(COOKIE, forged.parse().unwrap());
            assert_eq!(read(&headers, &keys, "_session"), None, "{forged}");
        }
    }

    #[test]
    fn c15_a_foreign_cookie_of_the_same_name_or_without_text_decides_nothing() {
        let keys = ["key".to_owned()];
        let mut set_cookies = SetCookies::new(&keys, false);
        set_cookies.set("_session", "abc", &attributes());
        let own = sent(set_cookies)[COOKIE].to_str().unwrap().to_owned();
        for foreign in [
            "_session=planted".as_bytes(),
            b"_session=planted; _session.sig=planted",
            b"_session=",
            b"name=\xe9",
            "name=\u{e9}".as_bytes(),
            b"_session=\xff; _session.sig=\xff",
        ] {
            for line in [[foreign, own.as_bytes()].join(&b"; "[..]), [own.as_bytes(), foreign].join(&b"; "[..])] {
                let mut headers = HeaderMap::new();
                headers.insert(COOKIE, HeaderValue::from_bytes(&line).unwrap());
                assert_eq!(read(&headers, &keys, "_session").as_deref(), Some("abc"), "{line:?}");
            }
        }
    }

    #[test]
    fn old_keys_still_verify() {
        let mut set_cookies = SetCookies::new(&["old".to_owned()], false);
        set_cookies.set("_session", "abc", &attributes());
        let keys = ["new".to_owned(), "old".to_owned()];
        assert_eq!(read(&sent(set_cookies), &keys, "_session").as_deref(), Some("abc"));
    }

    #[test]
    fn json_values_survive_the_encoding() {
        let value = serde_json::json!({"appId": "ä;,\" %"});
        let encoded = percent_encode(&value.to_string());
        assert!(encoded.bytes().all(|b| b.is_ascii_alphanumeric() || b"%-_.~".contains(&b)));
        assert_eq!(percent_decode(&encoded).unwrap(), value.to_string());
        assert_eq!(percent_decode("%ff"), None);
    }
}
