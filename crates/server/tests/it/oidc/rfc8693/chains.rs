//! Exchanges of exchanged tokens: each ends with what it came from, and allows no more (attacks B10, B19).

use std::time::Duration;

use serde_json::{Value, json};
use testkit::oidc::{TestClient, claims};
use testkit::{TestApp, for_each_engine};

use super::super::fixtures::{ITEMS, ORDERS, alice};
use super::{ACCESS, PERSONAL, access_token, exchange, exchanger, expect_refusal, personal_token, resource_token};

/// The answer to an exchange of an access token for one to `resource`.
async fn onward(app: &TestApp, client: &TestClient, token: &str, resource: &str, scope: &str) -> Value {
    let asked = [("resource", resource), ("scope", scope)];
    exchange(app, client, ACCESS, token, &asked).send().await.expect(200).json()
}

#[tokio::test]
async fn b10_an_exchanged_token_lives_no_longer_than_the_first() {
    for_each_engine(async |app: TestApp| {
        let (user, client, other) = (alice(&app).await, exchanger(&app).await, app.web_client().await);
        let first = resource_token(&app, &other, &user, ITEMS, "read:items").await;
        let end = claims(&first)["exp"].clone();
        app.app.clock.advance(Duration::from_secs(1000));
        let second = onward(&app, &client, &first, ORDERS, "read:orders").await;
        assert_eq!(second["expires_in"], 800);
        assert_eq!(claims(&access_token(&second))["exp"], end);
        let opaque = exchange(&app, &client, ACCESS, &access_token(&second), &[]).send().await.expect(200).json();
        assert_eq!(opaque["expires_in"], 800);
        let opaque = access_token(&opaque);
        exchange(&app, &client, ACCESS, &opaque, &[]).send().await.expect(200);
        app.app.clock.advance(Duration::from_secs(800));
        for token in [&first, &access_token(&second)] {
            expect_refusal(&app, exchange(&app, &client, ACCESS, token, &[]), "subject token is expired").await;
        }
        expect_refusal(&app, exchange(&app, &client, ACCESS, &opaque, &[]), "subject token not found").await;
    })
    .await;
}

#[tokio::test]
async fn b10_an_exchanged_token_ends_with_the_grant_it_came_from() {
    for_each_engine(async |app: TestApp| {
        let (user, client, other) = (alice(&app).await, exchanger(&app).await, app.web_client().await);
        let first = resource_token(&app, &other, &user, ITEMS, "read:items").await;
        let second = access_token(&onward(&app, &client, &first, ORDERS, "read:orders").await);
        let opaque = exchange(&app, &client, ACCESS, &second, &[]).send().await.expect(200).json();
        let opaque = access_token(&opaque);
        let (grant, _) =
            claims(&first)["jti"].as_str().unwrap().split_once('.').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
        let path = format!("/api/users/{user}/grants/{grant}");
        app.management_request("DELETE", &path).await.send().await.expect(204);
        for token in [&first, &second, &opaque] {
            expect_refusal(&app, exchange(&app, &client, ACCESS, token, &[]), "subject token not found").await;
        }
    })
    .await;
}

#[tokio::test]
async fn b10_tokens_of_a_personal_access_token_end_with_it() {
    for_each_engine(async |app: TestApp| {
        let (user, client) = (alice(&app).await, exchanger(&app).await);
        let personal = personal_token(&app, &user, json!({"name": "ci"})).await;
        let of_personal = async |asked: &[(&str, &str)]| {
            access_token(&exchange(&app, &client, PERSONAL, &personal, asked).send().await.expect(200).json())
        };
        let opaque = of_personal(&[("scope", "openid")]).await;
        let jwt = of_personal(&[("resource", ITEMS), ("scope", "read:items")]).await;
        app.get("/oidc/me").bearer(&opaque).send().await.expect(200);
        onward(&app, &client, &jwt, ORDERS, "read:orders").await;
        let path = format!("/api/users/{user}/personal-access-tokens/ci");
        app.management_request("DELETE", &path).await.send().await.expect(204);
        app.get("/oidc/me").bearer(&opaque).send().await.expect_error(401, "oidc.invalid_token");
        expect_refusal(&app, exchange(&app, &client, ACCESS, &jwt, &[]), "subject token not found").await;
    })
    .await;
}

#[tokio::test]
async fn b10_a_jwt_ends_with_its_session_where_nothing_else_keeps_it() {
    for_each_engine(async |app: TestApp| {
        let (user, client, other) = (alice(&app).await, exchanger(&app).await, app.web_client().await);
        let mut request = app.authorization(&other, "read:items");
        request.push(("resource".to_owned(), ITEMS.to_owned()));
        let code = app.agent().sign_in(&request, &user).await;
        let first = access_token(&app.exchange(&other, &code).send().await.expect(200).json());
        let second = access_token(&onward(&app, &client, &first, ORDERS, "read:orders").await);
        app.sql("delete from sessions where user_id = $1", vec![user.as_str().into()]).await;
        for token in [&first, &second] {
            expect_refusal(&app, exchange(&app, &client, ACCESS, token, &[]), "session has ended").await;
        }
    })
    .await;
}

#[tokio::test]
async fn b19_two_exchanges_do_not_widen_what_one_may_not() {
    for_each_engine(async |app: TestApp| {
        let (user, client, other) = (alice(&app).await, exchanger(&app).await, app.web_client().await);
        let first = resource_token(&app, &other, &user, ITEMS, "read:items").await;
        let second = access_token(&onward(&app, &client, &first, ORDERS, "read:orders").await);
        let back = onward(&app, &client, &second, ITEMS, "read:items write:items").await;
        assert_eq!(back["scope"], "read:items");
        let mut token = access_token(&back);
        // Nor are they endless.
        for _ in 3..=8 {
            token = access_token(&onward(&app, &client, &token, ITEMS, "read:items").await);
        }
        let ninth = exchange(&app, &client, ACCESS, &token, &[]);
        expect_refusal(&app, ninth, "subject token comes from too many exchanges").await;
    })
    .await;
}
