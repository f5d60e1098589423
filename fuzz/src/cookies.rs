//! Cookies: only correctly signed ones are accepted.

use http::{HeaderMap, HeaderValue, header};
use kernel::Timestamp;
use server::http::format_http_date;
use server::oidc::cookies::{self, CookieAttributes, SetCookies, percent_decode, percent_encode};

use crate::edits::edited;
use crate::head_and_rest;

const NAME: &str = cookies::SESSION;

/// First line: the kind of the rest (`raw` header, `value` to sign and edit, `text` to encode, `date` in milliseconds), then
/// edits.
///
/// Attack classes: G5, C15.
pub fn cookies(data: &[u8]) {
    let (head, rest) = head_and_rest(data);
    let (kind, edits) = head.split_once(' ').unwrap_or((&head, ""));
    match kind {
        "value" => sign_and_edit(&rest, edits),
        "text" => encoding(&rest),
        "date" => date(&rest),
        _ => foreign(&rest),
    }
}

fn keys() -> [String; 2] {
    ["new".to_owned(), "old".to_owned()]
}

/// The `Cookie` header that a browser sends after [`SetCookies::set`].
fn signed(key: &str, value: &str) -> String {
    let mut set_cookies = SetCookies::new(&[key.to_owned()], true);
    set_cookies.set(NAME, value, &CookieAttributes { path: "/", expires: None, http_only: true });
    let mut headers = HeaderMap::new();
    set_cookies.apply(&mut headers);
    let lines = headers.get_all(header::SET_COOKIE).iter().map(|line| line.to_str().unwrap());
    let pairs: Vec<&str> = lines.map(|line| line.split(';').next().unwrap()).collect();
    assert_eq!(pairs.len(), 2, "a cookie and its signature");
    pairs.join("; ")
}

fn read(line: &str) -> Option<String> {
    let mut headers = HeaderMap::new();
    headers.insert(header::COOKIE, HeaderValue::from_str(line).ok()?);
    cookies::read(&headers, &keys(), NAME)
}

/// A foreign header is accepted only with the signature of one of the keys for exactly this value.
fn foreign(line: &str) {
    let Some(value) = read(line) else { return };
    let genuine = keys().iter().any(|key| {
        let made = signed(key, &value);
        let (_, signature) = made.rsplit_once('=').unwrap();
        line.contains(signature)
    });
    assert!(genuine && !value.is_empty(), "forged: {line}");
}

fn sign_and_edit(text: &str, edits: &str) {
    let value = percent_encode(text);
    let key = if edits.len().is_multiple_of(2) { "new" } else { "old" };
    let line = signed(key, &value);
    let sent = edited(&line, edits);
    if let Some(read) = read(&sent) {
        assert_eq!(read, value, "another value under this signature: {sent}");
    } else {
        assert!(sent != line || value.is_empty(), "our own cookie is refused: {line}");
    }
    assert_eq!(read(&signed("other", &value)), None, "a key that is none of ours");
}

fn encoding(text: &str) {
    let encoded = percent_encode(text);
    assert!(encoded.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"%-_.~".contains(&byte)));
    assert_eq!(percent_decode(&encoded).as_deref(), Some(text));
    if let Some(decoded) = percent_decode(text) {
        assert_eq!(percent_decode(&percent_encode(&decoded)), Some(decoded));
    }
}

/// Dates are formatted as HTTP clients parse them.
fn date(text: &str) {
    let Ok(at) = text.trim().parse::<i64>() else { return };
    let seconds = Timestamp(at).seconds().clamp(0, 253_402_300_799);
    let read = httpdate::parse_http_date(&format_http_date(Timestamp(at))).unwrap();
    let read = read.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    assert_eq!(i64::try_from(read), Ok(seconds));
}
