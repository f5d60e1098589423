//! Validation that several entities share. Errors are 400 `guard.invalid_input` with the path of the member.

use kernel::text::has_bidi_control;
use serde_json::Value;
use url::Url;

use super::body::invalid_input_issue;
use crate::errors::ApiError;

/// The maximum length of a stored URL.
pub const MAX_URL_BYTES: usize = 2048;

/// Rejects U+202A–U+202E and U+2066–U+2069: a name with them could make a sentence of a page read otherwise.
///
/// # Errors
/// 400 `guard.invalid_input`.
pub fn require_direction(path: &[&str], value: &str) -> Result<(), ApiError> {
    match has_bidi_control(value) {
        true => Err(invalid_member(path, "text must not hold characters that change the direction of text")),
        false => Ok(()),
    }
}

/// Rejects everything but absolute http and https URLs: other schemes can run code on pages that link them (attack A7).
///
/// # Errors
/// 400 `guard.invalid_input`.
pub fn require_web_url(path: &[&str], value: &str) -> Result<(), ApiError> {
    let is_web = |url: Url| matches!(url.scheme(), "http" | "https") && url.has_host();
    // URL parsers disagree about these characters (attack A2).
    let odd = |c: char| c.is_control() || c.is_whitespace() || c == '\\';
    if value.len() <= MAX_URL_BYTES && !value.contains(odd) && Url::parse(value).is_ok_and(is_web) {
        return Ok(());
    }
    Err(invalid_member(path, "expected an http or https URL"))
}

/// 400 `guard.invalid_input` for the member at `path`; a numeric segment is a list index from 0.
pub fn invalid_member(path: &[&str], reason: &str) -> ApiError {
    invalid_input_issue("custom", json_path(path), reason)
}

fn json_path(path: &[&str]) -> Vec<Value> {
    path.iter().map(|part| part.parse::<u32>().map_or_else(|_| (*part).into(), Value::from)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a7_only_web_urls_pass() {
        for good in ["https://l.example.com/logo.svg", "http://localhost:3000/x"] {
            assert!(require_web_url(&["x"], good).is_ok(), "{good}");
        }
        for bad in [
            "javascript:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "JaVaScRiPt:x",
            "//x",
            "x",
            "",
            "file:///x",
            "java\nscript:x",
            "https:\\\\x",
        ] {
            assert!(require_web_url(&["x"], bad).is_err(), "{bad}");
        }
        assert!(require_web_url(&["x"], &format!("https://x/{}", "a".repeat(2048))).is_err());
    }

    #[test]
    fn a_fault_names_its_place() {
        let error = invalid_member(&["customClientMetadata", "list", "2"], "no");
        let issue = &error.data_ref().unwrap()["issues"][0];
        assert_eq!(issue["path"], serde_json::json!(["customClientMetadata", "list", 2]));
        assert!(require_direction(&["name"], "a\u{202e}b").is_err() && require_direction(&["name"], "é").is_ok());
    }
}
