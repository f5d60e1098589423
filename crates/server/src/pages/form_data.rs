//! The fields of a submitted form.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};

/// Names and values in order. NUL characters are removed: no name or password contains them, and PostgreSQL cannot
/// store them.
#[derive(Debug, Default)]
pub struct FormData(Vec<(String, String)>);

impl<S: Send + Sync> FromRequest<S> for FormData {
    type Rejection = std::convert::Infallible;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        let bytes = Bytes::from_request(request, state).await.unwrap_or_default();
        Ok(Self::parse(&bytes))
    }
}

impl FormData {
    /// Parses `application/x-www-form-urlencoded`.
    pub fn parse(bytes: &[u8]) -> Self {
        let clean = |text: std::borrow::Cow<'_, str>| text.replace('\0', "");
        Self(url::form_urlencoded::parse(bytes).map(|(name, value)| (clean(name), clean(value))).collect())
    }

    /// The first value of a field; empty if it is absent.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    /// Whether the form had this field.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(n, _)| n == name)
    }

    /// All values of a field.
    pub fn all(&self, name: &str) -> Vec<String> {
        self.0.iter().filter(|(n, _)| n == name).map(|(_, value)| value.clone()).collect()
    }
}
