//! Phrase files, placeholders in phrases, and the languages of a request.

use std::cell::Cell;
use std::sync::Arc;

use views::{Language, Languages, interpolate, read_phrases};

/// The input is a phrase file, a phrase, and a list of languages.
///
/// Attack classes: G5.
pub fn phrases(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let phrases = read_phrases(&[&text]);
    let mut printed = String::new();
    for (key, phrase) in &phrases {
        places(phrase);
        printed.push_str(&format!("{} = {}\n", toml::Value::from(key.as_str()), toml::Value::from(phrase.as_str())));
    }
    assert_eq!(read_phrases(&[&printed]), phrases, "{printed}");
    places(&text);
    languages(&text);
}

/// Replacing every placeholder with itself, or none, changes nothing; values are inserted literally.
fn places(phrase: &str) {
    assert_eq!(interpolate(phrase, |_| None), phrase);
    assert_eq!(interpolate(phrase, |name| Some(format!("{{{name}}}"))), phrase);
    let places = Cell::new(0);
    let filled = interpolate(phrase, |_| {
        places.set(places.get() + 1);
        Some("{x}".to_owned())
    });
    assert!(filled.matches("{x}").count() >= places.get(), "{filled}");
}

fn languages(text: &str) {
    let languages = Languages::new(["ar", "de", "pt-BR", "zh-TW"].map(|tag| (tag, Arc::default())).to_vec());
    let is_asked_for = |tag: &str, found: Language<'_>| languages.find(tag).is_some_and(|one| one.tag() == found.tag());
    if let Some(found) = languages.find_in_accept_language(text) {
        let tag = |item: &'_ str| item.split(';').next().unwrap_or_default().trim().to_owned();
        assert!(text.split(',').any(|item| is_asked_for(&tag(item), found)), "nobody asked for {}", found.tag());
    }
    if let Some(found) = languages.find_in_ui_locales(text) {
        assert!(text.split_whitespace().any(|item| is_asked_for(item, found)), "nobody asked for {}", found.tag());
    }
}
