//! People type the same name, number and password in many ways.

use serde_json::{Value, json};
use testkit::{Browser, TestApp, TestResponse, for_each_engine};

use crate::pages::fixture::{at_sign_in, is_back_with_code, settings};

const PASSWORD: &str = "Trace-Passw0rd!42";

async fn create(app: &TestApp, body: Value) -> TestResponse {
    app.management_request("POST", "/api/users").await.json(body).send().await
}

/// Every identifier may sign in with a password.
async fn all_identifiers(app: &TestApp) {
    let method = |identifier: &str| json!({"identifier": identifier, "password": true, "verificationCode": false, "isPasswordPrimary": true});
    settings(app, json!({"signIn": {"methods": [method("username"), method("email"), method("phone")]}})).await;
}

async fn signs_in(app: &TestApp, identifier: &str, password: &str) -> bool {
    let mut browser = Browser::new(app);
    let page = at_sign_in(app, &mut browser).await;
    is_back_with_code(&browser.submit(&page, &[("identifier", identifier), ("password", password)]).await)
}

#[tokio::test]
async fn a_phone_number_has_one_stored_form_and_is_found_however_it_is_typed() {
    for_each_engine(async |app: TestApp| {
        all_identifiers(&app).await;
        let user = create(&app, json!({"username": "ada", "primaryPhone": "610412345678", "password": PASSWORD}))
            .await
            .expect(200)
            .json();
        assert_eq!(user["primaryPhone"], "61412345678");
        create(&app, json!({"primaryPhone": "61412345678"})).await.expect_error(422, "user.phone_already_in_use");
        for typed in ["61412345678", "610412345678", "+61 412 345 678", "0061-412-345-678", "+61 (0)412.345.678"] {
            assert!(signs_in(&app, typed, PASSWORD).await, "{typed}");
        }
        for search in
            ["search.primaryPhone=%2B61%20412%20345%20678&mode=exact", "search=610412345678", "search=%2541234%25"]
        {
            let found =
                app.management_request("GET", &format!("/api/users?{search}")).await.send().await.expect(200).json();
            assert_eq!(found[0]["id"], user["id"], "{search}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_phone_number_that_cannot_exist_is_refused_at_creation_and_change() {
    for_each_engine(async |app: TestApp| {
        for phone in ["99999", "1", "491511234567890123456"] {
            create(&app, json!({"primaryPhone": phone})).await.expect_error(422, "user.invalid_phone");
        }
        create(&app, json!({"primaryPhone": "+61412345678"})).await.expect_error(400, "guard.invalid_input");
        let user = create(&app, json!({"username": "ada"})).await.expect(200).json();
        let path = format!("/api/users/{}", user["id"].as_str().unwrap());
        let patch = async |phone: &str| {
            app.management_request("PATCH", &path).await.json(json!({"primaryPhone": phone})).send().await
        };
        patch("99999").await.expect_error(422, "user.invalid_phone");
        assert_eq!(patch("49015112345678").await.expect(200).json()["primaryPhone"], "4915112345678");
    })
    .await;
}

#[tokio::test]
async fn an_address_is_stored_composed_and_without_invisible_characters() {
    for_each_engine(async |app: TestApp| {
        all_identifiers(&app).await;
        let body = json!({"username": "zoe", "primaryEmail": "Zoe\u{301}@example.com\u{200b}", "password": PASSWORD});
        assert_eq!(create(&app, body).await.expect(200).json()["primaryEmail"], "Zo\u{e9}@example.com");
        let again = json!({"primaryEmail": "\u{2060}zo\u{e9}@example.com"});
        create(&app, again).await.expect_error(422, "user.email_already_in_use");
        create(&app, json!({"primaryEmail": "\u{200b}@example.com"})).await.expect_error(400, "guard.invalid_input");
        for typed in ["zoe\u{301}@example.com", "\u{feff}ZO\u{c9}@example.com", "zo\u{e9}\u{ff20}example.com"] {
            assert!(signs_in(&app, typed, PASSWORD).await, "{typed:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_username_is_found_through_invisible_and_full_width_characters() {
    for_each_engine(async |app: TestApp| {
        all_identifiers(&app).await;
        create(&app, json!({"username": "ada", "password": PASSWORD})).await.expect(200);
        create(&app, json!({"username": "ada\u{200b}"})).await.expect_error(400, "guard.invalid_input");
        for typed in ["ada\u{200b}", "\u{202a}ada\u{202c}", "\u{ff41}da\u{3000}"] {
            assert!(signs_in(&app, typed, PASSWORD).await, "{typed:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_password_signs_in_composed_and_decomposed() {
    for_each_engine(async |app: TestApp| {
        let (composed, decomposed) = ("Schl\u{fc}ssel-42", "Schlu\u{308}ssel-42");
        for (name, set) in [("ada", composed), ("bob", decomposed)] {
            create(&app, json!({"username": name, "password": set})).await.expect(200);
            for typed in [composed, decomposed] {
                assert!(signs_in(&app, name, typed).await, "{name} {typed:?}");
            }
            assert!(!signs_in(&app, name, "Schlussel-42").await);
        }
    })
    .await;
}

#[tokio::test]
async fn readers_of_traditional_chinese_get_their_second_language() {
    for_each_engine(async |app: TestApp| {
        for (header, language) in
            [("zh-TW,en", "en"), ("zh-Hant-HK,zh-Hans;q=0.5", "zh-CN"), ("zh-SG", "zh-CN"), ("zh", "zh-CN")]
        {
            let mut browser = Browser::new(&app).reading(header);
            let page = at_sign_in(&app, &mut browser).await;
            assert_eq!(page.response.header("content-language"), language, "{header}");
        }
    })
    .await;
}
