//! Passkeys in a sign-in.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Identifier, ShortText};
use crate::account::PasskeyPayload;
use crate::members::JsonObject;

/// A passkey that is asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewPasskeyRequest {
    pub verification_id: String,
    /// What the browser takes to make a passkey, in the JSON form of WebAuthn.
    pub registration_options: JsonObject,
}

/// A passkey that is asked for, of one person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BegunPasskey {
    pub verification_id: String,
    /// What the browser takes to use a passkey, in the JSON form of WebAuthn.
    pub authentication_options: JsonObject,
}

/// Any passkey is asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BegunPasskeySignIn {
    /// What the browser takes to use a passkey, in the JSON form of WebAuthn.
    pub authentication_options: JsonObject,
}

/// What the browser answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AnswerPasskey {
    pub verification_id: ShortText,
    pub payload: PasskeyPayload,
}

/// What the browser answered. Without a verification it answers the challenge that was made for whoever comes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AnswerPasskeySignIn {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verification_id: Option<ShortText>,
    pub payload: PasskeyPayload,
}

/// Whose passkey is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SignInPasskeyRequest {
    pub identifier: Identifier,
}

/// A registered passkey to sign in with, bound when the interaction is submitted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BindPasskey {
    pub verification_id: ShortText,
}
