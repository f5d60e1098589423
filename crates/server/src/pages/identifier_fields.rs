//! The fields in which a page asks for an identifier, and what is typed into them.

use axum::http::{StatusCode, header};
use std::sync::LazyLock;

use flow::{Identifier, IdentifierType};
use kernel::Locale;
use views::pages::{Choice, Field, IdentifierKind};
use views::{Language, translate};

use super::language;
use super::page_request::PageRequest;
use crate::errors::ApiError;

const MALFORMED: &str = "guard.invalid_input";

/// The types in `all` that the space-separated list `requested` names; all of them if it names none (inventory O044).
pub fn restrict_to_requested(all: &[IdentifierType], requested: Option<&str>) -> Vec<IdentifierType> {
    let name_of = |kind: IdentifierType| match kind {
        IdentifierType::Username => "username",
        IdentifierType::Email => "email",
        IdentifierType::Phone => "phone",
    };
    let is_named =
        |kind: &&IdentifierType| requested.is_some_and(|list| list.split(' ').any(|item| item == name_of(**kind)));
    let restricted: Vec<_> = all.iter().filter(is_named).copied().collect();
    if restricted.is_empty() { all.to_vec() } else { restricted }
}

/// The field for an identifier of one of `kinds` and, where it may be a phone number, the choice of its country.
pub(super) fn fields(request: &PageRequest, kinds: &[IdentifierType], typed: &str) -> Vec<Field> {
    let mut fields = vec![Field::identifier(request.language(), &to_view(kinds), typed)];
    if kinds.contains(&IdentifierType::Phone) {
        let country = request.country.clone().or_else(|| country_of(request)).unwrap_or_default();
        let choices = countries(request.language());
        fields.push(Field::country(request.language(), choices, country, kinds.len() > 1));
    }
    fields
}

/// Whether the error says that what was typed is no address or number ([`require_address`]).
pub(super) fn is_malformed(error: &ApiError) -> bool {
    error.code() == MALFORMED && error.status() == StatusCode::UNPROCESSABLE_ENTITY
}

/// Puts an error about what was typed beside the first field. The text of any other one, for the form as a whole.
pub(super) fn place_error(fields: &mut [Field], error: Option<&ApiError>, language: Language<'_>) -> Option<String> {
    let error = error?;
    let text = error.message(language);
    match fields.first_mut() {
        Some(first) if is_malformed(error) => {
            first.error = Some(text);
            None
        }
        _ => Some(text),
    }
}

/// Where the browser is, as far as the trusted proxy or the browser's first language says so.
fn country_of(request: &PageRequest) -> Option<String> {
    let settings = &request.app.settings;
    let injected = settings.injected_headers.read(&request.headers).find(|(member, _)| *member == "country");
    let located = injected.filter(|_| settings.trust_proxy_header).map(|(_, country)| country.to_ascii_uppercase());
    located.or_else(|| language::region(request.header(header::ACCEPT_LANGUAGE)?))
}

/// All countries, by language, in the order in which people look for one.
static COUNTRIES: LazyLock<[Vec<Choice>; 2]> =
    LazyLock::new(|| Locale::ALL.map(|locale| country_choices(locale.into())));

fn countries(language: Language<'_>) -> Vec<Choice> {
    let is_written = |key: &String| key.starts_with("country.") || key == "pages.input.country_choice";
    if language.own().is_some_and(|own| own.keys().any(is_written)) {
        return country_choices(language);
    }
    let [en, zh_cn] = &*COUNTRIES;
    match language.built_in() {
        Locale::En => en.clone(),
        Locale::ZhCn => zh_cn.clone(),
    }
}

fn country_choices(language: Language<'_>) -> Vec<Choice> {
    let mut countries: Vec<_> = flow::phone::countries()
        .map(|(id, code)| (translate(language, &format!("country.{}", id.to_ascii_lowercase()), &[]), code, id))
        .collect();
    match language.built_in() {
        Locale::En => countries.sort_by_cached_key(|(name, ..)| flow::unicode::without_accents(name)),
        Locale::ZhCn => countries.sort_by_key(|(_, code, id)| (*code, *id)),
    }
    let label = |name: &str, code: u16| {
        translate(language, "pages.input.country_choice", &[("name", name), ("code", &code.to_string())])
    };
    countries.iter().map(|(name, code, id)| Choice { value: (*id).to_owned(), label: label(name, *code) }).collect()
}

/// Converts the types to those of the templates.
pub fn to_view(kinds: &[IdentifierType]) -> Vec<IdentifierKind> {
    let one = |kind: &IdentifierType| match kind {
        IdentifierType::Username => IdentifierKind::Username,
        IdentifierType::Email => IdentifierKind::Email,
        IdentifierType::Phone => IdentifierKind::Phone,
    };
    kinds.iter().map(one).collect()
}

/// The address or number that a code can be sent to, in its normal form.
///
/// # Errors
/// 422 `guard.invalid_input` that says how one looks.
pub fn require_address(identifier: Identifier) -> Result<Identifier, ApiError> {
    let refused = |phrase| ApiError::unprocessable(MALFORMED).with_phrase(phrase);
    match identifier.kind {
        IdentifierType::Phone => match flow::phone::normalize(&identifier.value) {
            Some(number) => Ok(Identifier::new(IdentifierType::Phone, number)),
            None => Err(refused("general.invalid_phone")),
        },
        IdentifierType::Email if flow::identifier::is_email(&identifier.value) => Ok(identifier),
        IdentifierType::Email | IdentifierType::Username => Err(refused("general.invalid_email")),
    }
}

/// An address or number with most of it hidden.
pub fn mask(identifier: &Identifier) -> String {
    let value = &identifier.value;
    match value.rsplit_once('@').filter(|_| identifier.kind == IdentifierType::Email) {
        Some((local, domain)) => {
            let shown = if local.chars().count() > 4 { 2 } else { 1 };
            format!("{}****@{domain}", local.chars().take(shown).collect::<String>())
        }
        None => {
            let hidden = value.chars().count().saturating_sub(4);
            format!("****{}", value.chars().skip(hidden).collect::<String>())
        }
    }
}

#[cfg(test)]
mod tests {
    use IdentifierType::{Email, Username};

    use super::*;

    #[test]
    fn a_request_narrows_the_identifiers_but_cannot_add_or_remove_all() {
        assert_eq!(restrict_to_requested(&[Username, Email], Some("email phone")), [Email]);
        assert_eq!(restrict_to_requested(&[Username], Some("bogus")), [Username]);
        assert_eq!(restrict_to_requested(&[Username, Email], None), [Username, Email]);
    }

    #[test]
    fn every_country_has_a_name_in_every_language() {
        for (language, expected) in [(Locale::En, "Åland Islands +358"), (Locale::ZhCn, "+86 中国")] {
            let choices = country_choices(language.into());
            let nameless = choices.iter().find(|choice| choice.label.contains("country."));
            assert!(nameless.is_none() && choices.len() > 240, "{nameless:?}");
            let place = choices.iter().position(|choice| choice.label == expected);
            assert!(place.is_some_and(|place| language == Locale::ZhCn || place == 1), "{place:?}");
        }
    }

    #[test]
    fn most_of_an_address_is_hidden() {
        for (kind, value, shown) in [
            (Email, "ada.lovelace@example.com", "ad****@example.com"),
            (Email, "ada@example.com", "a****@example.com"),
            (IdentifierType::Phone, "8613800138000", "****8000"),
        ] {
            assert_eq!(mask(&Identifier::new(kind, value)), shown);
        }
    }

    #[test]
    fn codes_go_to_addresses_and_numbers_only() {
        let of = |kind, value: &str| require_address(Identifier::new(kind, value)).map(|found| found.value).ok();
        assert_eq!(of(IdentifierType::Phone, "+86 138 0013 8000").as_deref(), Some("8613800138000"));
        assert_eq!(of(Email, "ada@example.com").as_deref(), Some("ada@example.com"));
        assert_eq!(of(IdentifierType::Phone, "12"), None);
        assert_eq!(of(Email, "ada"), None);
        assert_eq!(of(Username, "ada"), None);
    }
}
