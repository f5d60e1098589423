//! Errors of the REST API: a stable code, a status and a localized message (inventory M006–M010).

use ::api::ErrorCode;
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use db::DbError;
use kernel::Locale;
use serde_json::{Value, json};
use views::Language;

use crate::hashing::HashingError;
use crate::http::body;

/// An error of a REST route: `{code, message, data?}`. The detail is only logged, never sent.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiError {
    status: StatusCode,
    code: String,
    data: Option<Value>,
    placeholders: Vec<(String, String)>,
    phrase: Option<&'static str>,
    retry_after: Option<u32>,
    members: Vec<(&'static str, String)>,
    detail: Option<String>,
    facts: Vec<(&'static str, Value)>,
}

impl ApiError {
    /// An error with the code of `docs/contract/error-codes.json`.
    pub fn new(status: StatusCode, code: impl Into<String>) -> Self {
        Self {
            status,
            code: code.into(),
            data: None,
            placeholders: Vec::new(),
            phrase: None,
            retry_after: None,
            members: Vec::new(),
            detail: None,
            facts: Vec::new(),
        }
    }

    /// 400 with `code`, the default status.
    pub fn bad_request(code: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code)
    }

    /// 422 with `code`.
    pub fn unprocessable(code: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code)
    }

    /// 404 `entity.not_exists_with_id` (inventory M008).
    pub fn not_found_by_id(name: &str, id: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, ErrorCode::EntityNotExistsWithId)
            .with_placeholder("name", name)
            .with_placeholder("id", id)
    }

    /// 404 `entity.not_found`.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, ErrorCode::EntityNotFound)
    }

    /// 500 without details for the client; `detail` is logged.
    pub fn internal(detail: impl Into<String>) -> Self {
        Self { detail: Some(detail.into()), ..Self::new(StatusCode::INTERNAL_SERVER_ERROR, "") }
    }

    /// 503 with `Retry-After` in seconds.
    pub fn unavailable(retry_after: u32) -> Self {
        let code = "request.general";
        Self { retry_after: Some(retry_after), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, code) }
    }

    /// Adds `data`.
    #[must_use]
    pub fn data(mut self, data: Value) -> Self {
        self.data = Some(data);
        self
    }

    /// Sets the value of a placeholder of the message.
    #[must_use]
    pub fn with_placeholder(mut self, name: &str, value: &str) -> Self {
        self.placeholders.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Says more than the code does: the message with this key below `errors`.
    #[must_use]
    pub fn with_phrase(mut self, key: &'static str) -> Self {
        self.phrase = Some(key);
        self
    }

    /// Says in the log what the client is not told.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Adds a member of the OAuth error body (`error`, `error_description`, `state`, …) beside `code` and `message`.
    #[must_use]
    pub fn with_oauth_member(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.members.push((name, value.into()));
        self
    }

    /// Says what the check saw, for whoever asks why the request was refused ([`crate::refusals`]); the client is not told.
    #[must_use]
    pub fn with_fact(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.add_fact(name, value);
        self
    }

    /// As [`Self::with_fact`]; the first fact of a name stays.
    pub fn add_fact(&mut self, name: &'static str, value: impl Into<Value>) {
        if self.fact(name).is_none() {
            self.facts.push((name, value.into()));
        }
    }

    /// What the check saw.
    pub(crate) fn facts(&self) -> &[(&'static str, Value)] {
        &self.facts
    }

    /// One of the facts.
    pub(crate) fn fact(&self, name: &str) -> Option<&Value> {
        self.facts.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// A member of the OAuth error body.
    pub(crate) fn oauth_member(&self, name: &str) -> Option<&str> {
        self.members.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The code, empty for an unexpected failure.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The member `data`.
    pub fn data_ref(&self) -> Option<&Value> {
        self.data.as_ref()
    }

    /// The localized message.
    pub fn message<'a>(&self, language: impl Into<Language<'a>>) -> String {
        let language = language.into();
        if self.code.is_empty() {
            return "Internal server error.".into();
        }
        // The code does not tell the cause; the message tells the user to try again.
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            return views::error_message(language, "general.busy");
        }
        if let Some(phrase) = self.phrase {
            return views::error_message(language, phrase);
        }
        let placeholders: Vec<(&str, &str)> = self.placeholders.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let key = format!("errors.{}", self.code);
        if placeholders.is_empty() || !views::key_exists(&key) {
            return views::error_message(language, &self.code);
        }
        views::translate(language, &key, &placeholders)
    }

    /// The response in a language.
    pub fn to_response(&self, locale: Locale) -> Response {
        if let Some(detail) = &self.detail {
            tracing::error!(detail, code = self.code, "a request failed");
        }
        let mut body = json!({});
        if !self.code.is_empty() {
            body["code"] = self.code.clone().into();
        }
        if let Some(data) = &self.data {
            body["data"] = data.clone();
        }
        body["message"] = self.message(locale).into();
        for (name, value) in &self.members {
            body[*name] = value.clone().into();
        }
        let mut response = (self.status, Json(body)).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert("retry-after", seconds.into());
        }
        response
    }
}

impl IntoResponse for ApiError {
    /// In English; `http::localize_error` translates it later.
    fn into_response(self) -> Response {
        let mut response = self.to_response(Locale::En);
        response.extensions_mut().insert(self);
        response
    }
}

impl From<DbError> for ApiError {
    fn from(error: DbError) -> Self {
        match error {
            DbError::NotFound => Self::not_found(),
            DbError::Conflict => Self::new(StatusCode::NOT_FOUND, ErrorCode::EntityNotExists),
            DbError::ForeignKey => Self::new(StatusCode::NOT_FOUND, ErrorCode::EntityRelationForeignKeyNotFound),
            DbError::Check(_) => Self::unprocessable("entity.db_constraint_violated"),
            DbError::Busy | DbError::Unavailable(_) => {
                tracing::warn!(%error, "the database could not serve a request");
                Self::unavailable(1)
            }
            DbError::Unique(_) | DbError::Open(_) | DbError::NewerSchema { .. } | DbError::Sql(_) => {
                Self::internal(error.to_string())
            }
        }
    }
}

impl From<HashingError> for ApiError {
    fn from(error: HashingError) -> Self {
        match error {
            HashingError::Busy => Self::unavailable(1),
            HashingError::TooLong => body::invalid_input(&["password".to_owned()], &error.to_string()),
            HashingError::Failed(detail) => Self::internal(detail),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn storage_trouble_is_a_503_and_never_shows_its_cause() {
        let error = ApiError::from(DbError::Unavailable("secret host name".into()));
        assert_eq!(error.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(!format!("{:?}", error.to_response(Locale::En)).contains("secret host"));
        assert_eq!(error.message(Locale::En), views::error_message(Locale::En, "general.busy"));
        assert_eq!(ApiError::from(DbError::Sql("x".into())).status(), StatusCode::INTERNAL_SERVER_ERROR);
    }
}
