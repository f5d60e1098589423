//! Whether somebody changed what a form shows while it was open: the form holds a signature of the members that it was made of.

use serde_json::{Map, Value};

use super::fields::{FieldSpec, FormErrors};
use crate::callers::ConsoleUser;
use crate::oidc::cookies;
use crate::pages::FormFields;

/// The hidden field.
const FIELD: &str = "made_of";
/// What the signatures are for.
const PURPOSE: &str = "console.made_of";

/// The members that a form sends: the API replaces each as a whole.
fn members(item: &Value, specs: &[FieldSpec]) -> String {
    let member = |spec: &FieldSpec| {
        let name = spec.path.split('.').next().unwrap_or(spec.path);
        (name.to_owned(), item.get(name).cloned().unwrap_or_default())
    };
    Value::Object(specs.iter().map(member).collect::<Map<_, _>>()).to_string()
}

/// The hidden field of a form that shows these members. It has a key, because one of them may be a secret.
pub(super) fn hidden<R>(user: &ConsoleUser<R>, item: &Value, specs: &[FieldSpec]) -> (String, String) {
    let signature = cookies::sign_newest(&user.config.keys.cookie_keys, PURPOSE, &members(item, specs));
    (FIELD.to_owned(), signature)
}

/// Compares the form with what is stored now. A program may send a form without the field.
///
/// # Errors
/// What the form says where it was made of something else.
pub(super) fn check<R>(
    user: &ConsoleUser<R>,
    item: &Value,
    specs: &[FieldSpec],
    sent: &FormFields,
) -> Result<(), FormErrors> {
    let keys = &user.config.keys.cookie_keys;
    let is_same = |signature| cookies::is_signed(keys, PURPOSE, &members(item, specs), signature);
    match sent.first(FIELD).is_none_or(is_same) {
        true => Ok(()),
        false => Err(FormErrors::of_whole(user.text("form.changed_meanwhile"))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::fields::FieldKind;
    use super::*;

    #[test]
    fn only_what_a_form_sends_counts() {
        let specs = [FieldSpec::new("a.b", FieldKind::Text), FieldSpec::new("c", FieldKind::Text)];
        let shown = members(&json!({"a": {"b": 1, "d": 2}, "c": 3, "e": 4}), &specs);
        assert_eq!(shown, members(&json!({"a": {"b": 1, "d": 2}, "c": 3, "e": 5}), &specs));
        assert_ne!(shown, members(&json!({"a": {"b": 1, "d": 3}, "c": 3, "e": 4}), &specs));
        assert_ne!(shown, members(&json!({"a": {"b": 1, "d": 2}}), &specs));
    }
}
