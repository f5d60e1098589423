//! The provider's tokens.

use outbound::OutboundResponse;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use url::form_urlencoded;

use crate::FederationError;

const TOKEN_ENDPOINT: &str = "token endpoint";

/// What a token endpoint gave (RFC 6749 section 5.1). It holds secrets.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenSet {
    pub access_token: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_type: Option<String>,
    /// Seconds from the response on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<i64>,
}

impl std::fmt::Debug for TokenSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenSet")
            .field("scope", &self.scope)
            .field("expires_in", &self.expires_in)
            .finish_non_exhaustive()
    }
}

impl TokenSet {
    /// The error that the endpoint answered with, if it is one (RFC 6749 section 5.2).
    pub(crate) fn error_code(response: &OutboundResponse) -> Option<String> {
        members(&response.body).get("error").and_then(Value::as_str).map(str::to_owned)
    }

    /// Reads JSON, or the form that some providers answer with.
    pub(crate) fn read(response: &OutboundResponse) -> Result<Self, FederationError> {
        let members = members(&response.body);
        let text = |name: &str| members.get(name).and_then(Value::as_str).map(str::to_owned);
        if let Some(error) = text("error") {
            let sentence = text("error_description").map_or_else(|| error.clone(), |more| format!("{error}: {more}"));
            return Err(FederationError::InvalidCode(kernel::text::excerpt(&sentence).to_owned()));
        }
        let invalid = |reason: String| FederationError::InvalidResponse { endpoint: TOKEN_ENDPOINT, reason };
        if !response.status.is_success() {
            return Err(invalid(format!("status {}", response.status.as_u16())));
        }
        let access_token = text("access_token").filter(|token| !token.is_empty());
        let seconds = |value: &Value| value.as_i64().or_else(|| value.as_str().and_then(|text| text.parse().ok()));
        Ok(Self {
            access_token: access_token.ok_or_else(|| invalid("no access_token".to_owned()))?,
            refresh_token: text("refresh_token"),
            id_token: text("id_token"),
            scope: text("scope"),
            token_type: text("token_type"),
            expires_in: members.get("expires_in").and_then(seconds),
        })
    }
}

fn members(body: &[u8]) -> Map<String, Value> {
    serde_json::from_slice(body).unwrap_or_else(|_| {
        form_urlencoded::parse(body)
            .map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())))
            .collect()
    })
}
