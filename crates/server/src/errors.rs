//! The API's error vocabulary: a stable code, a status, a localised message (inventory M006–M010).

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use db::DbError;
use kernel::Locale;
use serde_json::{Value, json};

use crate::hashing::HashingError;
use crate::http::body;

/// An error of a REST route: `{code, message, data?}`. The logged detail is separate and never sent.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiError {
    status: StatusCode,
    code: String,
    data: Option<Value>,
    args: Vec<(String, String)>,
    retry_after: Option<u32>,
    members: Vec<(&'static str, String)>,
    detail: Option<String>,
}

impl ApiError {
    /// An error with the code of `contract/error-codes.json`.
    pub fn new(status: StatusCode, code: impl Into<String>) -> Self {
        Self {
            status,
            code: code.into(),
            data: None,
            args: Vec::new(),
            retry_after: None,
            members: Vec::new(),
            detail: None,
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
    pub fn no_such(name: &str, id: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "entity.not_exists_with_id").arg("name", name).arg("id", id)
    }

    /// 404 `entity.not_found`.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "entity.not_found")
    }

    /// 500 without any detail for the caller; `detail` goes to the log.
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

    /// Adds a value for the message's placeholder.
    #[must_use]
    pub fn arg(mut self, name: &str, value: &str) -> Self {
        self.args.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds a member of the OAuth error body (`error`, `error_description`, `state`, …) beside `code` and `message`.
    #[must_use]
    pub fn member(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.members.push((name, value.into()));
        self
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The code, empty for an unexpected failure.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The attached data.
    pub fn attached(&self) -> Option<&Value> {
        self.data.as_ref()
    }

    /// The message for people.
    pub fn message(&self, locale: Locale) -> String {
        if self.code.is_empty() {
            return "Internal server error.".into();
        }
        // The code says nothing about the cause; whoever reads it did nothing wrong and need only wait.
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            return views::error_message(locale, "general.busy");
        }
        let args: Vec<(&str, &str)> = self.args.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let key = format!("errors.{}", self.code);
        if args.is_empty() || !views::has_phrase(&key) {
            return views::error_message(locale, &self.code);
        }
        views::phrase(locale, &key, &args)
    }

    /// The response in a language.
    pub fn respond(&self, locale: Locale) -> Response {
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
    /// English at once; `http::localise` turns it into the reader's language.
    fn into_response(self) -> Response {
        let mut response = self.respond(Locale::En);
        response.extensions_mut().insert(self);
        response
    }
}

impl From<DbError> for ApiError {
    fn from(error: DbError) -> Self {
        match error {
            DbError::NotFound => Self::not_found(),
            DbError::Conflict => Self::new(StatusCode::NOT_FOUND, "entity.not_exists"),
            DbError::ForeignKey => Self::new(StatusCode::NOT_FOUND, "entity.relation_foreign_key_not_found"),
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
        assert!(!format!("{:?}", error.respond(Locale::En)).contains("secret host"));
        assert_eq!(error.message(Locale::En), views::error_message(Locale::En, "general.busy"));
        assert_eq!(ApiError::from(DbError::Sql("x".into())).status(), StatusCode::INTERNAL_SERVER_ERROR);
    }
}
