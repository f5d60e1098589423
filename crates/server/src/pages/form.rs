//! The fields of a form that was sent.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};

/// Names and values in order. NUL is left out of them: no name or password holds it, and PostgreSQL cannot store it.
#[derive(Debug, Default)]
pub struct Posted(Vec<(String, String)>);

impl<S: Send + Sync> FromRequest<S> for Posted {
    type Rejection = std::convert::Infallible;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        let bytes = Bytes::from_request(request, state).await.unwrap_or_default();
        Ok(Self::parse(&bytes))
    }
}

impl Posted {
    /// Reads `application/x-www-form-urlencoded`.
    pub fn parse(bytes: &[u8]) -> Self {
        let clean = |text: std::borrow::Cow<'_, str>| text.replace('\0', "");
        Self(url::form_urlencoded::parse(bytes).map(|(name, value)| (clean(name), clean(value))).collect())
    }

    /// The first value of a field, empty when absent.
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
