//! The ID token, what becomes of its code, and the one that a refresh brings (sections 2, 3.1.3 and 12.2).

use std::time::Duration;

use jose::JwkSet;
use serde_json::json;
use testkit::oidc::{claims, tampered};
use testkit::{TestApp, for_each_engine};

#[tokio::test]
async fn a_published_key_verifies_the_id_token() {
    for_each_engine(async |app: TestApp| {
        let (client, user) = (app.web_client().await, app.user("ada").await);
        let tokens = app.code_flow(&client, &user, "openid").await;
        let keys: JwkSet = serde_json::from_value(app.get("/oidc/jwks").send().await.expect(200).json()).unwrap();
        let verified = keys.verifier().verify(tokens["id_token"].as_str().unwrap()).unwrap();
        assert!(verified.header.kid.is_some());
        assert!(verified.has_audience(&client.id));
        assert_eq!(verified.text("iss"), Some("http://localhost:3001/oidc"));
        assert_eq!(verified.text("sub"), Some(user.as_str()));
        assert_eq!(verified.claims.get("nonce"), None, "none was sent");
        let (iat, exp) = (verified.claims["iat"].as_i64().unwrap(), verified.claims["exp"].as_i64().unwrap());
        assert!(iat == app.app.clock.now().seconds() && exp > iat);
    })
    .await;
}

#[tokio::test]
async fn a_code_used_again_after_thirty_seconds_ends_what_it_gave() {
    for_each_engine(async |app: TestApp| {
        let (client, user) = (app.web_client().await, app.user("ada").await);
        let code = app.agent().sign_in(&app.authorization(&client, "openid"), &user).await;
        let tokens = app.exchange(&client, &code).send().await.expect(200).json();
        app.app.clock.advance(Duration::from_secs(30));
        let me = || app.get("/oidc/me").bearer(tokens["access_token"].as_str().unwrap());
        me().send().await.expect(200);
        app.exchange(&client, &code).send().await.expect_error(400, "oidc.invalid_grant");
        me().send().await.expect_error(401, "oidc.invalid_token");
    })
    .await;
}

#[tokio::test]
async fn a_refreshed_id_token_is_about_the_same_sign_in() {
    for_each_engine(async |app: TestApp| {
        let (client, user) = (app.web_client().await, app.user("ada").await);
        let changes = [("nonce", "nonce-1"), ("max_age", "10000")];
        let request = tampered(&app.authorization(&client, "openid offline_access"), &changes);
        let code = app.agent().sign_in(&request, &user).await;
        let first = app.exchange(&client, &code).send().await.expect(200).json();
        app.app.clock.advance(Duration::from_secs(10));
        let refresh_token = first["refresh_token"].as_str().unwrap();
        let second = app.refresh(&client, refresh_token, &[]).send().await.expect(200).json();
        assert_ne!(second["access_token"], first["access_token"]);
        let (before, after) =
            (claims(first["id_token"].as_str().unwrap()), claims(second["id_token"].as_str().unwrap()));
        for name in ["iss", "sub", "aud", "auth_time"] {
            assert_eq!(before[name], after[name], "{name}");
        }
        assert!(after.get("nonce").is_none_or(|nonce| *nonce == json!("nonce-1")));
        assert_eq!(after["iat"].as_i64().unwrap(), before["iat"].as_i64().unwrap() + 10);
    })
    .await;
}
