//! The language of a page: one that ships, or one that a tenant added.

use std::sync::Arc;

use kernel::Locale;
use kernel::locale::{best_accepted, is_same_language};

use crate::Catalogue;
use crate::phrases;

/// A language and its texts: those of a tenant over those of the language that ships.
#[derive(Debug, Clone, Copy)]
pub struct Language<'a> {
    tag: &'static str,
    built_in: Locale,
    own: Option<&'a Arc<Catalogue>>,
}

impl From<Locale> for Language<'static> {
    fn from(built_in: Locale) -> Self {
        Self { tag: built_in.tag(), built_in, own: None }
    }
}

impl<'a> Language<'a> {
    /// The BCP 47 tag, as in `Content-Language` and the `lang` attribute.
    pub fn tag(self) -> &'static str {
        self.tag
    }

    /// The language that ships and has the texts that the tenant did not write.
    pub fn built_in(self) -> Locale {
        self.built_in
    }

    /// The tenant's own texts.
    pub fn own(self) -> Option<&'a Arc<Catalogue>> {
        self.own
    }

    /// Whether it is written as the language that ships, so that its rules of letters apply.
    pub fn is_kind_of(self, locale: Locale) -> bool {
        self.built_in == locale && is_same_language(self.tag, locale.tag())
    }

    /// What its speakers call it.
    pub fn name(self) -> &'static str {
        let named = |(tag, _): &&(&str, &str)| *tag == self.tag;
        NAMES.iter().find(named).map_or(self.tag, |(_, name)| name)
    }

    /// Tag and name of each that a tenant can add.
    pub fn names() -> &'static [(&'static str, &'static str)] {
        NAMES
    }

    /// The `dir` attribute (inventory H113).
    pub fn direction(self) -> &'static str {
        const RIGHT_TO_LEFT: [&str; 8] = ["ar", "cb", "fa", "he", "ps", "sd", "sy", "ur"];
        let base = self.tag.split('-').next().unwrap_or_default();
        if RIGHT_TO_LEFT.contains(&base) { "rtl" } else { "ltr" }
    }

    pub(crate) fn text(self, key: &str) -> Option<&'a str> {
        self.own.and_then(|own| own.get(key)).map(String::as_str).or_else(|| phrases::built_in(self.built_in, key))
    }
}

/// The languages of a tenant: those that ship and those that it added.
#[derive(Debug, Default)]
pub struct Languages(Vec<(&'static str, Arc<Catalogue>)>);

impl Languages {
    /// With a tenant's texts by language.
    pub fn new(mut own: Vec<(&'static str, Arc<Catalogue>)>) -> Self {
        own.sort_by_key(|(tag, _)| *tag);
        Self(own)
    }

    /// All of them: those that ship first.
    pub fn all(&self) -> impl Iterator<Item = Language<'_>> {
        let shipped = Locale::ALL.into_iter().map(|locale| self.own(locale.tag()).unwrap_or(locale.into()));
        let is_added = |(tag, _): &&(&'static str, _)| Locale::ALL.iter().all(|locale| locale.tag() != *tag);
        shipped.chain(self.0.iter().filter(is_added).map(|(tag, texts)| own_language(tag, texts)))
    }

    /// The language with exactly this tag.
    pub fn get(&self, tag: &str) -> Option<Language<'_>> {
        let shipped = || Locale::ALL.into_iter().find(|locale| locale.tag() == tag).map(Language::from);
        self.own(tag).or_else(shipped)
    }

    /// The language for a tag: exact, else by its base language, else none (inventory H111; RFC 4647 section 3.4).
    pub fn find(&self, tag: &str) -> Option<Language<'_>> {
        if self.0.is_empty() {
            return Locale::from_tag(tag).map(Language::from);
        }
        let wanted = tag.replace('_', "-");
        let is_exact = |one: &Language<'_>| one.tag.eq_ignore_ascii_case(&wanted);
        let base = wanted.split('-').next().unwrap_or_default();
        let is_base = |one: &Language<'_>| one.tag.eq_ignore_ascii_case(base) && is_same_language(one.tag, &wanted);
        let candidates = || self.all();
        candidates()
            .find(is_exact)
            .or_else(|| candidates().find(is_base))
            .or_else(|| candidates().find(|one| is_same_language(one.tag, &wanted)))
    }

    /// The first known language of a space-separated `ui_locales` value (OpenID Connect Core section 3.1.2.1).
    pub fn find_in_ui_locales(&self, value: &str) -> Option<Language<'_>> {
        value.split_whitespace().take(32).find_map(|tag| self.find(tag))
    }

    /// The best language of an `Accept-Language` header.
    pub fn find_in_accept_language(&self, header: &str) -> Option<Language<'_>> {
        best_accepted(header, |tag| self.find(tag))
    }

    fn own(&self, tag: &str) -> Option<Language<'_>> {
        let (tag, texts) = self.0.iter().find(|(own, _)| *own == tag)?;
        Some(own_language(tag, texts))
    }
}

fn own_language<'a>(tag: &'static str, texts: &'a Arc<Catalogue>) -> Language<'a> {
    Language { tag, built_in: Locale::from_tag(tag).unwrap_or_default(), own: Some(texts) }
}

/// The languages that can be added, as their speakers call them.
#[rustfmt::skip]
const NAMES: &[(&str, &str)] = &[
    ("af-ZA", "Afrikaans"), ("am-ET", "አማርኛ"), ("ar", "العربية"), ("ar-AR", "العربية (AR)"), ("as-IN", "অসমীয়া"),
    ("az-AZ", "Azərbaycan"), ("be-BY", "Беларуская"), ("bg-BG", "Български"), ("bn-IN", "বাংলা"), ("br-FR", "Brezhoneg"),
    ("bs-BA", "Bosanski"), ("ca-ES", "Català"), ("cb-IQ", "کوردیی ناوەندی"), ("co-FR", "Corsu"), ("cs", "Čeština"),
    ("cs-CZ", "Čeština (Česko)"), ("cx-PH", "Bisaya"), ("cy-GB", "Cymraeg"), ("da-DK", "Dansk"), ("de", "Deutsch"),
    ("de-DE", "Deutsch (Deutschland)"), ("el-GR", "Ελληνικά"), ("en", "English"), ("en-GB", "English (UK)"),
    ("en-US", "English (US)"), ("eo-EO", "Esperanto"), ("es", "Español"), ("es-ES", "Español (España)"),
    ("es-419", "Español (Latinoamérica)"), ("et-EE", "Eesti"), ("eu-ES", "Euskara"), ("fa-IR", "فارسی"), ("ff-NG", "Fulfulde"),
    ("fi", "Suomi"), ("fi-FI", "Suomi (Suomi)"), ("fo-FO", "Føroyskt"), ("fr", "Français"), ("fr-CA", "Français (Canada)"),
    ("fr-FR", "Français (France)"), ("fy-NL", "Frysk"), ("ga-IE", "Gaeilge"), ("gl-ES", "Galego"), ("gn-PY", "Avañeʼẽ"),
    ("gu-IN", "ગુજરાતી"), ("ha-NG", "Hausa"), ("he-IL", "עברית"), ("hi-IN", "हिन्दी"), ("hr-HR", "Hrvatski"),
    ("ht-HT", "Kreyòl ayisyen"), ("hu-HU", "Magyar"), ("hy-AM", "Հայերեն"), ("id-ID", "Bahasa Indonesia"), ("ik-US", "Iñupiatun"),
    ("is-IS", "Íslenska"), ("it", "Italiano"), ("it-IT", "Italiano (Italia)"), ("iu-CA", "ᐃᓄᒃᑎᑐᑦ"), ("ja", "日本語"),
    ("ja-JP", "日本語（日本）"), ("ja-KS", "日本語（関西）"), ("jv-ID", "Basa Jawa"), ("ka-GE", "ქართული"), ("kk-KZ", "Қазақ тілі"),
    ("km-KH", "ខ្មែរ"), ("kn-IN", "ಕನ್ನಡ"), ("ko", "한국어"), ("ko-KR", "한국어(대한민국)"), ("ku-TR", "Kurdî"), ("ky-KG", "Кыргызча"),
    ("lo-LA", "ລາວ"), ("lt-LT", "Lietuvių"), ("lv-LV", "Latviešu"), ("mg-MG", "Malagasy"), ("mk-MK", "Македонски"),
    ("ml-IN", "മലയാളം"), ("mn-MN", "Монгол"), ("mr-IN", "मराठी"), ("ms-MY", "Bahasa Melayu"), ("mt-MT", "Malti"), ("my-MM", "မြန်မာ"),
    ("nb-NO", "Norsk bokmål"), ("ne-NP", "नेपाली"), ("nl", "Nederlands"), ("nl-BE", "Nederlands (België)"),
    ("nl-NL", "Nederlands (Nederland)"), ("nn-NO", "Norsk nynorsk"), ("or-IN", "ଓଡ଼ିଆ"), ("pa-IN", "ਪੰਜਾਬੀ"), ("pl-PL", "Polski"),
    ("ps-AF", "پښتو"), ("pt", "Português"), ("pt-BR", "Português (Brasil)"), ("pt-PT", "Português (Portugal)"), ("ro-RO", "Română"),
    ("ru", "Русский"), ("ru-RU", "Русский (Россия)"), ("rw-RW", "Ikinyarwanda"), ("sc-IT", "Sardu"), ("si-LK", "සිංහල"),
    ("sk-SK", "Slovenčina"), ("sl-SI", "Slovenščina"), ("sn-ZW", "chiShona"), ("sq-AL", "Shqip"), ("sr-RS", "Српски"),
    ("sv", "Svenska"), ("sv-SE", "Svenska (Sverige)"), ("sw-KE", "Kiswahili"), ("sy-SY", "ܣܘܪܝܝܐ"), ("sz-PL", "Ślōnsko"),
    ("ta-IN", "தமிழ்"), ("te-IN", "తెలుగు"), ("tg-TJ", "Тоҷикӣ"), ("th", "ไทย"), ("th-TH", "ไทย (ไทย)"), ("tl-PH", "Filipino"),
    ("tr", "Türkçe"), ("tr-TR", "Türkçe (Türkiye)"), ("tt-RU", "Татар"), ("tz-MA", "ⵜⴰⵎⴰⵣⵉⵖⵜ"), ("uk-UA", "Українська"), ("ur-PK", "اردو"),
    ("uz-UZ", "Oʻzbek"), ("vi-VN", "Tiếng Việt"), ("zh", "中文"), ("zh-CN", "简体中文"), ("zh-HK", "繁體中文（香港）"),
    ("zh-MO", "繁體中文（澳門）"), ("zh-TW", "繁體中文（台灣）"), ("zz-TR", "Zazakî"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::translate;

    fn with(tags: &[&'static str]) -> Languages {
        Languages::new(tags.iter().map(|tag| (*tag, Arc::default())).collect())
    }

    #[test]
    fn a_tag_is_found_exactly_then_by_its_language() {
        let languages = with(&["pt-BR", "pt-PT", "de-DE", "en-GB", "zh-TW", "ar"]);
        for (asked, found) in [
            ("pt-PT", Some("pt-PT")),
            ("PT_pt", Some("pt-PT")),
            ("pt", Some("pt-BR")),
            ("de-AT", Some("de-DE")),
            ("en-GB", Some("en-GB")),
            ("en-AU", Some("en")),
            ("zh-HK", Some("zh-TW")),
            ("zh-SG", Some("zh-CN")),
            ("zh", Some("zh-CN")),
            ("ar-EG", Some("ar")),
            ("fr", None),
            ("", None),
        ] {
            assert_eq!(languages.find(asked).map(Language::tag), found, "{asked}");
        }
        assert_eq!(with(&[]).find("zh-TW").map(Language::tag), None);
        assert_eq!(languages.find_in_ui_locales("fr de en").map(Language::tag), Some("de-DE"));
        let accepted = languages.find_in_accept_language("fr, de;q=0.5, en;q=0.7, ar;q=0");
        assert_eq!(accepted.map(Language::tag), Some("en"));
    }

    #[test]
    fn what_a_tenant_did_not_write_is_that_of_the_language_that_ships() {
        let own = Catalogue::from([("pages.action.sign_in".to_owned(), "Anmelden".to_owned())]);
        let languages = Languages::new(vec![("de", Arc::new(own))]);
        let german = languages.get("de").unwrap();
        assert_eq!(translate(german, "pages.action.sign_in", &[]), "Anmelden");
        assert_eq!(translate(german, "pages.action.stay", &[]), translate(Locale::En, "pages.action.stay", &[]));
        assert_eq!((german.direction(), german.name()), ("ltr", "Deutsch"));
        assert!(!german.is_kind_of(Locale::En));
        let tags: Vec<_> = languages.all().map(Language::tag).collect();
        assert_eq!(tags, ["en", "zh-CN", "de"]);
        assert_eq!(with(&["ar"]).get("ar").map(Language::direction), Some("rtl"));
    }
}
