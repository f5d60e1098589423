//! Registering on the hosted pages (inventory E027, E056, E062, E063).

use flow::{Identifier, IdentifierType};
use serde_json::json;
use server::users::store;
use testkit::{Browser, BrowserPage, TestApp, for_each_engine};

use super::fixture::{PASSWORD, application, authorization, is_back_with_code, settings, user};

async fn at_register(app: &TestApp, browser: &mut Browser) -> BrowserPage {
    let client = application(app, "Harbour", false).await;
    let page = browser.open(&authorization(&client, &[("first_screen", "register")])).await;
    assert_eq!(page.path(), "/register");
    page
}

async fn exists(app: &TestApp, username: &str) -> bool {
    let identifier = Identifier::new(IdentifierType::Username, username);
    let found = app.read("default", move |view| store::find_by_identifier(view, &identifier, true)).await;
    found.unwrap().is_some()
}

#[tokio::test]
async fn somebody_registers_herself_and_is_signed_in() {
    for_each_engine(async |app| {
        let mut browser = Browser::new(&app);
        let page = at_register(&app, &mut browser).await;
        assert!(page.text().contains("at least 8 characters"));
        let form = [("identifier", "grace"), ("password", PASSWORD), ("confirm", PASSWORD)];
        let back = browser.submit(&page, &form).await;
        assert!(is_back_with_code(&back), "{}", back.url);
        assert!(exists(&app, "grace").await);
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_is_said_where_it_is_wrong_and_nothing_is_lost() {
    for_each_engine(async |app| {
        user(&app, "ada").await;
        settings(&app, json!({"passwordPolicy": {"length": {"min": 10, "max": 256}, "characterTypes": {"min": 3}}}))
            .await;
        let mut browser = Browser::new(&app).reading("zh-CN");
        let page = at_register(&app, &mut browser).await;
        let with = |name: &'static str, password: &'static str, confirm: &'static str| {
            [("identifier", name), ("password", password), ("confirm", confirm)]
        };
        let differ = browser.submit(&page, &with("grace", PASSWORD, "another")).await;
        assert!(differ.text().contains("两次输入的密码不一致") && differ.value("identifier") == "grace");
        let weak = browser.submit(&page, &with("grace", "abc", "abc")).await;
        assert_eq!(weak.response.status, 422);
        for issue in ["至少使用 10 个字符", "至少使用 3 种字符"] {
            assert!(weak.text().contains(issue), "{issue}: {}", weak.text());
        }
        let taken = browser.submit(&page, &with("ada", PASSWORD, PASSWORD)).await;
        assert!(taken.text().contains("该用户名已被占用") && taken.text().contains("aria-invalid=\"true\""));
        let shape = browser.submit(&page, &with("1 two", PASSWORD, PASSWORD)).await;
        assert_eq!(shape.response.status, 422);
        assert_eq!(shape.value("identifier"), "1 two");
    })
    .await;
}

#[tokio::test]
async fn f11_a_form_without_its_token_creates_no_account() {
    for_each_engine(async |app| {
        let mut browser = Browser::new(&app);
        let page = at_register(&app, &mut browser).await;
        let form = [("identifier", "grace"), ("password", PASSWORD), ("confirm", PASSWORD)];
        browser.send("POST", &page.url, Some(&form)).await.expect(400);
        assert!(!exists(&app, "grace").await);
    })
    .await;
}

#[tokio::test]
async fn a_registration_that_needs_a_code_says_when_none_can_be_sent() {
    for_each_engine(async |app| {
        settings(&app, json!({"signUp": {"identifiers": ["email"], "password": true, "verify": true}})).await;
        let mut browser = Browser::new(&app);
        let page = at_register(&app, &mut browser).await;
        let told = browser.submit(&page, &[("identifier", "grace@example.com")]).await;
        assert_eq!(told.response.status, 501);
        assert!(told.text().contains("No connector of this type"), "{}", told.text());
        assert_eq!(told.value("identifier"), "grace@example.com");
        settings(&app, json!({"signUp": {"identifiers": [], "password": false, "verify": false}})).await;
        let none = at_register(&app, &mut browser).await;
        assert!(none.text().contains("cannot be created on this page") && !none.text().contains("<form"));
    })
    .await;
}
