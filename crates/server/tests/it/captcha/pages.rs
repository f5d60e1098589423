//! Captchas on the hosted pages.

use http::Method;
use outbound::FakeResponse;
use serde_json::json;
use std::time::Duration;
use testkit::{Browser, BrowserPage, TestApp, for_each_engine};

use super::{ask, solve, turnstile};
use crate::applications::call;
use crate::pages::fixture::{PASSWORD, at_sign_in, is_back_with_code, user};

fn solved(page: &BrowserPage) -> String {
    solve(page.value("captcha").strip_prefix("wait.").unwrap(), 14, 16)
}

#[tokio::test]
async fn a_form_counts_with_a_solved_challenge_once() {
    for_each_engine(async |app: TestApp| {
        user(&app, "ada").await;
        ask(&app, json!({"type": "ProofOfWork"})).await;
        let mut browser = Browser::new(&app);
        let page = at_sign_in(&app, &mut browser).await;
        assert!(page.text().contains("data-bits=\"14\" data-puzzles=\"16\""));
        let proof = solved(&page);
        let form = |password, captcha| [("identifier", "ada"), ("password", password), ("captcha", captcha)];
        let refused = browser.submit(&page, &form(PASSWORD, "")).await;
        assert_eq!(refused.response.status, 422);
        assert!(refused.text().contains("Complete the captcha"), "{}", refused.text());
        assert_eq!(refused.value("identifier"), "ada");
        let wrong = browser.submit(&page, &form("wrong", &proof)).await;
        assert!(wrong.text().contains("Wrong account or password"));
        let again = browser.submit(&page, &form(PASSWORD, &proof)).await;
        assert!(again.text().contains("The captcha check failed"), "each guess needs a proof of its own");
        let back = browser.submit(&again, &form(PASSWORD, &solved(&again))).await;
        assert!(is_back_with_code(&back), "{}", back.url);
    })
    .await;
}

#[tokio::test]
async fn a_newcomer_registers_with_a_solved_challenge() {
    for_each_engine(async |app: TestApp| {
        ask(&app, json!({"type": "ProofOfWork"})).await;
        let mut browser = Browser::new(&app);
        at_sign_in(&app, &mut browser).await;
        let page = browser.open("/register").await;
        let fields = [("identifier", "cap"), ("password", PASSWORD), ("confirm", PASSWORD)];
        let refused = browser.submit(&page, &fields).await;
        assert!(refused.text().contains("Complete the captcha"), "{}", refused.text());
        let proof = solved(&refused);
        let with_proof: Vec<_> = fields.into_iter().chain([("captcha", proof.as_str())]).collect();
        let back = browser.submit(&refused, &with_proof).await;
        assert!(is_back_with_code(&back), "{} {}", back.url, back.text());
    })
    .await;
}

#[tokio::test]
async fn without_javascript_a_person_waits_instead() {
    for_each_engine(async |app: TestApp| {
        user(&app, "ada").await;
        ask(&app, json!({"type": "ProofOfWork"})).await;
        let mut browser = Browser::new(&app);
        let page = at_sign_in(&app, &mut browser).await;
        assert!(page.text().contains("data-without-script>JavaScript is off"));
        let waited = page.value("captcha");
        let form = [("identifier", "ada"), ("password", PASSWORD), ("captcha", waited.as_str())];
        app.app.clock.advance(Duration::from_secs(19));
        let early = browser.submit(&page, &form).await;
        assert!(early.text().contains("20 seconds after you opened this page"), "{}", early.text());
        assert!(!early.text().contains("data-without-script>"), "the error says it");
        assert_eq!(early.value("captcha"), waited, "the time goes on");
        app.app.clock.advance(Duration::from_secs(1));
        let back = browser.submit(&early, &form).await;
        assert!(is_back_with_code(&back), "{}", back.url);
    })
    .await;
}

#[tokio::test]
async fn scripts_of_others_run_only_where_their_captcha_is_on() {
    for_each_engine(async |app: TestApp| {
        user(&app, "ada").await;
        let policy_at = async |app: &TestApp| {
            let page = at_sign_in(app, &mut Browser::new(app)).await;
            (page.response.header("content-security-policy").to_owned(), page.text())
        };
        assert!(!policy_at(&app).await.0.contains("cloudflare"));
        ask(&app, json!({"type": "ProofOfWork"})).await;
        let (policy, text) = policy_at(&app).await;
        assert!(!policy.contains("connect-src") && !text.contains("src=\"https://"));
        ask(&app, turnstile()).await;
        let (policy, text) = policy_at(&app).await;
        assert!(policy.contains("' https://challenges.cloudflare.com;"), "{policy}");
        assert!(text.contains("data-sitekey=\"site-key\"") && !text.contains("secret-key"));
        let mut browser = Browser::new(&app);
        let page = at_sign_in(&app, &mut browser).await;
        let siteverify = "https://challenges.cloudflare.com/turnstile/v0/siteverify";
        app.outbound.respond(Method::POST, siteverify, FakeResponse::json(&json!({"success": true})));
        let form = [("identifier", "ada"), ("password", PASSWORD), ("captcha", "token")];
        assert!(is_back_with_code(&browser.submit(&page, &form).await));
        let enterprise = json!({"type": "RecaptchaEnterprise", "siteKey": "site-key", "secretKey": "secret-key",
            "projectId": "p-1", "domain": "www.recaptcha.net"});
        ask(&app, enterprise).await;
        let (policy, text) = policy_at(&app).await;
        assert!(policy.contains("' https://www.recaptcha.net/recaptcha/ https://www.gstatic.com/recaptcha/;"));
        assert!(text.contains("src=\"https://www.recaptcha.net/recaptcha/enterprise.js?render=site-key\""));
        let elsewhere = browser.open("/unknown-session").await;
        assert!(!elsewhere.response.header("content-security-policy").contains("recaptcha"));
    })
    .await;
}

#[tokio::test]
async fn a_code_is_sent_from_the_pages_only_after_a_solved_challenge() {
    for_each_engine(async |app: TestApp| {
        let endpoint = "https://messages.example.com/send";
        app.outbound.respond(Method::POST, endpoint, FakeResponse::status(http::StatusCode::OK));
        let connector = json!({"connectorId": "http-email", "config": {"endpoint": endpoint}});
        call(&app, "POST", "/api/connectors", connector).await.expect(200);
        let method =
            json!({"identifier": "email", "password": true, "verificationCode": true, "isPasswordPrimary": false});
        let forgot = json!(["EmailVerificationCode"]);
        let patch = json!({"signIn": {"methods": [method]}, "forgotPasswordMethods": forgot});
        call(&app, "PATCH", "/api/sign-in-exp", patch).await.expect(200);
        let id = user(&app, "ada").await;
        let email = json!({"primaryEmail": "ada@example.com"});
        call(&app, "PATCH", &format!("/api/users/{id}"), email).await.expect(200);
        ask(&app, json!({"type": "ProofOfWork"})).await;
        let mut browser = Browser::new(&app);
        let page = at_sign_in(&app, &mut browser).await;
        let address = ("identifier", "ada@example.com");
        let refused = browser.submit(&page, &[address]).await;
        assert!(refused.text().contains("Complete the captcha") && app.outbound.received().is_empty());
        let proof = solved(&refused);
        let sent = browser.submit(&refused, &[address, ("captcha", &proof)]).await;
        assert_eq!((sent.path(), app.outbound.received().len()), ("/sign-in/verification-code", 1), "{}", sent.text());
        let message: serde_json::Value = serde_json::from_slice(&app.outbound.received()[0].body).unwrap();
        let code = message["payload"]["code"].as_str().unwrap().to_owned();
        let back = browser.submit(&sent, &[("code", &code)]).await;
        assert!(is_back_with_code(&back), "{} {}", back.url, back.text());
        let mut other = Browser::new(&app);
        at_sign_in(&app, &mut other).await;
        let page = other.open("/forgot-password").await;
        let refused = other.submit(&page, &[address]).await;
        assert!(refused.text().contains("Complete the captcha") && app.outbound.received().len() == 1);
        let proof = solved(&refused);
        let sent = other.submit(&refused, &[address, ("captcha", &proof)]).await;
        assert_eq!((sent.path(), app.outbound.received().len()), ("/forgot-password/verification-code", 2));
    })
    .await;
}
