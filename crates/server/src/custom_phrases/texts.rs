//! Which texts there are, and whether a translation has their structure.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::LazyLock;

use ::api::custom_phrases::{Translation, TranslationObject};
use ::api::issue::error_data;
use ::api::{ErrorCode, Issue};
use kernel::Locale;
use serde_json::Value;
use views::{Catalogue, Language};

use crate::errors::ApiError;

/// A text is a sentence or two.
const MAX_CHARS: usize = 2000;

/// Of the messages of errors, those that a hosted page can show.
const ERROR_GROUPS: [&str; 14] = [
    "action",
    "auth",
    "connector",
    "entity",
    "general",
    "guard",
    "oidc",
    "one_time_token",
    "password",
    "password_rejected",
    "request",
    "session",
    "user",
    "verification_code",
];

/// Places that lead somewhere: a text without them would lock people out.
const LINKS: [&str; 2] = ["link", "links"];

/// Keys of the catalogue by their names in translations: the texts of pages need no `pages.`.
static KEYS: LazyLock<BTreeMap<&'static str, &'static str>> = LazyLock::new(|| {
    let is_shown_error = |key: &str| {
        let group = key.strip_prefix("errors.").and_then(|key| key.split('.').next());
        group.is_some_and(|group| ERROR_GROUPS.contains(&group))
    };
    let name = |key: &'static str| match key.strip_prefix("pages.") {
        Some(name) => Some((name, key)),
        None => (key.starts_with("country.") || is_shown_error(key)).then_some((key, key)),
    };
    views::phrase_keys().filter_map(name).collect()
});

/// All texts in a language, in groups.
pub(super) fn document(language: Language<'_>) -> TranslationObject {
    let mut root = TranslationObject::default();
    for (name, key) in &*KEYS {
        insert(&mut root, name, views::translate(language, key, &[]));
    }
    root
}

fn insert(group: &mut TranslationObject, name: &str, text: String) {
    match name.split_once('.') {
        None => drop(group.0.insert(name.to_owned(), Translation::Text(text))),
        Some((first, rest)) => {
            let inner =
                group.0.entry(first.to_owned()).or_insert_with(|| Translation::Group(TranslationObject::default()));
            if let Translation::Group(inner) = inner {
                insert(inner, rest, text);
            }
        }
    }
}

/// The texts of a translation by name; empty ones count as absent.
fn flatten(group: TranslationObject, prefix: &str, found: &mut Vec<(String, String)>, unknown: &mut Vec<String>) {
    for (name, member) in group.0 {
        // A dot separates groups; it is no part of a name.
        let has_dot = name.contains('.');
        let name = if prefix.is_empty() { name } else { format!("{prefix}.{name}") };
        match member {
            _ if has_dot => unknown.push(name),
            Translation::Text(_) if !KEYS.contains_key(name.as_str()) => unknown.push(name),
            Translation::Text(text) => {
                if !text.is_empty() {
                    found.push((name, text));
                }
            }
            Translation::Group(inner) => {
                let below = format!("{name}.");
                match KEYS.range(below.as_str()..).next().is_some_and(|(known, _)| known.starts_with(&below)) {
                    true => flatten(inner, &name, found, unknown),
                    false => unknown.push(name),
                }
            }
        }
    }
}

/// The translation without empty texts.
///
/// # Errors
/// 422 `localization.invalid_translation_structure` with the place of what we have not.
pub(super) fn checked(translation: TranslationObject) -> Result<TranslationObject, ApiError> {
    let (mut found, mut unknown) = (Vec::new(), Vec::new());
    flatten(translation, "", &mut found, &mut unknown);
    let issue = |name: &str, reason: &str| Issue::custom(name.split('.').map(Value::from).collect(), reason);
    let mut issues: Vec<Issue> = unknown.iter().map(|name| issue(name, "There is no such text.")).collect();
    for (name, text) in &found {
        if let Some(reason) = fault(name, text) {
            issues.push(issue(name, &reason));
        }
    }
    if !issues.is_empty() {
        issues.truncate(100);
        let refused = ApiError::unprocessable(ErrorCode::LocalizationInvalidTranslationStructure);
        return Err(refused.data(error_data(&issues)));
    }
    let mut root = TranslationObject::default();
    for (name, text) in found {
        insert(&mut root, &name, text);
    }
    Ok(root)
}

/// Why a text can't stand in the place of ours.
fn fault(name: &str, text: &str) -> Option<String> {
    if text.chars().count() > MAX_CHARS {
        return Some(format!("At most {MAX_CHARS} characters are allowed."));
    }
    if text.chars().any(|c| c.is_control() && c != '\n') || kernel::text::has_bidi_control(text) {
        return Some("The text holds control characters.".to_owned());
    }
    let known = KEYS.get(name).map(|key| places(&views::translate(Locale::En, key, &[]))).unwrap_or_default();
    let own = places(text);
    if let Some(extra) = own.difference(&known).next() {
        return Some(format!("Nothing fills {{{extra}}} here."));
    }
    let lost = known.difference(&own).find(|place| LINKS.contains(&place.as_str()));
    lost.map(|place| format!("{{{place}}} is missing, which leads on."))
}

/// The `{places}` of a text.
fn places(text: &str) -> BTreeSet<String> {
    let found = std::cell::RefCell::new(BTreeSet::new());
    views::interpolate(text, |name| {
        found.borrow_mut().insert(name.to_owned());
        None
    });
    found.into_inner()
}

/// A stored translation as the pages look it up. What an older version knew and this one does not is left out.
pub(super) fn catalogue(translation: TranslationObject) -> Catalogue {
    let (mut found, mut unknown) = (Vec::new(), Vec::new());
    flatten(translation, "", &mut found, &mut unknown);
    let by_key = |(name, text): (String, String)| KEYS.get(name.as_str()).map(|key| ((*key).to_owned(), text));
    found.into_iter().filter_map(by_key).collect::<HashMap<_, _>>()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(translation: Value) -> Result<Value, String> {
        match checked(serde_json::from_value(translation).unwrap()) {
            Ok(kept) => Ok(json!(kept)),
            Err(error) => Err(error.data_ref().unwrap()["issues"][0]["message"].as_str().unwrap().to_owned()),
        }
    }

    #[test]
    fn what_is_shown_can_be_sent_back() {
        for locale in Locale::ALL {
            let all = json!(document(locale.into()));
            assert_eq!(check(all.clone()), Ok(all.clone()));
            for name in
                ["/input/username", "/errors/session/not_found", "/country/de", "/errors/password_rejected/too_short"]
            {
                assert!(all.pointer(name).is_some_and(Value::is_string), "{name}");
            }
            assert!(all.pointer("/errors/application").is_none());
        }
    }

    #[test]
    fn only_our_structure_and_our_places_pass() {
        assert_eq!(
            check(json!({"input": {"username": "", "email": "Post"}, "action": {}})),
            Ok(json!({"input": {"email": "Post"}}))
        );
        assert_eq!(
            check(json!({"sign_in": {"subtitle": "Willkommen"}})),
            Ok(json!({"sign_in": {"subtitle": "Willkommen"}}))
        );
        for (translation, part) in [
            (json!({"nope": {"nope": "x"}}), "no such"),
            (json!({"nope": {}}), "no such"),
            (json!({"input": "x"}), "no such"),
            (json!({"input": {"username": {"x": "y"}}}), "no such"),
            (json!({"sign_in.title": "x"}), "no such"),
            (json!({"": "x"}), "no such"),
            (json!({"sign_in": {"title": "{application}"}}), "Nothing fills {application}"),
            (json!({"sign_in": {"no_account": "Neu hier?"}}), "{link} is missing"),
            (json!({"sign_in": {"title": "a\u{0}"}}), "control"),
            (json!({"sign_in": {"title": "a\u{202e}b"}}), "control"),
            (json!({"sign_in": {"title": "x".repeat(2001)}}), "2000"),
        ] {
            let refused = check(translation.clone());
            assert!(refused.as_ref().is_err_and(|reason| reason.contains(part)), "{translation}: {refused:?}");
        }
    }
}
