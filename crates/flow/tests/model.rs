//! Whatever is sent in whatever order, under whatever settings: a session is reached exactly when the reference says so, by
//! the user whom it says, and nobody else is identified in between.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod reference;
mod world;

use flow::experience::{CaptchaPolicy, SignInMode};
use flow::mfa::{BoundFactor, MfaFactor, MfaPolicy, MfaSettings};
use flow::*;
use proptest::prelude::*;
use proptest::sample::select;
use reference::{Around, Reference};
use world::*;

/// One thing that happens.
#[derive(Debug, Clone)]
enum Do {
    Step(Box<Event>),
    ToggleSuspended(usize),
    /// Somebody else takes a name meanwhile.
    Taken(&'static str),
}

fn name() -> impl Strategy<Value = &'static str> {
    select(vec!["alice", "bob", "carol", "dave", "erin", "nobody"])
}

fn event() -> impl Strategy<Value = Event> {
    let kinds = || select(vec![InteractionEvent::SignIn, InteractionEvent::Register, InteractionEvent::ForgotPassword]);
    let record = || select(vec!["pw", "new", "mail", "totp", "key", "token", "nothing"]).prop_map(str::to_owned);
    prop_oneof![
        2 => (kinds(), any::<bool>()).prop_map(|(kind, solved)| match start(kind) {
            Event::Start { interaction_event, sign_in_context, .. } => {
                Event::Start { interaction_event, sign_in_context, captcha_verified: solved }
            }
            other => other,
        }),
        2 => kinds().prop_map(|interaction_event| Event::ChangeEvent { interaction_event }),
        5 => (name(), any::<bool>()).prop_map(|(name, right)| password("pw", name, right.then_some(name))),
        3 => name().prop_map(|name| Event::NewPasswordIdentity {
            id: "new".into(), identifier: username(name), digest: digest(name)
        }),
        3 => (name(), any::<bool>()).prop_map(|(name, right)| email_code("mail", &format!("{name}@example.com"), right)),
        3 => (name(), any::<bool>(), prop::bool::weighted(0.2)).prop_map(|(name, verified, binding)| {
            totp("totp", name, binding.then_some("s"), verified)
        }),
        2 => (name(), any::<bool>()).prop_map(|(name, right)| passkey("key", right.then_some(name))),
        2 => (name(), any::<bool>())
            .prop_map(|(name, right)| one_time_token("token", &format!("{name}@example.com"), right)),
        2 => (name(), prop::bool::weighted(0.4), prop::bool::weighted(0.7))
            .prop_map(|(name, is_new, right)| web_authn("authn", name, is_new, right)),
        2 => (name(), prop::bool::weighted(0.4), prop::bool::weighted(0.7))
            .prop_map(|(name, is_new, right)| backup_code("backup", name, is_new, right)),
        4 => prop::option::weighted(0.9, record()).prop_map(|verification_id| Event::Identify {
            verification_id, link_social_identity: false
        }),
        5 => Just(Event::IdentifyByLatestRecord),
        1 => name().prop_map(|name| Event::AddProfile(ProfilePatch::Username(name.into()))),
        1 => Just(Event::AddProfile(ProfilePatch::Password(digest("more")))),
        1 => record().prop_map(|verification_id| Event::AddProfile(ProfilePatch::Email { verification_id })),
        1 => any::<bool>().prop_map(|same| Event::SetPassword { digest: digest("reset"), same }),
        2 => (select(vec![MfaFactor::Totp, MfaFactor::BackupCode]), select(vec!["totp", "backup", "pw"]))
            .prop_map(|(factor, id)| Event::BindFactor { factor, verification_id: id.into() }),
        1 => Just(Event::SkipMfaSuggestion),
        3 => Just(Event::SkipPasskey),
        1 => Just(Event::SkipMfa),
        1 => Just(Event::EnableMfa),
        1 => Just(Event::TrustDevice),
        7 => Just(Event::Submit),
    ]
}

fn action() -> impl Strategy<Value = Do> {
    prop_oneof![
        30 => event().prop_map(|event| Do::Step(Box::new(event))),
        1 => (0..5_usize).prop_map(Do::ToggleSuspended),
        1 => name().prop_map(Do::Taken)
    ]
}

/// Mostly one thing; seldom what chance alone would hardly put in this order: somebody chooses a username at sign-in, and
/// another is faster; somebody shows a second factor, bound or new.
fn scene() -> impl Strategy<Value = Vec<Do>> {
    let late = (name(), name()).prop_map(|(wanted, taken)| {
        let proof = password("pw", "dave", Some("dave"));
        let choice = Event::AddProfile(ProfilePatch::Username(wanted.into()));
        let before = [start(InteractionEvent::SignIn), proof, Event::IdentifyByLatestRecord, choice];
        let before = before.map(|event| Do::Step(Box::new(event)));
        let after = [Event::SkipPasskey, Event::Submit].map(|event| Do::Step(Box::new(event)));
        before.into_iter().chain([Do::Taken(taken)]).chain(after).collect()
    });
    let second = (select(vec!["carol", "erin"]), 0..4_usize, any::<bool>()).prop_map(|(name, kind, is_new)| {
        let factor = match kind {
            0 => totp("totp", name, is_new.then_some("s"), true),
            1 => web_authn("authn", name, is_new, true),
            2 => backup_code("backup", name, is_new, true),
            _ => passkey("key", Some(if is_new { "alice" } else { name })),
        };
        let proof = email_code("mail", &format!("{name}@example.com"), true);
        let start = start(InteractionEvent::SignIn);
        let steps = [start, proof, Event::IdentifyByLatestRecord, factor, Event::SkipPasskey, Event::Submit];
        steps.map(|event| Do::Step(Box::new(event))).to_vec()
    });
    let enrols = (name(), any::<bool>(), any::<bool>()).prop_map(|(name, is_right, with_codes)| {
        let bind = |factor, id: &str| Event::BindFactor { factor, verification_id: id.into() };
        let mut steps = vec![
            start(InteractionEvent::SignIn),
            email_code("mail", &format!("{name}@example.com"), true),
            Event::IdentifyByLatestRecord,
            totp("totp", name, Some("s"), is_right),
            bind(MfaFactor::Totp, "totp"),
        ];
        if with_codes {
            steps.extend([backup_code("backup", name, true, false), bind(MfaFactor::BackupCode, "backup")]);
        }
        steps.extend([Event::SkipPasskey, Event::Submit]);
        steps.into_iter().map(|event| Do::Step(Box::new(event))).collect()
    });
    prop_oneof![30 => action().prop_map(|action| vec![action]), 1 => late, 1 => second, 1 => enrols]
}

/// The settings that decide about sessions.
#[derive(Debug, Clone)]
struct Rules {
    mode: SignInMode,
    captcha: bool,
    factors: MfaPolicy,
    passwords: bool,
    codes: bool,
    passkeys: bool,
    /// New accounts need an e-mail address and no password, else a username and a password.
    by_email: bool,
}

fn rules() -> impl Strategy<Value = Rules> {
    let modes = vec![SignInMode::SignInAndRegister, SignInMode::SignIn, SignInMode::Register];
    let factors = vec![MfaPolicy::NoPrompt, MfaPolicy::UserControlled, MfaPolicy::Mandatory];
    let most = || prop::bool::weighted(0.8);
    (select(modes), prop::bool::weighted(0.2), select(factors), most(), most(), most(), any::<bool>()).prop_map(
        |(mode, captcha, factors, passwords, codes, passkeys, by_email)| Rules {
            mode,
            captcha,
            factors,
            passwords,
            codes,
            passkeys,
            by_email,
        },
    )
}

/// Alice and Bob, Carol with a bound factor, Dave without a username, Erin without a password but with two factors.
fn world(rules: &Rules) -> World {
    let mut world = World::new();
    world.users.extend([user("carol"), user("dave"), user("erin")]);
    let bound = |factor| BoundFactor { factor, last_used_at: 0 };
    world.users[2].mfa_factors = vec![bound(MfaFactor::Totp)];
    world.users[3].username = None;
    world.users[4].has_password = false;
    world.users[4].mfa_factors = vec![bound(MfaFactor::WebAuthn), bound(MfaFactor::BackupCode)];
    let experience = &mut world.policy.experience;
    experience.sign_in_mode = rules.mode;
    experience.captcha_policy = CaptchaPolicy { enabled: Some(rules.captcha) };
    let factors = vec![MfaFactor::Totp, MfaFactor::WebAuthn, MfaFactor::BackupCode];
    experience.mfa = MfaSettings { factors, policy: rules.factors, ..MfaSettings::default() };
    experience.passkey_sign_in.enabled = Some(rules.passkeys);
    for method in &mut experience.sign_in.methods {
        (method.password, method.verification_code) = (rules.passwords, rules.codes);
    }
    if rules.by_email {
        (experience.sign_up.identifiers, experience.sign_up.password) = (vec![IdentifierType::Email], false);
    }
    world
}

proptest! {
    #![proptest_config(config(4000, "tests/reference/failures.txt"))]

    #[test]
    fn c14_c18_c21_a_session_is_reached_exactly_when_the_reference_says(
        rules in rules(),
        scenes in prop::collection::vec(scene(), 1..60),
    ) {
        let (mut world, mut reference) = (world(&rules), Reference::default());
        for action in scenes.concat() {
            let event = match action {
                Do::ToggleSuspended(at) => {
                    world.users[at].is_suspended ^= true;
                    continue;
                }
                Do::Taken(name) => {
                    if world.find(&username(name)).is_none() {
                        let (id, primary_email) = (format!("other {name}").into(), None);
                        world.users.push(User { id, primary_email, ..user(name) });
                    }
                    continue;
                }
                Do::Step(event) => *event,
            };
            let new_user_id = world.next_user_id();
            let expected = reference.step(&event, &Around { world: &world, new_user_id: &new_user_id });
            let effects = world.step(event.clone()).unwrap_or_default();
            let session = effects.iter().find_map(|effect| match effect {
                Effect::SignedIn { user_id } => Some(user_id.clone()),
                _ => None,
            });
            prop_assert_eq!(&session, &expected, "{:?}", event);
            let identified = world.state.as_ref().and_then(|state| state.user_id.clone());
            prop_assert_eq!(&identified, &reference.identified, "identified after {:?}", event);
            prop_assert_eq!(world.state.as_ref().is_some_and(|state| state.submitted), reference.decided);
        }
    }
}
