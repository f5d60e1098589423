//! The recorded conversations, step by step (traces 20-01 to 20-24), and attacks on the order of the steps.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod world;

use flow::experience::*;
use flow::mfa::{BoundFactor, MfaFactor, MfaPolicy, MfaSettings};
use flow::*;
use serde_json::json;
use world::*;

fn password(id: &str, name: &str, right: bool) -> Event {
    world::password(id, name, right.then_some(name))
}

fn new_identity(id: &str, name: &str) -> Event {
    Event::NewPasswordIdentity { id: id.into(), identifier: username(name), digest: digest(name) }
}

#[test]
fn signing_in_shows_the_state_of_trace_20_01_after_each_step() {
    let mut world = World::new();
    world.step(start(InteractionEvent::SignIn)).unwrap();
    let mut expected = json!({
        "interactionEvent": "SignIn", "profile": {}, "verificationRecords": [], "mfa": {},
        "signInContext": {"ip": "::1", "userAgent": "test/1"}, "captcha": {"verified": false, "skipped": false}
    });
    assert_eq!(world.state.as_ref().unwrap().view(), expected);
    world.step(password("v1", "alice", true)).unwrap();
    expected["verificationRecords"] = json!([{
        "id": "v1", "type": "Password", "identifier": {"type": "username", "value": "alice"}, "verified": true
    }]);
    assert_eq!(world.state.as_ref().unwrap().view(), expected);
    world.step(identify("v1")).unwrap();
    expected["userId"] = json!("alice");
    assert_eq!(world.state.as_ref().unwrap().view(), expected);
    let effects = world.step(Event::Submit).unwrap();
    assert!(effects.contains(&Effect::SignedIn { user_id: "alice".into() }));
    assert!(effects.contains(&Effect::TriggerWebhook { event: WebhookEvent::PostSignIn, user_id: "alice".into() }));
    assert_eq!(world.state.as_ref().unwrap().view(), expected, "the state stays until the browser resumes");
}

#[test]
fn failed_passwords_leave_no_record() {
    let mut world = World::new();
    world.step(start(InteractionEvent::SignIn)).unwrap();
    assert_eq!(world.code(password("v", "alice", false)), "422 session.invalid_credentials");
    world.users[0].is_suspended = true;
    assert_eq!(world.code(password("v", "alice", true)), "401 user.suspended");
    world.policy.experience.password_expiration =
        PasswordExpiration { enabled: Some(true), valid_period_days: Some(1), enabled_at: None };
    world.users[1].password_age.is_expired = true;
    assert_eq!(world.code(password("v", "bob", true)), "422 password.expired");
    assert!(world.state.as_ref().unwrap().verification_records.is_empty());
    assert_eq!(world.code(identify("v")), "404 session.verification_session_not_found");
}

#[test]
fn c18_no_step_acts_before_its_proof() {
    let mut world = World::new();
    let everything = || {
        vec![
            (Event::ChangeEvent { interaction_event: InteractionEvent::Register }, ""),
            (password("v1", "alice", true), ""),
            (new_identity("v2", "newbie"), ""),
            (Event::AddProfile(ProfilePatch::Username("abc".into())), "404 session.identifier_not_found"),
            (Event::AddProfile(ProfilePatch::Password(digest("x"))), "404 session.identifier_not_found"),
            (
                Event::AddProfile(ProfilePatch::Email { verification_id: "v".into() }),
                "404 session.identifier_not_found",
            ),
            (Event::SetPassword { digest: digest("x"), same: false }, "400 session.invalid_interaction_type"),
            (Event::SkipMfa, "404 session.identifier_not_found"),
            (Event::EnableMfa, "404 session.identifier_not_found"),
            (identify("x"), "404 session.verification_session_not_found"),
            (Event::Identify { verification_id: None, link_social_identity: false }, "400 guard.invalid_input"),
            (Event::Submit, "404 session.identifier_not_found"),
        ]
    };
    for (event, _) in everything() {
        assert_eq!(world.code(event), "404 session.interaction_not_found");
    }
    world.step(start(InteractionEvent::SignIn)).unwrap();
    for (event, refusal) in everything().into_iter().filter(|(_, refusal)| !refusal.is_empty()) {
        assert_eq!(world.code(event.clone()), refusal, "{event:?}");
    }
    world.step(start(InteractionEvent::ForgotPassword)).unwrap();
    assert_eq!(world.code(Event::SetPassword { digest: digest("x"), same: false }), "404 session.identifier_not_found");
    assert_eq!(
        world.code(Event::AddProfile(ProfilePatch::Username("abc".into()))),
        "400 session.not_supported_for_forgot_password"
    );
}

#[test]
fn c21_repeated_and_early_submits_do_nothing_more() {
    let mut world = World::new();
    world.step(start(InteractionEvent::SignIn)).unwrap();
    assert_eq!(world.code(Event::Submit), "404 session.identifier_not_found");
    world.step(password("v", "alice", true)).unwrap();
    assert_eq!(world.code(Event::Submit), "404 session.identifier_not_found");
    world.step(identify("v")).unwrap();
    assert_eq!(world.step(Event::Submit).unwrap().len(), 3);
    assert_eq!(world.step(Event::Submit).unwrap(), vec![Effect::SignedIn { user_id: "alice".into() }]);
    assert_eq!(world.code(password("w", "bob", true)), "404 session.interaction_not_found");
    assert_eq!(world.code(identify("v")), "404 session.interaction_not_found");
    world.users[0].is_suspended = true;
    assert_eq!(world.code(Event::Submit), "401 user.suspended");
}

#[test]
fn the_wrong_orders_of_trace_20_03_are_refused() {
    let mut world = World::new();
    let switch = |interaction_event| Event::ChangeEvent { interaction_event };
    world.step(start(InteractionEvent::SignIn)).unwrap();
    world.step(password("v", "alice", true)).unwrap();
    assert_eq!(world.code(switch(InteractionEvent::Register)), "ok");
    assert_eq!(world.code(identify("v")), "400 session.verification_failed");
    assert_eq!(world.code(switch(InteractionEvent::ForgotPassword)), "400 session.not_supported_for_forgot_password");
    assert_eq!(world.code(switch(InteractionEvent::SignIn)), "ok");
    assert_eq!(world.code(identify("v")), "ok");
    assert_eq!(world.code(identify("v")), "ok");
    world.step(password("w", "bob", true)).unwrap();
    assert_eq!(world.code(identify("w")), "409 session.identity_conflict");
    assert_eq!(world.code(switch(InteractionEvent::Register)), "ok");
    assert_eq!(world.code(Event::Submit), "404 session.identifier_not_found", "stricter than the reference server");
    world.step(start(InteractionEvent::SignIn)).unwrap();
    assert_eq!(world.code(identify("w")), "404 session.verification_session_not_found");
}

#[test]
fn registering_creates_the_user_at_identification() {
    let mut world = World::new();
    world.step(start(InteractionEvent::Register)).unwrap();
    assert_eq!(world.code(new_identity("v", "alice")), "422 user.username_already_in_use");
    assert_eq!(world.code(new_identity("v", "1abc")), "422 user.username_starts_with_number");
    world.step(new_identity("v", "newbie")).unwrap();
    let shown = world.state.as_ref().unwrap().view();
    assert_eq!(
        shown["verificationRecords"],
        json!([{"id": "v", "type": "NewPasswordIdentity", "identifier": {"type": "username", "value": "newbie"}}])
    );
    let effects = world.step(identify("v")).unwrap();
    let [Effect::CreateUser { user_id, profile }, _] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(profile.username.as_deref(), Some("newbie"));
    assert_eq!(profile.password, Some(digest("newbie")));
    assert_eq!(world.state.as_ref().unwrap().view()["profile"], json!({}));
    assert_eq!(world.code(identify("v")), "409 session.identity_conflict", "one interaction makes one user");
    let effects = world.step(Event::Submit).unwrap();
    assert!(effects.contains(&Effect::SignedIn { user_id: user_id.clone() }));
}

#[test]
fn an_incomplete_registration_keeps_its_progress_as_in_trace_20_08() {
    let mut world = World::new();
    let sign_up = &mut world.policy.experience.sign_up;
    sign_up.identifiers = vec![IdentifierType::Email];
    sign_up.verify = true;
    sign_up.secondary_identifiers =
        Some(vec![SecondaryIdentifier { identifier: SignUpIdentifier::Username, verify: None }]);
    world.step(start(InteractionEvent::Register)).unwrap();
    world.step(email_code("v", "reg@example.com", false)).unwrap();
    assert_eq!(world.code(identify("v")), "400 session.verification_failed");
    world.step(email_code("v", "reg@example.com", true)).unwrap();
    let error = world.step(identify("v")).unwrap_err();
    assert_eq!((error.status(), error.data()), (422, Some(json!({"missingProfile": ["username", "password"]}))));
    assert_eq!(world.code(Event::Submit), "404 session.identifier_not_found");
    let username = |name: &str| Event::AddProfile(ProfilePatch::Username(name.into()));
    assert_eq!(world.code(username("alice")), "422 user.username_already_in_use");
    world.step(username("reg")).unwrap();
    let profile = world.state.as_ref().unwrap().view()["profile"].clone();
    assert_eq!(profile, json!({"username": "reg", "primaryEmail": "reg@example.com"}));
    world.step(Event::AddProfile(ProfilePatch::Password(digest("reg")))).unwrap();
    assert_eq!(world.code(identify("v")), "ok");
    assert_eq!(world.code(Event::Submit), "ok");

    world.step(start(InteractionEvent::Register)).unwrap();
    world.step(email_code("w", "alice@example.com", true)).unwrap();
    assert_eq!(world.code(identify("w")), "422 user.email_already_in_use");
    world.step(Event::ChangeEvent { interaction_event: InteractionEvent::SignIn }).unwrap();
    assert_eq!(world.code(identify("w")), "ok", "continues as signing in");

    world.users[1].primary_email = None;
    world.step(start(InteractionEvent::SignIn)).unwrap();
    world.step(password("p", "bob", true)).unwrap();
    world.step(identify("p")).unwrap();
    let error = world.step(Event::Submit).unwrap_err();
    assert_eq!(error.data(), Some(json!({"missingProfile": ["email"]})));
    world.step(email_code("e", "bob@example.com", true)).unwrap();
    world.step(Event::AddProfile(ProfilePatch::Email { verification_id: "e".into() })).unwrap();
    assert_eq!(world.code(Event::Submit), "ok");
    assert_eq!(world.users[1].primary_email.as_deref(), Some("bob@example.com"));
}

#[test]
fn modes_and_methods_are_checked_late_as_in_trace_20_19() {
    let mut world = World::new();
    world.policy.experience.sign_in_mode = SignInMode::SignIn;
    world.step(start(InteractionEvent::Register)).unwrap();
    assert_eq!(world.code(Event::ChangeEvent { interaction_event: InteractionEvent::Register }), "403 auth.forbidden");
    world.step(new_identity("n", "newbie")).unwrap();
    assert_eq!(world.code(identify("n")), "403 auth.forbidden");
    world.policy.experience.sign_in.methods.truncate(1);
    world.step(start(InteractionEvent::SignIn)).unwrap();
    let email = identifier(IdentifierType::Email, "alice@example.com");
    let checked =
        Event::PasswordVerification { id: "p".into(), identifier: email, user_id: counted(Some("alice".into())) };
    world.step(checked).unwrap();
    assert_eq!(world.code(identify("p")), "422 user.sign_in_method_not_enabled");
    world.step(email_code("c", "alice@example.com", true)).unwrap();
    assert_eq!(world.code(identify("c")), "422 user.sign_in_method_not_enabled");
}

#[test]
fn c8_a_code_to_an_address_that_is_no_longer_the_users_resets_nothing() {
    let mut world = World::new();
    world.step(start(InteractionEvent::ForgotPassword)).unwrap();
    world.step(email_code("v", "alice@example.com", true)).unwrap();
    world.step(identify("v")).unwrap();
    world.step(Event::SetPassword { digest: digest("y"), same: false }).unwrap();
    world.users[0].primary_email = Some("new@example.com".to_owned());
    assert_eq!(world.code(Event::Submit), "400 session.verification_failed");
    world.users[0].primary_email = Some("ALICE@example.com".to_owned());
    assert_eq!(world.code(Event::Submit), "ok");
}

#[test]
fn who_the_person_is_must_hold_until_the_end() {
    type Change = fn(&mut World);
    let changes: [(&str, Change, &str); 5] = [
        (
            "the address",
            |world| world.users[0].primary_email = Some("new@example.com".into()),
            "400 session.verification_failed",
        ),
        ("the method", |world| world.policy.experience.sign_in.methods.clear(), "422 user.sign_in_method_not_enabled"),
        ("the mode", |world| world.policy.experience.sign_in_mode = SignInMode::Register, "403 auth.forbidden"),
        (
            "the domain",
            |world| {
                let connector = SsoConnector {
                    id: "sso".into(),
                    registration: "r".into(),
                    domains: vec!["example.com".into()],
                    public: serde_json::json!({}),
                };
                world.policy.experience.single_sign_on_enabled = true;
                world.policy.sso_connectors = vec![connector];
            },
            "422 session.sso_enabled",
        ),
        ("nothing", |_| {}, "ok"),
    ];
    for (what, change, expected) in changes {
        let mut world = World::new();
        world.step(start(InteractionEvent::SignIn)).unwrap();
        world.step(email_code("v", "alice@example.com", true)).unwrap();
        world.step(identify("v")).unwrap();
        change(&mut world);
        assert_eq!(world.code(Event::Submit), expected, "{what}");
    }
    let mut world = World::new();
    world.step(start(InteractionEvent::SignIn)).unwrap();
    world.step(password("p", "alice", true)).unwrap();
    world.step(identify("p")).unwrap();
    world.users[0].password_age.updated_at = Some(kernel::Timestamp(1));
    assert_eq!(world.code(Event::Submit), "400 session.verification_failed", "a password that was changed meanwhile");
}

/// Between any two steps of a registration the tenant stops to offer the provider.
#[test]
fn d10_a_newcomer_needs_a_provider_that_is_offered_until_the_end() {
    let repeat = || Event::Identify { verification_id: None, link_social_identity: false };
    let off = |world: &mut World| world.policy.experience.social_sign_in_connector_targets.clear();
    let refusal = "422 user.sign_in_method_not_enabled";
    for stage in ["proof", "missing", "repeated", "end"] {
        let mut world = World::new();
        world.policy.experience.social_sign_in_connector_targets = vec!["harbour".into()];
        world.step(start(InteractionEvent::Register)).unwrap();
        world.step(social("s", "h1")).unwrap();
        if stage == "proof" {
            off(&mut world);
            assert_eq!(world.code(identify("s")), refusal, "{stage}");
            continue;
        }
        assert_eq!(world.code(identify("s")), "422 user.missing_profile");
        if stage == "missing" {
            off(&mut world);
        }
        world.step(Event::AddProfile(ProfilePatch::Username("newcomer".into()))).unwrap();
        if stage == "repeated" {
            off(&mut world);
        }
        if stage != "end" {
            assert_eq!(world.code(repeat()), refusal, "{stage}");
            continue;
        }
        assert_eq!(world.code(repeat()), "ok");
        off(&mut world);
        assert_eq!(world.code(Event::Submit), refusal, "{stage}");
    }
}

#[test]
fn e046_a_newcomers_domain_may_become_an_enterprises_until_the_end() {
    let mut world = World::new();
    world.policy.experience.sign_up.identifiers = vec![IdentifierType::Email];
    world.policy.experience.sign_up.password = false;
    world.step(start(InteractionEvent::Register)).unwrap();
    world.step(email_code("v", "new@corp.example", true)).unwrap();
    assert_eq!(world.code(identify("v")), "ok");
    let (id, registration) = ("sso".into(), "r".into());
    world.policy.sso_connectors =
        vec![SsoConnector { id, registration, domains: vec!["corp.example".into()], public: "sso".into() }];
    world.policy.experience.single_sign_on_enabled = true;
    assert_eq!(world.code(Event::Submit), "422 session.sso_enabled");
}

#[test]
fn c25_an_invitation_opens_the_door_for_its_own_address_only() {
    let mut world = World::new();
    world.policy.experience.sign_in_mode = SignInMode::SignIn;
    world.step(start(InteractionEvent::SignIn)).unwrap();
    world.step(one_time_token("t", "guest@example.com", true)).unwrap();
    world.step(Event::ChangeEvent { interaction_event: InteractionEvent::Register }).unwrap();
    world.step(new_identity("n", "sockpuppet")).unwrap();
    assert_eq!(world.code(identify("n")), "403 auth.forbidden");
    world.policy.experience.sign_in_mode = SignInMode::Register;
    world.step(start(InteractionEvent::Register)).unwrap();
    world.step(one_time_token("t", "bob@example.com", true)).unwrap();
    world.step(Event::ChangeEvent { interaction_event: InteractionEvent::SignIn }).unwrap();
    world.step(password("p", "alice", true)).unwrap();
    assert_eq!(world.code(identify("p")), "403 auth.forbidden");
}

#[test]
fn resetting_needs_a_code_and_a_new_password_as_in_trace_20_09() {
    let mut world = World::new();
    world.policy.experience.forgot_password_methods = Some(Vec::new());
    world.step(start(InteractionEvent::ForgotPassword)).unwrap();
    world.step(email_code("v", "alice@example.com", false)).unwrap();
    assert_eq!(world.code(identify("v")), "422 session.not_supported_for_forgot_password");
    world.policy.experience.forgot_password_methods = None;
    assert_eq!(world.code(identify("v")), "400 session.verification_failed");
    world.step(password("p", "alice", true)).unwrap();
    assert_eq!(world.code(identify("p")), "422 session.not_supported_for_forgot_password");
    world.step(email_code("v", "alice@example.com", true)).unwrap();
    world.step(identify("v")).unwrap();
    assert_eq!(world.code(Event::Submit), "422 user.new_password_required_in_profile");
    let patches = [
        ProfilePatch::Username("alice".into()),
        ProfilePatch::Password(digest("z")),
        ProfilePatch::Email { verification_id: "none".into() },
        ProfilePatch::Social { verification_id: "none".into() },
        ProfilePatch::Extra([("username".to_owned(), json!("x"))].into_iter().collect()),
    ];
    for patch in patches {
        assert_eq!(world.code(Event::AddProfile(patch)), "400 session.not_supported_for_forgot_password");
    }
    assert_eq!(world.code(Event::SetPassword { digest: digest("x"), same: true }), "422 user.same_password");
    world.step(Event::SetPassword { digest: digest("y"), same: false }).unwrap();
    assert_eq!(world.state.as_ref().unwrap().view()["profile"], json!({}));
    let effects = world.step(Event::Submit).unwrap();
    assert_eq!(effects[0], Effect::ResetPassword { user_id: "alice".into(), digest: digest("y") });
    assert!(world.state.is_none(), "the interaction is cleared");
    assert!(world.sessions().is_empty(), "a reset does not sign in");
}

#[test]
fn extra_fields_are_asked_for_once_and_sorted_as_in_trace_20_20() {
    let mut world = World::new();
    world.policy.profile_fields = vec![
        ProfileField::text("nickname", false),
        ProfileField::text("shoe", true),
        ProfileField::text("name", false),
    ];
    world.step(start(InteractionEvent::Register)).unwrap();
    world.step(new_identity("v", "extra")).unwrap();
    let error = world.step(identify("v")).unwrap_err();
    assert_eq!(error.data(), Some(json!({"missingProfile": ["extraProfile"]})));
    let extra = |values: serde_json::Value| {
        Event::AddProfile(ProfilePatch::Extra(values.as_object().cloned().unwrap_or_default()))
    };
    world.step(extra(json!({"nickname": "x"}))).unwrap();
    world.step(extra(json!({"unknown": "x", "isSuspended": false}))).unwrap();
    assert_eq!(world.code(identify("v")), "422 user.missing_profile");
    for reserved in ["preferredUsername", "username", "primaryEmail", "phone", "defaultTenantId"] {
        let refused = world.code(extra(json!({"nickname": "nick", reserved: "y"})));
        assert_eq!(refused, "400 custom_profile_fields.name_conflict_sign_in_identifier", "{reserved}");
    }
    assert_eq!(world.code(extra(json!({"shoe size": 42}))), "400 guard.invalid_input");
    assert_eq!(world.code(extra(json!({"locale": "x".repeat(17_000)}))), "400 guard.invalid_input");
    // A name that no column holds counts as not given.
    world.step(extra(json!({"nickname": "nick", "shoe": 42, "name": "n".repeat(129)}))).unwrap();
    assert_eq!(
        world.state.as_ref().unwrap().view()["profile"],
        json!({"username": "extra", "profile": {"nickname": "nick"}, "customData": {"shoe": 42}})
    );
    assert_eq!(world.code(identify("v")), "ok");
    assert_eq!(world.code(Event::Submit), "ok");
}

#[test]
fn without_a_catalogue_extra_fields_land_in_their_places() {
    let mut world = World::new();
    world.step(start(InteractionEvent::Register)).unwrap();
    let values = json!({
        "name": "Ada", "avatar": "https://cdn.example.com/a.png", "givenName": "Ada", "nickname": "ada", "shoe": 42,
    });
    let patch = |values: serde_json::Value| {
        Event::AddProfile(ProfilePatch::Extra(values.as_object().cloned().unwrap_or_default()))
    };
    world.step(patch(values)).unwrap();
    let expected = json!({
        "name": "Ada", "avatar": "https://cdn.example.com/a.png",
        "profile": {"givenName": "Ada", "nickname": "ada"}, "customData": {"shoe": 42},
    });
    assert_eq!(world.state.as_ref().unwrap().view()["profile"], expected);
    // What would run as code or turn a sentence around counts as not given, and so does what is no standard claim's value.
    world.step(patch(json!({"name": "evil\u{202e}", "avatar": "javascript:alert(1)"}))).unwrap();
    let other_types = json!({
        "nickname": {"a": 1}, "website": "javascript:alert(1)", "locale": 7, "address": {"country": 1}, "gender": null,
    });
    world.step(patch(other_types)).unwrap();
    assert_eq!(world.state.as_ref().unwrap().view()["profile"], expected);
    // A state is stored at every step: many small additions are no way to make it large.
    let mut refused = 0;
    for n in 0..40 {
        let name = format!("field{n}");
        refused += usize::from(world.code(patch(json!({name: "x".repeat(1000)}))) == "400 guard.invalid_input");
    }
    assert!((20..=26).contains(&refused), "{refused}");
}

#[test]
fn a_new_account_is_asked_about_second_factors_until_it_declines() {
    let mut world = World::new();
    world.policy.experience.mfa = MfaSettings {
        factors: vec![MfaFactor::Totp],
        policy: MfaPolicy::PromptAtSignInAndSignUp,
        organization_required_mfa_policy: None,
        ..MfaSettings::default()
    };
    world.users[0].mfa_enabled = Some(false);
    world.step(start(InteractionEvent::SignIn)).unwrap();
    world.step(password("p", "alice", true)).unwrap();
    world.step(identify("p")).unwrap();
    assert_eq!(world.code(Event::Submit), "422 user.suggest_mfa", "`enabled: false` alone declines nothing");
    world.users[0].mfa_skipped = true;
    assert_eq!(world.code(Event::Submit), "ok", "declined once, it is not asked again");
}

#[test]
fn an_organization_that_requires_second_factors_cannot_be_declined() {
    use flow::mfa::OrganizationMfaPolicy;
    for policy in [MfaPolicy::NoPrompt, MfaPolicy::PromptOnlyAtSignIn, MfaPolicy::UserControlled] {
        for (organization, mandated) in [(Some(OrganizationMfaPolicy::Mandatory), true), (None, false)] {
            let mut world = World::new();
            world.policy.experience.mfa = MfaSettings {
                factors: vec![MfaFactor::Totp],
                policy,
                organization_required_mfa_policy: organization,
                ..MfaSettings::default()
            };
            world.users[0].organization_requires_mfa = true;
            world.users[0].mfa_skipped = true;
            world.step(start(InteractionEvent::SignIn)).unwrap();
            world.step(password("p", "alice", true)).unwrap();
            world.step(identify("p")).unwrap();
            match mandated {
                true => {
                    let error = world.step(Event::Submit).unwrap_err();
                    assert_eq!(error.code(), "user.missing_mfa", "{policy:?}");
                    assert_eq!(error.data(), Some(json!({"availableFactors": ["Totp"]})), "without `skippable`");
                }
                false => assert_eq!(world.code(Event::Submit), "ok", "{policy:?}"),
            }
        }
    }
}

#[test]
fn c14_a_bound_factor_is_asked_for_before_anything_else_is_done() {
    let mut world = World::new();
    world.policy.experience.mfa = MfaSettings {
        factors: vec![MfaFactor::Totp, MfaFactor::BackupCode],
        policy: MfaPolicy::NoPrompt,
        organization_required_mfa_policy: None,
        ..MfaSettings::default()
    };
    let bound = |factor| BoundFactor { factor, last_used_at: 0 };
    world.users[0].mfa_factors = vec![bound(MfaFactor::BackupCode), bound(MfaFactor::Totp)];
    world.step(start(InteractionEvent::SignIn)).unwrap();
    world.step(password("p", "alice", true)).unwrap();
    world.step(identify("p")).unwrap();
    let error = world.step(Event::Submit).unwrap_err();
    assert_eq!(error.status(), 403);
    assert_eq!(error.data(), Some(json!({"availableFactors": ["Totp", "BackupCode"], "maskedIdentifiers": {}})));
    assert_eq!(
        world.code(Event::AddProfile(ProfilePatch::Username("x".into()))),
        "403 session.mfa.require_mfa_verification"
    );
    let totp = |user: &str, secret: Option<&str>| totp("t", user, secret, true);
    world.step(totp("bob", None)).unwrap();
    assert_eq!(world.code(Event::Submit), "403 session.mfa.require_mfa_verification", "somebody else's factor");
    world.step(totp("alice", Some("new"))).unwrap();
    assert_eq!(world.code(Event::Submit), "403 session.mfa.require_mfa_verification", "a factor being bound");
    world.step(totp("alice", None)).unwrap();
    assert_eq!(world.code(Event::Submit), "ok");
}

#[test]
fn c14_a_passkey_of_somebody_else_stands_for_no_second_factor() {
    let mut world = World::new();
    world.policy.experience.passkey_sign_in.enabled = Some(true);
    world.policy.experience.mfa =
        MfaSettings { factors: vec![MfaFactor::Totp], policy: MfaPolicy::NoPrompt, ..MfaSettings::default() };
    let bound = |factor| BoundFactor { factor, last_used_at: 0 };
    world.users[0].mfa_factors = vec![bound(MfaFactor::Totp), bound(MfaFactor::WebAuthn)];
    world.step(start(InteractionEvent::SignIn)).unwrap();
    world.step(passkey("k", Some("bob"))).unwrap();
    world.step(password("p", "alice", true)).unwrap();
    world.step(identify("p")).unwrap();
    assert_eq!(world.code(Event::Submit), "403 session.mfa.require_mfa_verification");
    // Nor does an account of an enterprise that is not known to be hers.
    world.step(enterprise_sso("s", true)).unwrap();
    assert_eq!(world.code(Event::Submit), "403 session.mfa.require_mfa_verification");
    world.step(passkey("k", Some("alice"))).unwrap();
    assert_eq!(world.code(Event::Submit), "ok", "her own");
}

#[test]
fn an_enterprise_sign_in_that_was_only_begun_waives_no_factor() {
    let mut world = World::new();
    world.policy.experience.mfa =
        MfaSettings { factors: vec![MfaFactor::Totp], policy: MfaPolicy::Mandatory, ..MfaSettings::default() };
    world.step(start(InteractionEvent::SignIn)).unwrap();
    world.step(enterprise_sso("s", false)).unwrap();
    world.step(password("p", "alice", true)).unwrap();
    world.step(identify("p")).unwrap();
    assert_eq!(world.code(Event::Submit), "422 user.missing_mfa");
}

#[test]
fn c19_a_pending_record_of_any_kind_identifies_nobody() {
    let mut world = World::new();
    world.policy.experience.passkey_sign_in.enabled = Some(true);
    world.policy.experience.single_sign_on_enabled = true;
    let pending = [
        email_code("v", "alice@example.com", false),
        one_time_token("v", "alice@example.com", false),
        passkey("v", None),
        enterprise_sso("v", false),
    ];
    for record in pending {
        world.step(start(InteractionEvent::SignIn)).unwrap();
        world.step(record.clone()).unwrap();
        assert_eq!(world.code(identify("v")), "400 session.verification_failed", "{record:?}");
        world.step(start(InteractionEvent::Register)).unwrap();
        world.step(record.clone()).unwrap();
        assert_eq!(world.code(identify("v")), "400 session.verification_failed", "{record:?}");
    }
}

#[test]
fn factors_are_suggested_or_demanded_by_policy() {
    let mut world = World::new();
    let mut submit = |policy, event: Option<Event>| {
        world.policy.experience.mfa = MfaSettings { factors: vec![MfaFactor::Totp], policy, ..MfaSettings::default() };
        world.step(start(InteractionEvent::SignIn)).unwrap();
        world.step(password("p", "alice", true)).unwrap();
        world.step(identify("p")).unwrap();
        if let Some(event) = event {
            let code = world.code(event);
            if code != "ok" {
                return code;
            }
        }
        world.code(Event::Submit)
    };
    assert_eq!(submit(MfaPolicy::UserControlled, None), "422 user.suggest_mfa");
    assert_eq!(submit(MfaPolicy::UserControlled, Some(Event::SkipMfa)), "ok");
    assert_eq!(submit(MfaPolicy::UserControlled, Some(Event::EnableMfa)), "422 user.missing_mfa");
    assert_eq!(submit(MfaPolicy::Mandatory, None), "422 user.missing_mfa");
    assert_eq!(submit(MfaPolicy::Mandatory, Some(Event::SkipMfa)), "422 session.mfa.mfa_policy_not_user_controlled");
    assert_eq!(submit(MfaPolicy::NoPrompt, None), "ok");
}

#[test]
fn a_captcha_is_needed_for_registering_and_submit_only() {
    let mut world = World::new();
    world.policy.experience.captcha_policy.enabled = Some(true);
    world.step(start(InteractionEvent::SignIn)).unwrap();
    world.step(password("p", "alice", true)).unwrap();
    assert_eq!(world.code(identify("p")), "ok");
    assert_eq!(world.code(Event::Submit), "422 session.captcha_required");
    world.step(start(InteractionEvent::Register)).unwrap();
    world.step(new_identity("n", "cap")).unwrap();
    assert_eq!(world.code(identify("n")), "422 session.captcha_required");
}

#[test]
fn a_passkey_needs_no_captcha_once_it_is_proven() {
    let mut world = World::new();
    world.policy.experience.captcha_policy.enabled = Some(true);
    world.policy.experience.passkey_sign_in.enabled = Some(true);
    world.users[0].mfa_factors = vec![BoundFactor { factor: MfaFactor::WebAuthn, last_used_at: 0 }];
    world.step(start(InteractionEvent::SignIn)).unwrap();
    world.step(passkey("k", None)).unwrap();
    assert!(!world.state.as_ref().unwrap().captcha.skipped);
    world.step(passkey("k", Some("alice"))).unwrap();
    assert_eq!(world.code(identify("k")), "ok");
    assert_eq!(world.code(Event::Submit), "ok");
}

#[test]
fn enterprise_addresses_and_blocked_ones_cannot_register_or_sign_in_otherwise() {
    let mut world = World::new();
    world.policy.experience.single_sign_on_enabled = true;
    world.policy.experience.email_blocklist_policy.custom_blocklist = Some(vec!["@evil.example".into()]);
    let connector = SsoConnector {
        id: "c".into(),
        registration: "r".into(),
        domains: vec!["corp.example".into()],
        public: json!({"id": "c"}),
    };
    world.policy.sso_connectors = vec![connector];
    world.policy.experience.sign_up =
        SignUp { identifiers: vec![IdentifierType::Email], password: false, verify: true, secondary_identifiers: None };
    world.step(start(InteractionEvent::Register)).unwrap();
    world.step(email_code("c", "x@CORP.example", true)).unwrap();
    let error = world.step(identify("c")).unwrap_err();
    assert_eq!(error.code(), "session.sso_enabled");
    assert_eq!(error.data(), Some(json!({"ssoConnectors": [{"id": "c"}]})));
    world.step(email_code("c", "x@evil.example", true)).unwrap();
    assert_eq!(world.code(identify("c")), "422 session.email_blocklist.email_not_allowed");
    world.step(email_code("c", "x@example.com", true)).unwrap();
    assert_eq!(world.code(identify("c")), "ok");
}

#[test]
fn a_proof_follows_its_user_and_not_the_name() {
    let mut world = World::new();
    world.step(start(InteractionEvent::SignIn)).unwrap();
    world.step(password("p", "alice", true)).unwrap();
    world.users[0].username = Some("alice2".into());
    world.users[1].username = Some("alice".into());
    world.step(identify("p")).unwrap();
    assert_eq!(world.state.as_ref().unwrap().user_id.as_deref(), Some("alice"), "not bob, who has the name now");
}

#[test]
fn stored_state_has_the_members_of_the_contract_and_reads_back() {
    let mut world = World::new();
    world.step(start(InteractionEvent::Register)).unwrap();
    world.step(new_identity("v", "newbie")).unwrap();
    let stored = serde_json::to_value(&world.state).unwrap();
    assert_eq!(
        stored,
        json!({
            "interactionEvent": "Register", "profile": {}, "mfa": {},
            "verificationRecords": [{
                "type": "NewPasswordIdentity", "id": "v", "identifier": {"type": "username", "value": "newbie"},
                "passwordEncrypted": "digest of newbie", "passwordEncryptionMethod": "Argon2id"
            }],
            "signInContext": {"ip": "::1", "userAgent": "test/1"}, "captcha": {"verified": false, "skipped": false}
        })
    );
    assert_eq!(serde_json::from_value::<State>(stored).unwrap(), world.state.unwrap());
}
