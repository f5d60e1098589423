//! Validation that several entities share. Errors are 400 `guard.invalid_input` with the path of the member.

use kernel::text::has_bidi_control;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::body::invalid_input_issue;
use crate::errors::ApiError;

/// The maximum length of a stored URL.
pub const MAX_URL_BYTES: usize = 2048;

/// Rejects text outside of the limits, in characters, and text that would turn the direction of a sentence it is shown in.
///
/// # Errors
/// 400 `guard.invalid_input`.
pub fn require_length(path: &[&str], value: &str, limits: std::ops::RangeInclusive<usize>) -> Result<(), ApiError> {
    require_direction(path, value)?;
    match value.chars().count() {
        count if limits.contains(&count) => Ok(()),
        count => {
            let kind = if count < *limits.start() { "too_small" } else { "too_big" };
            Err(invalid_input_issue(
                kind,
                json_path(path),
                &format!("expected {} to {} characters", limits.start(), limits.end()),
            ))
        }
    }
}

/// Rejects U+202A–U+202E and U+2066–U+2069: a name with them could make a sentence of a page read otherwise.
///
/// # Errors
/// 400 `guard.invalid_input`.
pub fn require_direction(path: &[&str], value: &str) -> Result<(), ApiError> {
    match has_bidi_control(value) {
        true => Err(invalid_member(path, "must not hold characters that change the direction of text")),
        false => Ok(()),
    }
}

/// Rejects numbers outside of the limits.
///
/// # Errors
/// 400 `guard.invalid_input`.
pub fn require_range(path: &[&str], number: i64, limits: std::ops::RangeInclusive<i64>) -> Result<(), ApiError> {
    let refused = |kind: &str, reason: String| Err(invalid_input_issue(kind, json_path(path), &reason));
    match number {
        number if number < *limits.start() => refused("too_small", format!("expected at least {}", limits.start())),
        number if number > *limits.end() => refused("too_big", format!("expected at most {}", limits.end())),
        _ => Ok(()),
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

/// Colours of organizations and applications. All members are optional; unknown members are dropped.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PartialColor {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary_color: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_dark_mode_enabled: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dark_primary_color: Option<String>,
}

impl PartialColor {
    /// Rejects colours that are not `#rgb` or `#rrggbb`.
    ///
    /// # Errors
    /// 400 `guard.invalid_input`.
    pub fn check(&self) -> Result<(), ApiError> {
        for (name, value) in [("primaryColor", &self.primary_color), ("darkPrimaryColor", &self.dark_primary_color)] {
            if let Some(value) = value {
                require_color(&["color", name], value)?;
            }
        }
        Ok(())
    }
}

/// Logos and icons; unknown members are dropped.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Branding {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo_url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dark_logo_url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub favicon: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dark_favicon: Option<String>,
}

impl Branding {
    /// Rejects everything but web URLs.
    ///
    /// # Errors
    /// 400 `guard.invalid_input`.
    pub fn check(&self) -> Result<(), ApiError> {
        let members = [
            ("logoUrl", &self.logo_url),
            ("darkLogoUrl", &self.dark_logo_url),
            ("favicon", &self.favicon),
            ("darkFavicon", &self.dark_favicon),
        ];
        for (name, value) in members {
            if let Some(value) = value {
                require_web_url(&["branding", name], value)?;
            }
        }
        Ok(())
    }
}

/// Rejects a colour that is not `#rgb` or `#rrggbb`.
///
/// # Errors
/// 400 `guard.invalid_input`.
pub fn require_color(path: &[&str], value: &str) -> Result<(), ApiError> {
    let digits = value.strip_prefix('#').unwrap_or_default();
    if matches!(digits.len(), 3 | 6) && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(());
    }
    Err(invalid_member(path, "expected a colour such as #6139f6"))
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
        let error = require_range(&["customClientMetadata", "list", "2"], 181, 1..=180).unwrap_err();
        let issue = &error.data_ref().unwrap()["issues"][0];
        assert_eq!(issue["path"], serde_json::json!(["customClientMetadata", "list", 2]));
        assert_eq!(issue["code"], "too_big");
        assert!(
            require_length(&["name"], "", 1..=256).is_err()
                && require_length(&["name"], &"é".repeat(256), 1..=256).is_ok()
        );
    }

    #[test]
    fn colours_have_three_or_six_digits() {
        for (value, good) in [("#fff", true), ("#6139F6", true), ("red", false), ("#ffff", false), ("#ggg", false)] {
            assert_eq!(require_color(&["x"], value).is_ok(), good, "{value}");
        }
    }
}
