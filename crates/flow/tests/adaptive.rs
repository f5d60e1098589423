//! Adaptive MFA: a session without a second factor exactly when nothing is unusual (E067, E068, E076).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod world;

use std::collections::BTreeMap;

use flow::mfa::adaptive::{AdaptiveRule, Position, SeenCountry, SignInHistory};
use flow::mfa::{BoundFactor, MfaFactor, MfaPolicy, MfaSettings};
use flow::*;
use kernel::Timestamp;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::json;
use world::*;

const DAY: i64 = 24 * 3600;
const REQUIRED: &str = "403 session.mfa.require_mfa_verification";

/// Alice has an authenticator app, and nothing is known of her.
fn world() -> World {
    let mut world = World::new();
    world.now = Timestamp(1_800_000_000_000);
    world.policy.experience.mfa = MfaSettings {
        factors: vec![MfaFactor::Totp],
        policy: MfaPolicy::PromptOnlyAtSignInMandatory,
        ..MfaSettings::default()
    };
    world.policy.experience.adaptive_mfa = json!({"enabled": true});
    world.users[0].mfa_factors = vec![BoundFactor { factor: MfaFactor::Totp, last_used_at: 0 }];
    world
}

fn begin(world: &mut World, context: &[(&str, &str)]) {
    let sign_in_context: BTreeMap<_, _> = context.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    let interaction_event = InteractionEvent::SignIn;
    world.step(Event::Start { interaction_event, sign_in_context, captcha_verified: false }).unwrap();
    world.step(password("p", "alice", Some("alice"))).unwrap();
    world.step(identify("p")).unwrap();
}

fn seen(world: &World, country: &str, days_ago: i64) -> SeenCountry {
    SeenCountry { country: country.to_owned(), last_sign_in_at: world.now.plus_seconds(-days_ago * DAY) }
}

fn announced(world: &World) -> Vec<AdaptiveRule> {
    let rules = |effect: &Effect| match effect {
        Effect::AnnounceUnusualSignIn { rules, .. } => Some(rules.clone()),
        _ => None,
    };
    world.effects.iter().find_map(rules).unwrap_or_default()
}

/// The context of a sign-in, what is known of earlier ones, and what is unusual then.
type Case<'a> = (&'a [(&'a str, &'a str)], &'a dyn Fn(&World) -> SignInHistory, &'a [AdaptiveRule]);

#[test]
fn each_rule_asks_for_a_factor_and_says_so_once_it_was_shown() {
    use AdaptiveRule::*;
    let here = [("country", "de"), ("latitude", "52.5"), ("longitude", "13.4"), ("botScore", "99")];
    let far = Position { latitude: 1_300_000, longitude: 103_800_000 };
    let cases: [Case<'_>; 9] = [
        (&here, &|_| SignInHistory::default(), &[]),
        (&here, &|w| SignInHistory { countries: vec![seen(w, "DE", 180)], ..Default::default() }, &[]),
        (&here, &|w| SignInHistory { countries: vec![seen(w, "DE", 181)], ..Default::default() }, &[NewCountry]),
        (&here, &|w| SignInHistory { countries: vec![seen(w, "FR", 1)], ..Default::default() }, &[NewCountry]),
        (
            &here,
            &|w| SignInHistory { last_position: Some((far, w.now.plus_seconds(-3600))), ..Default::default() },
            &[GeoVelocity],
        ),
        (&here, &|w| SignInHistory { last_position: Some((far, w.now.plus_seconds(-DAY))), ..Default::default() }, &[]),
        (
            &[],
            &|w| SignInHistory { last_sign_in_at: Some(w.now.plus_seconds(-31 * DAY)), ..Default::default() },
            &[LongInactivity],
        ),
        (&[("botScore", "29")], &|_| SignInHistory::default(), &[UntrustedIp]),
        (&[("botScore", "80"), ("botVerified", "true")], &|_| SignInHistory::default(), &[UntrustedIp]),
    ];
    for (context, history, expected) in cases {
        let mut world = world();
        world.users[0].sign_in_history = history(&world);
        begin(&mut world, context);
        if !expected.is_empty() {
            assert_eq!(world.code(Event::Submit), REQUIRED, "{expected:?}");
            world.step(totp("t", "alice", None, true)).unwrap();
        }
        assert_eq!(world.code(Event::Submit), "ok", "{expected:?}");
        assert_eq!(announced(&world), expected);
    }
}

#[test]
fn a_password_alone_changes_no_factors_and_no_profile_however_usual_the_sign_in_is() {
    let mut world = world();
    world.policy.experience.passkey_sign_in.enabled = Some(true);
    begin(&mut world, &[]);
    world.step(web_authn("w", "alice", true, true)).unwrap();
    assert_eq!(world.code(Event::BindPasskey { verification_id: "w".into() }), REQUIRED);
    let bind = Event::BindFactor { factor: MfaFactor::WebAuthn, verification_id: "w".into() };
    assert_eq!(world.code(bind), REQUIRED);
    assert_eq!(world.code(Event::AddProfile(ProfilePatch::Username("new".into()))), REQUIRED);
    world.policy.experience.social_sign_in_connector_targets = vec!["harbour".into()];
    world.step(social("s", "u1")).unwrap();
    world.step(Event::AddProfile(ProfilePatch::Social { verification_id: "s".into() })).unwrap();
    assert_eq!(world.code(Event::Submit), REQUIRED, "another way in");
    world.policy.experience.social_sign_in_connector_targets.clear();
    world.step(totp("t", "alice", None, true)).unwrap();
    assert_eq!(
        world.code(Event::Submit),
        "422 user.sign_in_method_not_enabled",
        "the provider is not offered any more"
    );
    world.policy.experience.social_sign_in_connector_targets = vec!["harbour".into()];
    assert_ne!(world.code(Event::Submit), REQUIRED);
}

#[test]
fn without_factors_nothing_is_asked_for_at_once_and_without_the_switch_everybody_is() {
    let mut bare = world();
    bare.users[0].mfa_factors.clear();
    begin(&mut bare, &[("botScore", "1")]);
    assert_eq!(bare.code(Event::Submit), "422 user.missing_mfa");
    let mut off = world();
    off.policy.experience.adaptive_mfa = json!({"enabled": false});
    off.policy.experience.mfa.policy = MfaPolicy::Mandatory;
    begin(&mut off, &[]);
    assert_eq!(off.code(Event::Submit), REQUIRED);
    off.step(totp("t", "alice", None, true)).unwrap();
    assert_eq!(off.code(Event::Submit), "ok");
    assert!(!off.effects.iter().any(|effect| matches!(effect, Effect::RememberPlace { .. })));
}

proptest! {
    #![proptest_config(config(2000, "tests/world/adaptive-failures.txt"))]

    #[test]
    fn a_session_has_a_factor_wherever_something_is_unusual(
        country in prop::option::of(select(vec!["DE", "FR", "XX", "?"])),
        known in prop::collection::vec((select(vec!["DE", "FR"]), 0..400_i64), 0..3),
        inactive in prop::option::of(0..60_i64),
        score in prop::option::of(0..100_i64),
        shows in any::<bool>(),
    ) {
        let mut world = world();
        let countries: Vec<_> = known.iter().map(|(country, days)| seen(&world, country, *days)).collect();
        let last_sign_in_at = inactive.map(|days| world.now.plus_seconds(-days * DAY));
        world.users[0].sign_in_history = SignInHistory { countries, last_position: None, last_sign_in_at };
        let score_text = score.map(|score| score.to_string());
        let context: Vec<(&str, &str)> =
            country.map(|c| ("country", c)).into_iter().chain(score_text.as_deref().map(|s| ("botScore", s))).collect();
        begin(&mut world, &context);
        if shows {
            world.step(totp("t", "alice", None, true)).unwrap();
        }
        let code = world.code(Event::Submit);
        let is_known = known.iter().any(|(name, days)| Some(*name) == country && *days <= 180);
        let is_new = country.is_some_and(|name| name != "?") && !known.is_empty() && !is_known;
        let is_unusual = is_new || inactive.is_some_and(|days| days > 30) || score.is_some_and(|score| score < 30);
        prop_assert_eq!(code == "ok", shows || !is_unusual);
        prop_assert_eq!(!announced(&world).is_empty(), shows && is_unusual);
    }
}
