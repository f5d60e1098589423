//! Further origins whose pages may use the passkeys of a tenant (inventory E074, M263, M264, A055, A058; trace 40-20).

use serde_json::{Value, json};
use testkit::{TestApp, for_each_engine};

use super::authenticator::Authenticator;
use super::fixture::*;
use super::passkeys::*;
use crate::applications::{call, get};

const RELATED: &str = "https://shop.example";

async fn relate(app: &TestApp, origins: Value) {
    let body = json!({"webauthnRelatedOrigins": origins});
    call(app, "PATCH", "/api/account-center", body).await.expect(200);
}

/// The answer of a passkey on a page of `origin`.
async fn answer_from(app: &TestApp, authenticator: &mut Authenticator, origin: &str) -> u16 {
    let browser = Browser::open(app).await;
    browser.start("SignIn").await;
    let options = preflight(&browser).await;
    let own = std::mem::replace(&mut authenticator.origin, origin.to_owned());
    let payload = authenticator.get(&options);
    authenticator.origin = own;
    send(&browser, "sign-in-passkey/authentication", None, &payload).await.status.as_u16()
}

#[tokio::test]
async fn a_related_origin_may_use_the_passkeys_as_long_as_it_is_listed() {
    for_each_engine(async |app: TestApp| {
        let mut authenticator = alice_with_passkey(&app).await;
        passkey_sign_in(&app).await;
        assert_eq!(answer_from(&app, &mut authenticator, RELATED).await, 400);
        relate(&app, json!([RELATED, "http://localhost:9000", RELATED])).await;
        let listed = json!([RELATED, "http://localhost:9000"]);
        let public = app.get("/.well-known/webauthn").send().await.expect(200);
        assert_eq!(public.json(), json!({"origins": listed}));
        assert_eq!(public.header("content-type"), "application/json; charset=utf-8");
        assert_eq!(answer_from(&app, &mut authenticator, RELATED).await, 200);
        for other in ["https://evil.shop.example", "https://shop.example:444", "http://shop.example", "null"] {
            assert_eq!(answer_from(&app, &mut authenticator, other).await, 400, "{other}");
        }
        authenticator.cross_origin = true;
        assert_eq!(answer_from(&app, &mut authenticator, RELATED).await, 400, "a frame of another site");
        authenticator.cross_origin = false;
        // The other tenant has its own list.
        let admin = app.admin_request("GET", "/.well-known/webauthn").send().await.expect(200);
        assert_eq!(admin.json(), json!({"origins": []}));
        relate(&app, json!([])).await;
        assert_eq!(answer_from(&app, &mut authenticator, RELATED).await, 400);
    })
    .await;
}

#[tokio::test]
async fn settings_of_the_account_centre_are_as_in_trace_40_20_and_none_is_ignored() {
    for_each_engine(async |app: TestApp| {
        let initial = json!({
            "tenantId": "default", "id": "default", "enabled": false, "fields": {}, "webauthnRelatedOrigins": [],
            "deleteAccountUrl": null, "customCss": null, "profileFields": null,
        });
        assert_eq!(get(&app, "/api/account-center").await.expect(200).json(), initial);
        assert_eq!(app.get("/api/.well-known/account-center").send().await.expect(200).json(), initial);
        let kept = call(&app, "PATCH", "/api/account-center", json!({"webauthnRelatedOrigins": [RELATED]})).await;
        assert_eq!(kept.expect(200).json()["webauthnRelatedOrigins"], json!([RELATED]));
        let many: Vec<String> = (0..21).map(|number| format!("https://shop-{number}.example")).collect();
        for wrong in [
            json!({"webauthnRelatedOrigins": ["https://shop.example/"]}),
            json!({"webauthnRelatedOrigins": ["http://shop.example"]}),
            json!({"webauthnRelatedOrigins": ["https://*.example"]}),
            json!({"webauthnRelatedOrigins": [7]}),
            json!({"webauthnRelatedOrigins": RELATED}),
            json!({"webauthnRelatedOrigins": many}),
            json!({"fields": {"name": "Bad"}}),
            json!({"deleteAccountUrl": "javascript:alert(1)"}),
            json!({"customCss": "x".repeat(65_537)}),
            json!({"profileFields": [{"name": "name"}, {"name": "name"}]}),
        ] {
            let refused = call(&app, "PATCH", "/api/account-center", wrong.clone()).await;
            assert_eq!(
                (refused.status.as_u16(), refused.json()["code"].clone()),
                (400, json!("guard.invalid_input")),
                "{wrong}"
            );
        }
        let harmless = json!({"enabled": false, "fields": {}, "deleteAccountUrl": "", "customCss": null});
        let kept = call(&app, "PATCH", "/api/account-center", harmless).await.expect(200).json();
        assert_eq!(kept["webauthnRelatedOrigins"], json!([RELATED]), "what a patch leaves out stays");
        app.request("PATCH", "/api/account-center").json(json!({})).send().await.expect(401);
    })
    .await;
}
