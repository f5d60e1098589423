//! The settings of the account centre (M263, M264, A055; traces 40-20).

use serde_json::json;
use testkit::{TestApp, for_each_engine};

use super::fixture::*;
use crate::applications::{call, delete, get};

#[tokio::test]
async fn every_setting_is_kept_published_and_replaced_as_a_whole() {
    for_each_engine(async |app: TestApp| {
        let field = json!({
            "name": "nickname", "type": "Text", "label": "Nickname", "required": false, "config": {},
        });
        call(&app, "POST", "/api/custom-profile-fields", field).await;
        let patch = json!({
            "enabled": true, "fields": {"name": "Edit", "trustedDevice": "ReadOnly", "unknown": "Edit"},
            "deleteAccountUrl": "https://shop.example/delete", "customCss": ".a{color:red}",
            "profileFields": [{"name": "nickname"}],
        });
        let kept = call(&app, "PATCH", "/api/account-center", patch).await.expect(200).json();
        let expected = json!({
            "tenantId": "default", "id": "default", "enabled": true,
            "fields": {"name": "Edit", "trustedDevice": "ReadOnly"}, "webauthnRelatedOrigins": [],
            "deleteAccountUrl": "https://shop.example/delete", "customCss": ".a{color:red}",
            "profileFields": [{"name": "nickname"}],
        });
        assert_eq!(kept, expected);
        assert_eq!(get(&app, "/api/account-center").await.expect(200).json(), expected);
        assert_eq!(app.get("/api/.well-known/account-center").send().await.expect(200).json(), expected);
        let unknown = json!({"profileFields": [{"name": "nickname"}, {"name": "nope"}]});
        let unknown = call(&app, "PATCH", "/api/account-center", unknown).await;
        unknown.expect_error(400, "custom_profile_fields.entity_not_exists_with_names");
        delete(&app, "/api/custom-profile-fields/nickname").await.expect(204);
        assert_eq!(get(&app, "/api/account-center").await.json()["profileFields"], json!([]));
        let clear =
            json!({"deleteAccountUrl": "", "customCss": null, "profileFields": null, "fields": {"email": "Off"}});
        let cleared = call(&app, "PATCH", "/api/account-center", clear).await.expect(200).json();
        assert_eq!(cleared["fields"], json!({"email": "Off"}));
        for name in ["deleteAccountUrl", "customCss", "profileFields"] {
            assert!(cleared[name].is_null(), "{name}");
        }
        assert_eq!(cleared["enabled"], true, "what a patch leaves out stays");
    })
    .await;
}

#[tokio::test]
async fn a_script_of_any_origin_may_call_the_account_api() {
    for_each_engine(async |app: TestApp| {
        add(&app, "alice", |_| {}).await;
        open_all(&app, "Edit").await;
        let alice = Person::of(&app, "alice").await;
        for path in ["/api/my-account", "/api/verifications/password"] {
            let asked = app.request("OPTIONS", path).header("origin", "https://spa.example.com");
            let asked = asked.header("access-control-request-method", "POST");
            let asked = asked.header("access-control-request-headers", "content-type,authorization");
            let preflight = asked.send().await.expect(204);
            assert_eq!(preflight.header("access-control-allow-origin"), "https://spa.example.com");
            assert_eq!(preflight.header("access-control-allow-headers"), "content-type,authorization");
            assert_eq!(preflight.header("access-control-allow-methods"), "GET,HEAD,PUT,POST,DELETE,PATCH");
        }
        let call = |origin: Option<&str>| {
            let request = app.get("/api/my-account").bearer(&alice.token);
            match origin {
                Some(origin) => request.header("origin", origin),
                None => request,
            }
        };
        for (origin, allowed) in [(None, "*"), (Some("https://a.example"), "https://a.example"), (Some("null"), "null")]
        {
            let answer = call(origin).send().await.expect(200);
            assert_eq!(answer.header("access-control-allow-origin"), allowed);
            assert_eq!(answer.header("access-control-expose-headers"), "*");
            assert!(!answer.headers.contains_key("access-control-allow-credentials"));
        }
        let refused = app.get("/api/my-account").header("origin", "https://a.example").send().await.expect(401);
        assert_eq!(refused.header("access-control-allow-origin"), "https://a.example");
        // Its cookies open nothing.
        let cookie = app.get("/api/my-account").header("cookie", "_session=x").send().await;
        cookie.expect_error(401, "auth.authorization_header_missing");
    })
    .await;
}
