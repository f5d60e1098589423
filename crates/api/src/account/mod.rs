//! `/api/my-account` and `/api/verifications`: what a signed-in person sees and changes of their own account.

mod factors;
mod identities;
mod operations;
mod verifications;

pub use factors::{
    AddMfaVerification, AnswerPasskeyRegistration, BegunPasskeyRegistration, MyBackupCode, MyBackupCodes,
    NewBackupCodes, PasskeyName, PasskeyPayload, PasskeyPayloadType, ReplaceTotp, TotpSecret,
};
pub use identities::{NewIdentity, NewProviderTokens, ProviderAccessToken};
pub use operations::operations;
pub use verifications::{
    CodeIdentifier, CodeTemplate, CreatedVerification, SendVerificationCode, SentCodeAnswer, SentToProvider,
    SocialAnswer, SocialRequest, VerifiedRecord,
};

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::format::{Email, Phone, Username, WebUrlOrEmpty};
use crate::members::{BoundedText, JsonObject, Patch};
use crate::users::{Identity, UserProfile, UserSession};

/// The account. Members that neither the scopes of the token nor the settings of the account centre show are absent; only the id and
/// `hasSecurityVerificationMethod` are always there. Times in milliseconds since 1970.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct MyAccount {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub username: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub primary_email: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub primary_phone: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub name: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub avatar: Patch<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_data: Option<JsonObject>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identities: Option<BTreeMap<String, Identity>>,
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub last_sign_in_at: Patch<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<UserProfile>,
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub application_id: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub cimd_client_id: Patch<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_suspended: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub has_password: Option<bool>,
    /// Whether there is a password, an e-mail address or a phone number with which the person can prove who they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub has_security_verification_method: Option<bool>,
}

/// Changes of the account; null clears a member. A username needs a fresh proof of identity.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct UpdateMyAccount {
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub name: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub avatar: Patch<WebUrlOrEmpty>,
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub username: Patch<Username>,
    /// Replaced as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_data: Option<JsonObject>,
}

/// A new password.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NewPassword {
    pub password: BoundedText<1, 4096>,
}

/// A new primary e-mail address, with the id of the record that proves it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewPrimaryEmail {
    pub email: Email,
    pub new_identifier_verification_record_id: String,
}

/// A new primary phone number, with the id of the record that proves it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewPrimaryPhone {
    pub phone: Phone,
    pub new_identifier_verification_record_id: String,
}

/// Whether the second factor is left out at sign-ins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MfaSettings {
    pub skip_mfa_on_sign_in: bool,
}

/// The sessions of the person that have not expired, newest first; a thousand at most.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MySessions {
    pub sessions: Vec<MySession>,
}

/// A browser in which the person is signed in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MySession {
    #[serde(flatten)]
    pub session: UserSession,
    /// Whether the token of this request comes from it.
    pub is_current: bool,
}

/// What a person may know of the deletion of their account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MyAccountDeletion {
    /// Whether people may delete their accounts.
    pub enabled: bool,
    /// Days in which they may change their minds.
    pub grace_days: i64,
    /// ISO 8601: when this account is deleted; null unless it is planned.
    pub due_at: Option<String>,
}
