//! Attacks on passkeys (attacks.md, C1 and C22).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use db::{Json, sql};
use serde_json::{Value, json};
use testkit::{TestApp, for_each_engine};

use super::authenticator::*;
use super::factors::{policy, signed_in_by_password};
use super::fixture::*;
use super::passkeys::*;
use crate::applications::call;

const SIGN_IN: &str = "sign-in-passkey/authentication";
const FACTOR: &str = "web-authn/authentication";
const REGISTRATION: &str = "web-authn/registration";

fn named_alice() -> Value {
    json!({"type": "username", "value": "alice"})
}

async fn opened(app: &TestApp) -> Browser {
    let browser = Browser::open(app).await;
    browser.start("SignIn").await;
    browser
}

/// What an attacker changes about an answer that is right otherwise.
fn tampered(authenticator: &mut Authenticator, options: &Value) -> Vec<(&'static str, Value)> {
    let mut all = Vec::new();
    let mut with = |what, change: fn(&mut Authenticator), back: fn(&mut Authenticator)| {
        change(authenticator);
        let payload = authenticator.get(options);
        back(authenticator);
        all.push((what, payload));
    };
    with("another origin", |a| a.origin = "http://evil.example".into(), |a| a.origin = ORIGIN.into());
    with("another port", |a| a.origin = "http://localhost:3002".into(), |a| a.origin = ORIGIN.into());
    with("a frame of another site", |a| a.cross_origin = true, |a| a.cross_origin = false);
    with("another relying party", |a| a.rp_id = "evil.example".into(), |a| a.rp_id = "localhost".into());
    with("no user verification", |a| a.flags &= !USER_VERIFIED, |a| a.flags |= USER_VERIFIED);
    with("no user presence", |a| a.flags &= !1, |a| a.flags |= 1);
    let right = authenticator.get(options);
    let mut client_data = right.clone();
    let text = URL_SAFE_NO_PAD.decode(right["response"]["clientDataJSON"].as_str().unwrap()).unwrap();
    client_data["response"]["clientDataJSON"] = json!(URL_SAFE_NO_PAD.encode([&text[..], b" "].concat()));
    let mut raised = right.clone();
    let mut data = URL_SAFE_NO_PAD.decode(raised["response"]["authenticatorData"].as_str().unwrap()).unwrap();
    data[36] += 1;
    raised["response"]["authenticatorData"] = json!(URL_SAFE_NO_PAD.encode(data));
    let mut unsigned = right.clone();
    unsigned["response"]["signature"] = json!("");
    let other_challenge = authenticator.get(&json!({"challenge": "A".repeat(43)}));
    all.extend([
        ("tampered client data", client_data),
        ("a raised counter", raised),
        ("no signature", unsigned),
        ("another challenge", other_challenge),
    ]);
    all
}

#[tokio::test]
async fn c22_tampered_answers_sign_nobody_in() {
    for_each_engine(async |app: TestApp| {
        let mut authenticator = alice_with_passkey(&app).await;
        passkey_sign_in(&app).await;
        let browser = opened(&app).await;
        let options = preflight(&browser).await;
        for (what, payload) in tampered(&mut authenticator, &options) {
            let response = send(&browser, SIGN_IN, None, &payload).await;
            assert_eq!((response.status.as_u16(), what), (400, what), "{}", response.text());
        }
        let payload = authenticator.get(&options);
        send(&browser, SIGN_IN, None, &payload).await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn c22_tampered_answers_are_no_second_factor_and_are_counted() {
    for_each_engine(async |app: TestApp| {
        let mut authenticator = alice_with_passkey(&app).await;
        let browser = signed_in_by_password(&app, "alice").await;
        let (id, options) = begin(&browser, FACTOR).await;
        for (what, payload) in tampered(&mut authenticator, &options) {
            let response = send(&browser, FACTOR, Some(&id), &payload).await;
            assert_eq!((response.status.as_u16(), what), (400, what), "{}", response.text());
        }
        browser.submit().await.expect_error(403, "session.mfa.require_mfa_verification");
        settings(&app, "default", json!({"sentinelPolicy": {"maxAttempts": 3}})).await;
        let payload = authenticator.get(&options);
        let blocked = send(&browser, FACTOR, Some(&id), &payload).await;
        blocked.expect_error(400, "session.verification_blocked_too_many_attempts");
    })
    .await;
}

/// Who guesses at the second factor does not lock the owner out of signing in with the passkey.
#[tokio::test]
async fn c1_a_locked_factor_does_not_lock_passkey_sign_in() {
    for_each_engine(async |app: TestApp| {
        let mut authenticator = alice_with_passkey(&app).await;
        passkey_sign_in(&app).await;
        settings(&app, "default", json!({"sentinelPolicy": {"maxAttempts": 1}})).await;
        let browser = signed_in_by_password(&app, "alice").await;
        let (id, options) = begin(&browser, FACTOR).await;
        let wrong = Authenticator::new("a").get_again(&options);
        send(&browser, FACTOR, Some(&id), &wrong).await.expect(400);
        let browser = opened(&app).await;
        let payload = authenticator.get(&preflight(&browser).await);
        send(&browser, SIGN_IN, None, &payload).await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn c22_an_answer_is_good_once_even_after_a_fresh_start_and_in_no_other_interaction() {
    for_each_engine(async |app: TestApp| {
        // Synced passkeys don't count, so the counter does not save us.
        let mut authenticator = alice_with_passkey(&app).await;
        authenticator.counter = 0;
        passkey_sign_in(&app).await;
        let browser = opened(&app).await;
        let payload = authenticator.get_again(&preflight(&browser).await);
        send(&opened(&app).await, SIGN_IN, None, &payload).await.expect_error(400, WRONG);
        send(&browser, SIGN_IN, None, &payload).await.expect(200);
        send(&browser, SIGN_IN, None, &payload).await.expect_error(400, WRONG);
        browser.start("SignIn").await;
        send(&browser, SIGN_IN, None, &payload).await.expect_error(400, WRONG);
        // The challenge of a second factor is none for signing in, and the other way round.
        let browser = signed_in_by_password(&app, "alice").await;
        let (id, options) = begin(&browser, FACTOR).await;
        let payload = authenticator.get_again(&options);
        send(&browser, SIGN_IN, None, &payload).await.expect_error(400, WRONG);
        send(&browser, FACTOR, Some(&id), &payload).await.expect(200);
        send(&browser, FACTOR, Some(&id), &payload).await.expect_error(400, WRONG);
    })
    .await;
}

#[tokio::test]
async fn c22_a_password_that_is_reset_in_between_does_not_make_an_answer_good_again() {
    for_each_engine(async |app: TestApp| {
        let mut authenticator = alice_with_passkey(&app).await;
        authenticator.counter = 0;
        passkey_sign_in(&app).await;
        settings(&app, "default", json!({"forgotPasswordMethods": ["EmailVerificationCode"]})).await;
        call(&app, "PATCH", "/api/users/alice", json!({"primaryEmail": "alice@example.com"})).await.expect(200);
        let browser = opened(&app).await;
        let payload = authenticator.get_again(&preflight(&browser).await);
        send(&browser, SIGN_IN, None, &payload).await.expect(200);
        browser.start("ForgotPassword").await;
        browser.put_email_code("reset", "alice@example.com").await;
        browser.identify("reset").await.expect(204);
        browser.put("/profile/password", json!({"password": "Xq7!velvet-harbour"})).await.expect(204);
        browser.submit().await.expect(204);
        browser.start("SignIn").await;
        let again = send(&browser, SIGN_IN, None, &payload).await;
        again.expect_error(400, "session.mfa.webauthn_verification_failed");
    })
    .await;
}

#[tokio::test]
async fn c22_a_challenge_lives_ten_minutes_and_that_of_an_open_page_as_long_as_its_interaction() {
    for_each_engine(async |app: TestApp| {
        let mut authenticator = alice_with_passkey(&app).await;
        passkey_sign_in(&app).await;
        let wait = |seconds| app.app.clock.advance(std::time::Duration::from_secs(seconds));
        for (seconds, status) in [(599, 200), (600, 400)] {
            let browser = signed_in_by_password(&app, "alice").await;
            let (id, options) = begin(&browser, FACTOR).await;
            wait(seconds);
            send(&browser, FACTOR, Some(&id), &authenticator.get(&options)).await.expect(status);
        }
        for (seconds, status) in [(3599, 200), (3600, 400)] {
            let browser = opened(&app).await;
            let payload = authenticator.get(&preflight(&browser).await);
            wait(seconds);
            send(&browser, SIGN_IN, None, &payload).await.expect(status);
        }
    })
    .await;
}

/// A counter that goes back tells of a copy.
#[tokio::test]
async fn c22_a_counter_that_goes_back_is_refused() {
    for_each_engine(async |app: TestApp| {
        let mut authenticator = alice_with_passkey(&app).await;
        passkey_sign_in(&app).await;
        for (counter, status) in [(5, 200), (5, 400), (4, 400), (0, 400), (6, 200)] {
            authenticator.counter = counter;
            let browser = opened(&app).await;
            let payload = authenticator.get_again(&preflight(&browser).await);
            send(&browser, SIGN_IN, None, &payload).await.expect(status);
        }
    })
    .await;
}

#[tokio::test]
async fn c22_the_credential_of_another_user_proves_nothing() {
    for_each_engine(async |app: TestApp| {
        let mut alice = alice_with_passkey(&app).await;
        passkey_sign_in(&app).await;
        add_user(&app, "bob", |_| {}).await;
        let browser = signed_in_by_password(&app, "bob").await;
        let mut bob = enrol(&browser, "b", "/profile/mfa").await;
        browser.submit().await.expect(200);
        let browser = signed_in_by_password(&app, "alice").await;
        let (id, options) = begin(&browser, FACTOR).await;
        let payload = bob.get(&options);
        send(&browser, FACTOR, Some(&id), &payload).await.expect_error(400, WRONG);
        // Named as one and answered as the other.
        let body = json!({"identifier": named_alice()});
        let begun = browser.post("/verification/sign-in-passkey/authentication", body).await.expect(200).json();
        let id = begun["verificationId"].as_str().unwrap();
        let payload = bob.get(&begun["authenticationOptions"]);
        send(&browser, SIGN_IN, Some(id), &payload).await.expect_error(400, WRONG);
        // The handle of the one and the key of the other, or no handle.
        for handle in [bob.user_handle.clone(), None] {
            alice.user_handle = handle;
            let payload = alice.get(&preflight(&browser).await);
            send(&browser, SIGN_IN, None, &payload).await.expect_error(400, WRONG);
        }
    })
    .await;
}

/// A captured answer, in a browser with the cookie that names the interaction, which begins anew.
#[tokio::test]
async fn c22_a_stolen_interaction_does_not_revive_an_answer() {
    for_each_engine(async |app: TestApp| {
        let authenticator = alice_with_passkey(&app).await;
        passkey_sign_in(&app).await;
        let owner = Browser::open(&app).await;
        let thief = Browser::with_cookie(&owner, &owner.cookie());
        owner.start("SignIn").await;
        let payload = authenticator.get_again(&preflight(&owner).await);
        send(&owner, SIGN_IN, None, &payload).await.expect(200);
        thief.start("SignIn").await;
        send(&thief, SIGN_IN, None, &payload).await.expect_error(400, WRONG);
    })
    .await;
}

/// Somebody else's browser, with the cookie that names the interaction and without the one that began it.
#[tokio::test]
async fn c22_a_stolen_interaction_takes_no_passkey() {
    for_each_engine(async |app: TestApp| {
        let mut authenticator = alice_with_passkey(&app).await;
        passkey_sign_in(&app).await;
        let owner = Browser::open(&app).await;
        let stolen = owner.cookie();
        owner.start("SignIn").await;
        let payload = authenticator.get(&preflight(&owner).await);
        let request = app.request("POST", &format!("/api/experience/verification/{SIGN_IN}/verify"));
        let request = request.header("cookie", &stolen).header("logto-app-id", CLIENT).header("origin", ORIGIN);
        request.json(json!({"payload": payload})).send().await.expect_error(404, "session.interaction_not_found");
    })
    .await;
}

#[tokio::test]
async fn c22_a_new_passkey_from_elsewhere_is_not_registered() {
    for_each_engine(async |app: TestApp| {
        add_user(&app, "alice", |_| {}).await;
        policy(&app, "Mandatory", &["WebAuthn"]).await;
        let browser = signed_in_by_password(&app, "alice").await;
        let (id, options) = begin(&browser, REGISTRATION).await;
        let changes: [fn(&mut Authenticator); 5] = [
            |a| a.origin = "http://evil.example".into(),
            |a| a.rp_id = "evil.example".into(),
            |a| a.flags &= !USER_VERIFIED,
            |a| a.cross_origin = true,
            |a| a.credential_id = "AAAA".into(),
        ];
        for change in changes {
            let mut authenticator = Authenticator::new("a");
            change(&mut authenticator);
            let payload = authenticator.create(&options);
            send(&browser, REGISTRATION, Some(&id), &payload).await.expect_error(400, WRONG);
        }
        let mut authenticator = Authenticator::new("a");
        let payload = authenticator.create(&options);
        let other = signed_in_by_password(&app, "alice").await;
        let (other_id, _) = begin(&other, REGISTRATION).await;
        send(&other, REGISTRATION, Some(&other_id), &payload).await.expect_error(400, WRONG);
        send(&other, REGISTRATION, Some(&id), &payload).await.expect(404);
        send(&browser, REGISTRATION, Some(&id), &payload).await.expect(200);
    })
    .await;
}

/// Who tries to sign in with a passkey that does not hold leaves a trace, as with a wrong password.
#[tokio::test]
async fn c22_refused_answers_are_logged() {
    for_each_engine(async |app: TestApp| {
        let mut authenticator = alice_with_passkey(&app).await;
        passkey_sign_in(&app).await;
        let browser = opened(&app).await;
        let mut payload = authenticator.get(&preflight(&browser).await);
        payload["response"]["signature"] = json!("");
        send(&browser, SIGN_IN, None, &payload).await.expect_error(400, WRONG);
        let named =
            browser.post("/verification/sign-in-passkey/authentication", json!({"identifier": named_alice()})).await;
        let id = id_of(&named.expect(200));
        send(&browser, SIGN_IN, Some(&id), &payload).await.expect_error(400, WRONG);
        let registering = signed_in_by_password(&app, "alice").await;
        let (id, _) = begin(&registering, REGISTRATION).await;
        let made = Authenticator::new("b").create(&json!({"challenge": "AAAA", "user": {"id": "YWxpY2U"}}));
        send(&registering, REGISTRATION, Some(&id), &made).await.expect_error(400, WRONG);
        app.app.flush_audit().await;
        for (kind, count) in [("SignInPasskey", 2), ("WebAuthn", 1)] {
            let key = format!("Interaction.SignIn.Verification.{kind}.Submit");
            let select = sql!("select payload from logs where tenant_id = 'default' and key = $1");
            let rows: Vec<(Json<Value>,)> =
                app.app.db.read(move |r| r.query_all(select, db::params![key.as_str()])).await.unwrap();
            let refused: Vec<Value> =
                rows.into_iter().map(|row| row.0.0).filter(|row| row["result"] == "Error").collect();
            assert_eq!(refused.len(), count, "{kind}");
            assert!(refused.iter().all(|row| row["error"]["code"] == WRONG && row["ip"].is_string()), "{refused:?}");
            let credential = json!(authenticator.credential_id);
            assert!(kind == "WebAuthn" || refused.iter().all(|row| row["payload"]["credentialId"] == credential));
        }
    })
    .await;
}

/// Whoever the company let go does not come back by a passkey (E044).
#[tokio::test]
async fn c22_the_passkey_of_an_account_with_enterprise_sign_in_is_refused() {
    for_each_engine(async |app: TestApp| {
        let mut authenticator = alice_with_passkey(&app).await;
        passkey_sign_in(&app).await;
        let connector = crate::sso_connectors::create(&app, json!({})).await["id"].as_str().unwrap().to_owned();
        let text = "insert into user_sso_identities (tenant_id, id, user_id, issuer, identity_id, detail, sso_connector_id, \
                    created_at, updated_at) values ('default', 's', 'alice', 'https://idp.example', 'e', '{}', $1, 5, 6)";
        app.sql(text, vec![connector.into()]).await;
        let browser = opened(&app).await;
        let payload = authenticator.get(&preflight(&browser).await);
        let id = id_of(&send(&browser, SIGN_IN, None, &payload).await.expect(200));
        browser.identify(&id).await.expect_error(400, "session.passkey_sign_in.sso_users_not_allowed");
    })
    .await;
}
