//! Verification records: what has been shown, or is being shown, in one interaction (E040, E041).

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::identifier::{Identifier, IdentifierType};

/// A hashed password.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PasswordDigest {
    pub password_encrypted: String,
    /// `Argon2id` and so on: the name that the Management API uses (H115).
    pub password_encryption_method: String,
}

impl std::fmt::Debug for PasswordDigest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PasswordDigest({})", self.password_encryption_method)
    }
}

/// One record. There is at most one of each type in an interaction; a new one replaces the old.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all_fields = "camelCase")]
pub enum VerificationRecord {
    Password {
        id: String,
        identifier: Identifier,
        verified: bool,
        /// Whose password it was: should the identifier change hands meanwhile, the proof does not go with it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        user_id: Option<String>,
    },
    EmailVerificationCode {
        id: String,
        template_type: String,
        identifier: Identifier,
        verified: bool,
    },
    PhoneVerificationCode {
        id: String,
        template_type: String,
        identifier: Identifier,
        verified: bool,
    },
    MfaEmailVerificationCode {
        id: String,
        template_type: String,
        identifier: Identifier,
        verified: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        user_id: Option<String>,
    },
    MfaPhoneVerificationCode {
        id: String,
        template_type: String,
        identifier: Identifier,
        verified: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        user_id: Option<String>,
    },
    Social {
        id: String,
        connector_id: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        social_user_info: Option<Value>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        encrypted_token_set: Option<Value>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        connector_session: Option<Value>,
    },
    EnterpriseSso {
        id: String,
        connector_id: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        enterprise_sso_user_info: Option<Value>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        issuer: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        encrypted_token_set: Option<Value>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        connector_session: Option<Value>,
    },
    Totp {
        id: String,
        user_id: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        secret: Option<String>,
        verified: bool,
    },
    WebAuthn {
        id: String,
        user_id: String,
        verified: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        registration_challenge: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        registration_rp_id: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        registration_info: Option<Value>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        authentication_challenge: Option<String>,
    },
    SignInPasskey {
        id: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        user_id: Option<String>,
        verified: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        authentication_challenge: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        authentication_rp_id: Option<String>,
    },
    BackupCode {
        id: String,
        user_id: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        backup_codes: Option<Vec<String>>,
    },
    NewPasswordIdentity {
        id: String,
        identifier: Identifier,
        #[serde(flatten)]
        digest: PasswordDigest,
    },
    OneTimeToken {
        id: String,
        identifier: Identifier,
        verified: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        one_time_token_context: Option<Value>,
    },
}

impl VerificationRecord {
    /// The id by which the client names the record.
    pub fn id(&self) -> &str {
        match self {
            Self::Password { id, .. }
            | Self::EmailVerificationCode { id, .. }
            | Self::PhoneVerificationCode { id, .. }
            | Self::MfaEmailVerificationCode { id, .. }
            | Self::MfaPhoneVerificationCode { id, .. }
            | Self::Social { id, .. }
            | Self::EnterpriseSso { id, .. }
            | Self::Totp { id, .. }
            | Self::WebAuthn { id, .. }
            | Self::SignInPasskey { id, .. }
            | Self::BackupCode { id, .. }
            | Self::NewPasswordIdentity { id, .. }
            | Self::OneTimeToken { id, .. } => id,
        }
    }

    /// Whether the proof was given. A new password identity proves nothing by itself; it is a wish.
    pub fn is_verified(&self) -> bool {
        match self {
            Self::Password { verified, .. }
            | Self::EmailVerificationCode { verified, .. }
            | Self::PhoneVerificationCode { verified, .. }
            | Self::MfaEmailVerificationCode { verified, .. }
            | Self::MfaPhoneVerificationCode { verified, .. }
            | Self::Totp { verified, .. }
            | Self::WebAuthn { verified, .. }
            | Self::SignInPasskey { verified, .. }
            | Self::OneTimeToken { verified, .. } => *verified,
            Self::Social { social_user_info, .. } => social_user_info.is_some(),
            Self::EnterpriseSso { enterprise_sso_user_info, .. } => enterprise_sso_user_info.is_some(),
            Self::BackupCode { code, .. } => code.is_some(),
            Self::NewPasswordIdentity { .. } => false,
        }
    }

    /// The identifier that the record speaks for, if it is of that kind.
    pub fn identifier(&self) -> Option<&Identifier> {
        match self {
            Self::Password { identifier, .. }
            | Self::EmailVerificationCode { identifier, .. }
            | Self::PhoneVerificationCode { identifier, .. }
            | Self::NewPasswordIdentity { identifier, .. }
            | Self::OneTimeToken { identifier, .. } => Some(identifier),
            _ => None,
        }
    }

    /// Whether the record is a given proof of a bound second factor of this user. Records which bind a new factor do not
    /// count, and neither does the proof which identified the user: its types are others (E069).
    pub fn proves_second_factor(&self, user: &str) -> bool {
        match self {
            Self::Totp { user_id, secret: None, verified: true, .. }
            | Self::WebAuthn { user_id, verified: true, registration_challenge: None, .. }
            | Self::BackupCode { user_id, code: Some(_), .. } => user_id == user,
            Self::MfaEmailVerificationCode { user_id, verified: true, .. }
            | Self::MfaPhoneVerificationCode { user_id, verified: true, .. } => user_id.as_deref() == Some(user),
            _ => false,
        }
    }

    /// The same type, whatever the contents.
    pub fn is_same_type(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }

    /// What the browser may see: no digests, secrets, challenges, codes or tokens.
    pub fn view(&self) -> Value {
        match self {
            Self::Password { id, identifier, verified, .. } => {
                json!({"id": id, "type": "Password", "identifier": identifier, "verified": verified})
            }
            Self::EmailVerificationCode { id, template_type, identifier, verified } => {
                code_view("EmailVerificationCode", id, template_type, identifier, *verified)
            }
            Self::PhoneVerificationCode { id, template_type, identifier, verified } => {
                code_view("PhoneVerificationCode", id, template_type, identifier, *verified)
            }
            Self::MfaEmailVerificationCode { id, template_type, identifier, verified, .. } => {
                code_view("MfaEmailVerificationCode", id, template_type, identifier, *verified)
            }
            Self::MfaPhoneVerificationCode { id, template_type, identifier, verified, .. } => {
                code_view("MfaPhoneVerificationCode", id, template_type, identifier, *verified)
            }
            Self::Social { id, connector_id, social_user_info, .. } => without_nulls(
                json!({"id": id, "connectorId": connector_id, "type": "Social", "socialUserInfo": social_user_info}),
            ),
            Self::EnterpriseSso { id, connector_id, enterprise_sso_user_info, issuer, .. } => without_nulls(json!({
                "id": id, "connectorId": connector_id, "type": "EnterpriseSso",
                "enterpriseSsoUserInfo": enterprise_sso_user_info, "issuer": issuer
            })),
            Self::Totp { id, user_id, verified, .. } => {
                json!({"id": id, "type": "Totp", "userId": user_id, "verified": verified})
            }
            Self::WebAuthn { id, user_id, verified, .. } => {
                json!({"id": id, "verified": verified, "type": "WebAuthn", "userId": user_id})
            }
            Self::SignInPasskey { id, user_id, verified, .. } => {
                without_nulls(json!({"id": id, "verified": verified, "type": "SignInPasskey", "userId": user_id}))
            }
            Self::BackupCode { id, user_id, .. } => json!({"id": id, "type": "BackupCode", "userId": user_id}),
            Self::NewPasswordIdentity { id, identifier, .. } => {
                json!({"id": id, "type": "NewPasswordIdentity", "identifier": identifier})
            }
            Self::OneTimeToken { id, identifier, verified, one_time_token_context } => without_nulls(json!({
                "id": id, "type": "OneTimeToken", "verified": verified, "identifier": identifier,
                "oneTimeTokenContext": one_time_token_context
            })),
        }
    }

    /// The record for the audit log: as [`Self::view`], with the hidden secrets of a password named but masked.
    pub fn audit(&self) -> Value {
        let mut view = self.view();
        if let (Self::NewPasswordIdentity { .. }, Some(members)) = (self, view.as_object_mut()) {
            members.insert("passwordEncrypted".to_owned(), json!("******"));
            members.insert("passwordEncryptionMethod".to_owned(), json!("******"));
        }
        view
    }
}

fn code_view(name: &str, id: &str, template_type: &str, identifier: &Identifier, verified: bool) -> Value {
    json!({"id": id, "templateType": template_type, "verified": verified, "type": name, "identifier": identifier})
}

fn without_nulls(mut value: Value) -> Value {
    if let Some(members) = value.as_object_mut() {
        members.retain(|_, member| !member.is_null());
    }
    value
}

/// Whether this identifier is an e-mail address, and which.
pub(crate) fn email_of(identifier: &Identifier) -> Option<&str> {
    (identifier.kind == IdentifierType::Email).then_some(identifier.value.as_str())
}
