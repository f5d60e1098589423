//! Which identifiers a page asks for.

use flow::IdentifierType;
use views::pages::Identifier;

/// The identifiers of `all` that the space-separated `wanted` names; all of them when it names none (inventory O044).
pub fn narrow(all: &[IdentifierType], wanted: Option<&str>) -> Vec<IdentifierType> {
    let name = |kind: IdentifierType| match kind {
        IdentifierType::Username => "username",
        IdentifierType::Email => "email",
        IdentifierType::Phone => "phone",
    };
    let named = |kind: &&IdentifierType| wanted.is_some_and(|list| list.split(' ').any(|item| item == name(**kind)));
    let some: Vec<_> = all.iter().filter(named).copied().collect();
    if some.is_empty() { all.to_vec() } else { some }
}

/// As the pages name them.
pub fn shown(kinds: &[IdentifierType]) -> Vec<Identifier> {
    let one = |kind: &IdentifierType| match kind {
        IdentifierType::Username => Identifier::Username,
        IdentifierType::Email => Identifier::Email,
        IdentifierType::Phone => Identifier::Phone,
    };
    kinds.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use IdentifierType::{Email, Username};

    use super::*;

    #[test]
    fn a_request_narrows_the_identifiers_but_cannot_add_or_remove_all() {
        assert_eq!(narrow(&[Username, Email], Some("email phone")), [Email]);
        assert_eq!(narrow(&[Username], Some("bogus")), [Username]);
        assert_eq!(narrow(&[Username, Email], None), [Username, Email]);
    }
}
