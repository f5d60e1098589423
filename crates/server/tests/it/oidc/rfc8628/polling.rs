//! Sections 3.4 and 3.5: the device polls.

use std::time::Duration;

use serde_json::json;
use testkit::oidc::{CHALLENGE, VERIFIER, claims};
use testkit::{Browser, TestApp, for_each_engine};

use super::{GRANT, device, start, start_of};
use crate::oidc::rfc9449::Holder;
use crate::pages::fixture::{suspend, user};

#[tokio::test]
async fn a_device_that_waits_is_told_so_and_nothing_is_written() {
    for_each_engine(async |app: TestApp| {
        let started = start(&app).await;
        app.app.flush_audit().await;
        let before = app.snapshot().await;
        for _ in 0..10 {
            // Also at once: there is no `slow_down`.
            let body = started.poll(&app).await.expect_error(400, "oidc.authorization_pending").json();
            assert_eq!(body["error"], "authorization_pending");
            assert!(body["error_description"].as_str().unwrap().contains("still pending"));
        }
        app.app.flush_audit().await;
        assert_eq!(before.difference(&app.snapshot().await, &[]), Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn tokens_are_issued_once() {
    for_each_engine(async |app: TestApp| {
        let id = user(&app, "ada").await;
        let started = start(&app).await;
        let done = started.approve(&mut Browser::new(&app)).await;
        assert_eq!(done.path(), "/device/success", "{}", done.text());
        let tokens = started.tokens(&app).await;
        assert_eq!(tokens["scope"], "openid offline_access profile");
        assert_eq!((&tokens["token_type"], &tokens["expires_in"]), (&json!("Bearer"), &json!(3600)));
        let claims = claims(tokens["id_token"].as_str().unwrap());
        assert_eq!((&claims["sub"], &claims["aud"]), (&json!(id), &json!(started.client.id)));
        for absent in ["sid", "nonce", "auth_time"] {
            assert!(!claims.contains_key(absent), "{absent}");
        }
        let refresh = tokens["refresh_token"].as_str().unwrap();
        let fresh = app.refresh(&started.client, refresh, &[]).send().await.expect(200).json();
        let me = |token: &str| app.get("/oidc/me").bearer(token);
        me(fresh["access_token"].as_str().unwrap()).send().await.expect(200);
        // Replayed: whoever has the tokens loses them.
        started.poll(&app).await.expect_error(400, "oidc.invalid_grant");
        me(fresh["access_token"].as_str().unwrap()).send().await.expect(401);
        app.refresh(&started.client, refresh, &[]).send().await.expect_error(400, "oidc.invalid_grant");
    })
    .await;
}

#[tokio::test]
async fn a_device_with_a_key_gets_tokens_that_only_it_can_use() {
    for_each_engine(async |app: TestApp| {
        user(&app, "ada").await;
        let (started, holder) = (start(&app).await, Holder::new());
        let poll = || {
            let fields = [("grant_type", GRANT), ("device_code", started.device_code.as_str())];
            app.token_request(&started.client, &fields).header("dpop", &holder.proof(&app))
        };
        poll().send().await.expect_error(400, "oidc.authorization_pending");
        started.approve(&mut Browser::new(&app)).await;
        let tokens = poll().send().await.expect(200).json();
        assert_eq!(tokens["token_type"], "DPoP");
        let refresh = tokens["refresh_token"].as_str().unwrap();
        app.refresh(&started.client, refresh, &[]).send().await.expect_error(400, "oidc.invalid_grant");
        let bound = app.refresh(&started.client, refresh, &[]).header("dpop", &holder.proof(&app));
        bound.send().await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn b5_of_many_polls_at_once_one_gets_the_tokens() {
    for_each_engine(async |app: TestApp| {
        user(&app, "ada").await;
        let started = start(&app).await;
        started.approve(&mut Browser::new(&app)).await;
        let polls = futures_util::future::join_all((0..8).map(|_| started.poll(&app))).await;
        let issued = polls.iter().filter(|answer| answer.status == 200).count();
        assert_eq!(issued, 1, "{:?}", polls.iter().map(|answer| answer.status).collect::<Vec<_>>());
    })
    .await;
}

#[tokio::test]
async fn without_offline_access_the_tokens_end_with_the_session() {
    for_each_engine(async |app: TestApp| {
        user(&app, "ada").await;
        let client = device(&app).await;
        let started = start_of(&app, &client, &[("scope", "openid")]).await;
        let mut browser = Browser::new(&app);
        started.approve(&mut browser).await;
        let tokens = started.tokens(&app).await;
        assert!(tokens.get("refresh_token").is_none());
        let token = tokens["access_token"].as_str().unwrap();
        app.get("/oidc/me").bearer(token).send().await.expect(200);
        app.sql("delete from sessions where tenant_id = 'default'", Vec::new()).await;
        app.get("/oidc/me").bearer(token).send().await.expect(401);

        let started = start_of(&app, &client, &[("scope", "openid")]).await;
        started.approve(&mut Browser::new(&app)).await;
        app.sql("delete from sessions where tenant_id = 'default'", Vec::new()).await;
        started.poll(&app).await.expect_error(400, "oidc.invalid_grant");
    })
    .await;
}

#[tokio::test]
async fn a_code_is_good_for_ten_minutes() {
    for_each_engine(async |app: TestApp| {
        user(&app, "ada").await;
        let started = start(&app).await;
        let mut browser = Browser::new(&app);
        let page = started.confirm(&mut browser).await;
        app.app.clock.advance(Duration::from_secs(600));
        let body = started.poll(&app).await.expect_error(400, "oidc.expired_token").json();
        assert_eq!(body["error_description"], "device code is expired");
        let password = crate::pages::fixture::PASSWORD;
        let late = browser.submit(&page, &[("identifier", "ada"), ("password", password)]).await;
        assert_eq!((late.path(), late.response.status.as_u16()), ("/device", 200), "{}", late.text());
        started.poll(&app).await.expect_error(400, "oidc.expired_token");
    })
    .await;
}

#[tokio::test]
async fn b4_each_binding_is_checked() {
    for_each_engine(async |app: TestApp| {
        user(&app, "ada").await;
        let started = start(&app).await;
        let other = device(&app).await;
        let poll = |fields: Vec<(&'static str, String)>| {
            let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            app.token_request(&other, &fields)
        };
        let missing = poll(vec![("grant_type", GRANT.to_owned())]).send().await;
        let missing = missing.expect_error(400, "oidc.invalid_request").json();
        assert_eq!(missing["error_description"], "missing required parameter 'device_code'");
        started.approve(&mut Browser::new(&app)).await;
        for code in ["x", &started.device_code, &started.user_code] {
            let answer = poll(vec![("grant_type", GRANT.to_owned()), ("device_code", code.to_owned())]).send().await;
            answer.expect_error(400, "oidc.invalid_grant");
        }
        started.tokens(&app).await;
    })
    .await;
}

#[tokio::test]
async fn b3_a_code_with_a_challenge_needs_its_verifier() {
    for_each_engine(async |app: TestApp| {
        user(&app, "ada").await;
        let client = device(&app).await;
        let challenge = [("code_challenge", CHALLENGE), ("code_challenge_method", "S256")];
        let started = start_of(&app, &client, &challenge).await;
        started.approve(&mut Browser::new(&app)).await;
        started.poll(&app).await.expect_error(400, "oidc.invalid_grant");
        let wrong = VERIFIER.replace('d', "e");
        started.poll_with(&app, &[("code_verifier", &wrong)]).await.expect_error(400, "oidc.invalid_grant");
        started.poll_with(&app, &[("code_verifier", VERIFIER)]).await.expect(200);
        let plain = [("code_challenge", CHALLENGE), ("code_challenge_method", "plain")];
        let refused = app.token_request_at("/oidc/device/auth", &client, &plain).send().await;
        refused.expect_error(400, "oidc.invalid_request");
    })
    .await;
}

#[tokio::test]
async fn b11_a_user_who_is_suspended_after_the_approval_gets_no_tokens() {
    for_each_engine(async |app: TestApp| {
        let id = user(&app, "ada").await;
        let started = start(&app).await;
        started.approve(&mut Browser::new(&app)).await;
        suspend(&app, &id).await;
        started.poll(&app).await.expect_error(400, "oidc.invalid_grant");
        let started = start_of(&app, &started.client, &[]).await;
        let path = format!("/api/users/{id}/is-suspended");
        let unlock = |is: bool| json!({"isSuspended": is});
        app.management_request("PATCH", &path).await.json(unlock(false)).send().await.expect(200);
        started.approve(&mut Browser::new(&app)).await;
        app.management_request("PATCH", &path).await.json(unlock(true)).send().await.expect(200);
        started.poll(&app).await.expect_error(400, "oidc.invalid_grant");
    })
    .await;
}
