//! What a provider of an enterprise, or somebody who uses one, may try (attacks D1–D10, D13, D19).

use std::time::Duration;

use axum::http::{Method, StatusCode};
use outbound::FakeResponse;
use serde_json::{Value, json};
use testkit::{TestApp, for_each_engine};

use super::fixture::*;
use super::provider::Provider;
use super::sso::{at_corp, linked, register};
use crate::applications::{call, delete, get};
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
async fn d10_what_changes_between_submit_and_resume_counts() {
    for_each_engine(async |app: TestApp| {
        add_client(&app).await;
        let idp = Provider::enterprise(&app, "harbour", json!({})).await;
        let social = Provider::new(&app, "island", json!({})).await;
        publish(&app, "elsewhere.example");
        add_user(&app, "alice", |user| user.primary_email = Some("ada@harbour-corp.example".into())).await;
        add_user(&app, "bob", |user| user.primary_email = Some("ada@example.com".into())).await;
        let connector = format!("/api/sso-connectors/{}", idp.connector_id);
        let at_enterprise = async || {
            let browser = Browser::open(&app).await;
            browser.start("SignIn").await;
            let id = idp.prove(&browser, "u1", at_corp).await;
            browser.identify(&id).await.expect(204);
            browser
        };
        let at_social = async || {
            let browser = Browser::open(&app).await;
            browser.start("SignIn").await;
            let id = social.prove(&browser, "s1", |_| {}).await;
            let body = json!({"verificationId": id, "linkSocialIdentity": true});
            browser.post("/identification", body).await.expect(204);
            browser
        };
        let patch = async |path: &str, body: Value| drop(call(&app, "PATCH", path, body).await.expect(200));
        let refused = async |browser: &Browser, what: &str| {
            let answer = browser.resume().await;
            assert_eq!(answer.status, 400, "{what}: {}", answer.header("location"));
            assert!(!answer.headers("set-cookie").iter().any(|line| line.starts_with("_session=")), "{what}");
        };
        for browser in [at_enterprise().await, at_social().await] {
            browser.submit().await.expect(200);
            browser.resume().await.expect(303);
        }

        let browser = at_enterprise().await;
        browser.submit().await.expect(200);
        patch("/api/sign-in-exp", json!({"singleSignOnEnabled": false})).await;
        refused(&browser, "single sign-on is off").await;
        patch("/api/sign-in-exp", json!({"singleSignOnEnabled": true})).await;

        // Who says who somebody is, is somebody else now.
        let (before, after) = (at_enterprise().await, at_enterprise().await);
        after.submit().await.expect(200);
        patch(&connector, json!({"config": config("elsewhere.example")})).await;
        before.submit().await.expect_error(422, "user.sign_in_method_not_enabled");
        refused(&after, "another issuer").await;
        patch(&connector, json!({"config": config("harbour.example")})).await;

        let browser = at_social().await;
        browser.submit().await.expect(200);
        delete(&app, "/api/users/bob/identities/island").await.expect(200);
        refused(&browser, "the account is not linked any more").await;
        let browser = at_social().await;
        browser.submit().await.expect(200);
        delete(&app, &format!("/api/connectors/{}", social.connector_id)).await.expect(204);
        refused(&browser, "the social connector is gone").await;

        let browser = at_enterprise().await;
        browser.submit().await.expect(200);
        delete(&app, &connector).await.expect(204);
        refused(&browser, "the connector is gone").await;
    })
    .await;
}

#[tokio::test]
async fn b11_whoever_is_signed_out_is_so_where_a_sign_in_is_under_way() {
    for_each_engine(async |app: TestApp| {
        add_client(&app).await;
        add_user(&app, "alice", |_| {}).await;
        let identified = async || {
            let browser = Browser::open(&app).await;
            browser.start("SignIn").await;
            let id = id_of(&browser.password("alice", PASSWORD).await);
            browser.identify(&id).await.expect(204);
            browser
        };
        let suspend = async |is_suspended: bool| {
            let body = json!({"isSuspended": is_suspended});
            call(&app, "PATCH", "/api/users/alice/is-suspended", body).await.expect(200);
        };
        for what in ["nothing", "a session ends", "a factor is added", "a factor is removed", "suspended for a while"] {
            let signed_in = identified().await;
            signed_in.submit().await.expect(200);
            signed_in.resume().await.expect(303);
            let (before, after) = (identified().await, identified().await);
            after.submit().await.expect(200);
            let factors = "/api/users/alice/mfa-verifications";
            match what {
                "a session ends" => {
                    let listed = get(&app, "/api/users/alice/sessions").await.expect(200).json();
                    let uid = listed["sessions"][0]["payload"]["uid"].as_str().unwrap();
                    delete(&app, &format!("/api/users/alice/sessions/{uid}")).await.expect(204);
                }
                "a factor is added" => drop(call(&app, "POST", factors, json!({"type": "Totp"})).await.expect(200)),
                "a factor is removed" => {
                    let id = get(&app, factors).await.expect(200).json()[0]["id"].as_str().unwrap().to_owned();
                    delete(&app, &format!("{factors}/{id}")).await.expect(204);
                }
                "suspended for a while" => {
                    suspend(true).await;
                    suspend(false).await;
                }
                _ => {
                    before.submit().await.expect(200);
                    after.resume().await.expect(303);
                    continue;
                }
            }
            let refusal = before.submit().await;
            assert_eq!(
                (refusal.status.as_u16(), &refusal.json()["code"]),
                (400, &json!("session.not_found")),
                "{what}"
            );
            assert_eq!(after.resume().await.status, 400, "{what}");
        }
    })
    .await;
}

#[tokio::test]
async fn e044_an_account_of_an_enterprise_has_no_other_way_in() {
    for_each_engine(async |app: TestApp| {
        let idp = Provider::enterprise(&app, "harbour", json!({})).await;
        let id = register(&app, &idp, "u1", at_corp).await;
        call(&app, "PATCH", &format!("/api/users/{id}"), json!({"username": "ada"})).await.expect(200);
        let password = json!({"password": PASSWORD});
        call(&app, "PATCH", &format!("/api/users/{id}/password"), password).await.expect(200);
        let by_password = async || {
            let browser = Browser::open(&app).await;
            browser.start("SignIn").await;
            let id = id_of(&browser.password("ada", PASSWORD).await);
            (browser.identify(&id).await, browser)
        };
        let refused = by_password().await.0.expect_error(422, "session.sso_enabled").json();
        assert_eq!(refused["data"]["ssoConnectors"][0]["id"], json!(idp.connector_id));
        // Nobody is locked out while the enterprise can't sign people in.
        call(&app, "PATCH", "/api/sign-in-exp", json!({"singleSignOnEnabled": false})).await.expect(200);
        let (identified, browser) = by_password().await;
        identified.expect(204);
        call(&app, "PATCH", "/api/sign-in-exp", json!({"singleSignOnEnabled": true})).await.expect(200);
        browser.submit().await.expect_error(422, "session.sso_enabled");
    })
    .await;
}

#[tokio::test]
async fn an_issuer_that_does_not_answer_is_asked_once() {
    for_each_engine(async |app: TestApp| {
        let idp = Provider::enterprise(&app, "harbour", json!({})).await;
        app.app.clock.advance(Duration::from_secs(3601));
        let address = "https://harbour.example/.well-known/openid-configuration";
        let failing = FakeResponse::status(StatusCode::SERVICE_UNAVAILABLE).after(Duration::from_millis(300));
        app.outbound.respond(Method::GET, address, failing);
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        let before = app.outbound.received().len();
        let all = futures_util::future::join_all((0..20).map(|_| idp.try_leave(&browser))).await;
        assert_eq!(app.outbound.received().len(), before + 1, "{:?}", app.engine);
        let count = |status: u16| all.iter().filter(|answer| answer.status.as_u16() == status).count();
        assert_eq!((count(400), count(503)), (8, 12), "one network has its share of the places");
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
