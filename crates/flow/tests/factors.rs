//! Binding second factors: what is asked for, what may be declined, and what is refused (E032 to E035, E066 to E071).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod world;

use flow::experience::{PasskeySignIn, SignInMethod};
use flow::mfa::{BoundFactor, MfaFactor, MfaPolicy, MfaSettings, OrganizationMfaPolicy};
use flow::*;
use serde_json::json;
use world::*;

const BOTH: [MfaFactor; 2] = [MfaFactor::Totp, MfaFactor::BackupCode];

fn world_with(policy: MfaPolicy, factors: &[MfaFactor]) -> World {
    let mut world = World::new();
    world.policy.experience.mfa = MfaSettings { factors: factors.to_vec(), policy, ..MfaSettings::default() };
    world
}

fn sign_in(world: &mut World, name: &str) {
    world.step(start(InteractionEvent::SignIn)).unwrap();
    world.step(password("p", name, Some(name))).unwrap();
    world.step(identify("p")).unwrap();
}

fn bind(factor: MfaFactor, id: &str) -> Event {
    Event::BindFactor { factor, verification_id: id.into() }
}

fn bound(factor: MfaFactor) -> BoundFactor {
    BoundFactor { factor, last_used_at: 0 }
}

fn submit(world: &mut World) -> (String, Option<serde_json::Value>) {
    match world.step(Event::Submit) {
        Ok(_) => ("ok".into(), None),
        Err(error) => (format!("{} {}", error.status(), error.code()), error.data()),
    }
}

#[test]
fn a_mandatory_factor_and_its_backup_codes_are_bound_as_in_trace_20_11() {
    let mut world = world_with(MfaPolicy::Mandatory, &BOTH);
    sign_in(&mut world, "alice");
    assert_eq!(submit(&mut world), ("422 user.missing_mfa".into(), Some(json!({"availableFactors": ["Totp"]}))));
    world.step(totp("t", "alice", Some("sealed"), false)).unwrap();
    assert_eq!(world.code(bind(MfaFactor::Totp, "t")), "400 session.verification_failed");
    world.step(totp("t", "alice", Some("sealed"), true)).unwrap();
    assert_eq!(world.code(bind(MfaFactor::Totp, "t")), "ok");
    let view = world.state.as_ref().unwrap().view();
    assert_eq!(view["mfa"], json!({"mfaEnabled": true, "totp": {"type": "Totp"}}));
    assert_eq!(submit(&mut world), ("422 session.mfa.backup_code_required".into(), None));
    world.step(backup_code("b", "alice", true, false)).unwrap();
    assert_eq!(world.code(bind(MfaFactor::BackupCode, "b")), "ok");
    assert_eq!(submit(&mut world).0, "ok");
    let bound: Vec<_> = world.users[0].mfa_factors.iter().map(|bound| bound.factor).collect();
    assert_eq!(bound, BOTH);
    sign_in(&mut world, "alice");
    assert_eq!(submit(&mut world).0, "403 session.mfa.require_mfa_verification");
}

#[test]
fn every_policy_asks_newcomers_and_returning_people_as_it_says() {
    use MfaPolicy::*;
    let expected = [
        (UserControlled, "422 user.suggest_mfa", "422 user.suggest_mfa"),
        (Mandatory, "422 user.missing_mfa", "422 user.missing_mfa"),
        (PromptOnlyAtSignIn, "ok", "422 user.suggest_mfa"),
        (PromptAtSignInAndSignUp, "422 user.suggest_mfa", "422 user.suggest_mfa"),
        (NoPrompt, "ok", "ok"),
        (PromptAtSignInAndSignUpMandatory, "422 user.missing_mfa", "422 user.missing_mfa"),
        (PromptOnlyAtSignInMandatory, "ok", "422 user.missing_mfa"),
    ];
    for (policy, registering, signing_in) in expected {
        let mut world = world_with(policy, &BOTH);
        world.step(start(InteractionEvent::Register)).unwrap();
        let identity = username("newbie");
        world.step(Event::NewPasswordIdentity { id: "n".into(), identifier: identity, digest: digest("x") }).unwrap();
        world.step(identify("n")).unwrap();
        assert_eq!(submit(&mut world).0, registering, "{policy:?}");
        sign_in(&mut world, "alice");
        assert_eq!(submit(&mut world).0, signing_in, "{policy:?}");
        sign_in(&mut world, "alice");
        let may_skip = if policy.is_skippable() { "ok" } else { "422 session.mfa.mfa_policy_not_user_controlled" };
        assert_eq!(world.code(Event::SkipMfa), may_skip, "{policy:?}");
        // Wanting factors makes them needed, but they may still be declined.
        world.step(Event::EnableMfa).unwrap();
        if policy.is_skippable() && policy != NoPrompt {
            let data = json!({"availableFactors": ["Totp"], "skippable": true});
            assert_eq!(submit(&mut world), ("422 user.missing_mfa".into(), Some(data)), "{policy:?}");
        }
    }
}

#[test]
fn an_organization_makes_factors_mandatory_under_every_policy_if_the_tenant_says_so() {
    for policy in [MfaPolicy::NoPrompt, MfaPolicy::PromptOnlyAtSignIn, MfaPolicy::UserControlled] {
        for (organization, expected) in [
            (Some(OrganizationMfaPolicy::Mandatory), "422 session.mfa.backup_code_required"),
            (Some(OrganizationMfaPolicy::NoPrompt), "ok"),
            (None, "ok"),
        ] {
            let mut world = world_with(policy, &BOTH);
            world.policy.experience.mfa.organization_required_mfa_policy = organization;
            world.users[0].organization_requires_mfa = true;
            world.users[0].mfa_skipped = true;
            // Switching factors off, where that is allowed, does not count against an organization.
            world.users[0].mfa_enabled = Some(false);
            world.users[0].mfa_factors = vec![bound(MfaFactor::Totp)];
            sign_in(&mut world, "alice");
            world.step(totp("t", "alice", None, true)).unwrap();
            assert_eq!(submit(&mut world).0, expected, "{policy:?} {organization:?}");
        }
    }
}

#[test]
fn a_factor_that_an_organization_demands_is_shown_whatever_the_person_chose() {
    let mut world = world_with(MfaPolicy::UserControlled, &[MfaFactor::Totp]);
    world.policy.experience.mfa.organization_required_mfa_policy = Some(OrganizationMfaPolicy::Mandatory);
    world.users[0].mfa_factors = vec![bound(MfaFactor::Totp)];
    world.users[0].mfa_enabled = Some(false);
    world.users[0].skip_mfa_on_sign_in = true;
    sign_in(&mut world, "alice");
    assert_eq!(submit(&mut world).0, "ok", "no organization demands it");
    world.users[0].organization_requires_mfa = true;
    sign_in(&mut world, "alice");
    assert_eq!(submit(&mut world).0, "403 session.mfa.require_mfa_verification");
}

#[test]
fn a_user_who_never_chose_and_has_a_factor_is_protected_from_now_on() {
    let mut world = world_with(MfaPolicy::UserControlled, &[MfaFactor::Totp]);
    world.users[0].mfa_factors = vec![bound(MfaFactor::Totp)];
    sign_in(&mut world, "alice");
    world.step(totp("t", "alice", None, true)).unwrap();
    assert_eq!(submit(&mut world).0, "ok");
    assert_eq!(world.users[0].mfa_enabled, Some(true));
    world.users[0].mfa_enabled = Some(false);
    sign_in(&mut world, "alice");
    assert_eq!(submit(&mut world).0, "ok", "switched off");
    assert_eq!(world.users[0].mfa_enabled, Some(false), "and it stays so");
}

#[test]
fn c18_nor_to_one_whose_user_is_not_asked_at_sign_ins() {
    for skips in [false, true] {
        let mut world = world_with(MfaPolicy::UserControlled, &BOTH);
        world.users[0].mfa_factors = vec![bound(MfaFactor::Totp)];
        world.users[0].mfa_enabled = Some(skips);
        world.users[0].skip_mfa_on_sign_in = skips;
        sign_in(&mut world, "alice");
        world.step(backup_code("b", "alice", true, false)).unwrap();
        let refused = "403 session.mfa.require_mfa_verification";
        assert_eq!(world.code(bind(MfaFactor::BackupCode, "b")), refused, "{skips}");
        world.step(totp("t", "alice", None, true)).unwrap();
        assert_eq!(world.code(bind(MfaFactor::BackupCode, "b")), "ok", "{skips}");
    }
    let mut world = world_with(MfaPolicy::UserControlled, &BOTH);
    world.users[0].mfa_factors = vec![bound(MfaFactor::Totp)];
    world.users[0].mfa_enabled = Some(false);
    sign_in(&mut world, "alice");
    assert_eq!(submit(&mut world).0, "ok", "a sign-in that binds nothing");
}

#[test]
fn c18_nor_to_one_that_got_its_first_factor_meanwhile() {
    for (skips, adaptive) in [(false, false), (true, false), (false, true)] {
        let mut world = world_with(MfaPolicy::UserControlled, &[MfaFactor::Totp, MfaFactor::WebAuthn]);
        world.policy.experience.adaptive_mfa = json!({"enabled": adaptive});
        sign_in(&mut world, "alice");
        world.step(totp("t", "alice", Some("mine"), true)).unwrap();
        assert_eq!(world.code(bind(MfaFactor::Totp, "t")), "ok", "alice has none yet");
        world.users[0].mfa_factors = vec![bound(MfaFactor::WebAuthn)];
        world.users[0].skip_mfa_on_sign_in = skips;
        assert_eq!(submit(&mut world).0, "403 session.mfa.require_mfa_verification", "{skips} {adaptive}");
        world.step(web_authn("w", "alice", false, true)).unwrap();
        assert_eq!(submit(&mut world).0, "ok", "{skips} {adaptive}");
    }
}

#[test]
fn c18_a_password_alone_binds_no_factor_to_an_account_that_has_one() {
    let mut world = world_with(MfaPolicy::Mandatory, &BOTH);
    world.users[0].mfa_factors = vec![bound(MfaFactor::Totp)];
    sign_in(&mut world, "alice");
    world.step(totp("t", "alice", Some("mine"), true)).unwrap();
    world.step(backup_code("b", "alice", true, false)).unwrap();
    for (factor, id) in [(MfaFactor::Totp, "t"), (MfaFactor::BackupCode, "b")] {
        assert_eq!(world.code(bind(factor, id)), "403 session.mfa.require_mfa_verification", "{factor:?}");
    }
    world.step(totp("t", "alice", None, true)).unwrap();
    assert_eq!(world.code(bind(MfaFactor::BackupCode, "b")), "ok");
    assert_eq!(world.code(bind(MfaFactor::Totp, "t")), "400 session.verification_failed", "a proof is no new factor");
}

#[test]
fn factors_that_an_account_cannot_take_are_refused() {
    let mut world = world_with(MfaPolicy::Mandatory, &BOTH);
    sign_in(&mut world, "alice");
    let shown = |owner| [totp("t", owner, Some("s"), true), backup_code("b", owner, true, false)];
    for record in shown("bob") {
        world.step(record).unwrap();
    }
    for (factor, id) in [(MfaFactor::Totp, "t"), (MfaFactor::BackupCode, "b")] {
        assert_eq!(world.code(bind(factor, id)), "400 session.verification_failed", "somebody else's");
    }
    for record in shown("alice") {
        world.step(record).unwrap();
    }
    assert_eq!(world.code(bind(MfaFactor::BackupCode, "t")), "400 session.verification_failed", "another kind");
    assert_eq!(world.code(bind(MfaFactor::Totp, "x")), "404 session.verification_session_not_found");
    assert_eq!(world.code(bind(MfaFactor::BackupCode, "b")), "422 session.mfa.backup_code_can_not_be_alone");
    world.policy.experience.mfa.factors = vec![MfaFactor::BackupCode];
    assert_eq!(world.code(bind(MfaFactor::Totp, "t")), "400 session.mfa.mfa_factor_not_enabled");
    world.policy.experience.mfa.factors = BOTH.to_vec();
    assert_eq!(world.code(bind(MfaFactor::Totp, "t")), "ok");
    // Another interaction was faster.
    world.users[0].mfa_factors = vec![bound(MfaFactor::Totp)];
    assert_eq!(world.code(bind(MfaFactor::Totp, "t")), "403 session.mfa.require_mfa_verification");
    world.step(totp("u", "alice", None, true)).unwrap();
    assert_eq!(submit(&mut world).0, "422 user.totp_already_in_use");
}

#[test]
fn c13_beginning_again_skips_no_enrolment_and_a_switch_forgets_the_factors_of_another() {
    let mut world = world_with(MfaPolicy::Mandatory, &[MfaFactor::Totp]);
    for _ in 0..3 {
        sign_in(&mut world, "alice");
        assert_eq!(submit(&mut world).0, "422 user.missing_mfa");
        assert_eq!(submit(&mut world).0, "422 user.missing_mfa");
    }
    world.step(totp("t", "alice", Some("s"), true)).unwrap();
    world.step(bind(MfaFactor::Totp, "t")).unwrap();
    for interaction_event in [InteractionEvent::Register, InteractionEvent::SignIn] {
        world.step(Event::ChangeEvent { interaction_event }).unwrap();
    }
    world.step(password("p", "bob", Some("bob"))).unwrap();
    world.step(identify("p")).unwrap();
    assert_eq!(submit(&mut world).0, "422 user.missing_mfa", "her app is not bound to his account");
}

#[test]
fn a_proof_of_a_factor_that_is_switched_off_or_removed_does_not_count() {
    let mut world = world_with(MfaPolicy::Mandatory, &BOTH);
    world.users[0].mfa_factors = vec![bound(MfaFactor::Totp), bound(MfaFactor::BackupCode)];
    sign_in(&mut world, "alice");
    world.step(backup_code("b", "alice", false, true)).unwrap();
    world.policy.experience.mfa.factors = vec![MfaFactor::Totp];
    assert_eq!(submit(&mut world).0, "403 session.mfa.require_mfa_verification");
    world.policy.experience.mfa.factors = BOTH.to_vec();
    world.users[0].mfa_factors = vec![bound(MfaFactor::Totp)];
    assert_eq!(submit(&mut world).0, "403 session.mfa.require_mfa_verification");
}

#[test]
fn whoever_only_has_the_address_of_the_sign_up_is_offered_a_further_factor_once() {
    let mut world = world_with(MfaPolicy::Mandatory, &[MfaFactor::EmailVerificationCode, MfaFactor::Totp]);
    let experience = &mut world.policy.experience;
    experience.sign_in.methods = vec![SignInMethod::password(IdentifierType::Username)];
    experience.sign_up.identifiers = vec![IdentifierType::Email];
    sign_in(&mut world, "alice");
    world.step(mfa_code("c", "alice", true)).unwrap();
    let data = json!({
        "availableFactors": ["Totp"], "maskedIdentifiers": {"EmailVerificationCode": "alic****@example.com"},
        "isWebAuthnUsedAsSignInPasskey": false, "skippable": true, "suggestion": true
    });
    assert_eq!(submit(&mut world), ("422 session.mfa.suggest_additional_mfa".into(), Some(data)));
    // A passkey for signing in is no second factor here, and the answer tells that there is one.
    world.policy.experience.passkey_sign_in = PasskeySignIn { enabled: Some(true), ..Default::default() };
    world.users[0].mfa_factors = vec![bound(MfaFactor::WebAuthn)];
    assert_eq!(submit(&mut world).1.unwrap()["isWebAuthnUsedAsSignInPasskey"], json!(true));
    world.policy.experience.passkey_sign_in.enabled = Some(false);
    assert_eq!(submit(&mut world).1.unwrap()["isWebAuthnUsedAsSignInPasskey"], json!(false));
    world.step(Event::SkipMfaSuggestion).unwrap();
    assert_eq!(submit(&mut world).0, "ok");
    sign_in(&mut world, "alice");
    world.step(mfa_code("c", "alice", true)).unwrap();
    assert_eq!(submit(&mut world).0, "ok", "not again");
}
