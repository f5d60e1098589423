//! What a provider of an enterprise, or somebody who uses one, may try (attacks D1–D10, D13, D19).

use serde_json::{Value, json};
use testkit::{TestApp, for_each_engine};

use super::fixture::*;
use super::provider::Provider;
use super::sso::{at_corp, linked, register};
use crate::applications::{call, delete};
use crate::sso_connectors::{publish, settings as config};

#[tokio::test]
async fn d1_an_enterprise_links_only_verified_addresses_of_its_own_domains() {
    for_each_engine(async |app: TestApp| {
        let idp = Provider::enterprise(&app, "harbour", json!({})).await;
        Provider::enterprise(&app, "other", json!({})).await;
        for (name, email) in
            [("alice", "ada@harbour-corp.example"), ("bob", "bob@example.com"), ("carol", "carol@other-corp.example")]
        {
            add_user(&app, name, |user| user.primary_email = Some(email.into())).await;
        }
        let refused = async |id: &str, change: Value| {
            let browser = Browser::open(&app).await;
            browser.start("SignIn").await;
            let id = idp.prove(&browser, id, |claims| {
                at_corp(claims);
                claims.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            });
            let id = id.await;
            browser.identify(&id).await.expect_error(404, "user.sso_identity_not_exist");
            browser.switch("Register").await.expect(204);
            browser.identify(&id).await.expect(201);
            browser.submit().await.expect(200);
            let made = browser.result().await.unwrap()["login"]["accountId"].as_str().unwrap().to_owned();
            assert_eq!(user(&app, "default", &made).await.primary_email, None, "{change}");
        };
        for (id, value) in [("u1", json!(false)), ("u2", json!("true")), ("u3", Value::Null)] {
            refused(id, json!({"email_verified": value})).await;
        }
        refused("u4", json!({"email": "bob@example.com"})).await;
        refused("u5", json!({"email": "carol@other-corp.example"})).await;
        refused("u6", json!({"email": "nobody@example.com"})).await;
        refused("u7", json!({"email": "ada@harbour-corp.example.evil.example"})).await;
        for name in ["alice", "bob", "carol"] {
            assert_eq!(linked(&app, name).await, json!([]), "{name}");
        }
    })
    .await;
}

#[tokio::test]
async fn d2_d8_somebody_elses_account_at_an_enterprise_waives_no_factor() {
    for_each_engine(async |app: TestApp| {
        let mfa = json!({"factors": ["Totp"], "policy": "Mandatory"});
        settings(&app, "default", json!({"mfa": mfa})).await;
        let idp = Provider::enterprise(&app, "harbour", json!({})).await;
        add_user(&app, "alice", |_| {}).await;
        app.bind_totp("alice").await;
        let mallory = register(&app, &idp, "m1", at_corp).await;
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        let id = id_of(&browser.password("alice", PASSWORD).await);
        browser.identify(&id).await.expect(204);
        let proof = idp.prove(&browser, "m1", at_corp).await;
        browser.identify(&proof).await.expect_error(409, "session.identity_conflict");
        browser.submit().await.expect_error(403, "session.mfa.require_mfa_verification");
        assert_ne!(mallory, "alice");
    })
    .await;
}

#[tokio::test]
async fn d8_a_tenant_decides_whether_the_enterprise_decides_about_factors() {
    for_each_engine(async |app: TestApp| {
        let idp = Provider::enterprise(&app, "harbour", json!({})).await;
        add_user(&app, "alice", |user| user.primary_email = Some("ada@harbour-corp.example".into())).await;
        app.bind_totp("alice").await;
        let sign_in = async |after_sso: Option<bool>| {
            let mut mfa = json!({"factors": ["Totp"], "policy": "Mandatory"});
            if let Some(asks) = after_sso {
                mfa["requireMfaAfterSso"] = json!(asks);
            }
            let kept = call(&app, "PATCH", "/api/sign-in-exp", json!({"mfa": mfa})).await.expect(200).json();
            assert_eq!(kept["mfa"], mfa);
            let browser = Browser::open(&app).await;
            browser.start("SignIn").await;
            let id = idp.prove(&browser, "u1", at_corp).await;
            browser.identify(&id).await.expect(204);
            browser
        };
        for off in [None, Some(false)] {
            sign_in(off).await.submit().await.expect(200);
        }
        let asked = sign_in(Some(true)).await;
        asked.submit().await.expect_error(403, "session.mfa.require_mfa_verification");
        // Newcomers are asked to set one up.
        let browser = Browser::open(&app).await;
        browser.start("Register").await;
        let id = idp.prove(&browser, "u2", |claims| claims["email"] = json!("new@harbour-corp.example")).await;
        browser.identify(&id).await.expect(201);
        browser.submit().await.expect_error(422, "user.missing_mfa");
    })
    .await;
}

#[tokio::test]
async fn d3_d19_an_answer_at_another_connector_or_of_another_kind_is_refused() {
    for_each_engine(async |app: TestApp| {
        let idp = Provider::enterprise(&app, "harbour", json!({})).await;
        let other = Provider::enterprise(&app, "other", json!({})).await;
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        let away = idp.leave(&browser).await;
        idp.answer(&idp.claims(&away, "u1"));
        let data = json!({"code": "c", "state": "st"});
        let wrong = other.come_back(&browser, &away, data.clone()).await;
        wrong.expect_error(404, "session.verification_session_not_found");
        let body = json!({"verificationId": away.verification_id, "connectorData": data});
        let path = format!("/verification/social/{}/verify", idp.connector_id);
        browser.post(&path, body).await.expect_error(404, "session.verification_session_not_found");
        let mixed_up = json!({"code": "c", "state": "st", "iss": "https://other.example"});
        idp.come_back(&browser, &away, mixed_up).await.expect_error(400, "session.csrf_token_mismatch");
        for change in
            [json!({"nonce": null}), json!({"aud": "other"}), json!({"iss": "https://x.example"}), json!({"sub": ""})]
        {
            let away = idp.leave(&browser).await;
            let mut claims = idp.claims(&away, "u1");
            claims.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            idp.answer(&claims);
            let refused = idp.come_back(&browser, &away, data.clone()).await;
            assert!(refused.status.is_client_error(), "{change}: {}", refused.status);
        }
        // Another browser has not left (D13).
        let away = idp.leave(&browser).await;
        let stranger = Browser::open(&app).await;
        stranger.start("SignIn").await;
        idp.answer(&idp.claims(&away, "u1"));
        let refused = idp.come_back(&stranger, &away, data.clone()).await;
        refused.expect_error(404, "session.verification_session_not_found");
        idp.come_back(&browser, &away, data).await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn d5_connectors_with_one_issuer_have_accounts_of_their_own() {
    for_each_engine(async |app: TestApp| {
        let idp = Provider::enterprise(&app, "harbour", json!({})).await;
        let first = register(&app, &idp, "u1", at_corp).await;
        let twin = json!({"connectorName": "twin", "config": config("harbour.example"), "domains": ["twin.example"]});
        let twin = crate::sso_connectors::create(&app, twin).await["id"].as_str().unwrap().to_owned();
        let idp = idp.with_connector(twin);
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        let id = idp.prove(&browser, "u1", at_corp).await;
        browser.identify(&id).await.expect_error(404, "user.sso_identity_not_exist");
        let second = register(&app, &idp, "u1", at_corp).await;
        assert_ne!(first, second);
    })
    .await;
}

#[tokio::test]
async fn d10_a_connector_that_is_switched_off_or_changed_meanwhile_signs_nobody_in() {
    for_each_engine(async |app: TestApp| {
        let idp = Provider::enterprise(&app, "harbour", json!({})).await;
        publish(&app, "elsewhere.example");
        add_user(&app, "alice", |user| user.primary_email = Some("ada@harbour-corp.example".into())).await;
        let path = format!("/api/sso-connectors/{}", idp.connector_id);
        let code = json!({"code": "c", "state": "st"});
        let patch = async |path: &str, body: Value| call(&app, "PATCH", path, body).await.expect(200);

        // On the way.
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        let away = idp.leave(&browser).await;
        idp.answer(&idp.claims(&away, "u1"));
        for (off, on, refusal) in [
            (json!({"domains": []}), json!({"domains": ["harbour-corp.example"]}), (400, "connector.not_enabled")),
            (json!({"config": {}}), json!({"config": config("harbour.example")}), (400, "connector.not_enabled")),
        ] {
            patch(&path, off).await;
            idp.come_back(&browser, &away, code.clone()).await.expect_error(refusal.0, refusal.1);
            idp.try_leave(&browser).await.expect_error(refusal.0, refusal.1);
            patch(&path, on).await;
        }
        patch("/api/sign-in-exp", json!({"singleSignOnEnabled": false})).await;
        idp.come_back(&browser, &away, code.clone()).await.expect_error(400, "connector.not_enabled");
        patch("/api/sign-in-exp", json!({"singleSignOnEnabled": true})).await;
        patch(&path, json!({"config": config("elsewhere.example")})).await;
        let refused = idp.come_back(&browser, &away, code.clone()).await;
        assert!(refused.status.is_client_error(), "its issuer is another now");
        patch(&path, json!({"config": config("harbour.example")})).await;

        // Between the proof and the end.
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        let id = idp.prove(&browser, "u1", at_corp).await;
        browser.identify(&id).await.expect(204);
        patch("/api/sign-in-exp", json!({"singleSignOnEnabled": false})).await;
        browser.submit().await.expect_error(422, "user.sign_in_method_not_enabled");
        patch("/api/sign-in-exp", json!({"singleSignOnEnabled": true})).await;
        delete(&app, &path).await.expect(204);
        browser.submit().await.expect_error(422, "user.sign_in_method_not_enabled");
        browser.identify(&id).await.expect_error(422, "user.sign_in_method_not_enabled");
        idp.try_leave(&browser).await.expect_error(404, "entity.not_exists_with_id");
    })
    .await;
}

#[tokio::test]
async fn d9_spellings_of_a_domain_are_one_and_look_alikes_are_others() {
    for_each_engine(async |app: TestApp| {
        let domains = json!({"domains": ["b\u{fc}cher.example", "kiosk.example"]});
        let idp = Provider::enterprise(&app, "harbour", domains).await;
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        let is_enterprise = async |email: &str| {
            let query: String = url::form_urlencoded::byte_serialize(email.as_bytes()).collect();
            let found = browser.get(&format!("/sso-connectors?email={query}")).await.expect(200).json();
            found["connectorIds"] == json!([idp.connector_id])
        };
        for email in [
            "a@B\u{dc}CHER.example",
            "a@xn--bcher-kva.example",
            "a@bu\u{308}cher.example",
            "a@\u{212a}IOSK.example",
            "a@\u{ff4b}iosk.example",
        ] {
            assert!(is_enterprise(email).await, "{email}");
            let code = json!({"identifier": {"type": "email", "value": email}, "password": PASSWORD});
            drop(browser.post("/verification/password", code).await);
        }
        for email in ["a@k\u{131}osk.example", "a@bucher.example", "a@k\u{456}osk.example", "a@x.kiosk.example"] {
            assert!(!is_enterprise(email).await, "{email}");
        }
        // An enterprise does not speak for a look-alike of its domain.
        add_user(&app, "alice", |user| user.primary_email = Some("a@k\u{131}osk.example".into())).await;
        let id = idp.prove(&browser, "u1", |claims| claims["email"] = json!("a@k\u{131}osk.example")).await;
        browser.identify(&id).await.expect_error(404, "user.sso_identity_not_exist");
    })
    .await;
}
