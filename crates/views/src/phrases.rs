//! The phrase catalogue: every text that people read, by key and language.
//!
//! The texts live under `/locales/{en,zh-CN}/*.toml` and are embedded at compile time. Nested tables become dotted keys:
//! `[errors.role] name_in_use` is `errors.role.name_in_use`. `{name}` marks a place that an argument fills.

use std::{collections::HashMap, sync::LazyLock};

use kernel::Locale;

use crate::Language;

/// Text by key, of one language.
pub type Catalogue = HashMap<String, String>;

macro_rules! locale_files {
    ($tag:literal) => {
        &[
            include_str!(concat!("../../../locales/", $tag, "/console.toml")),
            include_str!(concat!("../../../locales/", $tag, "/console_applications.toml")),
            include_str!(concat!("../../../locales/", $tag, "/console_connections.toml")),
            include_str!(concat!("../../../locales/", $tag, "/console_details.toml")),
            include_str!(concat!("../../../locales/", $tag, "/console_experience.toml")),
            include_str!(concat!("../../../locales/", $tag, "/console_habits.toml")),
            include_str!(concat!("../../../locales/", $tag, "/console_tenant.toml")),
            include_str!(concat!("../../../locales/", $tag, "/countries.toml")),
            include_str!(concat!("../../../locales/", $tag, "/errors.toml")),
            include_str!(concat!("../../../locales/", $tag, "/messages.toml")),
            include_str!(concat!("../../../locales/", $tag, "/pages.toml")),
            include_str!(concat!("../../../locales/", $tag, "/refusals.toml")),
        ]
    };
}

const EN: &[&str] = locale_files!("en");
const ZH_CN: &[&str] = locale_files!("zh-CN");

static CATALOGUES: LazyLock<[Catalogue; 2]> = LazyLock::new(|| [read_phrases(EN), read_phrases(ZH_CN)]);

fn catalogue(locale: Locale) -> &'static Catalogue {
    match locale {
        Locale::En => &CATALOGUES[0],
        Locale::ZhCn => &CATALOGUES[1],
    }
}

/// Reads phrase files. One that does not parse contributes nothing; a test parses every one that is embedded.
pub fn read_phrases(files: &[&str]) -> Catalogue {
    let mut out = Catalogue::new();
    for text in files {
        if let Ok(table) = text.parse::<toml::Table>() {
            flatten("", &table, &mut out);
        }
    }
    out
}

fn flatten(prefix: &str, table: &toml::Table, out: &mut Catalogue) {
    for (name, value) in table {
        let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match value {
            toml::Value::Table(inner) => flatten(&key, inner, out),
            toml::Value::String(text) => {
                out.insert(key, text.clone());
            }
            _ => {}
        }
    }
}

/// The text of a language that ships.
pub(crate) fn built_in(locale: Locale, key: &str) -> Option<&'static str> {
    catalogue(locale).get(key).map(String::as_str)
}

/// The text of a key with its `{name}` places filled. A key that does not exist yields the key itself.
///
/// The result is plain text: templates escape it.
pub fn translate<'a>(language: impl Into<Language<'a>>, key: &str, args: &[(&str, &str)]) -> String {
    match language.into().text(key) {
        Some(text) => interpolate(text, |name| args.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned())),
        None => key.to_owned(),
    }
}

/// All keys.
pub fn phrase_keys() -> impl Iterator<Item = &'static str> {
    catalogue(Locale::En).keys().map(String::as_str)
}

/// Whether a key exists.
pub fn key_exists(key: &str) -> bool {
    catalogue(Locale::En).contains_key(key)
}

/// The message for an API error code such as `role.name_in_use`; unknown codes get a general sentence.
pub fn error_message<'a>(language: impl Into<Language<'a>>, code: &str) -> String {
    let key = format!("errors.{code}");
    translate(language, if key_exists(&key) { &key } else { "errors.general.unknown" }, &[])
}

/// Replaces each `{name}` by what `value` gives; a place without a value stays as it is. A space that sets a place off from
/// Chinese text goes where the value is Chinese, too.
pub fn interpolate(text: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        out.push_str(&rest[..open]);
        rest = &rest[open..];
        let Some(close) = rest.find('}') else { break };
        let (place, after) = rest.split_at(close + 1);
        rest = after;
        let Some(text) = value(&place[1..close]) else {
            out.push_str(place);
            continue;
        };
        let edges = text.trim_matches(['\u{2068}', '\u{2069}']);
        if edges.starts_with(is_chinese) && out.strip_suffix(' ').is_some_and(|before| before.ends_with(is_chinese)) {
            out.pop();
        }
        out.push_str(&text);
        let tightened =
            rest.strip_prefix(' ').filter(|next| edges.ends_with(is_chinese) && next.starts_with(is_chinese));
        rest = tightened.unwrap_or(rest);
    }
    out.push_str(rest);
    out
}

/// Whether the character is a Chinese one, or punctuation of that width.
fn is_chinese(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ffef}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn places(text: &str) -> BTreeSet<String> {
        let seen = std::cell::RefCell::new(BTreeSet::new());
        interpolate(text, |name| {
            seen.borrow_mut().insert(name.to_owned());
            None
        });
        seen.into_inner()
    }

    #[test]
    fn every_file_parses() {
        for text in EN.iter().chain(ZH_CN) {
            text.parse::<toml::Table>().unwrap();
        }
    }

    #[test]
    fn both_languages_have_the_same_keys_and_places_and_no_empty_text() {
        let (en, zh) = (catalogue(Locale::En), catalogue(Locale::ZhCn));
        for (key, text) in en {
            let other = zh.get(key).unwrap_or_else(|| panic!("{key} is missing in zh-CN"));
            assert!(!text.trim().is_empty() && !other.trim().is_empty(), "{key} is empty");
            assert_eq!(places(text), places(other), "{key} has other places in zh-CN");
        }
        for key in zh.keys() {
            assert!(en.contains_key(key), "{key} is missing in en");
        }
    }

    #[test]
    fn places_are_filled_and_unknown_ones_stay() {
        let key = "errors.password_rejected.too_short";
        assert!(translate(Locale::En, key, &[("min", "8")]).contains("at least 8 "));
        assert!(translate(Locale::ZhCn, key, &[("max", "8")]).contains("{min}"));
        assert_eq!(interpolate("a {b", |_| None), "a {b");
    }

    #[test]
    fn a_chinese_value_stands_in_chinese_text_without_spaces() {
        let filled = |name: &str| interpolate("使用 {name} 继续", |_| Some(name.to_owned()));
        assert_eq!(filled("海港账户"), "使用海港账户继续");
        assert_eq!(filled("Harbour"), "使用 Harbour 继续");
        assert_eq!(filled("海港 ID"), "使用海港 ID 继续");
        assert_eq!(interpolate("Go on with {name} now", |_| Some("海港".to_owned())), "Go on with 海港 now");
    }

    #[test]
    fn an_unknown_error_code_gets_a_general_sentence() {
        assert_eq!(error_message(Locale::En, "no.such"), translate(Locale::En, "errors.general.unknown", &[]));
        assert!(error_message(Locale::ZhCn, "role.name_in_use").contains("角色"));
    }
}
