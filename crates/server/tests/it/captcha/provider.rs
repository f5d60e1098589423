//! `/api/captcha-provider` and the policy (M260–M262, H105–H107; trace 40-20).

use serde_json::json;
use testkit::{TestApp, for_each_engine};

use super::{PATH, ask, turnstile};
use crate::applications::call;

async fn is_asked(app: &TestApp) -> bool {
    let settings = call(app, "GET", "/api/sign-in-exp", json!(null)).await.expect(200).json();
    settings["captchaPolicy"]["enabled"] == json!(true)
}

#[tokio::test]
async fn a_provider_is_put_replaced_and_deleted_as_in_trace_40_20() {
    for_each_engine(async |app: TestApp| {
        call(&app, "GET", PATH, json!(null)).await.expect_error(404, "entity.not_found");
        call(&app, "DELETE", PATH, json!(null)).await.expect_error(404, "entity.not_found");
        let made = call(&app, "PUT", PATH, json!({"config": turnstile()})).await.expect(200).json();
        assert_eq!((&made["tenantId"], &made["config"]), (&json!("default"), &turnstile()));
        assert_eq!(made["id"].as_str().unwrap().len(), 21);
        assert_eq!(call(&app, "GET", PATH, json!(null)).await.expect(200).json(), made);
        let enterprise = json!({"type": "RecaptchaEnterprise", "siteKey": "k", "secretKey": "s", "projectId": "p-1",
            "domain": "www.recaptcha.net", "mode": "checkbox"});
        let replaced = call(&app, "PUT", PATH, json!({"config": enterprise})).await.expect(200).json();
        assert_eq!((&replaced["id"], &replaced["config"]), (&made["id"], &enterprise));
        call(&app, "DELETE", PATH, json!(null)).await.expect(204);
        call(&app, "GET", PATH, json!(null)).await.expect_error(404, "entity.not_found");
    })
    .await;
}

#[tokio::test]
async fn settings_that_no_provider_has_are_refused_when_saved() {
    for_each_engine(async |app: TestApp| {
        for wrong in [
            json!({}),
            json!({"type": "Other", "siteKey": "k", "secretKey": "s"}),
            json!({"type": "Turnstile", "siteKey": "k"}),
            json!({"type": "Turnstile", "siteKey": "", "secretKey": "s"}),
            json!({"type": "Turnstile", "siteKey": "k\"><script>", "secretKey": "s"}),
            json!({"type": "Turnstile", "siteKey": "k", "secretKey": "s\r\nHost: x"}),
            json!({"type": "RecaptchaEnterprise", "siteKey": "k", "secretKey": "s"}),
            json!({"type": "RecaptchaEnterprise", "siteKey": "k", "secretKey": "s", "projectId": "../../v2"}),
            json!({"type": "RecaptchaEnterprise", "siteKey": "k", "secretKey": "s", "projectId": "p", "mode": "loud"}),
            json!({"type": "RecaptchaEnterprise", "siteKey": "k", "secretKey": "s", "projectId": "p",
                "domain": "evil.example"}),
        ] {
            let answer = call(&app, "PUT", PATH, json!({"config": wrong})).await;
            answer.expect_error(400, "guard.invalid_input");
        }
        call(&app, "GET", PATH, json!(null)).await.expect_error(404, "entity.not_found");
    })
    .await;
}

#[tokio::test]
async fn captchas_are_asked_for_only_while_there_is_a_provider() {
    for_each_engine(async |app: TestApp| {
        let on = json!({"captchaPolicy": {"enabled": true}});
        call(&app, "PATCH", "/api/sign-in-exp", on.clone()).await.expect_error(400, "request.invalid_input");
        call(&app, "PUT", PATH, json!({"config": {"type": "ProofOfWork"}})).await.expect(200);
        assert!(!is_asked(&app).await);
        call(&app, "PATCH", "/api/sign-in-exp", on).await.expect(200);
        assert!(is_asked(&app).await);
        call(&app, "DELETE", PATH, json!(null)).await.expect(204);
        assert!(!is_asked(&app).await, "nobody could sign in any more");
    })
    .await;
}

#[tokio::test]
async fn f8_pages_learn_the_site_key_and_never_the_secret() {
    for_each_engine(async |app: TestApp| {
        let public = async |app: &TestApp| app.get("/api/.well-known/sign-in-exp").send().await.expect(200);
        call(&app, "PUT", PATH, json!({"config": turnstile()})).await.expect(200);
        assert!(public(&app).await.json().get("captchaConfig").is_none(), "it is not asked for");
        ask(&app, turnstile()).await;
        let shown = public(&app).await;
        assert_eq!(shown.json()["captchaConfig"], json!({"type": "Turnstile", "siteKey": "site-key"}));
        let enterprise = json!({"type": "RecaptchaEnterprise", "siteKey": "k", "secretKey": "secret-key",
            "projectId": "secret-project", "domain": "www.recaptcha.net", "mode": "invisible"});
        ask(&app, enterprise).await;
        let again = public(&app).await;
        let expected = json!({"type": "RecaptchaEnterprise", "siteKey": "k", "domain": "www.recaptcha.net",
            "mode": "invisible"});
        assert_eq!(again.json()["captchaConfig"], expected);
        for text in [shown.text(), again.text()] {
            assert!(!text.contains("secret-key") && !text.contains("secret-project"));
        }
        ask(&app, json!({"type": "ProofOfWork"})).await;
        assert_eq!(public(&app).await.json()["captchaConfig"], json!({"type": "ProofOfWork"}));
    })
    .await;
}
