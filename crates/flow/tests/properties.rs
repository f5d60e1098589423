//! Whatever is sent in whatever order: no session without an identified user and a given proof of that very user, no
//! proof counted twice, no second user from one interaction. A small reference keeps the books.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod world;

use std::collections::BTreeSet;

use flow::mfa::{BoundFactor, MfaFactor, MfaPolicy, MfaSettings};
use flow::*;
use proptest::prelude::*;
use world::*;

#[derive(Debug, Clone)]
enum Do {
    Step(Box<Event>),
    ToggleSuspended(usize),
}

fn interaction_event() -> impl Strategy<Value = InteractionEvent> {
    prop_oneof![
        4 => Just(InteractionEvent::SignIn),
        3 => Just(InteractionEvent::Register),
        1 => Just(InteractionEvent::ForgotPassword)
    ]
}

fn record_id() -> impl Strategy<Value = String> {
    prop_oneof![Just("pw"), Just("new"), Just("mail"), Just("totp"), Just("nothing")].prop_map(str::to_owned)
}

fn name() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just("alice"), Just("bob"), Just("carol"), Just("nobody")]
}

fn action() -> impl Strategy<Value = Do> {
    let event = prop_oneof![
        2 => interaction_event().prop_map(start),
        2 => interaction_event().prop_map(|interaction_event| Event::ChangeEvent { interaction_event }),
        4 => (name(), any::<bool>()).prop_map(|(name, right)| Event::PasswordVerification {
            id: "pw".into(), identifier: username(name), user_id: right.then(|| name.to_owned())
        }),
        3 => name().prop_map(|name| Event::NewPasswordIdentity {
            id: "new".into(), identifier: username(name), digest: digest(name)
        }),
        3 => (name(), any::<bool>()).prop_map(|(name, verified)| {
            email_code("mail", &format!("{name}@example.com"), verified)
        }),
        2 => (name(), any::<bool>(), any::<bool>()).prop_map(|(name, verified, binding)| {
            Event::Record(VerificationRecord::Totp {
                id: "totp".into(), user_id: name.into(), secret: binding.then(|| "s".to_owned()), verified
            })
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
    prop_oneof![30 => event.prop_map(|event| Do::Step(Box::new(event))), 1 => (0..3_usize).prop_map(Do::ToggleSuspended)]
}

/// What has been proven since the last start, and for whom.
#[derive(Default)]
struct Books {
    event: Option<InteractionEvent>,
    proven: BTreeSet<String>,
    second_factor: BTreeSet<String>,
    created: BTreeSet<String>,
}

impl Books {
    fn note(&mut self, world: &World, event: &Event, effects: &[Effect]) {
        match event {
            Event::Start { interaction_event, .. } => {
                *self = Self { event: Some(*interaction_event), ..Self::default() };
            }
            Event::ChangeEvent { interaction_event } => self.event = Some(*interaction_event),
            Event::PasswordVerification { user_id: Some(user), .. } => {
                self.proven.insert(user.clone());
            }
            Event::Record(VerificationRecord::EmailVerificationCode { identifier, verified: true, .. }) => {
                self.proven.extend(world.find(identifier).map(|user| user.id.clone()));
            }
            Event::Record(VerificationRecord::Totp { user_id, secret: None, verified: true, .. }) => {
                self.second_factor.insert(user_id.clone());
            }
            _ => {}
        }
        for effect in effects {
            if let Effect::CreateUser { user_id, .. } = effect {
                assert!(self.created.is_empty(), "one interaction made two users");
                self.created.insert(user_id.clone());
            }
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
            _ => {}
        }
    }
}

proptest! {
    #![proptest_config(config(3000, "tests/world/failures.txt"))]

    #[test]
    fn c18_c21_no_order_of_steps_reaches_a_session_without_proof(actions in prop::collection::vec(action(), 1..40)) {
        let mut world = World::new();
        world.users.push(user("carol"));
        let factor = BoundFactor { factor: MfaFactor::Totp, last_used_at: 0 };
        world.users[2].mfa_factors = vec![factor];
        world.policy.experience.mfa =
            MfaSettings { factors: vec![MfaFactor::Totp], policy: MfaPolicy::NoPrompt, ..MfaSettings::default() };
        let mut books = Books::default();
        for action in actions {
            match action {
                Do::ToggleSuspended(at) => world.users[at].is_suspended ^= true,
                Do::Step(event) => {
                    if let Ok(effects) = world.step(*event.clone()) {
                        books.note(&world, &event, &effects);
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
