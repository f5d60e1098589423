//! Passkeys: bound as second factors and for signing in, preferred, declined, and good once (E024, E032, E036, E037, E075).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod world;

use flow::experience::PasskeySignIn;
use flow::mfa::{MfaFactor, MfaPolicy, MfaSettings};
use flow::*;
use kernel::Timestamp;
use serde_json::json;
use world::*;

fn world_with(factors: &[MfaFactor], passkey_sign_in: bool) -> World {
    let mut world = World::new();
    world.policy.experience.mfa =
        MfaSettings { factors: factors.to_vec(), policy: MfaPolicy::Mandatory, ..MfaSettings::default() };
    world.policy.experience.passkey_sign_in = PasskeySignIn { enabled: Some(passkey_sign_in), ..Default::default() };
    world
}

fn sign_in(world: &mut World, name: &str) {
    world.step(start(InteractionEvent::SignIn)).unwrap();
    world.step(password("p", name, Some(name))).unwrap();
    world.step(identify("p")).unwrap();
}

fn bind_factor(id: &str) -> Event {
    Event::BindFactor { factor: MfaFactor::WebAuthn, verification_id: id.into() }
}

fn bind_passkey(id: &str) -> Event {
    Event::BindPasskey { verification_id: id.into() }
}

#[test]
fn a_mandatory_passkey_is_bound_as_in_trace_20_14_and_asked_for_afterwards() {
    let mut world = world_with(&[MfaFactor::WebAuthn], false);
    sign_in(&mut world, "alice");
    assert_eq!(world.code(Event::Submit), "422 user.missing_mfa");
    world.step(web_authn("w", "alice", true, false)).unwrap();
    assert_eq!(world.code(bind_factor("w")), "400 session.verification_failed", "not registered yet");
    world.step(web_authn("w", "alice", true, true)).unwrap();
    assert_eq!(world.code(bind_factor("w")), "ok");
    assert_eq!(world.code(bind_factor("w")), "ok", "the same request again");
    let view = world.state.as_ref().unwrap().view();
    assert_eq!(view["mfa"], json!({"mfaEnabled": true, "webAuthn": [{"type": "WebAuthn"}]}));
    assert_eq!(world.code(Event::Submit), "ok");
    assert_eq!(world.users[0].mfa_factors.len(), 1);
    sign_in(&mut world, "alice");
    assert_eq!(world.code(Event::Submit), "403 session.mfa.require_mfa_verification");
    world.step(web_authn("n", "alice", true, true)).unwrap();
    assert_eq!(world.code(bind_factor("n")), "403 session.mfa.require_mfa_verification", "a password alone adds none");
    assert_eq!(world.code(Event::Submit), "403 session.mfa.require_mfa_verification", "a new key proves nothing");
    world.step(web_authn("u", "alice", false, true)).unwrap();
    assert_eq!(world.code(Event::Submit), "ok");
}

#[test]
fn a_passkey_of_somebody_else_is_not_bound_and_no_second_factor() {
    let mut world = world_with(&[MfaFactor::WebAuthn], true);
    sign_in(&mut world, "alice");
    world.step(web_authn("w", "bob", true, true)).unwrap();
    for bind in [bind_factor("w"), bind_passkey("w")] {
        assert_eq!(world.code(bind), "400 session.verification_failed");
    }
    world.step(web_authn("u", "alice", false, true)).unwrap();
    assert_eq!(world.code(bind_factor("u")), "400 session.verification_failed", "a use is no registration");
}

#[test]
fn passkeys_are_bound_only_where_they_are_for_something() {
    for (factors, is_sign_in, expected) in [
        (&[MfaFactor::Totp][..], false, "400 session.mfa.mfa_factor_not_enabled"),
        (&[MfaFactor::WebAuthn], false, "ok"),
        (&[], true, "ok"),
    ] {
        let mut world = world_with(factors, is_sign_in);
        sign_in(&mut world, "alice");
        world.step(web_authn("w", "alice", true, true)).unwrap();
        assert_eq!(world.code(bind_passkey("w")), expected);
    }
}

#[test]
fn a_passkey_is_preferred_until_it_is_made_or_declined() {
    let mut world = world_with(&[], true);
    sign_in(&mut world, "alice");
    assert_eq!(world.code(Event::Submit), "422 user.passkey_preferred");
    assert_eq!(world.code(Event::SkipPasskey), "ok");
    assert_eq!(world.code(Event::Submit), "ok");
    assert!(world.users[0].passkey_skipped);
    sign_in(&mut world, "alice");
    assert_eq!(world.code(Event::Submit), "ok", "declined once");

    let mut world = world_with(&[], true);
    sign_in(&mut world, "alice");
    world.step(web_authn("w", "alice", true, true)).unwrap();
    world.step(bind_passkey("w")).unwrap();
    assert_eq!(world.code(Event::Submit), "ok");
    world.step(start(InteractionEvent::SignIn)).unwrap();
    world.step(passkey("k", Some("alice"))).unwrap();
    assert_eq!(world.code(identify("k")), "ok");
    assert_eq!(world.code(Event::Submit), "ok");
}

#[test]
fn a_passkey_signs_in_where_that_is_switched_on_and_stands_for_both_factors() {
    for (enabled, identified) in [(true, "ok"), (false, "422 user.sign_in_method_not_enabled")] {
        let mut world = world_with(&[MfaFactor::WebAuthn, MfaFactor::Totp], enabled);
        world.users[0].mfa_factors = vec![flow::mfa::BoundFactor { factor: MfaFactor::WebAuthn, last_used_at: 0 }];
        world.step(start(InteractionEvent::SignIn)).unwrap();
        world.step(passkey("k", Some("alice"))).unwrap();
        assert_eq!(world.code(identify("k")), identified);
        if enabled {
            assert_eq!(world.code(Event::Submit), "ok");
        }
    }
}

#[test]
fn c14_a_passkey_that_is_switched_off_or_removed_stands_for_no_factor() {
    let with = |factors: &[MfaFactor]| -> Vec<flow::mfa::BoundFactor> {
        factors.iter().map(|factor| flow::mfa::BoundFactor { factor: *factor, last_used_at: 0 }).collect()
    };
    for (enabled, factors, expected) in [
        (true, &[MfaFactor::Totp, MfaFactor::WebAuthn][..], "ok"),
        (false, &[MfaFactor::Totp, MfaFactor::WebAuthn], "403 session.mfa.require_mfa_verification"),
        (true, &[MfaFactor::Totp], "403 session.mfa.require_mfa_verification"),
    ] {
        let mut world = world_with(&[MfaFactor::Totp], enabled);
        world.users[0].mfa_factors = with(factors);
        world.users[0].passkey_skipped = true;
        sign_in(&mut world, "alice");
        world.step(passkey("k", Some("alice"))).unwrap();
        assert_eq!(world.code(Event::Submit), expected, "{enabled} {factors:?}");
    }
}

#[test]
fn an_account_has_twenty_passkeys_at_most() {
    let mut world = world_with(&[MfaFactor::WebAuthn, MfaFactor::Totp], false);
    let bound = |factor| flow::mfa::BoundFactor { factor, last_used_at: 0 };
    world.users[0].mfa_factors = [vec![bound(MfaFactor::WebAuthn); 19], vec![bound(MfaFactor::Totp)]].concat();
    sign_in(&mut world, "alice");
    world.step(totp("t", "alice", None, true)).unwrap();
    for (id, expected) in [("a", "ok"), ("b", "400 guard.invalid_input")] {
        world.step(web_authn(id, "alice", true, true)).unwrap();
        assert_eq!(world.code(bind_factor(id)), expected);
    }
}

/// Who left the company must not come back by a passkey (E044); nobody is asked to make one that would be of no use.
#[test]
fn an_account_with_enterprise_sign_in_neither_uses_nor_is_offered_a_passkey() {
    let mut world = world_with(&[], true);
    let account = flow::EnterpriseAccountId { connector_id: "c".into(), issuer: "i".into(), id: "a1".into() };
    world.users[0].enterprise_identities = vec![account];
    sign_in(&mut world, "alice");
    assert_eq!(world.code(Event::Submit), "ok", "no passkey is preferred");
    world.users[0].mfa_factors = vec![flow::mfa::BoundFactor { factor: MfaFactor::WebAuthn, last_used_at: 0 }];
    world.step(start(InteractionEvent::SignIn)).unwrap();
    world.step(passkey("k", Some("alice"))).unwrap();
    assert_eq!(world.code(identify("k")), "400 session.passkey_sign_in.sso_users_not_allowed");
    assert_eq!(world.state.as_ref().unwrap().user_id, None);
    world.step(passkey("k", Some("bob"))).unwrap();
    assert_eq!(world.code(identify("k")), "ok");
}

/// Even after a fresh start of the same interaction (C22).
#[test]
fn c22_an_answered_challenge_is_not_answered_again() {
    let mut world = world_with(&[], true);
    world.step(start(InteractionEvent::SignIn)).unwrap();
    let answer = |id: &str, at: i64| {
        let Event::Record(record) = passkey(id, Some("alice")) else { panic!() };
        Event::AnswerPasskeyChallenge { record, challenged_at: Timestamp(at) }
    };
    assert_eq!(world.code(answer("a", 10)), "ok");
    assert_eq!(world.code(answer("b", 10)), "400 session.mfa.webauthn_verification_failed");
    world.step(start(InteractionEvent::SignIn)).unwrap();
    for at in [9, 10] {
        assert_eq!(world.code(answer("c", at)), "400 session.mfa.webauthn_verification_failed");
    }
    assert_eq!(world.code(answer("d", 11)), "ok");
}
