//! Clients that read, change and delete themselves (RFC 7592).

use jose::Algorithm;
use kernel::ids::ApplicationId;
use serde_json::{Value, json};
use testkit::oidc::TestClient;
use testkit::{TestApp, TestRequest, for_each_engine};

use super::super::consent::submit_consent;
use super::super::rfc7523;
use super::{CALLBACK, client_of, initial_token, register, tokens_with_consent};
use crate::applications::{call, get};

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap()
}

/// A request of the client at its own address.
fn own(app: &TestApp, method: &str, registered: &Value, token: &str) -> TestRequest {
    let path = text(registered, "registration_client_uri").strip_prefix("http://localhost:3001").unwrap();
    app.request(method, path).bearer(token)
}

#[tokio::test]
async fn a_client_reads_changes_and_deletes_itself() {
    for_each_engine(async |app: TestApp| {
        let (token, _) = initial_token(&app, json!({})).await;
        let registered = register(&app, &token, json!({"client_name": "Harbour"})).send().await.expect(201).json();
        let first = text(&registered, "registration_access_token");
        let shown = own(&app, "GET", &registered, first).send().await.expect(200).json();
        assert_eq!(shown, registered);

        let changed = json!({
            "client_id": registered["client_id"], "client_secret": registered["client_secret"],
            "client_name": "Port", "redirect_uris": [CALLBACK, "https://app.example.com/other"],
            "scope": "openid email profile phone",
        });
        let changed = own(&app, "PUT", &registered, first).json(changed).send().await.expect(200).json();
        assert_eq!(
            (text(&changed, "client_name"), &changed["redirect_uris"][1]),
            ("Port", &json!("https://app.example.com/other"))
        );
        assert_eq!(changed["scope"], registered["scope"], "an administrator says what it may ask for");
        // Whoever lost the answer manages the client further.
        let second = text(&changed, "registration_access_token");
        assert_eq!(second, first);
        own(&app, "GET", &registered, second).send().await.expect(200);

        let user = app.user("ada").await;
        let tokens = tokens_with_consent(&app, &client_of(&registered), &user, "openid email").await;
        own(&app, "DELETE", &registered, second).send().await.expect(204);
        own(&app, "GET", &registered, second).send().await.expect_error(401, "oidc.invalid_token");
        let me = app.get("/oidc/me").bearer(text(&tokens, "access_token")).send().await;
        me.expect_error(401, "oidc.invalid_token");
        let logged = get(&app, "/api/logs?logKey=ClientRegistration.Delete").await.expect(200).json();
        assert_eq!(logged[0]["payload"]["name"], "Port");
    })
    .await;
}

#[tokio::test]
async fn f6_a_client_changes_no_other_one_and_not_everything() {
    for_each_engine(async |app: TestApp| {
        let (token, _) = initial_token(&app, json!({"maxUses": 2})).await;
        let one = register(&app, &token, json!({})).send().await.expect(201).json();
        let other = register(&app, &token, json!({"client_name": "other"})).send().await.expect(201).json();
        let own_token = text(&one, "registration_access_token");
        for method in ["GET", "DELETE"] {
            own(&app, method, &other, own_token).send().await.expect_error(401, "oidc.invalid_token");
            own(&app, method, &one, &token).send().await.expect_error(401, "oidc.invalid_token");
        }
        let body = |extra: Value| {
            let mut body = json!({"client_id": one["client_id"], "redirect_uris": [CALLBACK]});
            body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
            body
        };
        for bad in [
            json!({"client_id": other["client_id"]}),
            json!({"client_id": null}),
            json!({"client_secret": "chosen"}),
            json!({"token_endpoint_auth_method": "none"}),
            json!({"redirect_uris": ["javascript:alert(1)"]}),
        ] {
            own(&app, "PUT", &one, own_token).json(body(bad.clone())).send().await.expect(400);
        }
        own(&app, "PUT", &other, own_token).json(body(json!({}))).send().await.expect_error(401, "oidc.invalid_token");
        own(&app, "GET", &one, own_token).send().await.expect(200);
        // An application of an administrator has no such address.
        let made =
            call(&app, "POST", "/api/applications", json!({"name": "a", "type": "SPA"})).await.expect(200).json();
        let path = format!("/oidc/register/{}", text(&made, "id"));
        app.get(&path).bearer(own_token).send().await.expect_error(401, "oidc.invalid_token");
        app.get(&path).send().await.expect_error(401, "oidc.invalid_token");
    })
    .await;
}

fn body(registered: &Value, extra: Value) -> Value {
    let mut body = json!({"client_id": registered["client_id"], "redirect_uris": [CALLBACK]});
    body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    body
}

#[tokio::test]
async fn f6_a_client_lifts_nothing_that_an_administrator_set() {
    for_each_engine(async |app: TestApp| {
        let (token, _) = initial_token(&app, json!({})).await;
        let key = rfc7523::key(Algorithm::ES256);
        let signing = json!({
            "token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [key.public_jwk()]},
            "id_token_signed_response_alg": "ES256",
        });
        let registered = register(&app, &token, signing).send().await.expect(201).json();
        let rat = text(&registered, "registration_access_token");
        let path = format!("/api/applications/{}", text(&registered, "client_id"));
        let mut custom = get(&app, &path).await.expect(200).json()["customClientMetadata"].clone();
        let set = json!({
            "securityProfile": "fapi2", "accessTokenFormat": "jwt", "dpopBoundAccessTokens": true, "dpopNonceRequired": true,
            "requirePushedAuthorizationRequests": true, "requireSignedRequestObject": true, "maxAllowedGrants": 3,
            "refreshTokenTtlInDays": 2, "rotateRefreshToken": true, "corsAllowedOrigins": ["https://app.example.com"],
        });
        custom.as_object_mut().unwrap().extend(set.as_object().unwrap().clone());
        call(&app, "PATCH", &path, json!({"customClientMetadata": custom})).await.expect(200);
        let own_answer = own(&app, "GET", &registered, rat).send().await.expect(200).json();
        own(&app, "PUT", &registered, rat).json(own_answer.clone()).send().await.expect(200);
        let mut loosened = own_answer.clone();
        for name in ["dpop_bound_access_tokens", "require_pushed_authorization_requests", "require_signed_request_object"] {
            loosened.as_object_mut().unwrap().remove(name);
        }
        own(&app, "PUT", &registered, rat).json(loosened).send().await.expect(200);
        assert_eq!(get(&app, &path).await.expect(200).json()["customClientMetadata"], custom);
        for weaker in ["client_secret_basic", "client_secret_jwt"] {
            let mut weak = body(&registered, json!({"token_endpoint_auth_method": weaker}));
            weak["id_token_signed_response_alg"] = "ES256".into();
            own(&app, "PUT", &registered, rat).json(weak).send().await.expect_error(400, "oidc.invalid_client_metadata");
        }
    })
    .await;
}

#[tokio::test]
async fn people_are_asked_again_when_a_client_shows_itself_as_another_one() {
    for_each_engine(async |app: TestApp| {
        let (token, _) = initial_token(&app, json!({})).await;
        let registered = register(&app, &token, json!({"client_name": "Partner"})).send().await.expect(201).json();
        let (rat, client) = (text(&registered, "registration_access_token"), client_of(&registered));
        let user = app.user("ada").await;
        let put = async |extra: Value| {
            own(&app, "PUT", &registered, rat).json(body(&registered, extra)).send().await.expect(200);
        };
        let open = async |tokens: &Value| app.get("/oidc/me").bearer(text(tokens, "access_token")).send().await.status;
        let tokens = tokens_with_consent(&app, &client, &user, "openid").await;
        put(json!({"client_name": "Partner", "redirect_uris": [CALLBACK, "https://app.example.com/another/page"]}))
            .await;
        assert_eq!(open(&tokens).await, 200, "the same name at the same place");
        for changed in [
            json!({"client_name": "Totally other"}),
            json!({"client_name": "Totally other", "redirect_uris": [CALLBACK, "https://evil.example/callback"]}),
        ] {
            let tokens = tokens_with_consent(&app, &client, &user, "openid").await;
            put(changed).await;
            assert_eq!(open(&tokens).await, 401);
        }
    })
    .await;
}

/// A registered client.
async fn partner(app: &TestApp) -> (Value, TestClient) {
    let (token, _) = initial_token(app, json!({})).await;
    let registered = register(app, &token, json!({"client_name": "Partner"})).send().await.expect(201).json();
    let client = client_of(&registered);
    (registered, client)
}

async fn rename(app: &TestApp, registered: &Value, name: &str) {
    let rat = text(registered, "registration_access_token");
    own(app, "PUT", registered, rat).json(body(registered, json!({"client_name": name}))).send().await.expect(200);
}

async fn stored_grants(app: &TestApp) -> i64 {
    app.app.db.read(|r| r.query_one(db::sql!("select count(*) from grants"), &[])).await.unwrap()
}

#[tokio::test]
async fn g1_grants_end_by_one_row_and_are_deleted_by_a_job() {
    for_each_engine(async |app: TestApp| {
        let (registered, client) = partner(&app).await;
        let users = [app.user("ada").await, app.user("bob").await];
        let mut ended = Vec::new();
        for user in &users {
            ended.push(tokens_with_consent(&app, &client, user, "openid offline_access").await);
        }
        rename(&app, &registered, "Totally other").await;
        let delete = async || server::oidc::ended_grants::delete(app.app.clone()).await.unwrap();
        let require_ended = async || {
            for (tokens, user) in ended.iter().zip(&users) {
                let me = app.get("/oidc/me").bearer(text(tokens, "access_token")).send().await;
                me.expect_error(401, "oidc.invalid_token");
                for name in ["access_token", "refresh_token"] {
                    let fields = [("token", text(tokens, name))];
                    let found = app.token_request_at("/oidc/token/introspection", &client, &fields).send().await;
                    assert_eq!(found.expect(200).json(), json!({"active": false}), "{name}");
                }
                let refreshed = app.refresh(&client, text(tokens, "refresh_token"), &[]).send().await;
                refreshed.expect_error(400, "oidc.invalid_grant");
                let listed = get(&app, &format!("/api/users/{user}/grants")).await.expect(200).json();
                assert_eq!(listed, json!({"grants": []}));
            }
        };
        require_ended().await;
        assert_eq!(stored_grants(&app).await, 2, "the change itself deletes nothing");
        let new = tokens_with_consent(&app, &client, &users[0], "openid offline_access").await;
        assert_eq!((delete().await, delete().await, stored_grants(&app).await), (2, 0, 1));
        app.get("/oidc/me").bearer(text(&new, "access_token")).send().await.expect(200);
        app.refresh(&client, text(&new, "refresh_token"), &[]).send().await.expect(200);
        let path = format!("/api/applications/{}", client.id);
        app.management_request("DELETE", &path).await.send().await.expect(204);
        app.get("/oidc/me").bearer(text(&new, "access_token")).send().await.expect_error(401, "oidc.invalid_token");
        assert_eq!((delete().await, stored_grants(&app).await), (1, 0));
    })
    .await;
}

#[tokio::test]
async fn b22_consent_to_a_client_that_is_another_one_by_now_counts_for_nothing() {
    for_each_engine(async |app: TestApp| {
        let (registered, client) = partner(&app).await;
        let user = app.user("ada").await;
        let at_consent = async || {
            let mut agent = app.agent();
            agent.authorize(&app.authorization(&client, "openid")).await.expect(303);
            let asks = agent.finish_login(&user).await.expect(303);
            assert!(asks.header("location").starts_with("/consent"));
            agent
        };
        let mut agent = at_consent().await;
        rename(&app, &registered, "Bank").await;
        submit_consent(&app, &mut agent, json!({})).await.expect_error(400, "session.not_found");
        assert_eq!(stored_grants(&app).await, 0);
        // Or between the answer and the way back.
        let mut agent = at_consent().await;
        let to = submit_consent(&app, &mut agent, json!({})).await.expect(200).json();
        rename(&app, &registered, "Other bank").await;
        let back = agent.get(text(&to, "redirectTo")).await.expect(303);
        assert!(back.header("location").starts_with("/consent"), "asked again: {}", back.header("location"));
    })
    .await;
}

#[tokio::test]
async fn g7_no_client_is_told_that_its_token_is_unknown_while_the_database_fails() {
    for_each_engine(async |app: TestApp| {
        let (registered, _) = partner(&app).await;
        let rat = text(&registered, "registration_access_token");
        let mut statements = 0;
        loop {
            let request = own(&app, "PUT", &registered, rat).json(body(&registered, json!({"client_name": "Partner"})));
            // What was refused before is written later, and would disturb.
            app.app.flush_audit().await;
            app.fault_injector().break_after(statements);
            let answer = request.send().await;
            if !app.fault_injector().repair() {
                answer.expect(200);
                break;
            }
            assert!(answer.status.is_server_error(), "{statements}: {}", answer.text());
            statements += 1;
        }
        assert!(statements > 5);
    })
    .await;
}

#[tokio::test]
async fn administrators_end_registrations() {
    for_each_engine(async |app: TestApp| {
        let (token, _) = initial_token(&app, json!({"maxUses": 2})).await;
        let register = async || register(&app, &token, json!({})).send().await.expect(201).json();
        let (one, other) = (register().await, register().await);
        let refused = async |registered: &Value| {
            let rat = text(registered, "registration_access_token");
            own(&app, "PUT", registered, rat)
                .json(body(registered, json!({})))
                .send()
                .await
                .expect_error(401, "oidc.invalid_token");
        };
        let path = format!("/api/applications/{}/registration", text(&one, "client_id"));
        app.management_request("DELETE", &path).await.send().await.expect(204);
        app.management_request("DELETE", &path).await.send().await.expect(404);
        refused(&one).await;
        // Nobody is asked for consent to a first-party application: it must not change itself.
        let id = ApplicationId::from(text(&other, "client_id"));
        let tenant = server::Tenant::new("default", &app.app);
        let own_now = move |work: &server::work::Work<'_>| server::applications::set_third_party(work, &id, false);
        tenant.write(&server::work::Actor::Server, own_now).await.unwrap();
        refused(&other).await;
    })
    .await;
}

#[tokio::test]
async fn g1_a_client_changes_itself_so_often_in_an_hour() {
    for_each_engine(async |app: TestApp| {
        let (token, _) = initial_token(&app, json!({})).await;
        let registered = register(&app, &token, json!({})).send().await.expect(201).json();
        let rat = text(&registered, "registration_access_token");
        let put =
            async || own(&app, "PUT", &registered, rat).json(body(&registered, json!({}))).send().await.status.as_u16();
        for _ in 0..60 {
            assert_eq!(put().await, 200);
        }
        assert_eq!(put().await, 429);
        app.app.clock.advance(std::time::Duration::from_secs(3600));
        assert_eq!(put().await, 200);
    })
    .await;
}

#[tokio::test]
async fn g1_keys_are_made_once_and_for_nobody_who_is_refused() {
    for_each_engine(async |app: TestApp| {
        let (token, _) = initial_token(&app, json!({"maxUses": 4})).await;
        let keys = async || app.get("/oidc/jwks").send().await.expect(200).json()["keys"].as_array().unwrap().len();
        let before = keys().await;
        let asking = |uri: &str| {
            register(&app, &token, json!({"redirect_uris": [uri], "id_token_signed_response_alg": "EdDSA"})).send()
        };
        asking("javascript:x").await.expect(400);
        assert_eq!(keys().await, before);
        let made = futures_util::future::join_all((0..4).map(|_| asking(CALLBACK))).await;
        made.into_iter().for_each(|answer| drop(answer.expect(201)));
        assert_eq!(keys().await, before + 1);
    })
    .await;
}
