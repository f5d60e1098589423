//! Signing in at an enterprise: whose account it is, and what it is good for.
#![allow(clippy::unwrap_used)]

mod world;

use flow::mfa::{BoundFactor, MfaFactor, MfaPolicy, MfaSettings};
use flow::verification::EnterpriseAccount;
use flow::*;
use world::*;

fn world() -> World {
    let mut world = World::new();
    world.policy.experience.single_sign_on_enabled = true;
    let connector = SsoConnector {
        id: "c".into(),
        registration: "r".into(),
        domains: vec!["corp.example".into()],
        public: "c".into(),
    };
    world.policy.sso_connectors = vec![connector];
    world.users[0].primary_email = Some("alice@corp.example".into());
    world.step(start(InteractionEvent::SignIn)).unwrap();
    world
}

#[test]
fn d1_only_an_address_of_the_connectors_own_domain_links() {
    let mut world = world();
    world.users[1].primary_email = Some("bob@example.com".into());
    for (email, code) in [
        (None, "404 user.sso_identity_not_exist"),
        (Some("bob@example.com"), "404 user.sso_identity_not_exist"),
        (Some("alice@corp.example"), "ok"),
    ] {
        world.step(at_enterprise("s", enterprise_account("a1", email))).unwrap();
        assert_eq!(world.code(identify("s")), code, "{email:?}");
    }
    world.step(Event::Submit).unwrap();
    let linked = world.effects.iter().find_map(|effect| match effect {
        Effect::UpdateUser { profile, .. } => profile.enterprise_sso_identity.clone(),
        _ => None,
    });
    assert_eq!(linked.unwrap().identity_id, "a1");
}

#[test]
fn a_new_account_takes_over_an_address_only_of_the_enterprise() {
    for (email, kept) in
        [("new@corp.example", Some("new@corp.example")), ("new@example.com", None), ("alice@corp.example", None)]
    {
        let mut world = world();
        world.step(start(InteractionEvent::Register)).unwrap();
        world.step(at_enterprise("s", enterprise_account("a1", Some(email)))).unwrap();
        assert_eq!(world.code(identify("s")), "ok", "{email}");
        let made = world.users.last().unwrap();
        assert_eq!(made.primary_email.as_deref(), kept, "{email}");
        assert_eq!(made.enterprise_identities[0].id, "a1");
        assert_eq!(world.code(Event::Submit), "ok");
    }
}

#[test]
fn d10_an_account_of_a_connector_that_is_gone_counts_for_nothing() {
    let mut world = world();
    world.step(at_enterprise("s", enterprise_account("a1", Some("alice@corp.example")))).unwrap();
    world.step(identify("s")).unwrap();
    world.policy.experience.single_sign_on_enabled = false;
    assert_eq!(world.code(Event::Submit), "422 user.sign_in_method_not_enabled");
    world.policy.experience.single_sign_on_enabled = true;
    world.policy.sso_connectors[0].registration = "another issuer".into();
    assert_eq!(world.code(Event::Submit), "422 user.sign_in_method_not_enabled");
    world.policy.sso_connectors.clear();
    assert_eq!(world.code(Event::Submit), "422 user.sign_in_method_not_enabled");
    assert_eq!(world.code(identify("s")), "422 user.sign_in_method_not_enabled");
    world.step(start(InteractionEvent::Register)).unwrap();
    world.step(at_enterprise("s", enterprise_account("a1", None))).unwrap();
    assert_eq!(world.code(identify("s")), "422 user.sign_in_method_not_enabled");
}

#[test]
fn e044_an_account_of_an_enterprise_has_no_other_way_in() {
    let account =
        || EnterpriseAccountId { connector_id: "c".into(), issuer: "https://idp.example".into(), id: "a1".into() };
    let by_password = |world: &mut World| {
        world.step(start(InteractionEvent::SignIn)).unwrap();
        world.step(password("p", "alice", Some("alice"))).unwrap();
        world.code(identify("p"))
    };
    // As in trace 20-18: only the address is of the enterprise.
    let mut world = world();
    assert_eq!(by_password(&mut world), "ok");
    world.users[0].enterprise_identities = vec![account()];
    assert_eq!(world.code(Event::Submit), "422 session.sso_enabled", "linked meanwhile");
    assert_eq!(by_password(&mut world), "422 session.sso_enabled");
    world.users[0].social_identities.insert("harbour".into(), "h1".into());
    world.policy.experience.social_sign_in_connector_targets = vec!["harbour".into()];
    world.step(social("h", "h1")).unwrap();
    assert_eq!(world.code(identify("h")), "422 session.sso_enabled");
    world.step(at_enterprise("s", enterprise_account("a1", None))).unwrap();
    assert_eq!(world.code(identify("s")), "ok");
    // Nobody is locked out by an enterprise that can't sign people in.
    world.policy.experience.single_sign_on_enabled = false;
    assert_eq!(by_password(&mut world), "ok");
    world.policy.experience.single_sign_on_enabled = true;
    world.policy.sso_connectors.clear();
    assert_eq!(by_password(&mut world), "ok");
}

#[test]
fn d8_the_enterprise_decides_about_factors_unless_the_tenant_does() {
    for (after_sso, code) in
        [(None, "ok"), (Some(false), "ok"), (Some(true), "403 session.mfa.require_mfa_verification")]
    {
        let mut world = world();
        world.policy.experience.mfa = MfaSettings {
            factors: vec![MfaFactor::Totp],
            policy: MfaPolicy::Mandatory,
            require_mfa_after_sso: after_sso,
            ..MfaSettings::default()
        };
        world.users[0].mfa_factors = vec![BoundFactor { factor: MfaFactor::Totp, last_used_at: 0 }];
        world.step(at_enterprise("s", enterprise_account("a1", Some("alice@corp.example")))).unwrap();
        world.step(identify("s")).unwrap();
        assert_eq!(world.code(Event::Submit), code, "{after_sso:?}");
    }
}

/// The proof that said who the user is was replaced by one of somebody else.
#[test]
fn d3_another_account_of_the_enterprise_waives_nothing() {
    let mut world = world();
    world.policy.experience.mfa =
        MfaSettings { factors: vec![MfaFactor::Totp], policy: MfaPolicy::Mandatory, ..MfaSettings::default() };
    world.users[0].mfa_factors = vec![BoundFactor { factor: MfaFactor::Totp, last_used_at: 0 }];
    world.step(password("p", "alice", Some("alice"))).unwrap();
    world.step(identify("p")).unwrap();
    world.step(at_enterprise("s", enterprise_account("m1", Some("mallory@corp.example")))).unwrap();
    assert_eq!(world.code(identify("s")), "404 user.sso_identity_not_exist");
    assert_eq!(world.code(Event::Submit), "403 session.mfa.require_mfa_verification");
    // Nor does it spare a newcomer what sign-up asks for.
    world.step(start(InteractionEvent::Register)).unwrap();
    world.step(at_enterprise("s", enterprise_account("m1", None))).unwrap();
    world.step(Event::AddProfile(ProfilePatch::Username("newcomer".into()))).unwrap();
    let code = world.code(Event::Identify { verification_id: None, link_social_identity: false });
    assert_eq!(code, "422 user.missing_profile");
}

#[test]
fn e042_tokens_of_an_enterprise_are_stored_once_somebody_is_signed_in() {
    let account = || EnterpriseAccount {
        encrypted_token_set: Some("sealed".into()),
        ..enterprise_account("a1", Some("alice@corp.example"))
    };
    let stored = |effects: &[Effect]| {
        let of = |effect: &Effect| match effect {
            Effect::StoreTokens { user_id, tokens } => Some((user_id.clone(), (**tokens).clone())),
            _ => None,
        };
        effects.iter().filter_map(of).collect::<Vec<_>>()
    };
    let of = |user: &str| {
        let (connector_id, issuer) = ("c".into(), "https://idp.example".into());
        let account = ProviderAccount::Enterprise(EnterpriseAccountId { connector_id, issuer, id: "a1".into() });
        vec![(user.into(), ProviderTokenSet { account, encrypted_token_set: "sealed".into() })]
    };
    let mut world = world();
    for what in ["linked", "known"] {
        world.step(start(InteractionEvent::SignIn)).unwrap();
        world.step(at_enterprise("s", account())).unwrap();
        world.step(identify("s")).unwrap();
        let state = world.state.as_ref().unwrap();
        assert!(!serde_json::to_string(&state.identified_by).unwrap().contains("sealed"), "they are kept once");
        let effects = world.step(Event::Submit).unwrap();
        assert_eq!(stored(&effects), of("alice"), "{what}");
        assert_eq!(stored(&world.step(Event::Submit).unwrap()), [], "{what}");
    }
    world.users.remove(0);
    world.step(start(InteractionEvent::Register)).unwrap();
    world.step(at_enterprise("s", account())).unwrap();
    let effects = world.step(identify("s")).unwrap();
    assert_eq!(stored(&effects), of(&world.users.last().unwrap().id));
}
