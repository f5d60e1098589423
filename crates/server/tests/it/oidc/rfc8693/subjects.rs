//! Personal access tokens and access tokens as subjects (O088–O090, O092).

use std::time::Duration;

use serde_json::json;
use testkit::oidc::claims;
use testkit::{TestApp, for_each_engine};

use super::super::fixtures::{ITEMS, ORDERS, alice};
use super::{
    ACCESS, IMPERSONATION, PERSONAL, exchange, exchanger, expect_refusal, personal_token, resource_token, subject_token,
};

#[tokio::test]
async fn a_personal_access_token_is_exchanged_again_and_again_until_it_expires() {
    for_each_engine(async |app: TestApp| {
        let (user, client) = (alice(&app).await, exchanger(&app).await);
        let expires_at = app.app.clock.now().millis() + 60_000;
        let token = personal_token(&app, &user, json!({"name": "ci", "expiresAt": expires_at})).await;
        for _ in 0..2 {
            let asked = [("resource", ITEMS), ("scope", "read:items")];
            let answer = exchange(&app, &client, PERSONAL, &token, &asked).send().await.expect(200).json();
            let found = claims(answer["access_token"].as_str().unwrap());
            assert_eq!((&found["sub"], &found["scope"]), (&json!(user), &json!("read:items")));
        }
        let opaque = exchange(&app, &client, PERSONAL, &token, &[("scope", "openid")]).send().await.expect(200).json();
        assert_eq!(opaque["scope"], "openid");
        expect_refusal(&app, exchange(&app, &client, PERSONAL, "pat_x", &[]), "subject token not found").await;
        expect_refusal(&app, exchange(&app, &client, IMPERSONATION, &token, &[]), "subject token not found").await;
        expect_refusal(&app, exchange(&app, &client, ACCESS, &token, &[]), "subject token not found").await;
        app.app.clock.advance(Duration::from_secs(60));
        expect_refusal(&app, exchange(&app, &client, PERSONAL, &token, &[]), "subject token is expired").await;
        let lasting = personal_token(&app, &user, json!({"name": "forever"})).await;
        exchange(&app, &client, PERSONAL, &lasting, &[]).send().await.expect(200);
        let path = format!("/api/users/{user}/personal-access-tokens/forever");
        app.management_request("DELETE", &path).await.send().await.expect(204);
        expect_refusal(&app, exchange(&app, &client, PERSONAL, &lasting, &[]), "subject token not found").await;
    })
    .await;
}

#[tokio::test]
async fn impersonation_tokens_count_for_ten_minutes_and_also_as_access_tokens() {
    for_each_engine(async |app: TestApp| {
        let (user, client) = (alice(&app).await, exchanger(&app).await);
        let token = subject_token(&app, &user).await;
        let answer = exchange(&app, &client, ACCESS, &token, &[("resource", ITEMS)]).send().await.expect(200).json();
        assert_eq!((&answer["scope"], &answer["expires_in"]), (&json!(""), &json!(1800)));
        expect_refusal(&app, exchange(&app, &client, ACCESS, &token, &[]), "subject token is already consumed").await;
        let late = subject_token(&app, &user).await;
        app.app.clock.advance(Duration::from_secs(600));
        expect_refusal(&app, exchange(&app, &client, IMPERSONATION, &late, &[]), "subject token is expired").await;
        let unknown = exchange(&app, &client, IMPERSONATION, "sub_x", &[]);
        expect_refusal(&app, unknown, "subject token not found").await;
        let other = exchange(&app, &client, "x", &late, &[]);
        expect_refusal(&app, other, "unsupported subject token type").await;
    })
    .await;
}

#[tokio::test]
async fn access_tokens_of_other_own_applications_are_subjects() {
    for_each_engine(async |app: TestApp| {
        let (user, client, other) = (alice(&app).await, exchanger(&app).await, app.web_client().await);
        let opaque = app.code_flow(&other, &user, "openid profile").await["access_token"].as_str().unwrap().to_owned();
        let asked = [("resource", ITEMS), ("scope", "read:items")];
        let answer = exchange(&app, &client, ACCESS, &opaque, &asked).send().await.expect(200).json();
        let found = claims(answer["access_token"].as_str().unwrap());
        assert_eq!((&found["sub"], &found["client_id"]), (&json!(user), &json!(client.id)));
        let jwt = resource_token(&app, &other, &user, ITEMS, "read:items").await;
        let answer = exchange(&app, &client, ACCESS, &jwt, &asked).send().await.expect(200).json();
        assert_eq!((&answer["scope"], &answer["expires_in"]), (&json!("read:items"), &json!(1800)));
        let onward = [("resource", ORDERS), ("scope", "read:orders")];
        let answer = exchange(&app, &client, ACCESS, &jwt, &onward).send().await.expect(200).json();
        assert_eq!(answer["scope"], "read:orders", "another API has its own scopes");
        app.app.clock.advance(Duration::from_secs(1800 + 15));
        expect_refusal(&app, exchange(&app, &client, ACCESS, &jwt, &[]), "subject token is expired").await;
        app.app.clock.advance(Duration::from_secs(1800));
        expect_refusal(&app, exchange(&app, &client, ACCESS, &opaque, &[]), "subject token not found").await;
    })
    .await;
}

#[tokio::test]
async fn what_ends_with_the_session_ends_with_it_after_an_exchange_too() {
    for_each_engine(async |app: TestApp| {
        let (user, client, other) = (alice(&app).await, exchanger(&app).await, app.web_client().await);
        let opaque = app.code_flow(&other, &user, "openid profile").await["access_token"].as_str().unwrap().to_owned();
        let answer = exchange(&app, &client, ACCESS, &opaque, &[("scope", "openid")]).send().await.expect(200).json();
        let exchanged = answer["access_token"].as_str().unwrap();
        app.get("/oidc/me").bearer(exchanged).send().await.expect(200);
        app.sql("delete from sessions where user_id = $1", vec![user.as_str().into()]).await;
        app.get("/oidc/me").bearer(exchanged).send().await.expect_error(401, "oidc.invalid_token");
    })
    .await;
}
