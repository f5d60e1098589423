//! Everything the interaction refuses, with the code, status and data that clients see (inventory E, traces 20-*).

use std::borrow::Cow;

use serde_json::{Value, json};

use crate::identifier::Identifier;
use crate::mfa::{MaskedIdentifiers, MfaFactor};
use crate::password::PasswordIssue;

/// A refusal. `code`, `status` and `data` are the contract; the sentence comes from the phrase catalogue by code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.code())]
pub enum FlowError {
    /// The body lacks what this event needs.
    InvalidInput,
    /// No interaction was started, or it is over.
    InteractionNotFound,
    /// The step needs an identified user.
    IdentifierNotFound,
    /// No verification record has this id.
    VerificationNotFound,
    /// The record proves nothing, or not what this step needs.
    VerificationFailed,
    /// The event is switched off.
    Forbidden,
    /// Entering or leaving the forgot-password event by switching.
    ForgotPasswordSwitch,
    /// A proof that may not reset a password.
    ForgotPasswordProof,
    /// The profile of a forgotten password is not touched.
    ForgotPasswordProfile,
    /// A name that extra fields of a profile must not have.
    ReservedProfileKey,
    /// The step does not belong to this event.
    InvalidInteractionType,
    SignInMethodNotEnabled,
    UserNotExist {
        identifier: String,
    },
    /// Nobody has linked this account. Somebody has the same number or address, if `related` says so.
    IdentityNotExist {
        related: Option<Identifier>,
    },
    /// Nobody has linked this account at an enterprise, and nobody may be linked to it.
    SsoIdentityNotExist,
    UserSuspended,
    IdentityConflict,
    InvalidCredentials,
    /// Not the code that was sent.
    VerificationCodeMismatch,
    OneTimeToken(OneTimeTokenFault),
    PasswordExpired,
    PasswordRejected(Vec<PasswordIssue>),
    SamePassword,
    NewPasswordRequired,
    MissingProfile(Vec<MissingProfile>),
    AlreadyInUse(ProfileValue),
    ExistsInProfile(ProfileValue),
    Username(UsernameError),
    SsoEnabled {
        sso_connectors: Vec<Value>,
    },
    EmailNotAllowed,
    EmailSubaddressingNotAllowed,
    CaptchaRequired,
    TooManyAttempts {
        relative_time: String,
    },
    MfaRequired {
        available: Vec<MfaFactor>,
        masked: MaskedIdentifiers,
    },
    /// A second factor must be bound. Where it may be declined, the answer says so (E071).
    MissingMfa {
        available: Vec<MfaFactor>,
        is_skippable: bool,
    },
    SuggestMfa,
    /// Only codes to an address of the sign-up protect the account. A further factor may be declined (E071).
    SuggestAdditionalMfa {
        available: Vec<MfaFactor>,
        masked: MaskedIdentifiers,
        /// Whether the account has a passkey that signs in by itself.
        has_sign_in_passkey: bool,
    },
    MfaPolicyNotUserControlled,
    MfaFactorNotEnabled,
    /// Factors are protected, and the backup codes are still to be saved.
    BackupCodeRequired,
    /// Backup codes stand in for another factor, and there is none.
    BackupCodeAlone,
    InvalidBackupCode,
    InvalidTotpCode,
    TotpAlreadyInUse,
    /// The response of an authenticator does not hold.
    WebAuthnFailed,
    /// There is no passkey to ask for, or no challenge that was answered.
    WebAuthnNotFound,
    /// Nobody asked for the passkey that is sent.
    PasskeyNotRequested,
    /// A passkey could be made, and was neither made nor declined (E075).
    PasskeyPreferred,
    /// Accounts with enterprise sign-in can't sign in with passkeys (E044).
    PasskeyOfEnterpriseUser,
}

/// Why a one-time token does not hold (E091).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OneTimeTokenFault {
    NotFound,
    /// It was made for another address.
    EmailMismatch,
    Expired,
    Consumed,
    Revoked,
    /// It was made for something else than the person came for.
    InteractionEventMismatch,
}

impl OneTimeTokenFault {
    fn code(self) -> &'static str {
        match self {
            Self::NotFound => "one_time_token.token_not_found",
            Self::EmailMismatch => "one_time_token.email_mismatch",
            Self::Expired => "one_time_token.token_expired",
            Self::Consumed => "one_time_token.token_consumed",
            Self::Revoked => "one_time_token.token_revoked",
            Self::InteractionEventMismatch => "one_time_token.interaction_event_mismatch",
        }
    }
}

impl From<OneTimeTokenFault> for FlowError {
    fn from(fault: OneTimeTokenFault) -> Self {
        Self::OneTimeToken(fault)
    }
}

/// A part of the profile which a new account needs (E057).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MissingProfile {
    Username,
    Email,
    Phone,
    Password,
    EmailOrPhone,
    ExtraProfile,
}

impl MissingProfile {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Username => "username",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Password => "password",
            Self::EmailOrPhone => "emailOrPhone",
            Self::ExtraProfile => "extraProfile",
        }
    }
}

/// A value which at most one account may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProfileValue {
    Username,
    Email,
    Phone,
    Password,
    Identity,
}

impl ProfileValue {
    fn as_str(self) -> &'static str {
        match self {
            Self::Username => "username",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Password => "password",
            Self::Identity => "identity",
        }
    }
}

/// What is wrong with a username.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UsernameError {
    Required,
    StartsWithNumber,
    InvalidCharset,
    TooShort { min: i64 },
    TooLong { max: i64 },
    LowercaseNotAllowed,
    UppercaseNotAllowed,
    NumbersNotAllowed,
    UnderscoreNotAllowed,
}

impl UsernameError {
    fn code(self) -> &'static str {
        match self {
            Self::Required => "user.username_required",
            Self::StartsWithNumber => "user.username_starts_with_number",
            Self::InvalidCharset => "user.username_invalid_charset_hard",
            Self::TooShort { .. } => "user.username_too_short",
            Self::TooLong { .. } => "user.username_too_long",
            Self::LowercaseNotAllowed => "user.username_lowercase_not_allowed",
            Self::UppercaseNotAllowed => "user.username_uppercase_not_allowed",
            Self::NumbersNotAllowed => "user.username_numbers_not_allowed",
            Self::UnderscoreNotAllowed => "user.username_underscore_not_allowed",
        }
    }
}

impl FlowError {
    /// The stable code.
    pub fn code(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::InvalidInput => "guard.invalid_input",
            Self::InteractionNotFound => "session.interaction_not_found",
            Self::IdentifierNotFound => "session.identifier_not_found",
            Self::VerificationNotFound => "session.verification_session_not_found",
            Self::VerificationFailed => "session.verification_failed",
            Self::Forbidden => "auth.forbidden",
            Self::ForgotPasswordSwitch | Self::ForgotPasswordProof | Self::ForgotPasswordProfile => {
                "session.not_supported_for_forgot_password"
            }
            Self::ReservedProfileKey => "custom_profile_fields.name_conflict_sign_in_identifier",
            Self::InvalidInteractionType => "session.invalid_interaction_type",
            Self::SignInMethodNotEnabled => "user.sign_in_method_not_enabled",
            Self::UserNotExist { .. } => "user.user_not_exist",
            Self::IdentityNotExist { .. } => "user.identity_not_exist",
            Self::SsoIdentityNotExist => "user.sso_identity_not_exist",
            Self::UserSuspended => "user.suspended",
            Self::IdentityConflict => "session.identity_conflict",
            Self::InvalidCredentials => "session.invalid_credentials",
            Self::VerificationCodeMismatch => "verification_code.code_mismatch",
            Self::OneTimeToken(fault) => fault.code(),
            Self::PasswordExpired => "password.expired",
            Self::PasswordRejected(_) => "password.rejected",
            Self::SamePassword => "user.same_password",
            Self::NewPasswordRequired => "user.new_password_required_in_profile",
            Self::MissingProfile(_) => "user.missing_profile",
            Self::AlreadyInUse(value) => return Cow::Owned(format!("user.{}_already_in_use", value.as_str())),
            Self::ExistsInProfile(ProfileValue::Identity) => "user.social_account_exists_in_profile",
            Self::ExistsInProfile(value) => return Cow::Owned(format!("user.{}_exists_in_profile", value.as_str())),
            Self::Username(error) => error.code(),
            Self::SsoEnabled { .. } => "session.sso_enabled",
            Self::EmailNotAllowed => "session.email_blocklist.email_not_allowed",
            Self::EmailSubaddressingNotAllowed => "session.email_blocklist.email_subaddressing_not_allowed",
            Self::CaptchaRequired => "session.captcha_required",
            Self::TooManyAttempts { .. } => "session.verification_blocked_too_many_attempts",
            Self::MfaRequired { .. } => "session.mfa.require_mfa_verification",
            Self::MissingMfa { .. } => "user.missing_mfa",
            Self::SuggestMfa => "user.suggest_mfa",
            Self::SuggestAdditionalMfa { .. } => "session.mfa.suggest_additional_mfa",
            Self::MfaPolicyNotUserControlled => "session.mfa.mfa_policy_not_user_controlled",
            Self::MfaFactorNotEnabled => "session.mfa.mfa_factor_not_enabled",
            Self::BackupCodeRequired => "session.mfa.backup_code_required",
            Self::BackupCodeAlone => "session.mfa.backup_code_can_not_be_alone",
            Self::InvalidBackupCode => "session.mfa.invalid_backup_code",
            Self::InvalidTotpCode => "session.mfa.invalid_totp_code",
            Self::TotpAlreadyInUse => "user.totp_already_in_use",
            Self::WebAuthnFailed => "session.mfa.webauthn_verification_failed",
            Self::WebAuthnNotFound => "session.mfa.webauthn_verification_not_found",
            Self::PasskeyNotRequested => "session.passkey_sign_in.pending_info_not_found",
            Self::PasskeyPreferred => "user.passkey_preferred",
            Self::PasskeyOfEnterpriseUser => "session.passkey_sign_in.sso_users_not_allowed",
        })
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        match self {
            Self::InvalidInput
            | Self::VerificationFailed
            | Self::ForgotPasswordSwitch
            | Self::ForgotPasswordProfile
            | Self::ReservedProfileKey
            | Self::InvalidInteractionType
            | Self::VerificationCodeMismatch
            | Self::MfaFactorNotEnabled
            | Self::InvalidBackupCode
            | Self::InvalidTotpCode
            | Self::WebAuthnFailed
            | Self::WebAuthnNotFound
            | Self::PasskeyNotRequested
            | Self::PasskeyOfEnterpriseUser
            | Self::TooManyAttempts { .. } => 400,
            Self::OneTimeToken(OneTimeTokenFault::NotFound) => 404,
            Self::OneTimeToken(_) => 400,
            Self::UserSuspended => 401,
            Self::Forbidden | Self::MfaRequired { .. } => 403,
            Self::InteractionNotFound
            | Self::IdentifierNotFound
            | Self::VerificationNotFound
            | Self::IdentityNotExist { .. }
            | Self::SsoIdentityNotExist
            | Self::UserNotExist { .. } => 404,
            Self::IdentityConflict => 409,
            _ => 422,
        }
    }

    /// The `data` member, if there is one.
    pub fn data(&self) -> Option<Value> {
        match self {
            Self::UserNotExist { identifier } => Some(json!({"identifier": identifier})),
            Self::IdentityNotExist { related } => related.as_ref().map(|related| json!({"relatedUser": related})),
            Self::PasswordRejected(issues) => Some(issues.iter().map(PasswordIssue::to_json).collect()),
            Self::MissingProfile(missing) => {
                let names: Vec<&str> = missing.iter().map(|part| part.as_str()).collect();
                Some(json!({"missingProfile": names}))
            }
            Self::SsoEnabled { sso_connectors } => Some(json!({"ssoConnectors": sso_connectors})),
            Self::MfaRequired { available, masked } => {
                Some(json!({"availableFactors": available, "maskedIdentifiers": masked}))
            }
            Self::WebAuthnFailed => Some(json!({"message": "The response of the authenticator does not hold."})),
            Self::MissingMfa { available, is_skippable: false } => Some(json!({"availableFactors": available})),
            Self::MissingMfa { available, is_skippable: true } => {
                Some(json!({"availableFactors": available, "skippable": true}))
            }
            Self::SuggestAdditionalMfa { available, masked, has_sign_in_passkey } => Some(json!({
                "availableFactors": available, "maskedIdentifiers": masked,
                "isWebAuthnUsedAsSignInPasskey": has_sign_in_passkey, "skippable": true, "suggestion": true
            })),
            _ => None,
        }
    }

    /// The values that belong into the sentence, by placeholder name.
    pub fn interpolation(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Username(UsernameError::TooShort { min }) => vec![("min", min.to_string())],
            Self::Username(UsernameError::TooLong { max }) => vec![("max", max.to_string())],
            Self::TooManyAttempts { relative_time } => vec![("relativeTime", relative_time.clone())],
            _ => Vec::new(),
        }
    }
}
