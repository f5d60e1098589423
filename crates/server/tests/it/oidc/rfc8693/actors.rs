//! Who acts for the user (O061, O091; RFC 8693 section 4.1).

use serde_json::{Value, json};
use testkit::oidc::claims;
use testkit::{TestApp, for_each_engine};

use super::super::fixtures::{ITEMS, alice};
use super::{ACCESS, IMPERSONATION, exchange, exchanger, expect_refusal, subject_token};

async fn opaque_token(app: &TestApp, user: &str, scope: &str) -> String {
    let client = app.web_client().await;
    app.code_flow(&client, user, scope).await["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_actor_is_in_the_token_and_stays_in_those_exchanged_for_it() {
    for_each_engine(async |app: TestApp| {
        let (user, client) = (alice(&app).await, exchanger(&app).await);
        let (bob, carol) = (app.user("bob").await, app.user("carol").await);
        let (of_bob, of_carol) = (opaque_token(&app, &bob, "openid").await, opaque_token(&app, &carol, "openid").await);
        let token = subject_token(&app, &user).await;
        let asked = [("resource", ITEMS), ("actor_token", of_bob.as_str()), ("actor_token_type", ACCESS)];
        let answer = exchange(&app, &client, IMPERSONATION, &token, &asked).send().await.expect(200).json();
        let jwt = answer["access_token"].as_str().unwrap();
        assert_eq!(claims(jwt)["act"], json!({"sub": bob}));
        let again = exchange(&app, &client, ACCESS, jwt, &[("resource", ITEMS)]).send().await.expect(200).json();
        assert_eq!(claims(again["access_token"].as_str().unwrap())["act"], json!({"sub": bob}), "b19: `act` is kept");
        let asked = [("resource", ITEMS), ("actor_token", of_carol.as_str()), ("actor_token_type", ACCESS)];
        let again = exchange(&app, &client, ACCESS, jwt, &asked).send().await.expect(200).json();
        let chain = json!({"sub": carol, "act": {"sub": bob}});
        assert_eq!(claims(again["access_token"].as_str().unwrap())["act"], chain);
        // An opaque token keeps it too, and introspection shows it.
        let token = subject_token(&app, &user).await;
        let asked = [("scope", "openid"), ("actor_token", of_bob.as_str()), ("actor_token_type", ACCESS)];
        let answer = exchange(&app, &client, IMPERSONATION, &token, &asked).send().await.expect(200).json();
        let opaque = answer["access_token"].as_str().unwrap();
        let seen = app.token_request_at("/oidc/token/introspection", &client, &[("token", opaque)]).send().await;
        assert_eq!(seen.expect(200).json()["act"], json!({"sub": bob}));
        let again = exchange(&app, &client, ACCESS, opaque, &[("resource", ITEMS)]).send().await.expect(200).json();
        assert_eq!(claims(again["access_token"].as_str().unwrap())["act"], json!({"sub": bob}));
    })
    .await;
}

#[tokio::test]
async fn a_bad_actor_token_refuses_the_exchange_and_uses_nothing_up() {
    for_each_engine(async |app: TestApp| {
        let (user, client, bob) = (alice(&app).await, exchanger(&app).await, app.user("bob").await);
        let token = subject_token(&app, &user).await;
        let good = opaque_token(&app, &bob, "openid").await;
        let without_openid = opaque_token(&app, &bob, "profile").await;
        let of_third_party = {
            let third = app.web_client().await;
            let token = app.code_flow(&third, &bob, "openid").await["access_token"].as_str().unwrap().to_owned();
            app.sql("update applications set is_third_party = true where id = $1", vec![third.id.as_str().into()])
                .await;
            token
        };
        for (actor, kind, reason) in [
            ("x", Some(ACCESS), "invalid actor token"),
            (good.as_str(), Some("x"), "unsupported actor token type"),
            (&good, None, "unsupported actor token type"),
            (&without_openid, Some(ACCESS), "actor token must have openid scope"),
            (&of_third_party, Some(ACCESS), "invalid actor token"),
        ] {
            let mut asked = vec![("resource", ITEMS), ("actor_token", actor)];
            asked.extend(kind.map(|kind| ("actor_token_type", kind)));
            expect_refusal(&app, exchange(&app, &client, IMPERSONATION, &token, &asked), reason).await;
        }
        let closed = app.web_client().await;
        let of_closed = app.code_flow(&closed, &bob, "openid").await["access_token"].as_str().unwrap().to_owned();
        let by_bob = [("actor_token", of_closed.as_str()), ("actor_token_type", ACCESS)];
        let close = "update applications set app_level_access_control_enabled = true where id = $1";
        app.sql(close, vec![closed.id.as_str().into()]).await;
        expect_refusal(&app, exchange(&app, &client, IMPERSONATION, &token, &by_bob), "invalid actor token").await;
        app.sql("update users set is_suspended = true where id = $1", vec![bob.as_str().into()]).await;
        let asked = [("actor_token", good.as_str()), ("actor_token_type", ACCESS)];
        let refused = exchange(&app, &client, IMPERSONATION, &token, &asked);
        expect_refusal(&app, refused, "invalid actor token").await;
        exchange(&app, &client, IMPERSONATION, &token, &[]).send().await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn the_log_has_neither_the_subjects_nor_the_actors_token() {
    for_each_engine(async |app: TestApp| {
        let (user, client, bob) = (alice(&app).await, exchanger(&app).await, app.user("bob").await);
        let (token, actor) = (subject_token(&app, &user).await, opaque_token(&app, &bob, "openid").await);
        let asked = [("resource", ITEMS), ("actor_token", actor.as_str()), ("actor_token_type", ACCESS)];
        exchange(&app, &client, IMPERSONATION, &token, &asked).send().await.expect(200);
        app.app.flush_audit().await;
        let payloads = app.app.db.read(|r| {
            let text = "select payload from logs where key = 'ExchangeTokenBy.TokenExchange'";
            r.query_all::<String>(&db::Sql::dynamic(text.to_owned()), &[])
        });
        let payloads = payloads.await.unwrap();
        let entry: Value = serde_json::from_str(&payloads[0]).unwrap();
        assert_eq!((&entry["result"], &entry["userId"]), (&json!("Success"), &json!(user)));
        assert_eq!(
            (&entry["params"]["subject_token"], &entry["params"]["actor_token"]),
            (&json!("******"), &json!("******"))
        );
        assert!(!payloads[0].contains(&token) && !payloads[0].contains(&actor));
    })
    .await;
}
