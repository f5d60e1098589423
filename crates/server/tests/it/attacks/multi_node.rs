//! Attacks B6, B7, B13 and B24 with several nodes on one database, or after a restart.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use testkit::oidc::{TestClient, tampered};
use testkit::{TestApp, TestResponse, for_each_engine};

use super::fixtures::person;

/// Another node over the same database.
async fn node(app: &TestApp) -> TestApp {
    let other = TestApp::with(app.engine, app.app.settings.clone()).await;
    let ahead = app.app.clock.now().0 - other.app.clock.now().0;
    other.app.clock.advance(Duration::from_millis(ahead.try_into().unwrap()));
    other
}

fn text<'a>(answer: &'a Value, name: &str) -> &'a str {
    answer[name].as_str().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn b6_fifty_parallel_refreshes_on_three_nodes_give_one_family() {
    for_each_engine(async |app: TestApp| {
        let (client, user) = (app.spa_client().await, app.user("alice").await);
        let nodes = [app.clone(), node(&app).await, node(&app).await];
        let tokens = Value::Object(app.code_flow(&client, &user, "openid offline_access").await);
        let mut parent = text(&tokens, "refresh_token").to_owned();
        for generation in 1..=3 {
            let calls: Vec<_> =
                (0..50).map(|n| tokio::spawn(nodes[n % 3].refresh(&client, &parent, &[]).send())).collect();
            let mut children = BTreeSet::new();
            for call in calls {
                children.insert(text(&call.await.unwrap().expect(200).json(), "refresh_token").to_owned());
            }
            assert_eq!(children.len(), 1, "{:?}: the family forked", app.engine);
            let count = db::sql!("select count(*) from refresh_tokens");
            let rows = app.app.db.read(move |r| r.query_one::<i64>(count, &[])).await;
            assert_eq!(rows, Ok::<_, db::DbError>(generation + 1));
            parent = children.pop_first().unwrap();
        }
        // After the grace period a replay of the first token revokes the family on every node.
        for node in &nodes {
            node.app.clock.advance(Duration::from_millis(3_100));
        }
        let first = text(&tokens, "refresh_token");
        nodes[1].refresh(&client, first, &[]).send().await.expect_error(400, "oidc.invalid_grant");
        for node in &nodes {
            node.refresh(&client, &parent, &[]).send().await.expect_error(400, "oidc.invalid_grant");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn b5_one_code_gives_one_answer_on_three_nodes() {
    for_each_engine(async |app: TestApp| {
        let (client, user) = (app.web_client().await, app.user("alice").await);
        let nodes = [app.clone(), node(&app).await, node(&app).await];
        let code = app.agent().sign_in(&app.authorization(&client, "openid offline_access"), &user).await;
        let calls: Vec<_> = (0..50).map(|n| tokio::spawn(nodes[n % 3].exchange(&client, &code).send())).collect();
        let mut won = Vec::new();
        for call in calls {
            let answer = call.await.unwrap();
            match answer.status.as_u16() {
                200 => won.push(answer.json()),
                _ => drop(answer.expect_error(400, "oidc.invalid_grant")),
            }
        }
        let [tokens] = won.as_slice() else { panic!("{:?}: {} answers", app.engine, won.len()) };
        // The other requests were replays, so the winner's tokens are revoked.
        for node in &nodes {
            node.get("/oidc/me").bearer(text(tokens, "access_token")).send().await.expect(401);
            let refresh = node.refresh(&client, text(tokens, "refresh_token"), &[]).send().await;
            refresh.expect_error(400, "oidc.invalid_grant");
        }
    })
    .await;
}

/// Revokes `tokens` in one of the possible ways.
async fn end(app: &TestApp, way: &str, client: &TestClient, user: &str, tokens: &Value, code: &str) {
    let post = async |path: &str, token: &str| {
        app.token_request_at(path, client, &[("token", token)]).send().await.expect(200);
    };
    match way {
        "revoking the refresh token" => post("/oidc/token/revocation", text(tokens, "refresh_token")).await,
        "revoking the access token" => post("/oidc/token/revocation", text(tokens, "access_token")).await,
        "a replay of the code" => drop(app.exchange(client, code).send().await.expect(400)),
        "a suspension" => {
            let path = format!("/api/users/{user}/is-suspended");
            app.management_request("PATCH", &path).await.json(json!({"isSuspended": true})).send().await.expect(200);
            app.management_request("PATCH", &path).await.json(json!({"isSuspended": false})).send().await.expect(200);
        }
        _ => drop(app.management_request("DELETE", &format!("/api/users/{user}")).await.send().await.expect(204)),
    }
}

#[tokio::test]
async fn b7_what_was_revoked_stays_dead_when_all_nodes_start_again() {
    for_each_engine(async |app: TestApp| {
        let client = app.web_client().await;
        let ways = [
            "revoking the refresh token",
            "revoking the access token",
            "a replay of the code",
            "a suspension",
            "a deletion",
        ];
        let mut dead = Vec::new();
        for (n, way) in ways.into_iter().enumerate() {
            let user = format!("user-{n}");
            person(&app, &user).await;
            let mut agent = app.agent();
            let code = agent.sign_in(&app.authorization(&client, "openid offline_access"), &user).await;
            let tokens = app.exchange(&client, &code).send().await.expect(200).json();
            app.get("/oidc/me").bearer(text(&tokens, "access_token")).send().await.expect(200);
            end(&app, way, &client, &user, &tokens, &code).await;
            dead.push((way, tokens, code));
        }
        let again = TestApp::with(app.engine, app.app.settings.clone()).await;
        for app in [&app, &again] {
            for (way, tokens, code) in &dead {
                let refused = app.refresh(&client, text(tokens, "refresh_token"), &[]).send().await;
                assert_eq!(refused.status, 400, "{way}: {}", refused.text());
                let me = app.get("/oidc/me").bearer(text(tokens, "access_token")).send().await;
                assert_eq!(me.status, 401, "{way}: {}", me.text());
                assert_eq!(app.exchange(&client, code).send().await.status, 400, "{way}");
            }
        }
    })
    .await;
}

/// The maximum staleness of a node's configuration (attacks.md).
const MAX_STALENESS: Duration = Duration::from_secs(1);

/// Makes a change through the Management API of one node and waits until every node must see it.
async fn change(app: &TestApp, method: &str, path: &str, body: Value) -> TestResponse {
    let answer = app.management_request(method, path).await.json(body).send().await;
    assert!(answer.status.is_success(), "{method} {path}: {}", answer.text());
    tokio::time::sleep(MAX_STALENESS).await;
    answer
}

#[tokio::test]
async fn b24_every_node_sees_a_changed_client_secret_and_scope_within_a_second() {
    for_each_engine(async |app: TestApp| {
        let other = node(&app).await;
        let made =
            change(&app, "POST", "/api/resources", json!({"name": "r", "indicator": "https://r.example.com"})).await;
        let resource = text(&made.json(), "id").to_owned();
        let scopes = format!("/api/resources/{resource}/scopes");
        let scope = text(&change(&app, "POST", &scopes, json!({"name": "read"})).await.json(), "id").to_owned();
        let role = json!({"name": "reader", "description": "d", "type": "MachineToMachine", "scopeIds": [scope]});
        let role = text(&change(&app, "POST", "/api/roles", role).await.json(), "id").to_owned();
        let machine = change(&app, "POST", "/api/applications", json!({"name": "m", "type": "MachineToMachine"})).await;
        let id = text(&machine.json(), "id").to_owned();
        let path = format!("/api/applications/{id}");
        change(&app, "POST", &format!("{path}/roles"), json!({"roleIds": [role]})).await;
        let secrets = app.management_request("GET", &format!("{path}/secrets")).await.send().await.expect(200).json();
        let client = TestClient { id, secret: Some(text(&secrets[0], "value").into()), redirect_uri: String::new() };
        let fields = [("grant_type", "client_credentials"), ("resource", "https://r.example.com"), ("scope", "read")];
        let scope_of = async |client: &TestClient| {
            let answer = other.token_request(client, &fields).send().await;
            (answer.status.as_u16(), text(&answer.json(), "scope").to_owned())
        };
        assert_eq!(scope_of(&client).await, (200, "read".to_owned()));
        change(&app, "DELETE", &format!("/api/roles/{role}/scopes/{scope}"), json!({})).await;
        assert_eq!(scope_of(&client).await, (200, String::new()), "a scope taken from a role");
        let second = change(&app, "POST", &format!("{path}/secrets"), json!({"name": "second"})).await.json();
        let renewed = TestClient { secret: Some(text(&second, "value").into()), ..client.clone() };
        assert_eq!(scope_of(&renewed).await.0, 200, "a new secret");
        change(&app, "DELETE", &format!("{path}/secrets/Default%20secret"), json!({})).await;
        assert_eq!(scope_of(&client).await.0, 401, "a deleted secret");
        change(&app, "DELETE", &path, json!({})).await;
        assert_eq!(scope_of(&renewed).await.0, 400, "a deleted client");
    })
    .await;
}

#[tokio::test]
async fn b24_every_node_sees_changed_addresses_settings_and_users_within_a_second() {
    for_each_engine(async |app: TestApp| {
        let (other, client) = (node(&app).await, app.web_client().await);
        person(&app, "alice").await;
        let path = format!("/api/applications/{}", client.id);
        let request = app.authorization(&client, "openid offline_access");
        let asked = async |request: &[(String, String)]| other.agent().authorize(request).await.status.as_u16();
        tokio::time::sleep(MAX_STALENESS).await;
        assert_eq!(asked(&request).await, 303);
        let moved = json!({"oidcClientMetadata": {"redirectUris": ["https://new.example.com/cb"], "postLogoutRedirectUris": []}});
        change(&app, "PATCH", &path, moved).await;
        assert_eq!(asked(&request).await, 400, "an address that is gone");
        let there = tampered(&request, &[("redirect_uri", "https://new.example.com/cb")]);
        assert_eq!(asked(&there).await, 303, "a new address");

        let mut visitor = other.agent();
        visitor.authorize(&there).await.expect(303);
        visitor.get("/sign-in").await.expect(200);
        change(&app, "PATCH", "/api/sign-in-exp", json!({"signInMode": "Register"})).await;
        visitor.get("/sign-in").await.expect(303);
        change(&app, "PATCH", "/api/sign-in-exp", json!({"signInMode": "SignInAndRegister"})).await;

        let client = TestClient { redirect_uri: "https://new.example.com/cb".into(), ..client };
        let tokens = Value::Object(other.code_flow(&client, "alice", "openid offline_access").await);
        let bearer = text(&tokens, "access_token");
        other.get("/oidc/me").bearer(bearer).send().await.expect(200);
        change(&app, "PATCH", "/api/users/alice/is-suspended", json!({"isSuspended": true})).await;
        other.get("/oidc/me").bearer(bearer).send().await.expect(401);
        other.refresh(&client, text(&tokens, "refresh_token"), &[]).send().await.expect(400);
    })
    .await;
}
