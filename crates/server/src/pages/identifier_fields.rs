//! The types of identifiers that a page asks for.

use flow::{Identifier, IdentifierType};
use views::pages::IdentifierKind;

use crate::errors::ApiError;

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
    let refused = |phrase| ApiError::unprocessable("guard.invalid_input").with_phrase(phrase);
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
