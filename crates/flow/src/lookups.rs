//! What the machine needs to know from storage. It asks first ([`crate::lookups`]), the server answers inside its
//! unit of work, and only then is the step made; so the machine itself stays without IO.

use std::collections::BTreeMap;

use kernel::ids::UserId;
use kernel::{Assurance, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::FlowError;
use crate::experience::SignInExperience;
use crate::guards;
use crate::identifier::{Identifier, email_domain};
use crate::mfa::BoundFactor;
use crate::mfa::adaptive::SignInHistory;
use crate::password::PasswordAge;
use crate::profile_field::ProfileField;

/// What a step must know.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lookups {
    /// Whom does the proof name? Answer: [`LookupResults::proof_user`].
    pub proof_user: Option<UserRef>,
    /// Whose are these, the first that is somebody's? Answer: [`LookupResults::related_user`].
    pub related_identifiers: Vec<Identifier>,
    /// Who is this? Answer: [`LookupResults::identified_user`].
    pub user_id: Option<UserId>,
    /// Does somebody else than `user_id` have these values? Answer: [`LookupResults::values_in_use`].
    pub unique_values: Vec<Identifier>,
}

/// The person a proof speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserRef {
    ByIdentifier(Identifier),
    ById(UserId),
    /// An account at the social provider `target`.
    ByIdentity {
        target: String,
        id: String,
    },
    ByEnterpriseIdentity(EnterpriseAccountId),
}

/// An account at an enterprise. Connectors with one issuer have accounts of their own (attack D5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EnterpriseAccountId {
    pub connector_id: String,
    pub issuer: String,
    /// The id of the person there.
    pub id: String,
}

/// An account at a provider of either kind, with the connector that knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ProviderAccount {
    #[serde(rename_all = "camelCase")]
    Social {
        connector_id: String,
        /// The connector's name for the provider.
        target: String,
        /// The id of the person there.
        id: String,
    },
    Enterprise(EnterpriseAccountId),
}

impl ProviderAccount {
    pub fn connector_id(&self) -> &str {
        match self {
            Self::Social { connector_id, .. } => connector_id,
            Self::Enterprise(account) => &account.connector_id,
        }
    }
}

/// The answers.
#[derive(Debug, Clone, Default)]
pub struct LookupResults {
    pub proof_user: Option<User>,
    /// Of [`Lookups::related_identifiers`], with the one that found them.
    pub related_user: Option<(Identifier, User)>,
    pub identified_user: Option<User>,
    /// Those of [`Lookups::unique_values`] that another user has.
    pub values_in_use: Vec<Identifier>,
}

/// An existing user, as far as the interaction cares.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct User {
    pub id: UserId,
    pub name: Option<String>,
    pub avatar: Option<String>,
    pub username: Option<String>,
    pub primary_email: Option<String>,
    pub primary_phone: Option<String>,
    pub has_password: bool,
    pub password_age: PasswordAge,
    pub is_suspended: bool,
    /// Any social or enterprise identity.
    pub has_identity: bool,
    /// The user's accounts at enterprises.
    pub enterprise_identities: Vec<EnterpriseAccountId>,
    /// The ids of the user's accounts at social providers, by target.
    pub social_identities: BTreeMap<String, String>,
    pub mfa_factors: Vec<BoundFactor>,
    /// `logtoConfig.mfa.skipped`: second factors were declined once, and are not suggested again.
    pub mfa_skipped: bool,
    /// Whether an organization of the user asks for second factors. Looked up where
    /// [`crate::mfa::MfaSettings::organization_required_mfa_policy`] makes it matter.
    pub organization_requires_mfa: bool,
    /// `logtoConfig.mfa.additionalBindingSuggestionSkipped`.
    pub mfa_suggestion_skipped: bool,
    /// `logtoConfig.passkeySignIn.skipped`: a passkey was declined once, and is not asked for again.
    pub passkey_skipped: bool,
    /// `logtoConfig.mfa.enabled`.
    pub mfa_enabled: Option<bool>,
    /// `logtoConfig.mfa.skipMfaOnSignIn`.
    pub skip_mfa_on_sign_in: bool,
    pub sign_in_history: SignInHistory,
    /// Whether an organization of the user has it that no device is trusted. Looked up where devices are trusted at all.
    pub organization_forbids_trusted_devices: bool,
    /// The id of the trusted device of the user that the browser is, as far as it proves it. Looked up as above.
    pub trusted_device: Option<String>,
}

/// The tenant's rules.
#[derive(Debug, Clone)]
pub struct TenantPolicy {
    pub experience: SignInExperience,
    /// Whether usernames that differ in case are of different people: the username policy says so, and no setting of the server
    /// says otherwise (E052).
    pub case_sensitive_usernames: bool,
    /// The catalogue of custom profile fields, by its own order (E059).
    pub profile_fields: Vec<ProfileField>,
    /// The enterprise connectors that are available (E046).
    pub sso_connectors: Vec<SsoConnector>,
}

impl TenantPolicy {
    /// Rules with these settings and neither custom fields nor enterprise connectors.
    pub fn new(experience: SignInExperience) -> Self {
        let case_sensitive_usernames = experience.username_policy.case_sensitive;
        Self { experience, case_sensitive_usernames, profile_fields: Vec::new(), sso_connectors: Vec::new() }
    }
}

impl TenantPolicy {
    /// Refuses an address that nobody may add to an account: it belongs to an enterprise connector or is blocked (E046, E047).
    ///
    /// # Errors
    /// [`FlowError::SsoEnabled`], [`FlowError::EmailNotAllowed`], [`FlowError::EmailSubaddressingNotAllowed`].
    pub fn require_new_email_allowed(&self, email: &str) -> Result<(), FlowError> {
        guards::reject_sso_email(email, self)?;
        self.experience.email_blocklist_policy.check(email)
    }

    /// The enterprise connectors of the domain of an address; none while single sign-on is off.
    pub fn sso_connectors_of(&self, email: &str) -> Vec<&SsoConnector> {
        let Some(domain) = email_domain(email).filter(|_| self.experience.single_sign_on_enabled) else {
            return Vec::new();
        };
        self.sso_connectors.iter().filter(|connector| connector.domains.contains(&domain)).collect()
    }
}

/// An enterprise connector: its e-mail domains in the form of [`crate::identifier::normalize_domain`], and what may be shown of it before sign-in. The reference
/// server shows its secret here; `public` must not hold one (surprise 36).
#[derive(Debug, Clone, PartialEq)]
pub struct SsoConnector {
    pub id: String,
    /// The issuer and the client there: what the connector's provider said while it had another is not believed any more.
    pub registration: String,
    pub domains: Vec<String>,
    pub public: Value,
}

/// The surroundings of one step.
#[derive(Debug)]
pub struct StepInput<'a> {
    pub policy: &'a TenantPolicy,
    pub results: &'a LookupResults,
    pub now: Timestamp,
    /// The id of the user, should the step create one.
    pub new_user_id: &'a UserId,
    /// What the application wants the sign-in to prove, beyond the policy.
    pub demanded: Option<Assurance>,
}
