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

    /// The language for one tag: exact, else by its base language (RFC 4647 section 3.4), else none. Chinese counts only
    /// if it is written in simplified characters: a reader of traditional ones may prefer another listed language.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let tag = tag.to_ascii_lowercase();
        let mut subtags = tag.split(['-', '_']);
        match subtags.next()? {
            "en" => Some(Self::En),
            "zh" => is_simplified(subtags).then_some(Self::ZhCn),
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

/// Whether the subtags after `zh` mean simplified characters. A script decides; otherwise the region does.
fn is_simplified<'a>(subtags: impl Iterator<Item = &'a str> + Clone) -> bool {
    let has = |wanted: &[&str]| subtags.clone().any(|subtag| wanted.contains(&subtag));
    has(&["hans"]) || !has(&["hant", "tw", "hk", "mo"])
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
        assert_eq!(Locale::from_ui_locales("xx zh-SG en"), Some(Locale::ZhCn));
    }

    #[test]
    fn readers_of_traditional_chinese_get_their_second_language() {
        for tag in ["zh", "zh-CN", "zh_cn", "zh-SG", "zh-Hans", "zh-Hans-HK", "ZH-HANS-TW"] {
            assert_eq!(Locale::from_tag(tag), Some(Locale::ZhCn), "{tag}");
        }
        for tag in ["zh-TW", "zh-Hant", "zh-Hant-CN", "zh-HK", "zh_MO"] {
            assert_eq!(Locale::from_tag(tag), None, "{tag}");
        }
        assert_eq!(Locale::from_accept_language("zh-TW,en"), Some(Locale::En));
        assert_eq!(Locale::from_accept_language("zh-TW, zh;q=0.9, en;q=0.8"), Some(Locale::ZhCn));
        assert_eq!(Locale::from_accept_language("zh-HK"), None);
        assert_eq!(Locale::from_ui_locales("zh-TW en"), Some(Locale::En));
    }
}
