//! The token endpoint's responses (RFC 6749 sections 5.1 and 5.2).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::transport::Response;
use crate::{Error, PersistKey};

/// A successful response.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenResponse {
    pub access_token: String,
    pub token_type: String,
    /// Seconds.
    pub expires_in: i64,
    #[serde(default)]
    pub refresh_token: Option<String>,
    #[serde(default)]
    pub id_token: Option<String>,
}

impl TokenResponse {
    /// The stored names of the tokens it may renew.
    pub(crate) fn renewed_tokens(&self) -> [(PersistKey, Option<&str>); 2] {
        [(PersistKey::RefreshToken, self.refresh_token.as_deref()), (PersistKey::IdToken, self.id_token.as_deref())]
    }
}

/// A form body without the fields that have no value.
pub(crate) fn form(fields: &[(&str, Option<&str>)]) -> String {
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in fields {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            body.append_pair(name, value);
        }
    }
    body.finish()
}

/// Reads a response of the token endpoint.
pub(crate) fn read(url: &str, response: Response) -> Result<TokenResponse, Error> {
    if response.status != 200 {
        return Err(error_response(response));
    }
    serde_json::from_str(&response.body)
        .map_err(|_| Error::UnexpectedResponse { url: url.to_owned(), expected: "a token response" })
}

/// The error in a response that is not a success.
pub(crate) fn error_response(response: Response) -> Error {
    let json: Value = serde_json::from_str(&response.body).unwrap_or_default();
    let text = |name: &str| json.get(name).and_then(Value::as_str).map(str::to_owned);
    let body =
        if response.body.is_empty() { format!("HTTP status {}", response.status) } else { response.body.clone() };
    Error::Provider { status: response.status, error: text("error"), description: text("error_description"), body }
}

/// `ReauthenticationRequired` for an error that means that the refresh token has ended.
pub(crate) fn or_reauthentication(error: Error) -> Error {
    match error {
        Error::Provider { status: 400..=499, error: Some(error), description, body } if error == "invalid_grant" => {
            Error::ReauthenticationRequired { error, description, body }
        }
        other => other,
    }
}
