//! Whatever is sent in whatever order: no session without an identified user and a given proof of that very user, no
//! proof counted twice, no second user from one interaction. A small reference keeps the books.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod world;

use kernel::ids::UserId;
use std::collections::BTreeSet;

use flow::mfa::{BoundFactor, MfaFactor, MfaPolicy, MfaSettings};
use flow::*;
use proptest::prelude::*;
use world::*;

#[derive(Debug, Clone)]
enum Do {
    Step(Box<Event>),
    /// A record is put down, which shows this.
    Show(Box<Event>, Shown),
    ToggleSuspended(usize),
}

/// What a record shows of a user, by the words of whoever made it.
#[derive(Debug, Clone, Copy)]
enum Shown {
    Nothing,
    /// Who they are.
    Identity(&'static str),
    SecondFactor(&'static str),
    /// Who they are, and both factors.
    Passkey(&'static str),
}

fn interaction_event() -> impl Strategy<Value = InteractionEvent> {
    prop_oneof![
        4 => Just(InteractionEvent::SignIn),
        3 => Just(InteractionEvent::Register),
        1 => Just(InteractionEvent::ForgotPassword)
    ]
}

fn record_id() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("pw"),
        Just("new"),
        Just("mail"),
        Just("totp"),
        Just("key"),
        Just("token"),
        Just("sso"),
        Just("nothing")
    ]
    .prop_map(str::to_owned)
}

fn name() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just("alice"), Just("bob"), Just("carol"), Just("dave"), Just("nobody")]
}

fn action() -> impl Strategy<Value = Do> {
    let event = prop_oneof![
        2 => interaction_event().prop_map(start),
        2 => interaction_event().prop_map(|interaction_event| Event::ChangeEvent { interaction_event }),
        4 => (name(), any::<bool>()).prop_map(|(name, right)| password("pw", name, right.then_some(name))),
        3 => name().prop_map(|name| Event::NewPasswordIdentity {
            id: "new".into(), identifier: username(name), digest: digest(name)
        }),
        6 => proptest::option::weighted(0.9, record_id()).prop_map(|verification_id| Event::Identify {
            verification_id, link_social_identity: false
        }),
        3 => Just(Event::IdentifyByLatestRecord),
        1 => name().prop_map(|name| Event::AddProfile(ProfilePatch::Username(name.into()))),
        1 => Just(Event::AddProfile(ProfilePatch::Password(digest("more")))),
        1 => record_id().prop_map(|verification_id| Event::AddProfile(ProfilePatch::Email { verification_id })),
        1 => any::<bool>().prop_map(|same| Event::SetPassword { digest: digest("reset"), same }),
        1 => Just(Event::SkipMfa),
        5 => Just(Event::Submit),
    ];
    prop_oneof![
        24 => event.prop_map(|event| Do::Step(Box::new(event))),
        10 => record(),
        1 => (0..4_usize).prop_map(Do::ToggleSuspended)
    ]
}

/// A record of a kind that other slices put down.
fn record() -> impl Strategy<Value = Do> {
    (0..7_usize, name(), any::<bool>(), prop::bool::weighted(0.3)).prop_map(|(kind, name, right, is_new)| {
        let email = format!("{name}@example.com");
        let (event, shown) = match kind {
            0 => (email_code("mail", &email, right), Shown::Identity(name)),
            1 => (one_time_token("token", &email, right), Shown::Identity(name)),
            2 => (passkey("key", right.then_some(name)), Shown::Passkey(name)),
            3 => (totp("totp", name, is_new.then_some("s"), right), Shown::SecondFactor(name)),
            4 => (web_authn("authn", name, is_new, right), Shown::SecondFactor(name)),
            5 => (backup_code("backup", name, is_new, right), Shown::SecondFactor(name)),
            // An account of an enterprise names nobody yet.
            _ if is_new => (enterprise_sso("sso", right), Shown::Nothing),
            _ => (mfa_code("code", name, right), Shown::SecondFactor(name)),
        };
        let counts = right && !(is_new && matches!(kind, 3..=5));
        Do::Show(Box::new(event), if counts { shown } else { Shown::Nothing })
    })
}

/// What has been proven since the last start, and for whom.
#[derive(Default)]
struct Books {
    event: Option<InteractionEvent>,
    proven: BTreeSet<UserId>,
    second_factor: BTreeSet<UserId>,
    created: BTreeSet<UserId>,
}

impl Books {
    fn note(&mut self, event: &Event, effects: &[Effect]) {
        match event {
            Event::Start { interaction_event, .. } => {
                *self = Self { event: Some(*interaction_event), ..Self::default() };
            }
            Event::ChangeEvent { interaction_event } => self.event = Some(*interaction_event),
            Event::PasswordVerification { user_id, .. } => self.proven.extend(user_id.outcome().clone()),
            _ => {}
        }
        for effect in effects {
            if let Effect::CreateUser { user_id, .. } = effect {
                assert!(self.created.is_empty(), "one interaction made two users");
                self.created.insert(user_id.clone());
            }
        }
    }

    fn show(&mut self, shown: Shown) {
        match shown {
            Shown::Nothing => {}
            Shown::Identity(name) => self.proven.extend([name.into()]),
            Shown::SecondFactor(name) => self.second_factor.extend([name.into()]),
            Shown::Passkey(name) => {
                self.proven.extend([name.into()]);
                self.second_factor.extend([name.into()]);
            }
        }
    }

    /// Organizations are joined by whom a proven token invited.
    fn judge_invitation(&self, profile: &Profile, email: Option<&str>) {
        for organization in profile.jit_organization_ids.iter().flatten() {
            assert_eq!(Some(organization.as_ref()), email, "an invitation of somebody else");
            let name = organization.as_ref().split('@').next().unwrap_or_default();
            assert!(self.proven.contains(&UserId::from(name)), "an invitation without its token");
        }
    }

    fn judge(&self, world: &World, effect: &Effect) {
        match effect {
            Effect::SignedIn { user_id } => {
                let created = self.created.contains(user_id);
                assert!(created || self.proven.contains(user_id), "a session without a proof");
                let user = world.by_id(user_id).expect("the user of a session exists");
                assert!(!user.is_suspended, "a session of a suspended user");
                assert!(
                    created || user.mfa_factors.is_empty() || self.second_factor.contains(user_id),
                    "a session without the bound factor"
                );
                assert_ne!(self.event, Some(InteractionEvent::ForgotPassword), "a reset is not a sign-in");
            }
            Effect::ResetPassword { user_id, .. } => {
                assert_eq!(self.event, Some(InteractionEvent::ForgotPassword));
                assert!(self.proven.contains(user_id), "a reset without a code");
            }
            Effect::CreateUser { profile, .. } => self.judge_invitation(profile, profile.primary_email.as_deref()),
            Effect::UpdateUser { user_id, profile, .. } => {
                let user = world.by_id(user_id).expect("the user of a session exists");
                self.judge_invitation(profile, user.primary_email.as_deref());
            }
            Effect::StoreTokens { .. } => panic!("no provider of the test gives tokens"),
            Effect::AnnounceUnusualSignIn { .. } | Effect::RememberPlace { .. } | Effect::TriggerWebhook { .. } => {}
        }
    }
}

proptest! {
    #![proptest_config(config(3000, "tests/world/failures.txt"))]

    #[test]
    fn c18_c21_no_order_of_steps_reaches_a_session_without_proof(actions in prop::collection::vec(action(), 1..40)) {
        let mut world = World::new();
        world.users.extend([user("carol"), user("dave")]);
        let bound = |factor| BoundFactor { factor, last_used_at: 0 };
        world.users[2].mfa_factors = vec![bound(MfaFactor::Totp)];
        world.users[3].mfa_factors = vec![bound(MfaFactor::WebAuthn), bound(MfaFactor::BackupCode)];
        let factors = vec![MfaFactor::Totp, MfaFactor::WebAuthn, MfaFactor::BackupCode];
        world.policy.experience.mfa = MfaSettings { factors, policy: MfaPolicy::NoPrompt, ..MfaSettings::default() };
        world.policy.experience.passkey_sign_in.enabled = Some(true);
        world.policy.experience.single_sign_on_enabled = true;
        let mut books = Books::default();
        for action in actions {
            match action {
                Do::ToggleSuspended(at) => world.users[at].is_suspended ^= true,
                Do::Show(event, shown) => {
                    if world.step(*event).is_ok() {
                        books.show(shown);
                    }
                }
                Do::Step(event) => {
                    if let Ok(effects) = world.step(*event.clone()) {
                        books.note(&event, &effects);
                        effects.iter().for_each(|effect| books.judge(&world, effect));
                    }
                }
            }
            let stored = serde_json::to_value(&world.state).unwrap();
            prop_assert_eq!(&serde_json::from_value::<Option<State>>(stored).unwrap(), &world.state);
            let shown = world.state.as_ref().map(|state| state.view().to_string()).unwrap_or_default();
            prop_assert!(!shown.contains("digest of") && !shown.contains("\"s\""), "the view shows a secret");
        }
        let updates = world.effects.iter().filter(|e| matches!(e, Effect::UpdateUser { .. })).count();
        let announced = world.effects.iter().filter(|e| matches!(
            e, Effect::TriggerWebhook { event: WebhookEvent::PostSignIn | WebhookEvent::PostRegister, .. }
        )).count();
        prop_assert_eq!(updates, announced, "every login is applied and announced exactly once");
        let names: Vec<_> = world.users.iter().filter_map(|user| user.username.as_deref()).collect();
        prop_assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "a username was taken twice");
    }
}
