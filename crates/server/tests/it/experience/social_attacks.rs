//! Attacks on social sign-in (attacks.md, group D, and E1).

use axum::http::Method;
use outbound::{FakeResponse, OutboundError};
use serde_json::{Value, json};
use server::users::identities;
use testkit::{TestApp, for_each_engine};

use super::fixture::*;
use super::provider::Provider;
use crate::applications::{call, delete};

async fn no_identity(app: &TestApp, user: &str) {
    let id = user.into();
    let found = app.read("default", move |view| identities::of_user(view, &id)).await.unwrap();
    assert!(found.is_empty(), "{found:?}");
}

async fn began(app: &TestApp) -> Browser {
    let browser = Browser::open(app).await;
    browser.start("SignIn").await;
    browser
}

#[tokio::test]
async fn d1_an_address_that_is_not_verified_leads_to_no_account() {
    for_each_engine(async |app: TestApp| {
        settings(&app, "default", json!({"socialSignIn": {"skipRequiredIdentifiers": true}})).await;
        let idp = Provider::new(&app, "harbour", json!({})).await;
        add_user(&app, "alice", |user| user.primary_email = Some("ada@example.com".into())).await;
        for (n, verified) in [json!(false), Value::Null, json!("true"), json!(1)].into_iter().enumerate() {
            let browser = began(&app).await;
            let id = idp.prove(&browser, &format!("u{n}"), |claims| claims["email_verified"] = verified.clone()).await;
            let body = json!({"verificationId": id, "linkSocialIdentity": true});
            let refused = browser.post("/identification", body).await.expect_error(404, "user.identity_not_exist");
            assert_eq!(refused.json().get("data").filter(|data| !data.is_null()), None, "{verified}");
            browser.switch("Register").await.expect(204);
            browser.identify(&id).await.expect(201);
            browser.submit().await.expect(200);
            let made = browser.result().await.unwrap()["login"]["accountId"].as_str().unwrap().to_owned();
            assert_ne!(made, "alice");
            assert_eq!(user(&app, "default", &made).await.primary_email, None, "{verified}");
        }
        no_identity(&app, "alice").await;
    })
    .await;
}

#[tokio::test]
async fn d10_a_newcomer_gets_no_account_from_a_provider_that_is_switched_off_meanwhile() {
    for_each_engine(async |app: TestApp| {
        let idp = Provider::new(&app, "harbour", json!({})).await;
        let targets = async |targets: Value| {
            let body = json!({"socialSignInConnectorTargets": targets});
            call(&app, "PATCH", "/api/sign-in-exp", body).await.expect(200);
        };
        let refusal = (422, "user.sign_in_method_not_enabled");
        let started = async |id: &str| {
            targets(json!(["harbour"])).await;
            let browser = Browser::open(&app).await;
            browser.start("Register").await;
            let id = idp.prove(&browser, id, |claims| drop(claims.as_object_mut().unwrap().remove("email"))).await;
            browser.identify(&id).await.expect_error(422, "user.missing_profile");
            let name =
                json!({"type": "username", "value": format!("newcomer_{}", &id[..4].to_lowercase().replace('-', "_"))});
            browser.post("/profile", name).await.expect(204);
            browser
        };
        let browser = started("u1").await;
        targets(json!([])).await;
        browser.post("/identification", json!({})).await.expect_error(refusal.0, refusal.1);
        let browser = started("u2").await;
        browser.post("/identification", json!({})).await.expect(201);
        targets(json!([])).await;
        browser.submit().await.expect_error(refusal.0, refusal.1);
        let browser = started("u3").await;
        delete(&app, &format!("/api/connectors/{}", idp.connector_id)).await.expect(204);
        browser.post("/identification", json!({})).await.expect_error(refusal.0, refusal.1);
    })
    .await;
}

#[tokio::test]
async fn d2_nothing_is_linked_before_the_second_factor() {
    for_each_engine(async |app: TestApp| {
        let idp = Provider::new(&app, "harbour", json!({})).await;
        settings(&app, "default", json!({"mfa": {"factors": ["Totp"], "policy": "Mandatory"}})).await;
        add_user(&app, "alice", |user| user.primary_email = Some("ada@example.com".into())).await;
        app.bind_totp("alice").await;

        // Nobody is identified.
        let browser = began(&app).await;
        let id = idp.prove(&browser, "u1", |_| {}).await;
        let social = json!({"type": "social", "verificationId": id});
        browser.post("/profile", social).await.expect_error(404, "session.identifier_not_found");

        // By the address alone: the sign-in waits for the factor of the account.
        let body = json!({"verificationId": id, "linkSocialIdentity": true});
        browser.post("/identification", body).await.expect(204);
        browser.submit().await.expect_error(403, "session.mfa.require_mfa_verification");
        no_identity(&app, "alice").await;

        // By the password alone.
        let browser = began(&app).await;
        let password = id_of(&browser.password("alice", PASSWORD).await);
        browser.identify(&password).await.expect(204);
        let id = idp.prove(&browser, "u1", |_| {}).await;
        browser.post("/profile", json!({"type": "social", "verificationId": id})).await.expect(204);
        browser.submit().await.expect_error(403, "session.mfa.require_mfa_verification");
        no_identity(&app, "alice").await;
    })
    .await;
}

#[tokio::test]
async fn d3_a_proof_counts_only_for_the_provider_where_it_began() {
    for_each_engine(async |app: TestApp| {
        let harbour = Provider::new(&app, "harbour", json!({})).await;
        let island = Provider::new(&app, "island", json!({})).await;
        let browser = began(&app).await;
        let away = harbour.leave(&browser).await;
        harbour.answer(&harbour.claims(&away, "u1"));
        island.answer(&island.claims(&away, "u1"));
        let code = json!({"code": "c", "state": "st"});
        let code_of_other = island.come_back(&browser, &away, code.clone()).await;
        code_of_other.expect_error(404, "session.verification_session_not_found");

        // A proof of another interaction is none here.
        let other = began(&app).await;
        harbour.come_back(&other, &away, code.clone()).await.expect(404);
        harbour.come_back(&browser, &away, code).await.expect(200);
        other.identify(&away.verification_id).await.expect_error(404, "session.verification_session_not_found");

        // Proven as u1 and shown as somebody else: who is identified stays.
        add_user(&app, "alice", |_| {}).await;
        let password = id_of(&browser.password("alice", PASSWORD).await);
        browser.identify(&password).await.expect(204);
        add_user(&app, "bob", |user| user.primary_email = Some("ada@example.com".into())).await;
        let body = json!({"verificationId": away.verification_id, "linkSocialIdentity": true});
        browser.post("/identification", body).await.expect_error(409, "session.identity_conflict");
    })
    .await;
}

#[tokio::test]
async fn d4_an_account_without_id_is_none() {
    for_each_engine(async |app: TestApp| {
        let idp = Provider::new(&app, "harbour", json!({})).await;
        for subject in [Value::Null, json!(""), json!(0), json!([]), json!("absent")] {
            let browser = began(&app).await;
            let away = idp.leave(&browser).await;
            let mut claims = idp.claims(&away, "u1");
            match subject == json!("absent") {
                true => drop(claims.as_object_mut().unwrap().remove("sub")),
                false => claims["sub"] = subject.clone(),
            }
            idp.answer(&claims);
            let refused = idp.come_back(&browser, &away, json!({"code": "c", "state": "st"})).await;
            assert!([400, 401].contains(&refused.status.as_u16()), "{subject}: {}", refused.text());
            browser.identify(&away.verification_id).await.expect_error(400, "session.verification_failed");
        }
    })
    .await;
}

#[tokio::test]
async fn d5_the_same_id_at_two_providers_is_two_accounts() {
    for_each_engine(async |app: TestApp| {
        let harbour = Provider::new(&app, "harbour", json!({})).await;
        let island = Provider::new(&app, "island", json!({})).await;
        add_user(&app, "alice", |_| {}).await;
        let browser = began(&app).await;
        let password = id_of(&browser.password("alice", PASSWORD).await);
        browser.identify(&password).await.expect(204);
        let id = harbour.prove(&browser, "same", |_| {}).await;
        browser.post("/profile", json!({"type": "social", "verificationId": id})).await.expect(204);
        browser.submit().await.expect(200);
        let other = began(&app).await;
        let id = island.prove(&other, "same", |_| {}).await;
        other.identify(&id).await.expect_error(404, "user.identity_not_exist");
        let own = began(&app).await;
        let id = harbour.prove(&own, "same", |_| {}).await;
        own.identify(&id).await.expect(204);
    })
    .await;
}

#[tokio::test]
async fn d6_d7_each_claim_of_the_id_token_is_required() {
    for_each_engine(async |app: TestApp| {
        let idp = Provider::new(&app, "harbour", json!({})).await;
        let browser = began(&app).await;
        let code = json!({"code": "c", "state": "st"});
        let now = app.app.clock.now().seconds();
        let mut bad: Vec<(&str, Option<Value>)> =
            ["nonce", "aud", "exp", "iat", "iss"].into_iter().map(|claim| (claim, None)).collect();
        for (claim, value) in [
            ("nonce", json!("x")),
            ("aud", json!("you")),
            ("exp", json!(now - 300)),
            ("iss", json!("https://evil.example")),
        ] {
            bad.push((claim, Some(value)));
        }
        for (claim, value) in bad {
            // One answer counts for one request.
            let away = idp.leave(&browser).await;
            let mut claims = idp.claims(&away, "u1");
            match value {
                Some(value) => claims[claim] = value,
                None => drop(claims.as_object_mut().unwrap().remove(claim)),
            }
            idp.answer(&claims);
            let refused = idp.come_back(&browser, &away, code.clone()).await;
            refused.expect_error(401, "connector.social_invalid_id_token");
        }
        let away = idp.leave(&browser).await;
        idp.answer(&idp.claims(&away, "u1"));
        idp.come_back(&browser, &away, code).await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn d10_a_connector_that_is_switched_off_meanwhile_signs_nobody_in() {
    for_each_engine(async |app: TestApp| {
        let idp = Provider::new(&app, "harbour", json!({})).await;
        add_user(&app, "alice", |user| user.primary_email = Some("ada@example.com".into())).await;
        let (leaving, proven) = (began(&app).await, began(&app).await);
        let away = idp.leave(&leaving).await;
        let id = idp.prove(&proven, "u1", |_| {}).await;
        let off = json!({"socialSignInConnectorTargets": []});
        call(&app, "PATCH", "/api/sign-in-exp", off).await.expect(200);
        idp.try_leave(&leaving).await.expect_error(400, "connector.not_enabled");
        let code = json!({"code": "c", "state": "st"});
        idp.answer(&idp.claims(&away, "u1"));
        idp.come_back(&leaving, &away, code.clone()).await.expect_error(400, "connector.not_enabled");
        let body = json!({"verificationId": id, "linkSocialIdentity": true});
        proven.post("/identification", body).await.expect_error(422, "user.sign_in_method_not_enabled");
        delete(&app, &format!("/api/connectors/{}", idp.connector_id)).await.expect(204);
        idp.try_leave(&leaving).await.expect_error(404, "entity.not_found");
        idp.come_back(&leaving, &away, code).await.expect_error(404, "entity.not_found");
    })
    .await;
}

#[tokio::test]
async fn d13_only_the_browser_that_left_can_come_back() {
    for_each_engine(async |app: TestApp| {
        let idp = Provider::new(&app, "harbour", json!({})).await;
        let (attacker, victim) = (began(&app).await, began(&app).await);
        let away = idp.leave(&attacker).await;
        idp.answer(&idp.claims(&away, "attacker"));
        let code = json!({"code": "c", "state": "st"});
        idp.come_back(&victim, &away, code.clone()).await.expect(404);

        // The victim's own verification takes neither the state nor the token of the attacker's.
        let own = idp.leave(&victim).await;
        let foreign = json!({"code": "c", "state": "other"});
        idp.come_back(&victim, &own, foreign).await.expect_error(400, "session.csrf_token_mismatch");
        idp.come_back(&victim, &own, code).await.expect_error(401, "connector.social_invalid_id_token");
        assert_ne!(away.sent["code_challenge"], own.sent["code_challenge"]);
    })
    .await;
}

#[tokio::test]
async fn d19_an_answer_of_another_issuer_is_refused() {
    for_each_engine(async |app: TestApp| {
        let idp = Provider::new(&app, "harbour", json!({})).await;
        let browser = began(&app).await;
        let away = idp.leave(&browser).await;
        idp.answer(&idp.claims(&away, "u1"));
        let mixed = json!({"code": "c", "state": "st", "iss": "https://evil.example"});
        idp.come_back(&browser, &away, mixed).await.expect_error(400, "session.csrf_token_mismatch");
        assert!(app.outbound.received().iter().all(|request| request.method != Method::POST), "the code stays here");
        let own = json!({"code": "c", "state": "st", "iss": "https://harbour.example"});
        let away = idp.leave(&browser).await;
        idp.answer(&idp.claims(&away, "u1"));
        idp.come_back(&browser, &away, own).await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn e1_a_provider_inside_the_network_is_not_asked_and_not_described() {
    for_each_engine(async |app: TestApp| {
        let idp = Provider::new(&app, "harbour", json!({})).await;
        let browser = began(&app).await;
        let away = idp.leave(&browser).await;
        let forbidden = OutboundError::Forbidden {
            host: "harbour.example".into(),
            address: "10.0.0.1".parse().unwrap(),
            kind: "private",
        };
        idp.respond(FakeResponse::failure(forbidden));
        let refused = idp.come_back(&browser, &away, json!({"code": "c", "state": "st"})).await;
        let refused = refused.expect_error(400, "connector.general");
        assert!(!refused.text().contains("10.0.0.1"), "{}", refused.text());
    })
    .await;
}
