//! The UserInfo endpoint (section 5.3, RFC 6750 section 2).

use jose::JwkSet;
use serde_json::{Value, json};
use testkit::oidc::tampered;
use testkit::{TestApp, for_each_engine};

use crate::applications::call;

const ME: &str = "/oidc/me";

#[tokio::test]
async fn userinfo_takes_its_token_from_the_header_or_the_form() {
    for_each_engine(async |app: TestApp| {
        let (client, user) = (app.web_client().await, app.user("ada").await);
        let tokens = app.code_flow(&client, &user, "openid profile").await;
        let token = tokens["access_token"].as_str().unwrap();
        let shown = app.get(ME).bearer(token).send().await.expect(200);
        assert!(shown.header("content-type").starts_with("application/json"), "{}", shown.header("content-type"));
        assert_eq!(shown.json()["sub"], user.as_str());
        for request in [
            app.get(ME).header("authorization", &format!("bearer {token}")),
            app.post(ME).bearer(token),
            app.post(ME).bearer(token).form(&[]),
            app.post(ME).form(&[("access_token", token)]),
        ] {
            assert_eq!(request.send().await.expect(200).json(), shown.json());
        }
        let both = app.post(ME).bearer(token).form(&[("access_token", token)]).send().await;
        let both = both.expect_error(400, "oidc.invalid_request").json();
        assert_eq!(both["error_description"], "access token must only be provided using one mechanism");
    })
    .await;
}

#[tokio::test]
async fn userinfo_is_signed_for_applications_that_ask_for_it() {
    for_each_engine(async |app: TestApp| {
        let (client, user) = (app.web_client().await, app.user("ada").await);
        let tokens = app.code_flow(&client, &user, "openid profile").await;
        let me = async || app.get(ME).bearer(tokens["access_token"].as_str().unwrap()).send().await.expect(200);
        let mut plain = me().await.json();
        let document = app.get("/oidc/.well-known/openid-configuration").send().await.expect(200).json();
        plain["iss"] = document["issuer"].clone();
        plain["aud"] = json!(client.id);
        let path = format!("/api/applications/{}", client.id);
        for algorithm in document["userinfo_signing_alg_values_supported"].as_array().unwrap() {
            let settings = json!({"customClientMetadata": {"userinfoSignedResponseAlg": algorithm}});
            call(&app, "PATCH", &path, settings).await.expect(200);
            let answer = me().await;
            assert_eq!(answer.header("content-type"), "application/jwt");
            assert_eq!(answer.header("cache-control"), "no-store");
            let keys = app.get("/oidc/jwks").send().await.expect(200).json();
            let keys: JwkSet = serde_json::from_value(keys).unwrap();
            let token = keys.verifier().verify(&answer.text()).unwrap();
            assert_eq!(json!(token.header.alg.as_str()), *algorithm);
            assert_eq!(Value::Object(token.claims), plain, "nothing more: without exp it is no ID token");
            // Nor does this server take it for one (attack B17).
            let hint = [("prompt", "none"), ("id_token_hint", &answer.text())];
            let refused = app.agent().authorize(&tampered(&app.authorization(&client, "openid"), &hint)).await;
            assert!(refused.header("location").contains("could+not+validate+id_token_hint"));
            let ended = app.get(&format!("/oidc/session/end?id_token_hint={}", answer.text())).send().await;
            ended.expect_error(400, "oidc.invalid_request");
        }
        for wrong in ["none", "HS256"] {
            let settings = json!({"customClientMetadata": {"userinfoSignedResponseAlg": wrong}});
            call(&app, "PATCH", &path, settings).await.expect_error(400, "guard.invalid_input");
        }
        call(&app, "PATCH", &path, json!({"customClientMetadata": {}})).await.expect(200);
        assert!(me().await.header("content-type").starts_with("application/json"));
    })
    .await;
}
