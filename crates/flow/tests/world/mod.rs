//! A pretend storage that answers the lookups of the state machine and performs its effects.
#![allow(dead_code)]

use kernel::ids::UserId;
use std::collections::BTreeMap;

use flow::verification::*;
use flow::*;
use kernel::{Assurance, Timestamp};
use proptest::test_runner::{Config, FileFailurePersistence, RngSeed};

pub struct World {
    pub policy: TenantPolicy,
    pub users: Vec<User>,
    pub state: Option<State>,
    pub now: Timestamp,
    pub effects: Vec<Effect>,
    pub demanded: Option<Assurance>,
    next: usize,
}

/// The same cases at every run; PROPTEST_RNG_SEED and PROPTEST_CASES choose others. One that failed is written to `failures`
/// and tried first from then on.
pub fn config(cases: u32, failures: &'static str) -> Config {
    let unset = |name: &str| std::env::var_os(name).is_none();
    let persistence = FileFailurePersistence::Direct(failures);
    let mut config = Config { failure_persistence: Some(Box::new(persistence)), ..Config::default() };
    if unset("PROPTEST_CASES") {
        config.cases = cases;
    }
    if unset("PROPTEST_RNG_SEED") {
        config.rng_seed = RngSeed::Fixed(1);
    }
    config
}

pub fn user(id: &str) -> User {
    User {
        id: id.into(),
        username: Some(id.into()),
        primary_email: Some(format!("{id}@example.com")),
        has_password: true,
        ..User::default()
    }
}

pub fn identifier(kind: IdentifierType, value: &str) -> Identifier {
    Identifier::new(kind, value)
}

pub fn username(value: &str) -> Identifier {
    identifier(IdentifierType::Username, value)
}

pub fn digest(text: &str) -> PasswordDigest {
    PasswordDigest { password_encrypted: format!("digest of {text}"), password_encryption_method: "Argon2id".into() }
}

/// The outcome of a comparison, as the server counts it.
#[expect(clippy::disallowed_methods, reason = "these tests stand for the server")]
pub fn counted<T>(outcome: T) -> Counted<T> {
    Counted::before_comparison(outcome)
}

/// What `prove` made of an answer, right or wrong.
pub fn proven<Q, C>(result: Result<Verified<C>, Pending<Q>>) -> Verification<Q, C> {
    result.map_or_else(Verification::from, Verification::from)
}

/// A password that belongs to `owner`, or to nobody.
pub fn password(id: &str, name: &str, owner: Option<&str>) -> Event {
    let user_id = counted(owner.map(UserId::from));
    Event::PasswordVerification { id: id.into(), identifier: username(name), user_id }
}

pub fn email_code(id: &str, email: &str, verified: bool) -> Event {
    let identifier = identifier(IdentifierType::Email, email);
    let pending = Pending::new(id, Code { template_type: "SignIn".into(), identifier });
    Event::Record(VerificationRecord::EmailVerificationCode(proven(pending.prove(counted(verified)))))
}

/// A code of a bound factor, or with `secret` of a factor that is being bound.
pub fn totp(id: &str, user: &str, secret: Option<&str>, verified: bool) -> Event {
    let pending = Pending::new(id, Totp { user_id: user.into(), secret: secret.map(str::to_owned) });
    Event::Record(VerificationRecord::Totp(proven(pending.prove(counted(verified)))))
}

/// A passkey of `owner`, or of nobody.
pub fn passkey(id: &str, owner: Option<&str>) -> Event {
    let question =
        SignInPasskey { user_id: None, authentication_challenge: Some("s".into()), authentication_rp_id: None };
    let owner = owner.map(UserId::from);
    Event::Record(VerificationRecord::SignInPasskey(proven(Pending::new(id, question).prove(owner))))
}

/// An authenticator of a bound factor, or of one that is being registered.
pub fn web_authn(id: &str, user: &str, is_new: bool, verified: bool) -> Event {
    let question = WebAuthn {
        user_id: user.into(),
        registration_challenge: is_new.then(|| "s".to_owned()),
        registration_rp_id: None,
        registration_info: None,
        authentication_challenge: None,
    };
    let pending = Pending::new(id, question);
    let record = match (is_new, verified) {
        (true, true) => proven(pending.register(serde_json::json!({"credentialId": id}))),
        _ => proven(pending.prove(counted(verified))),
    };
    Event::Record(VerificationRecord::WebAuthn(record))
}

/// A backup code of a bound factor, or new codes that are shown.
pub fn backup_code(id: &str, user: &str, is_new: bool, verified: bool) -> Event {
    let question = BackupCodes { user_id: user.into(), backup_codes: is_new.then(|| "s".to_owned()) };
    let code = counted(verified.then(|| "s".to_owned()));
    Event::Record(VerificationRecord::BackupCode(proven(Pending::new(id, question).prove(code))))
}

/// A code to the address of a user who is known already.
pub fn mfa_code(id: &str, user: &str, verified: bool) -> Event {
    let identifier = identifier(IdentifierType::Email, &format!("{user}@example.com"));
    let question = MfaCode { template_type: "MfaVerification".into(), identifier, user_id: Some(user.into()) };
    let code = Pending::new(id, question).prove(counted(verified));
    Event::Record(VerificationRecord::MfaEmailVerificationCode(proven(code)))
}

/// An account at the social provider `harbour`.
pub fn social(id: &str, account: &str) -> Event {
    let asked = Pending::new(id, Social { connector_id: "c".into(), connector_session: None });
    let account = SocialAccount {
        connector_id: "c".into(),
        target: "harbour".into(),
        sync_profile: false,
        social_user_info: serde_json::json!({"id": account}).as_object().unwrap().clone(),
        encrypted_token_set: None,
    };
    Event::Record(VerificationRecord::Social(asked.prove(account).unwrap().into()))
}

/// A token that invites to an organization, which has the id of the address.
pub fn one_time_token(id: &str, email: &str, verified: bool) -> Event {
    let identifier = identifier(IdentifierType::Email, email);
    let question = OneTimeToken { identifier, one_time_token_context: None };
    let context = counted(verified.then(|| serde_json::json!({"jitOrganizationIds": [email]})));
    Event::Record(VerificationRecord::OneTimeToken(proven(Pending::new(id, question).prove(context))))
}

/// What the enterprise of the connector `c` says of the person `id`.
pub fn enterprise_account(id: &str, email: Option<&str>) -> EnterpriseAccount {
    let mut info = serde_json::json!({"id": id, "name": "Ada Harbour"});
    if let Some(email) = email {
        info["email"] = email.into();
    }
    EnterpriseAccount {
        connector_id: "c".into(),
        registration: "r".into(),
        issuer: "https://idp.example".into(),
        sync_profile: false,
        enterprise_sso_user_info: info.as_object().unwrap().clone(),
        encrypted_token_set: None,
    }
}

fn enterprise_account_id(identity: &EnterpriseIdentity) -> EnterpriseAccountId {
    let EnterpriseIdentity { sso_connector_id: connector_id, issuer, identity_id: id, .. } = identity.clone();
    EnterpriseAccountId { connector_id, issuer, id }
}

/// A proof of that.
pub fn at_enterprise(record: &str, account: EnterpriseAccount) -> Event {
    let pending = Pending::new(record, EnterpriseSso { connector_id: "c".into(), connector_session: None });
    Event::Record(VerificationRecord::EnterpriseSso(pending.prove(account).unwrap().into()))
}

/// An account of an enterprise, proven or only asked for.
pub fn enterprise_sso(id: &str, verified: bool) -> Event {
    let pending = Pending::new(id, EnterpriseSso { connector_id: "c".into(), connector_session: None });
    let record = match verified {
        true => pending.prove(enterprise_account("a1", None)).unwrap().into(),
        false => pending.into(),
    };
    Event::Record(VerificationRecord::EnterpriseSso(record))
}

pub fn start(interaction_event: InteractionEvent) -> Event {
    let context = BTreeMap::from([("ip".into(), "::1".into()), ("userAgent".into(), "test/1".into())]);
    Event::Start { interaction_event, sign_in_context: context, captcha_verified: false }
}

pub fn identify(id: &str) -> Event {
    Event::Identify { verification_id: Some(id.into()), link_social_identity: false }
}

impl World {
    pub fn new() -> Self {
        let mut experience = SignInExperience::initial("default");
        for kind in [IdentifierType::Email, IdentifierType::Phone] {
            experience.sign_in.methods.push(experience::SignInMethod {
                identifier: kind,
                password: true,
                verification_code: true,
                is_password_primary: true,
            });
        }
        experience.forgot_password_methods = None;
        Self {
            policy: TenantPolicy::new(experience),
            users: vec![user("alice"), user("bob")],
            state: None,
            now: Timestamp(1_000_000),
            effects: Vec::new(),
            next: 0,
            demanded: None,
        }
    }

    pub fn find(&self, identifier: &Identifier) -> Option<&User> {
        self.users.iter().find(|user| {
            let value = match identifier.kind {
                IdentifierType::Username => &user.username,
                IdentifierType::Email => &user.primary_email,
                IdentifierType::Phone => &user.primary_phone,
            };
            value.as_deref() == Some(identifier.value.as_str())
        })
    }

    pub fn by_id(&self, id: &str) -> Option<&User> {
        self.users.iter().find(|user| user.id == id)
    }

    /// Makes a step as the server does.
    pub fn step(&mut self, event: Event) -> Result<Vec<Effect>, FlowError> {
        let lookups = lookups(self.state.as_ref(), &event);
        let results = LookupResults {
            proof_user: lookups.proof_user.and_then(|user| match user {
                UserRef::ById(id) => self.by_id(&id).cloned(),
                UserRef::ByIdentifier(identifier) => self.find(&identifier).cloned(),
                UserRef::ByIdentity { target, id } => {
                    self.users.iter().find(|user| user.social_identities.get(&target) == Some(&id)).cloned()
                }
                UserRef::ByEnterpriseIdentity(account) => {
                    self.users.iter().find(|user| user.enterprise_identities.contains(&account)).cloned()
                }
            }),
            related_user: lookups
                .related_identifiers
                .into_iter()
                .find_map(|identifier| self.find(&identifier).cloned().map(|user| (identifier, user))),
            identified_user: lookups.user_id.as_deref().and_then(|id| self.by_id(id).cloned()),
            values_in_use: lookups
                .unique_values
                .into_iter()
                .filter(|v| self.find(v).is_some_and(|u| Some(&u.id) != lookups.user_id.as_ref()))
                .collect(),
        };
        let new_user_id = self.next_user_id();
        self.next += 1;
        let input = StepInput {
            policy: &self.policy,
            results: &results,
            now: self.now,
            new_user_id: &new_user_id,
            demanded: self.demanded,
        };
        match step(self.state.clone(), event, &input) {
            Ok(done) => {
                self.state = done.state;
                done.effects.iter().for_each(|effect| self.perform(effect));
                self.effects.extend(done.effects.clone());
                Ok(done.effects)
            }
            Err(refusal) => {
                if let Some(state) = refusal.state {
                    self.state = Some(*state);
                }
                Err(refusal.error)
            }
        }
    }

    /// The id of the user, should the next step create one.
    pub fn next_user_id(&self) -> UserId {
        format!("new{}", self.next).into()
    }

    pub fn code(&mut self, event: Event) -> String {
        match self.step(event) {
            Ok(_) => "ok".into(),
            Err(error) => format!("{} {}", error.status(), error.code()),
        }
    }

    fn perform(&mut self, effect: &Effect) {
        match effect {
            Effect::CreateUser { user_id, profile } => self.users.push(User {
                id: user_id.clone(),
                username: profile.username.clone(),
                primary_email: profile.primary_email.clone(),
                primary_phone: profile.primary_phone.clone(),
                has_password: profile.password.is_some(),
                enterprise_identities: profile.enterprise_sso_identity.iter().map(enterprise_account_id).collect(),
                ..User::default()
            }),
            Effect::UpdateUser { user_id, profile, mfa, .. } => {
                let Some(user) = self.users.iter_mut().find(|user| user.id == *user_id) else { return };
                if profile.username.is_some() {
                    user.username = profile.username.clone();
                }
                if profile.primary_email.is_some() {
                    user.primary_email = profile.primary_email.clone();
                }
                user.has_password |= profile.password.is_some();
                user.mfa_enabled = mfa.mfa_enabled.or(user.mfa_enabled);
                user.mfa_skipped |= mfa.mfa_skipped == Some(true);
                user.mfa_suggestion_skipped |= mfa.additional_binding_suggestion_skipped == Some(true);
                user.passkey_skipped |= mfa.passkey_skipped == Some(true);
                let passkey = flow::mfa::BoundFactor { factor: flow::mfa::MfaFactor::WebAuthn, last_used_at: 0 };
                user.mfa_factors.extend(mfa.passkeys().iter().map(|_| passkey));
                let new = [&mfa.totp, &mfa.backup_code].into_iter().flatten().map(|new| new.factor);
                for factor in new {
                    user.mfa_factors.retain(|bound| bound.factor != factor);
                    user.mfa_factors.push(flow::mfa::BoundFactor { factor, last_used_at: 0 });
                }
            }
            _ => {}
        }
    }

    pub fn sessions(&self) -> Vec<&str> {
        self.effects
            .iter()
            .filter_map(|effect| match effect {
                Effect::SignedIn { user_id } => Some(user_id.as_str()),
                _ => None,
            })
            .collect()
    }
}
