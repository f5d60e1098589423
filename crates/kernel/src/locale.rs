//! Languages of the pages and messages.

use serde::{Deserialize, Serialize};

/// A language that ships complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Locale {
    #[default]
    #[serde(rename = "en")]
    En,
    #[serde(rename = "zh-CN")]
    ZhCn,
}

impl Locale {
    /// Every language, in the order shown to people.
    pub const ALL: [Self; 2] = [Self::En, Self::ZhCn];

    /// The BCP 47 tag, as in `Content-Language` and the `lang` attribute.
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::ZhCn => "zh-CN",
        }
    }

    /// The language for one tag: exact, else by its base language (RFC 4647 section 3.4), else none.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let base = tag.split(['-', '_']).next()?.to_ascii_lowercase();
        match base.as_str() {
            "en" => Some(Self::En),
            "zh" => Some(Self::ZhCn),
            _ => None,
        }
    }

    /// The first known language of a space-separated `ui_locales` value (OpenID Connect Core section 3.1.2.1).
    pub fn from_ui_locales(value: &str) -> Option<Self> {
        value.split_whitespace().find_map(Self::from_tag)
    }

    /// The best language of an `Accept-Language` header (RFC 9110 section 12.5.4); weight 0 means "not this one".
    pub fn from_accept_language(header: &str) -> Option<Self> {
        let mut best: Option<(f32, Self)> = None;
        for item in header.split(',').take(32) {
            let mut parts = item.split(';');
            let tag = parts.next().unwrap_or_default().trim();
            let weight =
                parts.find_map(|p| p.trim().strip_prefix("q=").and_then(|q| q.parse::<f32>().ok())).unwrap_or(1.0);
            if let Some(locale) = Self::from_tag(tag)
                && weight > 0.0
                && best.is_none_or(|(w, _)| weight > w)
            {
                best = Some((weight, locale));
            }
        }
        best.map(|(_, locale)| locale)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accept_language_follows_weights_and_skips_unknown_tags() {
        let of = Locale::from_accept_language;
        assert_eq!(of("fr, zh-CN;q=0.8, en;q=0.5"), Some(Locale::ZhCn));
        assert_eq!(of("zh;q=0, en;q=0.1"), Some(Locale::En));
        assert_eq!(of("fr"), None);
        assert_eq!(of(""), None);
    }

    #[test]
    fn ui_locales_takes_the_first_known() {
        assert_eq!(Locale::from_ui_locales("xx zh-TW en"), Some(Locale::ZhCn));
    }
}
