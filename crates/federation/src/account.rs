//! Whose account it is.

use serde::Serialize;
use serde_json::Value;

use crate::{FederationError, TokenSet};

/// What the provider says of a person (contract section 6.5).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UserInfo {
    /// Never empty; unique at this provider.
    pub id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avatar: Option<String>,
    /// Everything as the provider sent it.
    pub raw_data: Value,
}

/// The proven account.
#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    pub user: UserInfo,
    /// Whether the provider says that the e-mail address is the person's, or the administrator trusts that it is. Only then may
    /// it lead to an account that exists (attack D1).
    pub email_is_verified: bool,
    pub phone_is_verified: bool,
    /// The provider's tokens; none where the provider gives none (Apple).
    pub tokens: Option<TokenSet>,
}

/// The longest id of an account, in characters; OpenID Connect Core section 2 allows 255.
const MAX_ID: usize = 255;
const MAX_ADDRESS: usize = 128;
const MAX_NAME: usize = 128;
const MAX_AVATAR: usize = 2048;
/// The most of what a provider says besides, in bytes of JSON.
const MAX_RAW_DATA: usize = 16 << 10;

impl Account {
    /// What may be kept of it: a provider says what it likes, at any length. What is too long or has control characters is left out.
    ///
    /// # Errors
    /// [`FederationError::InvalidResponse`] for such an id.
    pub(crate) fn bounded(mut self) -> Result<Self, FederationError> {
        let is_short = |text: &String, most: usize| text.chars().count() <= most && !text.chars().any(char::is_control);
        if !is_short(&self.user.id, MAX_ID) {
            let reason = format!("the id of the account has control characters or more than {MAX_ID} characters");
            return Err(FederationError::InvalidResponse { endpoint: "user information", reason });
        }
        let user = &mut self.user;
        user.email = user.email.take().filter(|email| is_short(email, MAX_ADDRESS));
        user.phone = user.phone.take().filter(|phone| is_short(phone, MAX_ADDRESS));
        user.name = user.name.take().filter(|name| is_short(name, MAX_NAME));
        user.avatar = user.avatar.take().filter(|avatar| is_short(avatar, MAX_AVATAR));
        if user.raw_data.to_string().len() > MAX_RAW_DATA {
            user.raw_data = Value::Object(serde_json::Map::new());
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn account(id: &str, name: &str) -> Account {
        let user = UserInfo {
            id: id.to_owned(),
            email: Some("ada@example.com".to_owned()),
            phone: None,
            name: Some(name.to_owned()),
            avatar: Some(format!("https://img.example/{name}")),
            raw_data: json!({"name": name}),
        };
        Account { user, email_is_verified: true, phone_is_verified: false, tokens: None }
    }

    #[test]
    fn e8_what_a_provider_says_is_bounded() {
        let usual = account("u1", "Ada");
        assert_eq!(usual.clone().bounded().unwrap(), usual);
        let long = account("u1", &"a".repeat(900_000)).bounded().unwrap().user;
        assert_eq!((long.name, long.avatar, long.raw_data), (None, None, json!({})));
        assert!(long.email.is_some());
        assert_eq!(account("u1", "Ann\r\nBcc: x").bounded().unwrap().user.name, None);
        for id in ["x".repeat(256), "a\0b".to_owned()] {
            assert!(matches!(account(&id, "Ada").bounded(), Err(FederationError::InvalidResponse { .. })));
        }
    }
}
