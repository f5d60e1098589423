//! Trusted devices: where one stands for a second factor, and where it does not (E038, E077).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod world;

use flow::experience::TrustedDevicePolicy;
use flow::mfa::adaptive::SignInHistory;
use flow::mfa::{BoundFactor, MfaFactor, MfaPolicy, MfaSettings};
use flow::*;
use serde_json::json;
use world::*;

const ASKED: &str = "403 session.mfa.require_mfa_verification";
const FACTORS: [MfaFactor; 2] = [MfaFactor::Totp, MfaFactor::BackupCode];

/// Alice has an authenticator app and backup codes, and is in a browser that is trusted.
fn world() -> World {
    let mut world = World::new();
    let (factors, policy) = (FACTORS.to_vec(), MfaPolicy::Mandatory);
    world.policy.experience.mfa = MfaSettings { factors, policy, ..MfaSettings::default() };
    let trusted = TrustedDevicePolicy { enabled: Some(true), duration_days: None };
    world.policy.experience.trusted_device = Some(trusted);
    world.users[0].mfa_factors = FACTORS.map(|factor| BoundFactor { factor, last_used_at: 0 }).to_vec();
    world.users[0].trusted_device = Some("device".to_owned());
    world
}

fn sign_in(world: &mut World) {
    world.step(start(InteractionEvent::SignIn)).unwrap();
    world.step(password("p", "alice", Some("alice"))).unwrap();
    world.step(identify("p")).unwrap();
}

#[test]
fn a_trusted_device_stands_for_the_factor_and_the_state_says_which() {
    let mut world = world();
    sign_in(&mut world);
    assert_eq!(world.code(Event::Submit), "ok");
    let state = world.state.as_ref().unwrap();
    assert_eq!(state.trusted_device_fulfillment.as_deref(), Some("device"));
    let text = format!("{} {}", state.view(), state.audit());
    assert!(!text.contains("trustedDevice"), "{text}");
    // Whoever shows a factor all the same did not need the device.
    sign_in(&mut world);
    world.step(totp("t", "alice", None, true)).unwrap();
    assert_eq!(world.code(Event::Submit), "ok");
    assert_eq!(world.state.as_ref().unwrap().trusted_device_fulfillment, None);
}

#[test]
fn no_device_is_trusted_against_the_tenant_or_an_organization() {
    type Change = fn(&mut World);
    let changes: [Change; 5] = [
        |world| world.policy.experience.trusted_device = None,
        |world| world.policy.experience.trusted_device = Some(TrustedDevicePolicy::default()),
        |world| world.users[0].organization_forbids_trusted_devices = true,
        |world| world.users[0].trusted_device = None,
        |world| {
            // A sign-in that is unusual: nobody was here for long.
            world.policy.experience.adaptive_mfa = json!({"enabled": true});
            world.policy.experience.mfa.policy = MfaPolicy::PromptOnlyAtSignInMandatory;
            let long_ago = Some(world.now.plus_seconds(-31 * 24 * 3600));
            world.users[0].sign_in_history = SignInHistory { last_sign_in_at: long_ago, ..SignInHistory::default() };
        },
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let mut world = world();
        change(&mut world);
        sign_in(&mut world);
        assert_eq!(world.code(Event::Submit), ASKED, "{number}");
        assert_eq!(world.state.as_ref().unwrap().trusted_device_fulfillment, None);
    }
}

/// A password and a trusted device sign in; they change nothing about who may sign in later.
#[test]
fn a_trusted_device_binds_no_factor_and_links_no_account() {
    let mut world = world();
    sign_in(&mut world);
    world.step(backup_code("b", "alice", true, false)).unwrap();
    let bind = Event::BindFactor { factor: MfaFactor::BackupCode, verification_id: "b".into() };
    assert_eq!(world.code(bind), ASKED);
    world.policy.experience.social_sign_in_connector_targets = vec!["harbour".to_owned()];
    world.step(social("s", "account")).unwrap();
    let link = Event::AddProfile(ProfilePatch::Social { verification_id: "s".into() });
    let linked = world.code(link);
    assert!(linked == ASKED || (linked == "ok" && world.code(Event::Submit) == ASKED), "{linked}");
}

#[test]
fn trust_is_asked_for_with_a_factor_that_is_worth_it() {
    let mut world = world();
    world.users[0].trusted_device = None;
    world.step(start(InteractionEvent::SignIn)).unwrap();
    assert_eq!(world.code(Event::TrustDevice), "404 session.identifier_not_found");
    sign_in(&mut world);
    assert_eq!(world.code(Event::TrustDevice), ASKED);
    world.step(backup_code("b", "alice", false, true)).unwrap();
    assert_eq!(world.code(Event::TrustDevice), ASKED, "backup codes are for those who lost their device");
    world.step(totp("t", "alice", None, true)).unwrap();
    assert_eq!(world.code(Event::TrustDevice), "ok");
    // What is allowed may change before the end.
    world.users[0].organization_forbids_trusted_devices = true;
    assert_eq!(world.code(Event::TrustDevice), "403 auth.forbidden");
    assert_eq!(world.code(Event::Submit), "ok");
    assert!(!world.state.as_ref().unwrap().trusted_device_creation);
    world.users[0].organization_forbids_trusted_devices = false;
    sign_in(&mut world);
    world.step(totp("t", "alice", None, true)).unwrap();
    world.step(Event::TrustDevice).unwrap();
    assert_eq!(world.code(Event::Submit), "ok");
    assert!(world.state.as_ref().unwrap().trusted_device_creation);
    // The trust in another device is no factor to trust this one by.
    world.users[0].trusted_device = Some("device".to_owned());
    sign_in(&mut world);
    assert_eq!(world.code(Event::TrustDevice), ASKED);
    world.step(start(InteractionEvent::ForgotPassword)).unwrap();
    assert_eq!(world.code(Event::TrustDevice), "400 session.not_supported_for_forgot_password");
}
