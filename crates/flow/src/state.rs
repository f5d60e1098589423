//! The state of one interaction as it is stored between requests (E039, E042).

use kernel::ids::{OrganizationId, UserId};
use std::collections::BTreeMap;

use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::error::FlowError;
use crate::lookups::ProviderAccount;
use crate::mfa::MfaFactor;
use crate::verification::{EnterpriseAccount, IdentityProof, PasswordDigest, SecondFactorProof, VerificationRecord};

/// What the person came for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum InteractionEvent {
    SignIn,
    Register,
    ForgotPassword,
}

impl InteractionEvent {
    /// The name on the wire and in audit keys.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "SignIn",
            Self::Register => "Register",
            Self::ForgotPassword => "ForgotPassword",
        }
    }
}

/// One interaction. The stored JSON has these members; state that does not parse counts as no interaction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct State {
    pub interaction_event: InteractionEvent,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// What said who the existing user or the newcomer is. A newer record of its type replaces it among the others, not here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identified_by: Option<Box<VerificationRecord>>,
    #[serde(default)]
    pub profile: Profile,
    #[serde(default)]
    pub mfa: Mfa,
    #[serde(default)]
    pub verification_records: Vec<VerificationRecord>,
    /// `ip`, `userAgent` and injected headers of the request that started it.
    #[serde(default)]
    pub sign_in_context: BTreeMap<String, String>,
    #[serde(default)]
    pub captcha: Captcha,
    /// Whether the person asked that this device be trusted from now on (E038).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub trusted_device_creation: bool,
    /// The id of the trusted device that stood for the second factor. Set by submit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trusted_device_fulfillment: Option<String>,
    /// When the newest challenge was made that a passkey answered without a verification of its own. It outlives a fresh start,
    /// so that no answer counts twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_passkey_challenge: Option<Timestamp>,
    /// Set by submit: from then on nothing about the interaction changes any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub submitted: bool,
}

/// An account at a social provider, to be linked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SocialIdentity {
    pub target: String,
    /// `{id, …}`.
    pub user_info: Map<String, Value>,
}

/// The tokens that a provider gave, to be stored with the identity they belong to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProviderTokenSet {
    pub account: ProviderAccount,
    /// Sealed by the server.
    pub encrypted_token_set: Value,
}

/// An account at an enterprise, to be linked or brought up to date.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EnterpriseIdentity {
    pub sso_connector_id: String,
    pub issuer: String,
    /// The id of the person there.
    pub identity_id: String,
    /// `{id, …}`.
    pub detail: Map<String, Value>,
}

/// Values collected for a new or an incomplete account.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Profile {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary_email: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary_phone: Option<String>,
    #[serde(flatten, default, skip_serializing_if = "Option::is_none")]
    pub password: Option<PasswordDigest>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<Map<String, Value>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_data: Option<Map<String, Value>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub social_identity: Option<SocialIdentity>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub social_token_set: Option<ProviderTokenSet>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enterprise_sso_identity: Option<EnterpriseIdentity>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub synced_enterprise_sso_identity: Option<EnterpriseIdentity>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enterprise_token_set: Option<ProviderTokenSet>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jit_organization_ids: Option<Vec<OrganizationId>>,
    /// Whether the extra profile fields were shown and sent (E059).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submitted: Option<bool>,
}

impl Profile {
    /// Takes every value that `other` has. An invitation goes with the address that it was made for.
    pub fn merge(&mut self, other: Self) {
        if other.primary_email.is_some() && other.primary_email != self.primary_email {
            self.jit_organization_ids = None;
        }
        fn take<T>(into: &mut Option<T>, from: Option<T>) {
            if from.is_some() {
                *into = from;
            }
        }
        take(&mut self.avatar, other.avatar);
        take(&mut self.name, other.name);
        take(&mut self.username, other.username);
        take(&mut self.primary_email, other.primary_email);
        take(&mut self.primary_phone, other.primary_phone);
        take(&mut self.password, other.password);
        take(&mut self.social_identity, other.social_identity);
        take(&mut self.social_token_set, other.social_token_set);
        take(&mut self.enterprise_sso_identity, other.enterprise_sso_identity);
        take(&mut self.synced_enterprise_sso_identity, other.synced_enterprise_sso_identity);
        take(&mut self.enterprise_token_set, other.enterprise_token_set);
        take(&mut self.jit_organization_ids, other.jit_organization_ids);
        take(&mut self.submitted, other.submitted);
        merge_members(&mut self.profile, other.profile);
        merge_members(&mut self.custom_data, other.custom_data);
    }

    /// Takes what `other` has and this one has not.
    pub(crate) fn fill(&mut self, other: Self) {
        let own = std::mem::replace(self, other);
        self.merge(own);
    }

    /// Takes the tokens out: they are no part of the account.
    pub(crate) fn take_token_sets(&mut self) -> Vec<ProviderTokenSet> {
        [self.social_token_set.take(), self.enterprise_token_set.take()].into_iter().flatten().collect()
    }

    /// Nothing but the mark that the extra fields were sent.
    pub(crate) fn cleared(&self) -> Self {
        Self { submitted: self.submitted, ..Self::default() }
    }

    /// Whether somebody could sign in by what it adds.
    pub(crate) fn adds_way_in(&self) -> bool {
        self.username.is_some()
            || self.primary_email.is_some()
            || self.primary_phone.is_some()
            || self.password.is_some()
            || self.social_identity.is_some()
            || self.enterprise_sso_identity.is_some()
    }

    /// The bytes of JSON that a person's own fields take.
    pub(crate) fn extra_size(&self) -> usize {
        let members = |members: &Option<Map<String, Value>>| members.as_ref().map_or(0, |m| json!(m).to_string().len());
        let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        members(&self.profile) + members(&self.custom_data) + text(&self.name) + text(&self.avatar)
    }

    fn view(&self) -> Value {
        let mut shown = Self { password: None, submitted: None, ..self.clone() };
        shown.take_token_sets();
        serde_json::to_value(shown).unwrap_or_else(|_| json!({}))
    }
}

fn merge_members(into: &mut Option<Map<String, Value>>, from: Option<Map<String, Value>>) {
    if let Some(from) = from {
        into.get_or_insert_default().extend(from);
    }
}

/// A proven factor that is bound when the interaction is submitted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewFactor {
    #[serde(rename = "type")]
    pub factor: MfaFactor,
    /// The verification that it comes from.
    pub verification_id: String,
    /// The seed of an authenticator app or the backup codes, sealed by the server.
    pub secret: String,
}

/// A registered passkey that is bound when the interaction is submitted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewPasskey {
    /// The verification that it comes from.
    pub verification_id: String,
    /// What the server stores of it.
    pub credential: Value,
}

/// Choices about second factors, and the factors that are being bound.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Mfa {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mfa_enabled: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mfa_skipped: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passkey_skipped: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub additional_binding_suggestion_skipped: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub totp: Option<NewFactor>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub web_authn: Option<Vec<NewPasskey>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup_code: Option<NewFactor>,
}

impl Mfa {
    /// The passkeys that are being bound.
    pub fn passkeys(&self) -> &[NewPasskey] {
        self.web_authn.as_deref().unwrap_or_default()
    }

    /// Whether a factor is being bound.
    pub(crate) fn binds_any(&self) -> bool {
        self.totp.is_some() || self.backup_code.is_some() || !self.passkeys().is_empty()
    }

    fn view(&self) -> Value {
        let shown = Self { totp: None, web_authn: None, backup_code: None, ..self.clone() };
        let mut view = serde_json::to_value(shown).unwrap_or_else(|_| json!({}));
        for (name, new) in [("totp", &self.totp), ("backupCode", &self.backup_code)] {
            if let Some(new) = new {
                view[name] = json!({"type": new.factor});
            }
        }
        if let Some(passkeys) = &self.web_authn {
            view["webAuthn"] = passkeys.iter().map(|_| json!({"type": MfaFactor::WebAuthn})).collect();
        }
        view
    }
}

/// Whether a captcha was solved, or is not needed here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Captcha {
    pub verified: bool,
    pub skipped: bool,
}

/// What stays of an interaction that has ended. It does not read as a [`State`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EndedState {
    /// As [`State::answered_passkey_challenge`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_passkey_challenge: Option<Timestamp>,
}

impl EndedState {
    /// What the next interaction of the same browser takes over.
    pub fn into_state(self) -> State {
        let fresh = State::new(InteractionEvent::SignIn, BTreeMap::new());
        State { answered_passkey_challenge: self.answered_passkey_challenge, ..fresh }
    }
}

impl State {
    /// A fresh interaction.
    pub fn new(interaction_event: InteractionEvent, sign_in_context: BTreeMap<String, String>) -> Self {
        Self {
            interaction_event,
            user_id: None,
            identified_by: None,
            profile: Profile::default(),
            mfa: Mfa::default(),
            verification_records: Vec::new(),
            sign_in_context,
            captcha: Captcha::default(),
            trusted_device_creation: false,
            trusted_device_fulfillment: None,
            answered_passkey_challenge: None,
            submitted: false,
        }
    }

    /// The record with this id.
    ///
    /// # Errors
    /// [`FlowError::VerificationNotFound`].
    pub fn record(&self, id: &str) -> Result<&VerificationRecord, FlowError> {
        self.verification_records.iter().find(|record| record.id() == id).ok_or(FlowError::VerificationNotFound)
    }

    /// The proofs of who the person is.
    pub fn identity_proofs(&self) -> impl Iterator<Item = IdentityProof<'_>> {
        self.verification_records.iter().filter_map(VerificationRecord::identity_proof)
    }

    /// The account at an enterprise that said who the user is. Another one among the records, which may be of somebody else, counts for
    /// nothing.
    pub fn enterprise_sign_in(&self) -> Option<&EnterpriseAccount> {
        self.identified_by.as_ref()?.enterprise_account()
    }

    /// The proofs of second factors.
    pub fn second_factor_proofs(&self) -> impl Iterator<Item = SecondFactorProof<'_>> {
        self.verification_records.iter().filter_map(VerificationRecord::second_factor_proof)
    }

    /// Adds a record; an older one of its type goes. Whoever a provider or a passkey vouches for needs no captcha (E014, E016, E024).
    pub(crate) fn put_record(&mut self, record: VerificationRecord) {
        self.captcha.skipped |= record.identity_proof().is_some_and(|proof| proof.stands_for_captcha());
        self.verification_records.retain(|old| !old.is_same_type(&record));
        self.verification_records.push(record);
    }

    /// Puts a record in the place of that with its id.
    pub fn replace_record(&mut self, record: VerificationRecord) {
        if let Some(old) = self.verification_records.iter_mut().find(|old| old.id() == record.id()) {
            *old = record;
        }
    }

    /// The identified user.
    ///
    /// # Errors
    /// [`FlowError::IdentifierNotFound`].
    pub fn identified(&self) -> Result<&UserId, FlowError> {
        self.user_id.as_ref().ok_or(FlowError::IdentifierNotFound)
    }

    /// What `GET /api/experience/interaction` shows: everything but secrets (E005).
    pub fn view(&self) -> Value {
        self.show(VerificationRecord::view)
    }

    /// The state for the audit log.
    pub fn audit(&self) -> Value {
        self.show(VerificationRecord::audit)
    }

    fn show(&self, record: fn(&VerificationRecord) -> Value) -> Value {
        let mut view = Map::new();
        view.insert("interactionEvent".to_owned(), json!(self.interaction_event));
        if let Some(user_id) = &self.user_id {
            view.insert("userId".to_owned(), json!(user_id));
        }
        view.insert("profile".to_owned(), self.profile.view());
        view.insert("verificationRecords".to_owned(), self.verification_records.iter().map(record).collect());
        view.insert("mfa".to_owned(), self.mfa.view());
        view.insert("signInContext".to_owned(), json!(self.sign_in_context));
        view.insert("captcha".to_owned(), json!(self.captcha));
        Value::Object(view)
    }
}
