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

#[cfg(test)]
mod tests {
    use super::*;

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
