//! Clients that register themselves (RFC 7591).

mod management;
mod refusals;

use std::time::Duration;

use jose::Algorithm;
use serde_json::{Value, json};
use testkit::oidc::TestClient;
use testkit::{TestApp, TestRequest, for_each_engine};

use super::consent::submit_consent;
use super::rfc7523;
use crate::applications::{call, get};

const CALLBACK: &str = "https://app.example.com/callback";

/// A new initial access token: its value and its id.
pub async fn initial_token(app: &TestApp, extra: Value) -> (String, String) {
    let mut body = json!({"name": "partners"});
    body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    let made = call(app, "POST", "/api/initial-access-tokens", body).await.expect(201).json();
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    (text("value"), text("id"))
}

/// A request to register a client with `token`.
pub fn register(app: &TestApp, token: &str, extra: Value) -> TestRequest {
    let mut body = json!({"redirect_uris": [CALLBACK]});
    body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    app.post("/oidc/register").bearer(token).json(body)
}

fn client_of(registered: &Value) -> TestClient {
    TestClient {
        id: registered["client_id"].as_str().unwrap().to_owned(),
        secret: registered["client_secret"].as_str().map(str::to_owned),
        redirect_uri: CALLBACK.to_owned(),
    }
}

/// Signs `user` in, agrees on the page that asks, and exchanges the code.
pub async fn tokens_with_consent(app: &TestApp, client: &TestClient, user: &str, scope: &str) -> Value {
    let mut agent = app.agent();
    agent.authorize(&app.authorization(client, scope)).await.expect(303);
    let asks = agent.finish_login(user).await.expect(303);
    assert!(asks.header("location").starts_with("/consent"), "people are asked: {}", asks.header("location"));
    let to = submit_consent(app, &mut agent, json!({})).await.expect(200).json();
    let back = agent.get(to["redirectTo"].as_str().unwrap()).await.expect(303);
    let back = url::Url::parse(back.header("location")).unwrap();
    let code = back.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
    app.exchange(client, &code).send().await.expect(200).json()
}

#[tokio::test]
async fn a_registered_client_signs_people_in_with_their_consent() {
    for_each_engine(async |app: TestApp| {
        let (token, _) = initial_token(&app, json!({})).await;
        let answer =
            register(&app, &token, json!({"client_name": "Harbour", "scope": "openid email phone"})).send().await;
        assert_eq!(answer.header("cache-control"), "no-store");
        let registered = answer.expect(201).json();
        for (name, value) in [
            ("client_name", json!("Harbour")),
            ("application_type", json!("web")),
            ("redirect_uris", json!([CALLBACK])),
            ("grant_types", json!(["authorization_code", "refresh_token"])),
            ("response_types", json!(["code"])),
            ("token_endpoint_auth_method", json!("client_secret_basic")),
            ("client_secret_expires_at", json!(0)),
            ("scope", json!("openid offline_access email")),
        ] {
            assert_eq!(registered[name], value, "{name}");
        }
        let client = client_of(&registered);
        let application = get(&app, &format!("/api/applications/{}", client.id)).await.expect(200).json();
        assert_eq!((&application["type"], &application["isThirdParty"]), (&json!("Traditional"), &json!(true)));

        let user = app.user("ada").await;
        let tokens = tokens_with_consent(&app, &client, &user, "openid email").await;
        let me = app.get("/oidc/me").bearer(tokens["access_token"].as_str().unwrap()).send().await.expect(200).json();
        assert_eq!(me["sub"], json!(user));
        let mut agent = app.agent();
        let too_much = agent.authorize(&app.authorization(&client, "openid profile")).await;
        assert!(too_much.header("location").contains("error=invalid_scope"), "{}", too_much.header("location"));
    })
    .await;
}

#[tokio::test]
async fn each_kind_of_client_registers_and_proves_itself_so() {
    for_each_engine(async |app: TestApp| {
        let (token, _) = initial_token(&app, json!({"maxUses": 4})).await;
        let kind = async |registered: &Value| {
            let path = format!("/api/applications/{}", registered["client_id"].as_str().unwrap());
            get(&app, &path).await.expect(200).json()["type"].clone()
        };
        let spa = register(&app, &token, json!({"token_endpoint_auth_method": "none"})).send().await.expect(201).json();
        assert_eq!((kind(&spa).await, spa.get("client_secret")), (json!("SPA"), None));
        assert_eq!(spa["client_name"], "app.example.com");
        let native = json!({
            "token_endpoint_auth_method": "none", "application_type": "native",
            "redirect_uris": ["com.example.app://callback"],
        });
        let native = register(&app, &token, native).send().await.expect(201).json();
        assert_eq!((kind(&native).await, &native["application_type"]), (json!("Native"), &json!("native")));

        let key = rfc7523::key(Algorithm::ES256);
        let signing = json!({
            "token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [key.public_jwk()]},
            "id_token_signed_response_alg": "RS256", "dpop_bound_access_tokens": false,
        });
        let signing = register(&app, &token, signing).send().await.expect(201).json();
        assert_eq!(signing["token_endpoint_auth_method"], "private_key_jwt");
        assert_eq!(signing["id_token_signed_response_alg"], "RS256");
        let assertion = key.sign(Some("JWT"), &rfc7523::assertion_claims(&app, &client_of(&signing))).unwrap();
        let asked = rfc7523::asserted_at(&app, "/oidc/token/introspection", &assertion, &[("token", "x")]);
        asked.send().await.expect(200);
        let document = app.get("/oidc/.well-known/openid-configuration").send().await.expect(200).json();
        let algorithms = document["id_token_signing_alg_values_supported"].as_array().unwrap();
        assert!(algorithms.contains(&json!("RS256")), "its key is made");
    })
    .await;
}

#[tokio::test]
async fn discovery_names_the_endpoint_while_somebody_may_register() {
    for_each_engine(async |app: TestApp| {
        let named = async || {
            let document = app.get("/oidc/.well-known/openid-configuration").send().await.expect(200).json();
            document.get("registration_endpoint").cloned()
        };
        let endpoint = Some(json!("http://localhost:3001/oidc/register"));
        assert_eq!(named().await, None);
        let (used_up, _) = initial_token(&app, json!({})).await;
        assert_eq!(named().await, endpoint);
        register(&app, &used_up, json!({})).send().await.expect(201);
        assert_eq!(named().await, None, "used up");
        let (_, id) = initial_token(&app, json!({"expiresIn": 60})).await;
        assert_eq!(named().await, endpoint);
        app.app.clock.advance(Duration::from_secs(61));
        assert_eq!(named().await, None, "expired");
        let (_, other) = initial_token(&app, json!({"maxUses": 2})).await;
        assert_eq!(named().await, endpoint);
        let listed = get(&app, "/api/initial-access-tokens").await.expect(200).json();
        assert_eq!(listed.as_array().unwrap().len(), 3);
        assert!(listed.as_array().unwrap().iter().all(|token| token.get("value").is_none()), "{listed}");
        for id in [id, other] {
            call(&app, "DELETE", &format!("/api/initial-access-tokens/{id}"), json!(null)).await.expect(204);
        }
        assert_eq!(named().await, None, "revoked");
    })
    .await;
}
