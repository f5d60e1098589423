//! Attacks on Google One Tap (attacks.md, B13 and group D).

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use server::users::identities;
use testkit::{TestApp, for_each_engine};

use super::fixture::*;
use super::google::{Google, passed_on, with_csrf_cookie};

const INVALID: &str = "session.google_one_tap.invalid_id_token";

async fn began(app: &TestApp) -> Browser {
    let browser = Browser::open(app).await;
    browser.start("SignIn").await;
    browser
}

async fn nothing_is_proven(browser: &Browser) {
    let state = browser.state().await;
    assert_eq!((&state["verificationRecords"], &state["captcha"]["skipped"]), (&json!([]), &json!(false)));
}

#[tokio::test]
async fn d13_a_page_must_send_what_googles_script_keeps_in_a_cookie() {
    for_each_engine(async |app: TestApp| {
        let google = Google::new(&app).await;
        let credential = google.credential("g1");
        let without = began(&app).await;
        let with = with_csrf_cookie(&without);
        let empty = Browser::with_cookie(&without, &format!("{}; g_csrf_token=", without.cookie()));
        for (browser, token) in [
            (&without, json!("csrf")),
            (&without, json!("")),
            (&empty, json!("")),
            (&with, json!("cs")),
            (&with, json!("csrf2")),
            (&with, json!("")),
            (&with, json!(7)),
            (&with, Value::Null),
        ] {
            let data = json!({"credential": credential, "g_csrf_token": token});
            google.show(browser, data).await.expect_error(400, "session.csrf_token_mismatch");
        }
        nothing_is_proven(&without).await;
        google.tap(&without, &credential).await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn d13_only_the_credential_that_this_browser_was_sent_with_counts() {
    for_each_engine(async |app: TestApp| {
        let google = Google::new(&app).await;
        add_client(&app).await;
        let (credential, other) = (google.credential("g1"), google.credential("g2"));
        let browser = passed_on(&app, &credential).await;
        let stranger = with_csrf_cookie(&began(&app).await);
        let planted = format!("{}; _logto_google_one_tap_credential={credential}", stranger.cookie());
        let planted = Browser::with_cookie(&stranger, &planted);
        let without = passed_on(&app, "").await;
        for (browser, credential) in
            [(&browser, &other), (&stranger, &credential), (&planted, &credential), (&without, &String::new())]
        {
            let refused = google.show(browser, json!({"credential": credential})).await;
            refused.expect_error(400, "session.google_one_tap.cookie_mismatch");
        }
        nothing_is_proven(&browser).await;
        google.show(&browser, json!({"credential": credential})).await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn d6_d7_each_claim_of_a_credential_is_required() {
    for_each_engine(async |app: TestApp| {
        let google = Google::new(&app).await;
        let browser = began(&app).await;
        let now = app.app.clock.now().seconds();
        let mut bad: Vec<(&str, Option<Value>)> = ["aud", "exp", "iat", "iss"].map(|claim| (claim, None)).to_vec();
        let wrong = [
            ("aud", json!("you")),
            ("aud", json!(["me", "you"])),
            ("azp", json!("you")),
            ("exp", json!(now - 61)),
            ("iat", json!(now + 300)),
            ("iss", json!("https://evil.example")),
            ("iss", json!("https://accounts.google.com.evil.example")),
            ("nonce", json!("of the ordinary sign-in")),
        ];
        bad.extend(wrong.map(|(claim, value)| (claim, Some(value))));
        for (claim, value) in bad {
            let mut claims = google.claims("g1");
            match value.clone() {
                Some(value) => claims[claim] = value,
                None => drop(claims.as_object_mut().unwrap().remove(claim)),
            }
            if claim == "aud" && value.as_ref().is_some_and(Value::is_array) {
                claims.as_object_mut().unwrap().remove("azp");
            }
            let refused = google.tap(&browser, &google.sign(&claims)).await;
            assert_eq!((refused.status.as_u16(), &refused.json()["code"]), (400, &json!(INVALID)), "{claim} {value:?}");
        }
        for issuer in ["https://accounts.google.com", "accounts.google.com"] {
            let mut claims = google.claims("g1");
            claims["iss"] = json!(issuer);
            google.tap(&browser, &google.sign(&claims)).await.expect(200);
        }
    })
    .await;
}

#[tokio::test]
async fn only_googles_own_signature_counts() {
    for_each_engine(async |app: TestApp| {
        let google = Google::new(&app).await;
        let browser = began(&app).await;
        let good = google.credential("g1");
        let (signed, signature) = good.rsplit_once('.').unwrap();
        let (_, foreign) = jose::SigningKey::generate(jose::Algorithm::ES256).unwrap();
        for bad in [
            foreign.sign(Some("JWT"), &google.claims("g1")).unwrap(),
            format!("{signed}."),
            signed.to_owned(),
            format!("{signed}.{}", &signature[1..]),
            format!("{good}.x"),
            "e30.e30.e30".to_owned(),
            "x".to_owned(),
            String::new(),
            "x".repeat(20_000),
        ] {
            google.tap(&browser, &bad).await.expect_error(400, INVALID);
        }
        nothing_is_proven(&browser).await;
        google.tap(&browser, &good).await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn d1_d4_an_account_without_verified_address_or_id_is_none() {
    for_each_engine(async |app: TestApp| {
        let google = Google::new(&app).await;
        let browser = began(&app).await;
        for (claim, value) in [
            ("email_verified", json!(false)),
            ("email_verified", Value::Null),
            ("email_verified", json!("true")),
            ("email_verified", json!(1)),
            ("email", Value::Null),
            ("email", json!("")),
        ] {
            let mut claims = google.claims("g1");
            claims[claim] = value;
            let refused = google.tap(&browser, &google.sign(&claims)).await;
            refused.expect_error(400, "session.google_one_tap.unverified_email");
        }
        for subject in [Value::Null, json!(""), json!(0)] {
            let mut claims = google.claims("g1");
            claims["sub"] = subject;
            let refused = google.tap(&browser, &google.sign(&claims)).await;
            refused.expect_error(400, "connector.invalid_response");
        }
        nothing_is_proven(&browser).await;
    })
    .await;
}

#[tokio::test]
async fn b13_a_credential_counts_once_on_all_servers_and_after_a_restart() {
    for_each_engine(async |app: TestApp| {
        let google = Google::new(&app).await;
        let claims = google.claims("g1");
        let credential = google.sign(&claims);
        let browsers = join_all((0..8).map(|_| began(&app))).await;
        let answers = join_all(browsers.iter().map(|browser| google.tap(browser, &credential))).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
        let browser = began(&app).await;
        google.tap(&browser, &credential).await.expect_error(400, INVALID);
        // Other bytes of the signature make no other credential of it.
        let twin = google.sign(&claims);
        assert_ne!(twin, credential);
        google.tap(&browser, &twin).await.expect_error(400, INVALID);
        // Another server process on the same database.
        let second = TestApp::with(app.engine, app.app.settings.clone()).await;
        let there = began(&second).await;
        let google = google.at(&second);
        google.publish(|keys| keys);
        google.tap(&there, &credential).await.expect_error(400, INVALID);
        google.tap(&there, &google.credential("g1")).await.expect(200);
        // What has expired is forgotten, and not accepted again.
        app.app.clock.advance(Duration::from_secs(3661));
        server::jobs::sweep::delete_expired(app.app.clone()).await.unwrap();
        let rows = app.app.db.read(|r| r.query_one::<i64>(db::sql!("select count(*) from used_jwts"), &[])).await;
        assert_eq!(rows.unwrap(), 0);
        let late = began(&app).await;
        google.tap(&late, &credential).await.expect_error(400, INVALID);
    })
    .await;
}

#[tokio::test]
async fn d10_a_connector_that_is_switched_off_meanwhile_proves_nothing() {
    for_each_engine(async |app: TestApp| {
        let google = Google::new(&app).await;
        let browser = began(&app).await;
        google.publish(|keys| keys.after(Duration::from_millis(600)));
        let credential = google.credential("g1");
        let off = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            google.configure(&json!({"isEnabled": false})).await.expect(200);
        };
        let (answer, ()) = tokio::join!(google.tap(&browser, &credential), off);
        answer.expect_error(400, "connector.not_enabled");
        nothing_is_proven(&browser).await;
        google.configure(&json!({"isEnabled": true})).await.expect(200);
        google.tap(&browser, &credential).await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn d2_d3_a_credential_links_only_with_proof_and_for_who_is_identified() {
    for_each_engine(async |app: TestApp| {
        let google = Google::new(&app).await;
        settings(&app, "default", json!({"mfa": {"factors": ["Totp"], "policy": "Mandatory"}})).await;
        add_user(&app, "alice", |user| user.primary_email = Some("ada@example.com".into())).await;
        app.bind_totp("alice").await;
        let browser = began(&app).await;
        let id = google.prove(&browser, "g1").await;
        let refused = browser.identify(&id).await.expect_error(404, "user.identity_not_exist");
        assert_eq!(refused.json()["data"], json!({"relatedUser": {"type": "email", "value": "ada@example.com"}}));
        let social = json!({"type": "social", "verificationId": id});
        browser.post("/profile", social).await.expect_error(404, "session.identifier_not_found");
        let body = json!({"verificationId": id, "linkSocialIdentity": true});
        browser.post("/identification", body).await.expect(204);
        browser.submit().await.expect_error(403, "session.mfa.require_mfa_verification");
        let alice = "alice".into();
        let linked = app.read("default", move |view| identities::of_user(view, &alice)).await.unwrap();
        assert!(linked.is_empty(), "{linked:?}");

        // A proof of another interaction is none here.
        let other = began(&app).await;
        other.identify(&id).await.expect_error(404, "session.verification_session_not_found");
    })
    .await;
}

#[tokio::test]
async fn what_is_refused_is_in_the_audit_log_without_the_credential() {
    for_each_engine(async |app: TestApp| {
        let google = Google::new(&app).await;
        let browser = began(&app).await;
        let mut claims = google.claims("g1");
        claims["aud"] = json!("you");
        let foreign = google.sign(&claims);
        google.tap(&browser, &foreign).await.expect_error(400, INVALID);
        let good = google.credential("g1");
        google.tap(&browser, &good).await.expect(200);
        google.tap(&browser, &good).await.expect_error(400, INVALID);
        app.app.flush_audit().await;
        let logs =
            crate::applications::get(&app, "/api/logs?logKey=Interaction.SignIn.Verification.Social.Submit").await;
        let logs = logs.expect(200).json();
        let mut said: Vec<_> =
            logs.as_array().unwrap().iter().map(|log| log["payload"]["error"]["data"]["reason"].to_string()).collect();
        said.sort();
        assert_eq!(said.len(), 3, "{logs}");
        let reasons = said.join(" ");
        assert!(reasons.contains("audience") && reasons.contains("used before"), "{reasons}");
        for secret in [&foreign, &good] {
            assert!(!logs.to_string().contains(secret.as_str()), "{logs}");
        }
    })
    .await;
}
