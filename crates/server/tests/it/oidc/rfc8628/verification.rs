//! Section 3.3: the user enters the code and decides.

use testkit::{Browser, TestApp, for_each_engine};

use super::{device, start, start_of};
use crate::pages::fixture::{PASSWORD, consent_scopes, user};

#[tokio::test]
async fn the_pages_lead_from_the_code_to_the_tokens_in_both_languages() {
    for_each_engine(async |app: TestApp| {
        user(&app, "ada").await;
        for (language, texts) in [
            ("en", ["Connect a device", "on your device?", "Your device is connected"]),
            ("zh-CN", ["连接设备", "在您的设备上登录", "您的设备已连接"]),
        ] {
            let started = start(&app).await;
            let mut browser = Browser::new(&app).reading(language);
            let page = browser.open("/device").await;
            assert!(page.text().contains(texts[0]), "{}", page.text());
            let typed = started.user_code.to_lowercase().replace('-', " ");
            let page = browser.submit(&page, &[("user_code", &typed)]).await;
            assert_eq!(page.query("user_code"), started.user_code);
            for text in [texts[1], "test-Native", &started.user_code, "127.0.0.1"] {
                assert!(page.text().contains(text), "{text}: {}", page.text());
            }
            started.poll(&app).await.expect_error(400, "oidc.authorization_pending");
            let page = browser.submit(&page, &[("user_code", &started.user_code), ("confirm", "yes")]).await;
            assert_eq!(page.path(), "/sign-in");
            let done = browser.submit(&page, &[("identifier", "ada"), ("password", PASSWORD)]).await;
            assert_eq!(done.path(), "/device/success");
            assert!(done.text().contains(texts[2]), "{}", done.text());
            assert_eq!(browser.cookie("_logto_device_flow_xsrf"), "");
            started.tokens(&app).await;

            // Whoever is signed in needs no second sign-in.
            let next = start_of(&app, &started.client, &[("scope", "openid")]).await;
            assert_eq!(next.confirm(&mut browser).await.path(), "/device/success");
            next.tokens(&app).await;
        }
    })
    .await;
}

#[tokio::test]
async fn the_complete_address_needs_nothing_typed_and_enters_nothing_by_itself() {
    for_each_engine(async |app: TestApp| {
        user(&app, "ada").await;
        let started = start(&app).await;
        let link = format!("/device?user_code={}", started.user_code);
        // A program that looks at links enters nothing.
        Browser::new(&app).open(&link).await;
        let mut browser = Browser::new(&app);
        let page = browser.open(&link).await;
        assert_eq!((page.path(), page.value("user_code")), ("/oidc/device", started.user_code.clone()));
        assert!(page.text().contains(".submit()") && page.text().contains("<button"));
        let page = browser.submit(&page, &[("user_code", &started.user_code)]).await;
        assert_eq!(page.path(), "/device");
        assert!(page.text().contains("on your device?"));
        // Also where the browser has been here before.
        let again = start_of(&app, &started.client, &[]).await;
        let page = browser.open(&format!("/device?user_code={}", again.user_code)).await;
        assert_eq!(page.value("user_code"), again.user_code);
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_is_said_on_the_page() {
    for_each_engine(async |app: TestApp| {
        let started = start(&app).await;
        let mut browser = Browser::new(&app);
        let page = browser.open("/device").await;
        let xsrf = page.value("xsrf");
        assert_eq!(browser.cookie("_logto_device_flow_xsrf"), xsrf, "scripts of a custom page read it there");
        for (form, to) in [
            (vec![("xsrf", "bad"), ("user_code", started.user_code.as_str())], "/device?error=InvalidRequest"),
            (vec![("user_code", started.user_code.as_str())], "/device?error=InvalidRequest"),
        ] {
            let answer = browser.send("POST", "/oidc/device", Some(&form)).await.expect(302);
            assert_eq!(answer.header("location"), to);
        }
        let page = browser.open("/device?error=InvalidRequest").await;
        assert!(page.text().contains("This page was out of date"));
        let xsrf = page.value("xsrf");
        for (code, to, text) in [
            ("BBBB-BBBB", "/device?input_code=BBBB-BBBB&error=NotFoundError", "This code is not valid"),
            ("", "/device?error=NoCodeError", "Enter the code first"),
        ] {
            let form = [("xsrf", xsrf.as_str()), ("user_code", code)];
            let answer = browser.send("POST", "/oidc/device", Some(&form)).await.expect(302);
            assert_eq!(answer.header("location"), to);
            let page = browser.open(to).await;
            assert!(page.text().contains(text), "{}", page.text());
            assert_eq!(page.value("user_code"), code);
        }
        let missing = browser.send("GET", "/oidc/device/none", None).await.expect(302);
        assert_eq!(missing.header("location"), "/device?error=SessionNotFound");
        let success = browser.open("/device/success").await;
        assert_eq!(success.response.status, 200);
    })
    .await;
}

#[tokio::test]
async fn the_user_says_no() {
    for_each_engine(async |app: TestApp| {
        let started = start(&app).await;
        let mut browser = Browser::new(&app);
        let page = started.enter(&mut browser).await;
        let page = browser.submit(&page, &[("user_code", &started.user_code), ("abort", "yes")]).await;
        assert_eq!((page.path(), page.query("error").as_str()), ("/device", "AbortedError"));
        let body = started.poll(&app).await.expect_error(400, "oidc.access_denied").json();
        assert_eq!(body["error_description"], "End-User aborted interaction");
        let again = started.enter(&mut browser).await;
        assert_eq!(again.query("error"), "NotFoundError");
    })
    .await;
}

#[tokio::test]
async fn a_third_party_device_asks_for_consent() {
    for_each_engine(async |app: TestApp| {
        user(&app, "ada").await;
        // Device applications of third parties can't be made by the API of the contract: the flag is set as a migration would.
        let client = device(&app).await;
        app.sql("update applications set is_third_party = true where id = $1", vec![client.id.as_str().into()]).await;
        consent_scopes(&app, &client.id, &["profile"]).await;
        for (decision, path) in [("allow", "/device/success"), ("deny", "/device")] {
            let started = start_of(&app, &client, &[("scope", "openid profile"), ("prompt", "consent")]).await;
            let mut browser = Browser::new(&app);
            let page = started.approve(&mut browser).await;
            assert_eq!(page.path(), "/consent", "{}", page.text());
            assert!(!page.text().contains("Not you?") && !page.text().contains("You will go to"));
            let page = browser.submit(&page, &[("decision", decision)]).await;
            assert_eq!(page.path(), path, "{}", page.text());
            let code = if decision == "allow" { 200 } else { 400 };
            let answer = started.poll(&app).await.expect(code).json();
            assert_eq!(answer["error"] == "access_denied", decision == "deny");
        }
    })
    .await;
}
