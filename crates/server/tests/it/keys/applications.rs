//! The algorithm of ID tokens that an application asks for (`idTokenSignedResponseAlg`).

use std::time::{Duration, Instant};

use http::{Method, StatusCode};
use outbound::FakeResponse;
use serde_json::{Value, json};
use server::outbox::deliver_due;
use testkit::oidc::{TestClient, tampered};
use testkit::{TestApp, TestResponse, for_each_engine};

use super::{PRIVATE, call, ids, jwks, kids, rotate, signer, verified};
use crate::oidc::fixtures::{self, ITEMS};

async fn ask_for(app: &TestApp, client: &TestClient, algorithm: &str) -> TestResponse {
    let body = json!({"customClientMetadata": {"idTokenSignedResponseAlg": algorithm}});
    call(app, "PATCH", &format!("/api/applications/{}", client.id), body).await
}

async fn tokens(app: &TestApp, client: &TestClient, user: &str) -> Value {
    let request = tampered(&app.authorization(client, "openid offline_access read:items"), &[("resource", ITEMS)]);
    let code = app.agent().sign_in(&request, user).await;
    app.exchange(client, &code).send().await.expect(200).json()
}

/// The algorithm and the key of a token that the published keys verify.
async fn signed_by(app: &TestApp, token: &Value) -> (String, String) {
    let header = verified(app, token).await.header;
    (header.alg.as_str().to_owned(), header.kid.unwrap())
}

#[tokio::test]
async fn each_application_gets_id_tokens_of_the_algorithm_that_it_asks_for() {
    for_each_engine(async |app: TestApp| {
        fixtures::tenant(&app).await;
        let (client, other, user) = (app.web_client().await, app.spa_client().await, app.user("alice").await);
        fixtures::give_role(&app, &user).await;
        let tenant_key = signer(&app).await;
        for (number, algorithm) in ["RS256", "ES256", "ES384", "PS256", "EdDSA", "RS256"].into_iter().enumerate() {
            let changed = ask_for(&app, &client, algorithm).await.expect(200).json();
            assert_eq!(changed["customClientMetadata"], json!({"idTokenSignedResponseAlg": algorithm}));
            let answer = tokens(&app, &client, &user).await;
            let (signed_with, key) = signed_by(&app, &answer["id_token"]).await;
            assert_eq!(signed_with, algorithm);
            assert_ne!(key, tenant_key);
            assert_eq!(kids(&app).await.len(), number.min(4) + 2, "one key for each algorithm");
            let refresh_token = answer["refresh_token"].as_str().unwrap();
            let refreshed = app.refresh(&client, refresh_token, &[("resource", ITEMS)]).send().await.expect(200).json();
            let access_token = signed_by(&app, &refreshed["access_token"]).await;
            assert_eq!(access_token, ("ES384".to_owned(), tenant_key.clone()), "API tokens are the tenant's");
        }
        let document = app.get("/oidc/.well-known/openid-configuration").send().await.expect(200).json();
        let supported = json!(["ES384", "ES256", "EdDSA", "PS256", "RS256"]);
        assert_eq!(document["id_token_signing_alg_values_supported"], supported);
        let published: Vec<Value> =
            jwks(&app).await.keys.iter().map(|key| serde_json::to_value(key).unwrap()["alg"].clone()).collect();
        assert_eq!(published, ["ES384", "ES256", "ES384", "EdDSA", "PS256", "RS256"]);
        let answer = tokens(&app, &other, &user).await;
        assert_eq!(signed_by(&app, &answer["id_token"]).await, ("ES384".to_owned(), tenant_key.clone()));
        for wrong in ["none", "HS256", "ES512", "rs256", ""] {
            ask_for(&app, &client, wrong).await.expect_error(400, "guard.invalid_input");
        }
        let reset = json!({"customClientMetadata": {}});
        call(&app, "PATCH", &format!("/api/applications/{}", client.id), reset).await.expect(200);
        let answer = tokens(&app, &client, &user).await;
        assert_eq!(signed_by(&app, &answer["id_token"]).await.1, tenant_key);
    })
    .await;
}

#[tokio::test]
async fn the_keys_of_applications_are_rotated_and_deleted_with_the_tenants() {
    for_each_engine(async |app: TestApp| {
        fixtures::tenant(&app).await;
        let new = json!({
            "name": "a", "type": "SPA", "customClientMetadata": {"idTokenSignedResponseAlg": "ES256"},
            "oidcClientMetadata": {"redirectUris": ["https://a.example.com/cb"], "postLogoutRedirectUris": []},
        });
        let made = call(&app, "POST", "/api/applications", new).await.expect(200).json();
        let id = made["id"].as_str().unwrap();
        let key = async || {
            let config = app.app.tenants.get("default", &app.app).await.unwrap();
            let algorithm = app.registered("default", id).await.unwrap().client.custom.id_token_signed_response_alg;
            config.keys.for_application(algorithm).kid().to_owned()
        };
        let (old, old_of_tenant) = (key().await, signer(&app).await);
        rotate(&app, json!({"rotationGracePeriod": 60})).await;
        assert_eq!((key().await, kids(&app).await.len()), (old.clone(), 4));
        app.app.clock.advance(Duration::from_secs(60));
        let new = key().await;
        assert_ne!(new, old);
        assert!(kids(&app).await.contains(&old), "what it signed is still accepted");
        call(&app, "DELETE", &format!("{PRIVATE}/{old_of_tenant}"), json!({})).await.expect(204);
        assert_eq!(kids(&app).await, [signer(&app).await, new]);
        let listed = call(&app, "GET", PRIVATE, json!({})).await.expect(200).json();
        assert_eq!(ids(&listed), [signer(&app).await], "the list is about the tenant's keys");
    })
    .await;
}

#[tokio::test]
async fn two_nodes_make_one_key_for_an_algorithm_and_sign_with_it() {
    for_each_engine(async |app: TestApp| {
        let node = TestApp::with(app.engine, app.app.settings.clone()).await;
        let (first, second) = (app.web_client().await, app.spa_client().await);
        let (one, two) = tokio::join!(ask_for(&app, &first, "EdDSA"), ask_for(&node, &second, "EdDSA"));
        one.expect(200);
        two.expect(200);
        let asked = Instant::now();
        let key = async |app: &TestApp| {
            let config = app.app.tenants.get("default", &app.app).await.unwrap();
            config.keys.for_application(Some(jose::Algorithm::EdDSA)).kid().to_owned()
        };
        while kids(&app).await.len() != 2 || kids(&node).await.len() != 2 || key(&app).await != key(&node).await {
            assert!(asked.elapsed() < Duration::from_secs(1), "{:?} {:?}", kids(&app).await, kids(&node).await);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn logout_tokens_are_signed_as_the_id_tokens_of_the_application() {
    for_each_engine(async |app: TestApp| {
        const RECEIVER: &str = "https://app.example.com/logout";
        fixtures::tenant(&app).await;
        let (client, user) = (app.web_client().await, app.user("alice").await);
        let body = json!({
            "oidcClientMetadata": {
                "redirectUris": [client.redirect_uri], "postLogoutRedirectUris": [], "backchannelLogoutUri": RECEIVER,
            },
            "customClientMetadata": {"idTokenSignedResponseAlg": "ES256"},
        });
        call(&app, "PATCH", &format!("/api/applications/{}", client.id), body).await.expect(200);
        tokens(&app, &client, &user).await;
        app.outbound.respond(Method::POST, RECEIVER, FakeResponse::status(StatusCode::OK));
        let suspend = json!({"isSuspended": true});
        call(&app, "PATCH", &format!("/api/users/{user}/is-suspended"), suspend).await.expect(200);
        assert_eq!(deliver_due(&app.app).await, Ok(1));
        let received = app.outbound.received();
        let (_, token) = url::form_urlencoded::parse(&received[0].body).next().unwrap();
        assert_eq!(signed_by(&app, &json!(token)).await.0, "ES256");
    })
    .await;
}
