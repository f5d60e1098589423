//! The fields of a submitted form.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};

/// The country of a typed phone number.
pub(super) const COUNTRY: &str = "country";
/// More than any identifier has.
pub(super) const MAX_SHOWN_CHARS: usize = 300;

/// Names and values in order. NUL characters are removed: no name or password contains them, and PostgreSQL cannot
/// store them.
#[derive(Debug, Default)]
pub struct FormFields(Vec<(String, String)>);

impl FormFields {
    /// Reads a body of `application/x-www-form-urlencoded`. A body that does not arrive has no fields.
    pub async fn of(request: Request) -> Self {
        let bytes = Bytes::from_request(request, &()).await.unwrap_or_default();
        let clean = |text: std::borrow::Cow<'_, str>| text.replace('\0', "");
        Self(url::form_urlencoded::parse(&bytes).map(|(name, value)| (clean(name), clean(value))).collect())
    }

    /// The fields of another kind of body.
    pub fn of_pairs(pairs: Vec<(String, String)>) -> Self {
        let clean = |text: String| text.replace('\0', "");
        Self(pairs.into_iter().map(|(name, value)| (clean(name), clean(value))).collect())
    }

    /// The first value of a field; empty if it is absent.
    pub fn get(&self, name: &str) -> &str {
        self.first(name).unwrap_or_default()
    }

    /// The first value of a field.
    pub fn first(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// What was typed to name an account: a phone number of the chosen country with its code, everything else as it is. Long text
    /// is cut.
    pub fn identifier(&self) -> String {
        let typed: String = self.get("identifier").trim().chars().take(MAX_SHOWN_CHARS).collect();
        flow::phone::with_country_code(&typed, self.get(COUNTRY)).unwrap_or(typed)
    }

    /// The fields whose names begin with `prefix`: the rest of the name, and the value.
    pub fn with_prefix(&self, prefix: &str) -> Vec<(String, String)> {
        let rest = |(name, value): &(String, String)| Some((name.strip_prefix(prefix)?.to_owned(), value.clone()));
        self.0.iter().filter_map(rest).collect()
    }

    /// All values of a field.
    pub fn all(&self, name: &str) -> Vec<String> {
        self.0.iter().filter(|(n, _)| n == name).map(|(_, value)| value.clone()).collect()
    }
}
