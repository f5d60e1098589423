//! Addresses that may be put into a page: parsed, and only of harmless schemes (attack A7).

use serde::Serialize;
use url::Url;

/// The address of a page to link to: `https:` or `http:`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Link(String);

impl Link {
    /// `None` for relative addresses and for every other scheme, `javascript:` among them.
    pub fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text.trim()).ok()?;
        matches!(url.scheme(), "https" | "http").then(|| Self(url.into()))
    }

    /// A mail address as a `mailto:` link.
    pub fn mail(address: &str) -> Option<Self> {
        let plain = |c: char| c.is_ascii_alphanumeric() || ".!#$'*+-/=^_`{|}~@".contains(c);
        let address = address.trim();
        let valid = address.chars().all(plain) && address.split('@').count() == 2;
        valid.then(|| Self(format!("mailto:{address}")))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The address of an image: `https:`, `http:` or an inline `data:image/…`. As the source of `<img>` it runs no script.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Image(String);

impl Image {
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some(link) = Link::parse(text) {
            return Some(Self(link.0));
        }
        let data = text.get(..11)?.eq_ignore_ascii_case("data:image/") && !text.contains(|c: char| c.is_control());
        data.then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a7_scriptable_schemes_are_neither_links_nor_images() {
        let bad = [
            "javascript:alert(1)",
            " JavaScript:alert(1)",
            "java\nscript:alert(1)",
            "data:text/html,<script>alert(1)</script>",
            "vbscript:x",
            "file:///etc/passwd",
            "blob:https://a/1",
            "//example.com",
            "/relative",
            "",
        ];
        for text in bad {
            assert_eq!(Link::parse(text), None, "{text}");
            assert_eq!(Image::parse(text), None, "{text}");
        }
        assert_eq!(Link::parse("data:image/png;base64,AA=="), None);
    }

    #[test]
    fn web_addresses_and_inline_images_are_kept() {
        assert_eq!(Link::parse("https://example.com/a?b=c").unwrap().as_str(), "https://example.com/a?b=c");
        assert!(Image::parse("data:image/svg+xml;utf8,<svg/>").is_some());
        assert!(Image::parse("http://localhost:3001/logo.png").is_some());
        assert_eq!(Link::mail("a+b@example.com").unwrap().as_str(), "mailto:a+b@example.com");
        assert_eq!(Link::mail("a@b.c?body=x&cc=y"), None);
        assert_eq!(Link::mail("a@b@c"), None);
    }
}
