//! The language of a page (inventory H111).

use flow::SignInExperience;
use kernel::Locale;

/// Selects the first supported language of: `ui_locales` of the request, the browser's languages if the tenant detects
/// them, the tenant's fallback, English.
pub fn select_locale(experience: &SignInExperience, ui_locales: Option<&str>, accept_language: Option<&str>) -> Locale {
    let info = &experience.language_info;
    ui_locales
        .and_then(Locale::from_ui_locales)
        .or_else(|| accept_language.filter(|_| info.auto_detect).and_then(Locale::from_accept_language))
        .or_else(|| Locale::from_tag(&info.fallback_language))
        .unwrap_or_default()
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
        let mut experience = SignInExperience::initial("default");
        experience.language_info.fallback_language = "zh-CN".to_owned();
        assert_eq!(select_locale(&experience, Some("de en"), Some("zh")), Locale::En);
        assert_eq!(select_locale(&experience, Some("de"), Some("en-GB")), Locale::En);
        assert_eq!(select_locale(&experience, None, Some("fr")), Locale::ZhCn);
        experience.language_info.auto_detect = false;
        assert_eq!(select_locale(&experience, None, Some("en")), Locale::ZhCn);
        experience.language_info.fallback_language = "fr".to_owned();
        assert_eq!(select_locale(&experience, None, None), Locale::En);
    }
}
