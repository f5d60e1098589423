//! The verifications of one interaction, as they are stored, shown and logged.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    BackupCode, BackupCodes, Code, EnterpriseAccount, EnterpriseSso, IdentityProof, MfaCode, NewPasswordIdentity,
    OneTimeToken, PasskeyOwner, Password, PasswordOf, SecondFactorProof, SignInPasskey, Social, SocialAccount, Totp,
    Verification, WebAuthn,
};
use crate::identifier::{Identifier, IdentifierType};
use crate::mfa::MfaFactor;

/// One record. There is at most one of each type in an interaction; a new one replaces the old.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum VerificationRecord {
    Password(Verification<Password, PasswordOf>),
    EmailVerificationCode(Verification<Code>),
    PhoneVerificationCode(Verification<Code>),
    MfaEmailVerificationCode(Verification<MfaCode>),
    MfaPhoneVerificationCode(Verification<MfaCode>),
    Social(Verification<Social, SocialAccount>),
    EnterpriseSso(Verification<EnterpriseSso, EnterpriseAccount>),
    Totp(Verification<Totp>),
    WebAuthn(Verification<WebAuthn>),
    SignInPasskey(Verification<SignInPasskey, PasskeyOwner>),
    BackupCode(Verification<BackupCodes, BackupCode>),
    NewPasswordIdentity(NewPasswordIdentity),
    OneTimeToken(Verification<OneTimeToken>),
}

impl VerificationRecord {
    /// The id by which the client names the record.
    pub fn id(&self) -> &str {
        match self {
            Self::Password(record) => record.id(),
            Self::EmailVerificationCode(record) | Self::PhoneVerificationCode(record) => record.id(),
            Self::MfaEmailVerificationCode(record) | Self::MfaPhoneVerificationCode(record) => record.id(),
            Self::Social(record) => record.id(),
            Self::EnterpriseSso(record) => record.id(),
            Self::Totp(record) => record.id(),
            Self::WebAuthn(record) => record.id(),
            Self::SignInPasskey(record) => record.id(),
            Self::BackupCode(record) => record.id(),
            Self::NewPasswordIdentity(record) => &record.id,
            Self::OneTimeToken(record) => record.id(),
        }
    }

    /// The record as a proof alone: the tokens of a provider are kept once.
    pub(crate) fn without_tokens(&self) -> Self {
        let mut record = self.clone();
        match &mut record {
            Self::Social(Verification::Verified(proof)) => proof.claim.encrypted_token_set = None,
            Self::EnterpriseSso(Verification::Verified(proof)) => proof.claim.encrypted_token_set = None,
            _ => {}
        }
        record
    }

    /// The proof of who the person is, if the record is of such a kind and was proven.
    pub fn identity_proof(&self) -> Option<IdentityProof<'_>> {
        match self {
            Self::Password(record) => record.verified().map(IdentityProof::Password),
            Self::EmailVerificationCode(record) => record.verified().map(IdentityProof::EmailCode),
            Self::PhoneVerificationCode(record) => record.verified().map(IdentityProof::PhoneCode),
            Self::Social(record) => record.verified().map(IdentityProof::Social),
            Self::EnterpriseSso(record) => record.verified().map(IdentityProof::EnterpriseSso),
            Self::SignInPasskey(record) => record.verified().map(IdentityProof::SignInPasskey),
            Self::OneTimeToken(record) => record.verified().map(IdentityProof::OneTimeToken),
            Self::MfaEmailVerificationCode(_)
            | Self::MfaPhoneVerificationCode(_)
            | Self::Totp(_)
            | Self::WebAuthn(_)
            | Self::BackupCode(_)
            | Self::NewPasswordIdentity(_) => None,
        }
    }

    /// The proof of a second factor, if the record is of such a kind and was proven.
    pub fn second_factor_proof(&self) -> Option<SecondFactorProof<'_>> {
        match self {
            Self::Totp(record) => record.verified().map(SecondFactorProof::Totp),
            Self::WebAuthn(record) => record.verified().map(SecondFactorProof::WebAuthn),
            Self::BackupCode(record) => record.verified().map(SecondFactorProof::BackupCode),
            Self::MfaEmailVerificationCode(record) | Self::MfaPhoneVerificationCode(record) => {
                record.verified().map(SecondFactorProof::Code)
            }
            Self::Password(_)
            | Self::EmailVerificationCode(_)
            | Self::PhoneVerificationCode(_)
            | Self::Social(_)
            | Self::EnterpriseSso(_)
            | Self::SignInPasskey(_)
            | Self::NewPasswordIdentity(_)
            | Self::OneTimeToken(_) => None,
        }
    }

    /// The sealed secret of a new factor of this kind and user: proven, or backup codes that were shown.
    pub(crate) fn new_factor_secret(&self, factor: MfaFactor, user_id: &str) -> Option<&str> {
        match (factor, self) {
            (MfaFactor::Totp, Self::Totp(record)) => {
                let claim = record.verified()?.claim();
                claim.secret.as_deref().filter(|_| claim.user_id == user_id)
            }
            (MfaFactor::BackupCode, Self::BackupCode(Verification::Pending(shown))) => {
                shown.question.backup_codes.as_deref().filter(|_| shown.question.user_id == user_id)
            }
            _ => None,
        }
    }

    /// The new credential of this user, once its registration was proven.
    pub(crate) fn new_credential(&self, user_id: &str) -> Option<&Value> {
        match self {
            Self::WebAuthn(record) => {
                let claim = record.verified()?.claim();
                claim.registration_info.as_ref().filter(|_| claim.user_id == user_id)
            }
            _ => None,
        }
    }

    /// What the audit log calls a step that puts the record down.
    pub(crate) fn audit_action(&self) -> &'static str {
        match self {
            Self::EmailVerificationCode(record) if record.is_verified() => "Verification.EmailVerificationCode.Submit",
            Self::EmailVerificationCode(_) => "Verification.EmailVerificationCode.Create",
            Self::PhoneVerificationCode(record) if record.is_verified() => "Verification.PhoneVerificationCode.Submit",
            Self::PhoneVerificationCode(_) => "Verification.PhoneVerificationCode.Create",
            Self::MfaEmailVerificationCode(record) if record.is_verified() => {
                "Verification.MfaEmailVerificationCode.Submit"
            }
            Self::MfaEmailVerificationCode(_) => "Verification.MfaEmailVerificationCode.Create",
            Self::MfaPhoneVerificationCode(record) if record.is_verified() => {
                "Verification.MfaPhoneVerificationCode.Submit"
            }
            Self::MfaPhoneVerificationCode(_) => "Verification.MfaPhoneVerificationCode.Create",
            Self::Totp(record) if record.is_verified() => "Verification.Totp.Submit",
            Self::Totp(_) => "Verification.Totp.Create",
            Self::WebAuthn(record) if record.is_verified() => "Verification.WebAuthn.Submit",
            Self::WebAuthn(_) => "Verification.WebAuthn.Create",
            Self::SignInPasskey(record) if record.is_verified() => "Verification.SignInPasskey.Submit",
            Self::SignInPasskey(_) => "Verification.SignInPasskey.Create",
            Self::BackupCode(record) if record.is_verified() => "Verification.BackupCode.Submit",
            Self::BackupCode(_) => "Verification.BackupCode.Create",
            Self::OneTimeToken(_) => "Verification.OneTimeToken.Submit",
            Self::Social(record) if record.is_verified() => "Verification.Social.Submit",
            Self::Social(_) => "Verification.Social.Create",
            Self::EnterpriseSso(record) if record.is_verified() => "Verification.EnterpriseSso.Submit",
            Self::EnterpriseSso(_) => "Verification.EnterpriseSso.Create",
            _ => "Verification.Submit",
        }
    }

    /// The identifier that the record speaks for, if it is of that kind.
    pub fn identifier(&self) -> Option<&Identifier> {
        match self {
            Self::Password(record) => Some(record.identifier()),
            Self::EmailVerificationCode(record) | Self::PhoneVerificationCode(record) => {
                Some(&record.members().identifier)
            }
            Self::NewPasswordIdentity(record) => Some(&record.identifier),
            Self::OneTimeToken(record) => Some(&record.members().identifier),
            _ => None,
        }
    }

    /// The account at an enterprise that was proven.
    pub fn enterprise_account(&self) -> Option<&EnterpriseAccount> {
        match self {
            Self::EnterpriseSso(record) => record.verified().map(|proof| proof.claim()),
            _ => None,
        }
    }

    /// The same type, whatever the contents.
    pub fn is_same_type(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }

    /// What the browser may see: no digests, secrets, challenges, codes or tokens.
    pub fn view(&self) -> Value {
        match self {
            Self::Password(record) => json!({
                "id": record.id(), "type": "Password", "identifier": record.identifier(),
                "verified": record.is_verified()
            }),
            Self::EmailVerificationCode(record) => code_view("EmailVerificationCode", record),
            Self::PhoneVerificationCode(record) => code_view("PhoneVerificationCode", record),
            Self::MfaEmailVerificationCode(record) => mfa_code_view("MfaEmailVerificationCode", record),
            Self::MfaPhoneVerificationCode(record) => mfa_code_view("MfaPhoneVerificationCode", record),
            Self::Social(record) => without_nulls(json!({
                "id": record.id(), "connectorId": record.connector_id(), "type": "Social",
                "socialUserInfo": record.verified().map(|proof| &proof.claim().social_user_info)
            })),
            Self::EnterpriseSso(record) => {
                let account = record.verified().map(|proof| proof.claim());
                without_nulls(json!({
                    "id": record.id(), "connectorId": record.connector_id(), "type": "EnterpriseSso",
                    "enterpriseSsoUserInfo": account.map(|account| &account.enterprise_sso_user_info),
                    "issuer": account.map(|account| &account.issuer)
                }))
            }
            Self::Totp(record) => json!({
                "id": record.id(), "type": "Totp", "userId": record.members().user_id, "verified": record.is_verified()
            }),
            Self::WebAuthn(record) => json!({
                "id": record.id(), "verified": record.is_verified(), "type": "WebAuthn",
                "userId": record.members().user_id
            }),
            // Whose passkey is asked for is not for those who only typed an identifier.
            Self::SignInPasskey(record) => without_nulls(json!({
                "id": record.id(), "verified": record.is_verified(), "type": "SignInPasskey",
                "userId": record.verified().map(|proof| &proof.claim().user_id)
            })),
            Self::BackupCode(record) => json!({"id": record.id(), "type": "BackupCode", "userId": record.user_id()}),
            Self::NewPasswordIdentity(record) => {
                json!({"id": record.id, "type": "NewPasswordIdentity", "identifier": record.identifier})
            }
            Self::OneTimeToken(record) => without_nulls(json!({
                "id": record.id(), "type": "OneTimeToken", "verified": record.is_verified(),
                "identifier": record.members().identifier,
                "oneTimeTokenContext": record.members().one_time_token_context
            })),
        }
    }

    /// The record for the audit log: as [`Self::view`], with the hidden secrets of a password named but masked.
    pub fn audit(&self) -> Value {
        let mut view = self.view();
        if let (Self::NewPasswordIdentity(_), Some(members)) = (self, view.as_object_mut()) {
            members.insert("passwordEncrypted".to_owned(), json!("******"));
            members.insert("passwordEncryptionMethod".to_owned(), json!("******"));
        }
        view
    }
}

fn code_view(name: &str, record: &Verification<Code>) -> Value {
    let Code { template_type, identifier } = record.members();
    json!({
        "id": record.id(), "templateType": template_type, "verified": record.is_verified(), "type": name,
        "identifier": identifier
    })
}

fn mfa_code_view(name: &str, record: &Verification<MfaCode>) -> Value {
    let MfaCode { template_type, identifier, .. } = record.members();
    json!({
        "id": record.id(), "templateType": template_type, "verified": record.is_verified(), "type": name,
        "identifier": identifier
    })
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
