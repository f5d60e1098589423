//! The language of a page (inventory H111).

use flow::experience::LanguageInfo;
use kernel::Locale;
use views::{Language, Languages};

use crate::tenants::TenantSnapshot;

/// Selects the first supported language of: `ui_locales` of the request, the browser's languages if the tenant detects
/// them, the tenant's fallback, English.
pub fn select_language<'c>(
    config: &'c TenantSnapshot,
    ui_locales: Option<&str>,
    accept_language: Option<&str>,
) -> Language<'c> {
    select(&config.languages, &config.policy.experience.language_info, ui_locales, accept_language)
}

fn select<'c>(
    languages: &'c Languages,
    info: &LanguageInfo,
    ui_locales: Option<&str>,
    accept_language: Option<&str>,
) -> Language<'c> {
    ui_locales
        .and_then(|tags| languages.find_in_ui_locales(tags))
        .or_else(|| {
            accept_language.filter(|_| info.auto_detect).and_then(|header| languages.find_in_accept_language(header))
        })
        .or_else(|| languages.find(&info.fallback_language))
        .unwrap_or_else(|| Locale::default().into())
}

/// The region (ISO 3166-1) of the first language that names one, in an `Accept-Language` header (RFC 9110 section 12.5.4).
pub fn region(accept_language: &str) -> Option<String> {
    let tags = accept_language.split(',').take(32).filter_map(|item| item.split(';').next());
    let mut subtags = tags.flat_map(|tag| tag.trim().split('-').skip(1));
    let is_region = |subtag: &&str| subtag.len() == 2 && subtag.bytes().all(|b| b.is_ascii_alphabetic());
    subtags.find(is_region).map(str::to_ascii_uppercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_region_is_that_of_the_first_language_with_one() {
        for (header, wanted) in [
            ("de-AT,de;q=0.9,en-US;q=0.8", Some("AT")),
            ("zh-Hans-CN, en", Some("CN")),
            ("fr, en-gb;q=0.5", Some("GB")),
            ("en", None),
            ("es-419", None),
            ("", None),
        ] {
            assert_eq!(region(header).as_deref(), wanted, "{header}");
        }
    }

    #[test]
    fn the_request_goes_before_the_browser_and_the_browser_before_the_fallback() {
        let languages = Languages::new(vec![("fr-CA", std::sync::Arc::default())]);
        let mut info = LanguageInfo { auto_detect: true, fallback_language: "zh-CN".to_owned() };
        let select = |info: &LanguageInfo, ui_locales, accepted| select(&languages, info, ui_locales, accepted).tag();
        assert_eq!(select(&info, Some("de en"), Some("zh")), "en");
        assert_eq!(select(&info, Some("de"), Some("en-GB")), "en");
        assert_eq!(select(&info, Some("de fr"), Some("en-GB")), "fr-CA");
        assert_eq!(select(&info, None, Some("fr;q=0.9, en;q=0.8")), "fr-CA");
        assert_eq!(select(&info, None, Some("de")), "zh-CN");
        info.auto_detect = false;
        assert_eq!(select(&info, None, Some("en")), "zh-CN");
        info.fallback_language = "fr-CA".to_owned();
        assert_eq!(select(&info, None, None), "fr-CA");
        info.fallback_language = "de".to_owned();
        assert_eq!(select(&info, None, None), "en");
    }
}
