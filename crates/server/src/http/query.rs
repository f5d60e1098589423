//! Query parameters of a request.

use axum::extract::{self, FromRequestParts};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::body::invalid_input;
use crate::errors::ApiError;
use crate::search;

/// The decoded parameters in their order; names may repeat.
#[derive(Debug, Clone, Default)]
pub struct QueryParams(Vec<(String, String)>);

impl QueryParams {
    /// Parses the part of a URI after `?`.
    pub fn parse(query: &str) -> Self {
        Self(url::form_urlencoded::parse(query.as_bytes()).into_owned().collect())
    }

    /// The first value of `name`; an empty one counts as absent.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values(name).next().filter(|value| !value.is_empty())
    }

    /// All values of `name`, empty ones too.
    pub fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// All pairs.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether `name` has a value that existing clients read as true (inventory M021).
    pub fn is_true(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| ["true", "yes", "y", "1", "on"].contains(&value.to_lowercase().as_str()))
    }
}

/// The parameters as a type. What does not fit is refused as bodies are.
#[derive(Debug, Clone)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let read = extract::Query::try_from_uri(&parts.uri);
        read.map(|extract::Query(query)| Self(query)).map_err(|refused| invalid_query(&refused.body_text()))
    }
}

/// axum tells what is wrong behind its own words, and where, if it knows: `name: what`.
fn invalid_query(text: &str) -> ApiError {
    let reason = text.rsplit_once("query string: ").map_or(text, |(_, reason)| reason);
    match reason.split_once(": ").filter(|(name, _)| !name.contains([' ', '`'])) {
        Some((name, reason)) => invalid_input(&[name.to_owned()], reason),
        None => invalid_input(&[], reason),
    }
}

impl<S: Sync> FromRequestParts<S> for QueryParams {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let query = Self::parse(parts.uri.query().unwrap_or_default());
        // The simple search of all lists that have one (inventory M016).
        query.get("q").map_or(Ok(()), search::check_substring)?;
        Ok(query)
    }
}
