//! Resetting a forgotten password on the hosted pages (inventory E045; attacks C8, C9, C10, C11, C21).

use serde_json::json;
use testkit::{Browser, BrowserPage, TestApp, for_each_engine};

use super::codes::{add_user, connectors, last_code, main_of, messages, method, wrong};
use super::fixture::{PASSWORD, application, authorization, is_back_with_code, settings};

const NEW: &str = "Tz9!amber-lantern";
const RESET: &str = "/forgot-password/reset";

/// Ada, who can reset her password with a code.
async fn prepare(app: &TestApp) {
    connectors(app).await;
    add_user(app, "ada", Some("ada@example.com"), Some("8613800138000")).await;
    let change = json!({
        "signIn": {"methods": [method("email", true, false, true)]},
        "forgotPasswordMethods": ["EmailVerificationCode"],
    });
    settings(app, change).await;
}

async fn at_reset(app: &TestApp, browser: &mut Browser) -> BrowserPage {
    let client = application(app, "Harbour", false).await;
    let page = browser.open(&authorization(&client, &[])).await;
    assert!(page.text().contains("/forgot-password?app_id="), "{}", page.text());
    let page = browser.open("/forgot-password").await;
    assert_eq!((page.path(), page.response.status.as_u16()), ("/forgot-password", 200));
    page
}

async fn can_sign_in(app: &TestApp, password: &str) -> bool {
    let mut browser = Browser::new(app);
    let client = application(app, "Other", false).await;
    let page = browser.open(&authorization(&client, &[])).await;
    is_back_with_code(&browser.submit(&page, &[("identifier", "ada@example.com"), ("password", password)]).await)
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_with_a_code() {
    for_each_engine(async |app: TestApp| {
        prepare(&app).await;
        let mut browser = Browser::new(&app);
        let page = at_reset(&app, &mut browser).await;
        let page = browser.submit(&page, &[("identifier", "ada@example.com")]).await;
        assert_eq!(page.path(), "/forgot-password/verification-code");
        let code = last_code(&app);
        assert!(!page.text().contains(&code), "c10");
        let again = browser.submit(&page, &[("code", &wrong(&code))]).await;
        assert_eq!(again.response.status, 400);
        let page = browser.submit(&again, &[("code", &code)]).await;
        assert_eq!(page.path(), RESET);
        let differ = browser.submit(&page, &[("password", NEW), ("confirm", "another")]).await;
        assert!(differ.text().contains("not the same"));
        let weak = browser.submit(&page, &[("password", "abc"), ("confirm", "abc")]).await;
        assert_eq!(weak.response.status, 422);
        assert!(weak.text().contains("at least 8 characters") || weak.text().contains("Use at least 8"));
        let same = browser.submit(&page, &[("password", PASSWORD), ("confirm", PASSWORD)]).await;
        assert_eq!(same.response.status, 422, "the present one is no new one");
        let done = browser.submit(&page, &[("password", NEW), ("confirm", NEW)]).await;
        assert!(done.text().contains("Your password is changed"), "{}", done.text());
        assert!(can_sign_in(&app, NEW).await && !can_sign_in(&app, PASSWORD).await);
        let late = browser.submit(&page, &[("password", PASSWORD), ("confirm", PASSWORD)]).await;
        assert_eq!(late.path(), "/forgot-password", "a proof is good once");
        assert!(!can_sign_in(&app, PASSWORD).await);
    })
    .await;
}

#[tokio::test]
async fn c8_no_order_of_pages_without_the_code_reaches_the_new_password() {
    for_each_engine(async |app: TestApp| {
        prepare(&app).await;
        let client = application(&app, "Harbour", false).await;
        let new = [("password", NEW), ("confirm", NEW)];
        let code = [("code", "000000"), ("choice", "")];
        let address = [("identifier", "ada@example.com"), ("method", "code")];
        let steps: [(&str, &[(&str, &str)]); 9] = [
            (RESET, &new),
            ("/forgot-password", &address),
            (RESET, &new),
            ("/forgot-password/verification-code", &code),
            (RESET, &new),
            ("/forgot-password/verification-code", &[("choice", "sign-in")]),
            ("/continue", &[("password", NEW)]),
            ("/sign-in", &address),
            (RESET, &new),
        ];
        // Every rotation of the steps, each twice.
        for start in 0..steps.len() {
            let mut browser = Browser::new(&app);
            let page = browser.open(&authorization(&client, &[])).await;
            for (path, form) in steps.iter().cycle().skip(start).take(2 * steps.len()) {
                let shown = browser.open(path).await;
                assert!(*path != RESET || shown.path() != RESET, "GET {path} in round {start}");
                let xsrf = page.value("xsrf");
                let mut sent = vec![("xsrf", xsrf.as_str())];
                sent.extend(form.iter().copied());
                let answer = browser.send("POST", path, Some(&sent)).await;
                assert!(!answer.text().contains("password is changed"), "{path} in round {start}");
            }
        }
        assert!(can_sign_in(&app, PASSWORD).await);
    })
    .await;
}

#[tokio::test]
async fn c8_a_code_to_another_account_or_for_another_purpose_opens_no_reset() {
    for_each_engine(async |app: TestApp| {
        prepare(&app).await;
        add_user(&app, "eve", Some("eve@example.com"), None).await;
        settings(&app, json!({"signIn": {"methods": [method("email", true, true, false)]}})).await;
        // Eve's own proof, then Ada's address: the proof goes with the old interaction.
        let mut browser = Browser::new(&app);
        let page = at_reset(&app, &mut browser).await;
        let sent = browser.submit(&page, &[("identifier", "eve@example.com")]).await;
        let proven = browser.submit(&sent, &[("code", &last_code(&app))]).await;
        assert_eq!(proven.path(), RESET);
        browser.submit(&page, &[("identifier", "ada@example.com")]).await;
        let refused = browser.submit(&proven, &[("password", NEW), ("confirm", NEW)]).await;
        assert_eq!(refused.path(), "/forgot-password");
        assert!(can_sign_in(&app, PASSWORD).await);
        // A code for signing in.
        let mut browser = Browser::new(&app);
        let client = application(&app, "Harbour", false).await;
        let first = browser.open(&authorization(&client, &[])).await;
        browser.submit(&first, &[("identifier", "ada@example.com")]).await;
        let page = browser.open("/forgot-password/verification-code").await;
        assert_eq!(page.path(), "/sign-in/verification-code", "the page of the purpose that the code has");
        assert_eq!(browser.open(RESET).await.path(), "/forgot-password");
    })
    .await;
}

#[tokio::test]
async fn c9_the_message_of_a_reset_names_no_host_of_a_header() {
    for_each_engine(async |app: TestApp| {
        prepare(&app).await;
        let mut browser = Browser::new(&app);
        let page = at_reset(&app, &mut browser).await;
        let (xsrf, cookies) = (page.value("xsrf"), browser.cookie("_interaction").to_owned());
        let signature = browser.cookie("_interaction.sig").to_owned();
        let form = [("xsrf", xsrf.as_str()), ("identifier", "ada@example.com")];
        let request = app.post("/forgot-password").form(&form);
        let request = request.header("cookie", &format!("_interaction={cookies}; _interaction.sig={signature}"));
        let request = request.header("x-forwarded-host", "evil.example").header("forwarded", "host=evil.example");
        let answer = request.send().await.expect(303);
        assert!(answer.header("location").starts_with("/forgot-password/verification-code"));
        let message = messages(&app).pop().unwrap();
        assert!(!message.to_string().contains("evil") && !message.to_string().contains("http"), "{message}");
    })
    .await;
}

#[tokio::test]
async fn c11_an_unknown_account_gets_the_same_page_and_no_message() {
    for_each_engine(async |app: TestApp| {
        prepare(&app).await;
        let mut seen = Vec::new();
        for name in ["ada", "abc"] {
            let mut browser = Browser::new(&app);
            let page = at_reset(&app, &mut browser).await;
            let sent = browser.submit(&page, &[("identifier", &format!("{name}@example.com"))]).await;
            let resent = browser.submit(&sent, &[("choice", "resend")]).await;
            let wrong = browser.submit(&sent, &[("code", "000000")]).await;
            for page in [&sent, &resent, &wrong] {
                let text = main_of(page);
                seen.push((page.path().to_owned(), page.response.status, text));
            }
        }
        assert_eq!(seen[..3], seen[3..]);
        assert_eq!(messages(&app).len(), 2, "both to Ada");
    })
    .await;
}

#[tokio::test]
async fn c21_empty_repeated_and_early_forms_are_refused() {
    for_each_engine(async |app: TestApp| {
        prepare(&app).await;
        let mut browser = Browser::new(&app);
        let page = at_reset(&app, &mut browser).await;
        assert_eq!(browser.submit(&page, &[]).await.response.status, 422, "no address");
        let sent = browser.submit(&page, &[("identifier", "ada@example.com")]).await;
        for _ in 0..2 {
            assert_eq!(browser.submit(&sent, &[]).await.response.status, 400, "no code");
        }
        let early = browser.send("POST", RESET, Some(&[("xsrf", &sent.value("xsrf"))])).await;
        assert_eq!((early.status.as_u16(), early.header("location").starts_with("/forgot-password")), (303, true));
        let proven = browser.submit(&sent, &[("code", &last_code(&app))]).await;
        let empty = browser.submit(&proven, &[]).await;
        assert_eq!(empty.response.status, 422);
        let foreign = browser.send("POST", RESET, Some(&[("password", NEW), ("confirm", NEW)])).await;
        assert_eq!(foreign.status.as_u16(), 400, "a form without its token");
        assert!(can_sign_in(&app, PASSWORD).await);
    })
    .await;
}

#[tokio::test]
async fn the_methods_of_the_tenant_say_where_a_code_can_go() {
    for_each_engine(async |app: TestApp| {
        prepare(&app).await;
        let mut browser = Browser::new(&app);
        let page = at_reset(&app, &mut browser).await;
        let refused = browser.submit(&page, &[("identifier", "+86 138 0013 8000")]).await;
        assert_eq!(refused.response.status, 422);
        assert!(messages(&app).is_empty());
        settings(&app, json!({"forgotPasswordMethods": null})).await;
        let page = at_reset(&app, &mut browser).await;
        let sent = browser.submit(&page, &[("identifier", "+86 138 0013 8000")]).await;
        assert!(sent.text().contains("****8000"));
        settings(&app, json!({"forgotPasswordMethods": []})).await;
        let none = browser.open("/forgot-password").await;
        assert!(!none.text().contains("<form"), "{}", none.text());
        let refused = browser.send("POST", "/forgot-password", Some(&[("xsrf", &page.value("xsrf"))])).await;
        assert_eq!(refused.status.as_u16(), 422);
    })
    .await;
}
