//! The types of identifiers that a page asks for.

use flow::IdentifierType;
use views::pages::IdentifierKind;

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
}
