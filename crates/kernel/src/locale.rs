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

    /// The best language of an `Accept-Language` header ([`best_accepted`]).
    pub fn from_accept_language(header: &str) -> Option<Self> {
        best_accepted(header, Self::from_tag)
    }
}

/// The best of an `Accept-Language` header (RFC 9110 section 12.5.4) that `find` knows; weight 0 means "not this one".
pub fn best_accepted<T>(header: &str, find: impl Fn(&str) -> Option<T>) -> Option<T> {
    let mut best: Option<(f32, T)> = None;
    for item in header.split(',').take(32) {
        let mut parts = item.split(';');
        let tag = parts.next().unwrap_or_default().trim();
        let weight = parts.find_map(|p| p.trim().strip_prefix("q=").and_then(|q| q.parse::<f32>().ok())).unwrap_or(1.0);
        if weight > 0.0
            && best.as_ref().is_none_or(|(w, _)| weight > *w)
            && let Some(found) = find(tag)
        {
            best = Some((weight, found));
        }
    }
    best.map(|(_, found)| found)
}

/// Whether two tags name the same language in the same script, whatever their regions. Only Chinese has two scripts here.
pub fn is_same_language(one: &str, other: &str) -> bool {
    let (one, other) = (one.to_ascii_lowercase(), other.to_ascii_lowercase());
    let (mut one, mut other) = (one.split(['-', '_']), other.split(['-', '_']));
    let base = one.next();
    base == other.next() && (base != Some("zh") || is_simplified(one) == is_simplified(other))
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
    fn chinese_of_another_script_is_another_language() {
        for (one, other, same) in [
            ("de", "de-AT", true),
            ("DE_ch", "de-AT", true),
            ("de", "nl", false),
            ("zh-TW", "zh-Hant-HK", true),
            ("zh-TW", "zh-CN", false),
            ("zh", "zh-Hans-TW", true),
        ] {
            assert_eq!(is_same_language(one, other), same, "{one} {other}");
        }
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
    }
}
