//! What happens to an interaction, and what follows from it.

use kernel::ids::UserId;
use std::collections::BTreeMap;

use kernel::Timestamp;
use serde_json::{Map, Value};

use crate::error::FlowError;
use crate::identifier::Identifier;
use crate::mfa::MfaFactor;
use crate::mfa::adaptive::{AdaptiveRule, SignInPlace};
use crate::state::{InteractionEvent, Mfa, Profile, ProviderTokenSet, State};
use crate::verification::{Counted, PasswordDigest, VerificationRecord};

/// One request. Whatever needs IO, a hash or the network was done by the server before; the event carries the result.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// Begins, or begins again: everything before is forgotten (E001).
    Start { interaction_event: InteractionEvent, sign_in_context: BTreeMap<String, String>, captcha_verified: bool },
    /// Changes what the person came for (E002).
    ChangeEvent { interaction_event: InteractionEvent },
    /// A password was compared; `user_id` is whose it is, or `None` if it is nobody's (E008).
    PasswordVerification { id: String, identifier: Identifier, user_id: Counted<Option<UserId>> },
    /// A username with an accepted and hashed password (E027).
    NewPasswordIdentity { id: String, identifier: Identifier, digest: PasswordDigest },
    /// A record of another kind was begun, or proven by the `prove` of its kind.
    Record(VerificationRecord),
    /// A passkey answered the challenge that was made at `challenged_at` for whoever may come; no later answer to that one or
    /// an older one counts (E024).
    AnswerPasskeyChallenge { record: VerificationRecord, challenged_at: Timestamp },
    /// Says who the person is, by a proof; at registration, creates the user (E003).
    Identify { verification_id: Option<String>, link_social_identity: bool },
    /// As [`Event::Identify`] by the record added last, unless somebody is identified already: what a form means that
    /// does everything at once.
    IdentifyByLatestRecord,
    /// Adds to the profile (E029).
    AddProfile(ProfilePatch),
    /// Sets the new password of a forgotten one (E030). `same` says that it is the present one (E064).
    SetPassword { digest: PasswordDigest, same: bool },
    /// Takes a proven factor, or backup codes that were shown, to bind it to the account (E032).
    BindFactor { factor: MfaFactor, verification_id: String },
    /// Takes a new passkey to sign in with (E036).
    BindPasskey { verification_id: String },
    /// Declines a passkey to sign in with (E037).
    SkipPasskey,
    /// Declines second factors, where that is allowed (E070).
    SkipMfa,
    /// Declines a further factor beside codes to an address (E035).
    SkipMfaSuggestion,
    /// Wants second factors (E070).
    EnableMfa,
    /// Wants this device to be trusted from now on (E038).
    TrustDevice,
    /// Ends the interaction (E004).
    Submit,
}

impl Event {
    /// What the audit log calls it: the key is `Interaction.{event}.{action}`.
    pub fn audit_action(&self) -> &'static str {
        match self {
            Self::Start { .. } => "Create",
            Self::ChangeEvent { .. } => "Update",
            Self::PasswordVerification { .. } => "Verification.Password.Submit",
            Self::NewPasswordIdentity { .. } => "Verification.NewPasswordIdentity.Submit",
            Self::Record(record) | Self::AnswerPasskeyChallenge { record, .. } => record.audit_action(),
            Self::Identify { .. } | Self::IdentifyByLatestRecord => "Identifier.Submit",
            Self::AddProfile(_)
            | Self::SetPassword { .. }
            | Self::SkipMfa
            | Self::SkipMfaSuggestion
            | Self::SkipPasskey
            | Self::EnableMfa
            | Self::TrustDevice => "Profile.Update",
            Self::BindPasskey { .. } => "SignInPasskey.Submit",
            Self::BindFactor { factor, .. } => factor.binding_action(),
            Self::Submit => "Submit",
        }
    }
}

/// One addition to the profile.
#[derive(Debug, Clone, PartialEq)]
pub enum ProfilePatch {
    Username(String),
    /// Accepted by the policy and hashed.
    Password(PasswordDigest),
    /// The address of a proven code.
    Email {
        verification_id: String,
    },
    /// The number of a proven code.
    Phone {
        verification_id: String,
    },
    /// The identity of a proven social account.
    Social {
        verification_id: String,
    },
    /// Custom profile fields (E059, E060).
    Extra(Map<String, Value>),
}

impl ProfilePatch {
    /// The verification that the patch names, if it does.
    pub fn verification_id(&self) -> Option<&str> {
        match self {
            Self::Email { verification_id } | Self::Phone { verification_id } | Self::Social { verification_id } => {
                Some(verification_id)
            }
            Self::Username(_) | Self::Password(_) | Self::Extra(_) => None,
        }
    }
}

/// What the server must do, in the same unit of work as saving the state.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Create this user with the default roles and the organizations of the e-mail domain (E081).
    CreateUser { user_id: UserId, profile: Box<Profile> },
    /// Add the collected values to the user and note the sign-in.
    UpdateUser { user_id: UserId, profile: Box<Profile>, mfa: Box<Mfa>, last_sign_in_at: Timestamp },
    /// Store the tokens that a provider gave, once the identity is linked (E090).
    StoreTokens { user_id: UserId, tokens: Box<ProviderTokenSet> },
    /// Replace the password and clear its expiry.
    ResetPassword { user_id: UserId, digest: PasswordDigest },
    /// The interaction succeeded: this user is signed in.
    SignedIn { user_id: UserId },
    /// Tell webhooks that a factor was asked for because of these rules.
    AnnounceUnusualSignIn { user_id: UserId, rules: Vec<AdaptiveRule> },
    /// Remember where this user signed in.
    RememberPlace { user_id: UserId, place: SignInPlace },
    /// Tell webhooks.
    TriggerWebhook { event: WebhookEvent, user_id: UserId },
}

impl Effect {
    /// Takes the tokens out of the profile: storing them is no change of the account.
    pub(crate) fn store_tokens(user_id: &UserId, profile: &mut Profile) -> Vec<Self> {
        let store = |tokens| Self::StoreTokens { user_id: user_id.clone(), tokens: Box::new(tokens) };
        profile.take_token_sets().into_iter().map(store).collect()
    }

    /// The username that somebody gets.
    pub fn new_username(&self) -> Option<(&UserId, &str)> {
        match self {
            Self::CreateUser { user_id, profile } | Self::UpdateUser { user_id, profile, .. } => {
                profile.username.as_deref().map(|username| (user_id, username))
            }
            _ => None,
        }
    }

    /// Whether the user is another afterwards, in more than the time of the last sign-in.
    pub fn changes_account(&self) -> bool {
        match self {
            Self::CreateUser { .. } | Self::ResetPassword { .. } => true,
            Self::UpdateUser { profile, mfa, .. } => {
                // What an enterprise says of its own account is no change of the user's.
                let rest = Profile { synced_enterprise_sso_identity: None, ..(**profile).clone() };
                rest != Profile::default() || **mfa != Mfa::default()
            }
            Self::SignedIn { .. }
            | Self::StoreTokens { .. }
            | Self::AnnounceUnusualSignIn { .. }
            | Self::RememberPlace { .. }
            | Self::TriggerWebhook { .. } => false,
        }
    }
}

/// What webhooks hear (inventory H, traces 60-01 and 60-04).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookEvent {
    UserCreated,
    PostRegister,
    PostSignIn,
    PostResetPassword,
}

impl WebhookEvent {
    /// The event name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UserCreated => "User.Created",
            Self::PostRegister => "PostRegister",
            Self::PostSignIn => "PostSignIn",
            Self::PostResetPassword => "PostResetPassword",
        }
    }
}

/// A step that was made. No state means that the interaction is over and forgotten.
#[derive(Debug, Clone, PartialEq)]
pub struct StepOutcome {
    pub state: Option<State>,
    pub effects: Vec<Effect>,
}

/// A step that was refused. Some refusals leave progress behind, which must be saved although the answer is an error:
/// the profile of a registration that is not complete yet (surprise 35).
#[derive(Debug, Clone, PartialEq)]
pub struct StepRejection {
    pub error: FlowError,
    pub state: Option<Box<State>>,
}

impl From<FlowError> for StepRejection {
    fn from(error: FlowError) -> Self {
        Self { error, state: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_alone_changes_no_account() {
        let user_id = || UserId::from("u1");
        let update = |profile: Profile, mfa: Mfa| Effect::UpdateUser {
            user_id: user_id(),
            profile: Box::new(profile),
            mfa: Box::new(mfa),
            last_sign_in_at: Timestamp(7),
        };
        let named = Profile { name: Some("Ann".to_owned()), ..Profile::default() };
        let skipped = Mfa { mfa_skipped: Some(true), ..Mfa::default() };
        let created = Effect::CreateUser { user_id: user_id(), profile: Box::default() };
        for (effect, changes) in [
            (update(Profile::default(), Mfa::default()), false),
            (Effect::SignedIn { user_id: user_id() }, false),
            (update(named, Mfa::default()), true),
            (update(Profile::default(), skipped), true),
            (created, true),
        ] {
            assert_eq!(effect.changes_account(), changes, "{effect:?}");
        }
    }
}
