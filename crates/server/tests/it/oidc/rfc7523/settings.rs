//! The settings of an application: what is accepted works, the rest is refused.

use jose::Algorithm;
use serde_json::{Value, json};
use testkit::{TestApp, for_each_engine};

use super::key;
use crate::applications::{call, make};

#[tokio::test]
async fn keys_and_method_are_set_together_and_shown_again() {
    for_each_engine(async |app: TestApp| {
        let jwks = json!({"keys": [key(Algorithm::ES256).public_jwk(), key(Algorithm::RS256).public_jwk()]});
        for custom in [
            json!({"tokenEndpointAuthMethod": "private_key_jwt", "jwks": jwks}),
            json!({"tokenEndpointAuthMethod": "private_key_jwt", "jwksUri": "https://app.example.com/jwks"}),
            json!({"tokenEndpointAuthMethod": "client_secret_jwt"}),
            json!({}),
        ] {
            let body = json!({"name": "a", "type": "Traditional", "customClientMetadata": custom});
            let id = make(&app, body).await;
            let path = format!("/api/applications/{id}");
            let patch = json!({"customClientMetadata": custom});
            let shown = call(&app, "PATCH", &path, patch).await.expect(200).json();
            assert_eq!(shown["customClientMetadata"], custom);
        }
    })
    .await;
}

#[tokio::test]
async fn what_can_not_work_is_refused() {
    for_each_engine(async |app: TestApp| {
        let (first, second) = (key(Algorithm::ES256).public_jwk(), key(Algorithm::EdDSA).public_jwk());
        let with = |member: &str, value: &str| {
            let mut jwk = json!(first);
            jwk[member] = value.into();
            json!({"tokenEndpointAuthMethod": "private_key_jwt", "jwks": {"keys": [jwk, second]}})
        };
        let keys = |keys: Value| json!({"tokenEndpointAuthMethod": "private_key_jwt", "jwks": {"keys": keys}});
        let refused = [
            ("Traditional", json!({"tokenEndpointAuthMethod": "private_key_jwt"})),
            ("Traditional", json!({"tokenEndpointAuthMethod": "client_secret_basic"})),
            ("Traditional", json!({"tokenEndpointAuthMethod": "client_secret_jwt", "jwks": {"keys": [first]}})),
            ("Traditional", json!({"jwks": {"keys": [first]}})),
            ("Traditional", json!({"jwksUri": "https://app.example.com/jwks"})),
            ("Traditional", json!({"tokenEndpointAuthMethod": "private_key_jwt", "jwksUri": "javascript:1"})),
            ("SPA", keys(json!([first]))),
            ("Native", json!({"tokenEndpointAuthMethod": "client_secret_jwt"})),
            ("Traditional", keys(json!([]))),
            ("Traditional", keys(json!(vec![first.clone(); 11]))),
            ("Traditional", keys(json!("x"))),
            ("Traditional", with("d", "AAAA")),
            ("Traditional", with("crv", "secp256k1")),
            ("Traditional", with("x", "AAAA")),
            ("Traditional", with("use", "enc")),
            ("Traditional", with("alg", "HS256")),
            ("Traditional", keys(json!([{"kty": "oct", "k": "AAAA"}]))),
        ];
        for (kind, custom) in refused {
            let body = json!({"name": "a", "type": kind, "customClientMetadata": custom});
            let answer = call(&app, "POST", "/api/applications", body).await;
            assert_eq!(answer.status, 400, "{kind} {custom}: {}", answer.text());
        }
        let both = json!({
            "tokenEndpointAuthMethod": "private_key_jwt", "jwks": {"keys": [first]}, "jwksUri": "https://a.example/jwks",
        });
        let id = make(&app, json!({"name": "a", "type": "Traditional"})).await;
        let answer = call(&app, "PATCH", &format!("/api/applications/{id}"), json!({"customClientMetadata": both})).await;
        assert_eq!(answer.expect(400).json()["data"]["issues"][0]["path"], json!(["customClientMetadata", "jwksUri"]));
    })
    .await;
}
