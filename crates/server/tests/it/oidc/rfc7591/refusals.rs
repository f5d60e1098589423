//! What is not registered, and by whom not.

use std::time::Duration;

use serde_json::json;
use testkit::{TestApp, for_each_engine};

use super::{initial_token, register};
use crate::applications::{call, get};

#[tokio::test]
async fn f1_nobody_registers_without_a_token_that_counts() {
    for_each_engine(async |app: TestApp| {
        let refused = async |token: &str, what: &str| {
            let answer = register(&app, token, json!({})).send().await;
            assert!(answer.header("www-authenticate").starts_with("Bearer "), "{what}");
            answer.expect_error(401, "oidc.invalid_token");
        };
        app.post("/oidc/register").json(json!({})).send().await.expect_error(401, "oidc.invalid_token");
        refused("x", "unknown").await;
        let (short, _) = initial_token(&app, json!({"expiresIn": 60})).await;
        app.app.clock.advance(Duration::from_secs(61));
        refused(&short, "expired").await;
        let (revoked, id) = initial_token(&app, json!({})).await;
        call(&app, "DELETE", &format!("/api/initial-access-tokens/{id}"), json!(null)).await.expect(204);
        refused(&revoked, "revoked").await;
        let (twice, _) = initial_token(&app, json!({"maxUses": 2})).await;
        // A refused registration uses nothing up.
        register(&app, &twice, json!({"redirect_uris": ["javascript:alert(1)"]})).send().await.expect(400);
        // One of three simultaneous requests comes too late.
        let all = (0..3).map(|_| register(&app, &twice, json!({})).send());
        let mut statuses: Vec<u16> =
            futures_util::future::join_all(all).await.iter().map(|answer| answer.status.as_u16()).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 201, 401]);
        let applications = get(&app, "/api/applications?isThirdParty=true").await.expect(200).json();
        assert_eq!(applications.as_array().unwrap().len(), 2);
        // A management token is none, and the admin tenant has tokens of its own.
        let management = app.management_token("default").await;
        refused(&management, "a management token").await;
        let (here, _) = initial_token(&app, json!({})).await;
        let body = json!({"redirect_uris": ["https://app.example.com/callback"]});
        let there = app.request_at("admin", "POST", "/oidc/register").bearer(&here).json(body).send().await;
        there.expect_error(401, "oidc.invalid_token");
    })
    .await;
}

#[tokio::test]
async fn a1_a7_e1_what_no_application_may_have_is_not_registered() {
    for_each_engine(async |app: TestApp| {
        let (token, _) = initial_token(&app, json!({})).await;
        for (bad, error) in [
            (json!({"redirect_uris": []}), "invalid_redirect_uri"),
            (json!({"redirect_uris": ["javascript:alert(1)"]}), "invalid_redirect_uri"),
            (json!({"redirect_uris": ["https://app.example.com/#x"]}), "invalid_redirect_uri"),
            (json!({"post_logout_redirect_uris": ["javascript:alert(1)"]}), "invalid_client_metadata"),
            (json!({"token_endpoint_auth_method": "private_key_jwt"}), "invalid_client_metadata"),
            (json!({"jwks_uri": "https://app.example.com/jwks"}), "invalid_client_metadata"),
            (
                json!({"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "file:///etc/passwd"}),
                "invalid_client_metadata",
            ),
            (json!({"id_token_signed_response_alg": "none"}), "invalid_client_metadata"),
            (json!({"client_name": "evil\u{202e}name"}), "invalid_client_metadata"),
            (json!({"client_name": "nul\u{0}"}), "invalid_client_metadata"),
            (json!({"software_statement": "e30.e30.x"}), "invalid_client_metadata"),
        ] {
            let answer = register(&app, &token, bad.clone()).send().await.expect(400).json();
            assert_eq!(answer["error"], error, "{bad}: {answer}");
            assert!(answer["error_description"].is_string());
        }
        for body in ["", "[]", "{", "null"] {
            let answer = app.post("/oidc/register").bearer(&token).raw(body.as_bytes()).send().await.expect(400).json();
            assert!(["invalid_client_metadata", "invalid_redirect_uri"].contains(&answer["error"].as_str().unwrap()));
        }
        let long = json!({"client_name": "x".repeat(60_000)});
        register(&app, &token, long).send().await.expect(400);
        register(&app, &token, json!({"isThirdParty": false, "id": "mine"})).send().await.expect(201);
    })
    .await;
}
