//! What a sign-in proves, and the factor that an application demands beyond the tenant's policy.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod world;

use flow::experience::{PasskeySignIn, TrustedDevicePolicy};
use flow::mfa::{BoundFactor, MfaFactor, MfaPolicy, MfaSettings, proven};
use flow::*;
use kernel::Assurance::{self, *};
use world::*;

const ASKED: &str = "403 session.mfa.require_mfa_verification";
const MISSING: &str = "422 user.missing_mfa";

/// Alice has these factors, and the tenant offers them.
fn world(policy: MfaPolicy, factors: &[MfaFactor]) -> World {
    let mut world = World::new();
    world.policy.experience.mfa = MfaSettings { factors: factors.to_vec(), policy, ..MfaSettings::default() };
    world.users[0].mfa_factors =
        factors.iter().map(|factor| BoundFactor { factor: *factor, last_used_at: 0 }).collect();
    world
}

fn sign_in(world: &mut World, record: Event, id: &str) {
    world.step(start(InteractionEvent::SignIn)).unwrap();
    world.step(record).unwrap();
    world.step(identify(id)).unwrap();
}

fn by_password(world: &mut World) {
    sign_in(world, password("p", "alice", Some("alice")), "p");
}

fn reached(world: &World) -> (Assurance, String) {
    let found = proven(world.state.as_ref().unwrap(), &world.users[0], &world.policy.experience);
    (found.assurance, found.methods.join(" "))
}

#[test]
fn each_proof_counts_for_what_it_is() {
    let mut world = world(MfaPolicy::UserControlled, &[MfaFactor::Totp, MfaFactor::WebAuthn]);
    by_password(&mut world);
    assert_eq!(reached(&world), (OneFactor, "pwd".to_owned()));
    world.step(totp("t", "alice", None, false)).unwrap();
    assert_eq!(reached(&world).0, OneFactor, "a code that was not right");
    world.step(totp("t", "bob", None, true)).unwrap();
    assert_eq!(reached(&world).0, OneFactor, "somebody else's");
    world.step(totp("t", "alice", Some("sealed"), true)).unwrap();
    assert_eq!(reached(&world).0, OneFactor, "an app that was not bound");
    world.step(totp("t", "alice", None, true)).unwrap();
    assert_eq!(reached(&world), (TwoFactors, "pwd otp mfa".to_owned()));
    world.step(web_authn("w", "alice", true, true)).unwrap();
    assert_eq!(reached(&world).0, TwoFactors, "a passkey that was only made");
    world.step(web_authn("w", "alice", false, true)).unwrap();
    assert_eq!(reached(&world), (PhishingResistant, "pwd otp pop mfa".to_owned()));
    world.users[0].mfa_factors.clear();
    assert_eq!(reached(&world).0, OneFactor, "factors that were removed meanwhile");
}

#[test]
fn a_mailbox_is_one_factor_however_often_it_is_used() {
    let mut world = world(MfaPolicy::UserControlled, &[MfaFactor::EmailVerificationCode]);
    world.users[0].primary_email = Some("alice@example.com".into());
    world.demanded = Some(TwoFactors);
    sign_in(&mut world, email_code("e", "alice@example.com", true), "e");
    world.step(mfa_code("m", "alice", true)).unwrap();
    assert_eq!(reached(&world), (OneFactor, "otp".to_owned()));
    assert_eq!(world.code(Event::Submit), "ok", "nothing else could be shown");
    by_password(&mut world);
    world.step(mfa_code("m", "alice", true)).unwrap();
    assert_eq!(reached(&world), (TwoFactors, "pwd otp mfa".to_owned()));
}

#[test]
fn a_passkey_alone_is_phishing_resistant() {
    let mut world = world(MfaPolicy::NoPrompt, &[MfaFactor::WebAuthn]);
    let enabled = |enabled| PasskeySignIn { enabled, ..PasskeySignIn::default() };
    world.policy.experience.passkey_sign_in = enabled(Some(true));
    world.demanded = Some(PhishingResistant);
    sign_in(&mut world, passkey("k", Some("alice")), "k");
    assert_eq!(world.code(Event::Submit), "ok");
    assert_eq!(reached(&world), (PhishingResistant, "pop mfa".to_owned()));
    world.policy.experience.passkey_sign_in = enabled(Some(false));
    assert_eq!(reached(&world).0, OneFactor);
}

#[test]
fn a_bound_factor_is_shown_although_the_user_declined_it_and_the_device_is_trusted() {
    let mut world = world(MfaPolicy::UserControlled, &[MfaFactor::Totp]);
    world.users[0].skip_mfa_on_sign_in = true;
    by_password(&mut world);
    assert_eq!(world.code(Event::Submit), "ok");
    world.demanded = Some(TwoFactors);
    by_password(&mut world);
    assert_eq!(world.code(Event::Submit), ASKED);
    world.users[0].skip_mfa_on_sign_in = false;
    world.users[0].trusted_device = Some("device".to_owned());
    world.policy.experience.trusted_device = Some(TrustedDevicePolicy { enabled: Some(true), duration_days: None });
    assert_eq!(world.code(Event::Submit), ASKED);
    world.demanded = None;
    assert_eq!(world.code(Event::Submit), "ok");
    assert_eq!(reached(&world), (OneFactor, "pwd".to_owned()), "the device proves nothing");
    world.demanded = Some(TwoFactors);
    by_password(&mut world);
    world.step(totp("t", "alice", None, true)).unwrap();
    assert_eq!(world.code(Event::Submit), "ok");
}

#[test]
fn a_passkey_is_demanded_of_those_who_have_one() {
    let mut world = world(MfaPolicy::UserControlled, &[MfaFactor::Totp, MfaFactor::WebAuthn]);
    world.demanded = Some(PhishingResistant);
    by_password(&mut world);
    world.step(totp("t", "alice", None, true)).unwrap();
    assert_eq!(world.code(Event::Submit), ASKED);
    world.step(web_authn("w", "alice", false, true)).unwrap();
    assert_eq!(world.code(Event::Submit), "ok");
    world.users[0].mfa_factors.retain(|bound| bound.factor == MfaFactor::Totp);
    by_password(&mut world);
    world.step(totp("t", "alice", None, true)).unwrap();
    assert_eq!(world.code(Event::Submit), "ok", "who has none signs in as they can");
}

#[test]
fn who_has_no_factor_makes_one_or_declines() {
    let mut world = world(MfaPolicy::UserControlled, &[MfaFactor::Totp]);
    world.users[0].mfa_factors.clear();
    world.users[0].mfa_skipped = true;
    by_password(&mut world);
    assert_eq!(world.code(Event::Submit), "ok", "asked once and declined");
    world.demanded = Some(TwoFactors);
    by_password(&mut world);
    assert_eq!(world.code(Event::Submit), MISSING);
    world.step(Event::SkipMfa).unwrap();
    assert_eq!(world.code(Event::Submit), "ok");
    assert_eq!(reached(&world).0, OneFactor);
    by_password(&mut world);
    world.step(totp("t", "alice", Some("sealed"), true)).unwrap();
    world.step(Event::BindFactor { factor: MfaFactor::Totp, verification_id: "t".into() }).unwrap();
    assert_eq!(world.code(Event::Submit), "ok");
    assert_eq!(reached(&world), (TwoFactors, "pwd otp mfa".to_owned()));
    world.users[0].mfa_factors.clear();
    assert_eq!(reached(&world).0, OneFactor, "removed again before the session began");
}

#[test]
fn who_has_a_factor_does_not_reach_it_by_making_another() {
    for known in [MfaFactor::Totp, MfaFactor::WebAuthn] {
        let mut world = world(MfaPolicy::UserControlled, &[MfaFactor::Totp, MfaFactor::WebAuthn]);
        world.users[0].skip_mfa_on_sign_in = true;
        world.users[0].mfa_factors.retain(|bound| bound.factor == known);
        by_password(&mut world);
        world.step(web_authn("w", "alice", true, true)).unwrap();
        let bind = Event::BindFactor { factor: MfaFactor::WebAuthn, verification_id: "w".into() };
        assert_eq!(world.code(bind), ASKED, "{known:?}");
        assert_eq!(reached(&world).0, OneFactor);
        world.demanded = Some(TwoFactors);
        assert_eq!(world.code(Event::Submit), ASKED);
        world.demanded = None;
        assert_eq!(world.code(Event::Submit), "ok");
        assert_eq!(reached(&world).0, OneFactor, "also when the session begins");
    }
}

#[test]
fn a_newcomer_reaches_it_by_making_a_factor() {
    let mut world = world(MfaPolicy::PromptAtSignInAndSignUp, &[MfaFactor::Totp, MfaFactor::EmailVerificationCode]);
    world.demanded = Some(TwoFactors);
    world.step(start(InteractionEvent::Register)).unwrap();
    let identity = username("newbie");
    world.step(Event::NewPasswordIdentity { id: "n".into(), identifier: identity, digest: digest("x") }).unwrap();
    world.step(identify("n")).unwrap();
    assert_eq!(world.code(Event::Submit), MISSING);
    let id = world.state.as_ref().unwrap().user_id.clone().unwrap();
    world.step(totp("t", &id, Some("sealed"), true)).unwrap();
    world.step(Event::BindFactor { factor: MfaFactor::Totp, verification_id: "t".into() }).unwrap();
    assert_eq!(world.code(Event::Submit), "ok");
    let user = world.users.last().unwrap();
    let found = proven(world.state.as_ref().unwrap(), user, &world.policy.experience);
    assert_eq!((found.assurance, found.methods.join(" ")), (TwoFactors, "pwd otp mfa".to_owned()));
}

#[test]
fn nobody_makes_a_factor_where_the_tenant_does_not_ask_for_one() {
    let mut quiet = world(MfaPolicy::NoPrompt, &[MfaFactor::Totp]);
    quiet.users[0].mfa_factors.clear();
    quiet.demanded = Some(TwoFactors);
    by_password(&mut quiet);
    assert_eq!(quiet.code(Event::Submit), "ok");
}

#[test]
fn no_demand_lowers_the_policy_of_the_tenant() {
    for demanded in [None, Some(OneFactor), Some(TwoFactors), Some(PhishingResistant)] {
        let mut world = world(MfaPolicy::Mandatory, &[MfaFactor::Totp]);
        world.demanded = demanded;
        by_password(&mut world);
        assert_eq!(world.code(Event::Submit), ASKED, "{demanded:?}");
        world.users[0].mfa_factors.clear();
        by_password(&mut world);
        assert_eq!(world.code(Event::Submit), MISSING, "{demanded:?}");
        assert_eq!(world.code(Event::SkipMfa), "422 session.mfa.mfa_policy_not_user_controlled", "{demanded:?}");
    }
}
