//! JWT access tokens (RFC 9068): those for resources are, and with `accessTokenFormat` those that name none.

use serde_json::{Value, json};
use testkit::oidc::{TestClient, claims as claims_of};
use testkit::{TestApp, for_each_engine};

use super::fixtures::{self, ITEMS};
use super::rfc7523::ISSUER;
use super::rfc8693::{ACCESS, exchange};
use crate::applications::{call, make};

async fn jwt_client(app: &TestApp, custom: Value) -> TestClient {
    let mut all = json!({"accessTokenFormat": "jwt"});
    all.as_object_mut().unwrap().extend(custom.as_object().unwrap().clone());
    app.client("Traditional", &["https://app.example.com/callback"], all).await
}

async fn userinfo(app: &TestApp, token: &str) -> u16 {
    app.get("/oidc/me").bearer(token).send().await.status.as_u16()
}

fn header_of(token: &str) -> Value {
    let header = jose::decode_unverified(token).unwrap().header;
    json!({"alg": header.alg, "typ": header.typ})
}

#[tokio::test]
async fn section_2_the_token_has_type_and_required_claims_and_its_key_is_published() {
    for_each_engine(async |app: TestApp| {
        let (client, user) = (jwt_client(&app, json!({})).await, app.user("ada").await);
        let mut params = app.authorization(&client, "openid profile");
        params.push(("max_age".into(), "600".into()));
        let code = app.agent().sign_in(&params, &user).await;
        let tokens = app.exchange(&client, &code).send().await.expect(200).json();
        let token = tokens["access_token"].as_str().unwrap();
        assert_eq!(header_of(token), json!({"alg": "ES384", "typ": "at+jwt"}));
        let claims = claims_of(token);
        let now = app.app.clock.now().seconds();
        for (name, value) in [
            ("iss", json!(ISSUER)),
            ("aud", json!(ISSUER)),
            ("sub", json!(user)),
            ("client_id", json!(client.id)),
            ("scope", json!("openid profile")),
            ("iat", json!(now)),
            ("exp", json!(now + 3600)),
        ] {
            assert_eq!(claims[name], value, "{name}");
        }
        assert!(claims["auth_time"].is_i64() && !claims["jti"].as_str().unwrap().is_empty());
        let set: jose::JwkSet = serde_json::from_value(app.get("/oidc/jwks").send().await.expect(200).json()).unwrap();
        set.verifier().verify(token).unwrap();
    })
    .await;
}

#[tokio::test]
async fn our_own_endpoints_take_it_until_it_is_revoked() {
    for_each_engine(async |app: TestApp| {
        let (client, user) = (jwt_client(&app, json!({})).await, app.user("ada").await);
        let tokens = app.code_flow(&client, &user, "openid profile").await;
        let token = tokens["access_token"].as_str().unwrap();
        assert_eq!(userinfo(&app, token).await, 200);
        let named = [("token", token)];
        let introspect =
            async || app.token_request_at("/oidc/token/introspection", &client, &named).send().await.expect(200).json();
        let shown = introspect().await;
        assert_eq!((&shown["active"], &shown["sub"], &shown["iss"]), (&json!(true), &json!(user), &json!(ISSUER)));
        app.token_request_at("/oidc/token/revocation", &client, &named).send().await.expect(200);
        assert_eq!(introspect().await["active"], false, "B10");
        assert_eq!(userinfo(&app, token).await, 401, "B10");
    })
    .await;
}

#[tokio::test]
async fn b14_b17_a_forged_token_its_jti_and_tokens_of_other_kinds_open_nothing() {
    for_each_engine(async |app: TestApp| {
        fixtures::tenant(&app).await;
        let (client, user) = (jwt_client(&app, json!({})).await, app.user("ada").await);
        let tokens = app.code_flow(&client, &user, "openid").await;
        let token = tokens["access_token"].as_str().unwrap();
        let claims = claims_of(token);
        let jti = claims["jti"].as_str().unwrap();
        let (signed, _) = token.rsplit_once('.').unwrap();
        let forged =
            jose::SigningKey::generate(jose::Algorithm::ES384).unwrap().1.sign(Some("at+jwt"), &claims).unwrap();
        for bad in [jti, &format!("jwt:{jti}"), &format!("{signed}."), &forged, tokens["id_token"].as_str().unwrap()] {
            assert_eq!(userinfo(&app, bad).await, 401, "{bad}");
        }
        // And it opens no API: the audience is the issuer.
        app.get("/api/users").bearer(token).send().await.expect(401);
        // A token for a resource is not one for userinfo.
        let machine = app.client("MachineToMachine", &[], json!({})).await;
        let fields = [("grant_type", "client_credentials"), ("resource", ITEMS)];
        let other = app.token_request(&machine, &fields).send().await.expect(200).json();
        assert_eq!(userinfo(&app, other["access_token"].as_str().unwrap()).await, 401);
    })
    .await;
}

#[tokio::test]
async fn b11_it_ends_with_its_user() {
    for_each_engine(async |app: TestApp| {
        let (client, user) = (jwt_client(&app, json!({})).await, app.user("ada").await);
        let tokens = app.code_flow(&client, &user, "openid").await;
        let token = tokens["access_token"].as_str().unwrap();
        call(&app, "PATCH", &format!("/api/users/{user}/is-suspended"), json!({"isSuspended": true})).await.expect(200);
        assert_eq!(userinfo(&app, token).await, 401);
    })
    .await;
}

#[tokio::test]
async fn it_is_exchanged_and_so_is_its_bearer_an_actor() {
    for_each_engine(async |app: TestApp| {
        let client = jwt_client(&app, json!({"allowTokenExchange": true})).await;
        let (user, actor) = (app.user("ada").await, app.user("bob").await);
        let subject = app.code_flow(&client, &user, "openid profile").await;
        let acting = app.code_flow(&client, &actor, "openid").await;
        let extra = [
            ("scope", "openid profile email"),
            ("actor_token", acting["access_token"].as_str().unwrap()),
            ("actor_token_type", ACCESS),
        ];
        let subject = subject["access_token"].as_str().unwrap();
        let answer = exchange(&app, &client, ACCESS, subject, &extra).send().await.expect(200).json();
        let token = answer["access_token"].as_str().unwrap();
        let claims = claims_of(token);
        assert_eq!((&claims["sub"], &claims["act"]), (&json!(user), &json!({"sub": actor})));
        assert_eq!(claims["scope"], "openid profile", "B19: no scope is added");
        assert_eq!(userinfo(&app, token).await, 200);
    })
    .await;
}

#[tokio::test]
async fn the_setting_is_shown_again_and_without_it_tokens_stay_opaque() {
    for_each_engine(async |app: TestApp| {
        for format in ["opaque", "jwt"] {
            let custom = json!({"accessTokenFormat": format});
            let id = make(&app, json!({"name": "a", "type": "Traditional", "customClientMetadata": custom})).await;
            let shown = app.management_request("GET", &format!("/api/applications/{id}")).await.send().await;
            assert_eq!(shown.expect(200).json()["customClientMetadata"], custom);
        }
        let bad = json!({"name": "a", "type": "SPA", "customClientMetadata": {"accessTokenFormat": "saml"}});
        call(&app, "POST", "/api/applications", bad).await.expect(400);
        let (client, user) = (app.web_client().await, app.user("ada").await);
        let tokens = app.code_flow(&client, &user, "openid").await;
        assert!(!tokens["access_token"].as_str().unwrap().contains('.'));
    })
    .await;
}
