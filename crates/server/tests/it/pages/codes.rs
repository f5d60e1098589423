//! Codes by e-mail and SMS on the hosted pages: signing in, registering, adding an address (inventory E009, E010, E098; attacks C10,
//! C11, C24).

use flow::{Identifier, IdentifierType};
use http::{Method, StatusCode};
use kernel::id;
use outbound::FakeResponse;
use serde_json::{Value, json};
use server::users::store;
use testkit::{Browser, BrowserPage, TestApp, for_each_engine};

use super::fixture::{PASSWORD, application, at_sign_in, authorization, is_back_with_code, settings};
use crate::applications::call;

const ENDPOINT: &str = "https://messages.example.com/send";

/// Connectors for both kinds whose service takes everything.
pub async fn connectors(app: &TestApp) {
    app.outbound.respond(Method::POST, ENDPOINT, FakeResponse::status(StatusCode::OK));
    for factory in ["http-email", "http-sms"] {
        let body = json!({"connectorId": factory, "config": {"endpoint": ENDPOINT}});
        call(app, "POST", "/api/connectors", body).await.expect(200);
    }
}

/// A method of signing in.
pub fn method(kind: &str, password: bool, code: bool, password_first: bool) -> Value {
    json!({"identifier": kind, "password": password, "verificationCode": code, "isPasswordPrimary": password_first})
}

/// The messages so far.
pub fn messages(app: &TestApp) -> Vec<Value> {
    app.outbound.received().iter().filter_map(|one| serde_json::from_slice(&one.body).ok()).collect()
}

pub fn last_code(app: &TestApp) -> String {
    messages(app).last().unwrap()["payload"]["code"].as_str().unwrap().to_owned()
}

/// A code that was not sent.
pub fn wrong(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000)
}

/// A user with an address, a number and a password.
pub async fn add_user(app: &TestApp, username: &str, email: Option<&str>, phone: Option<&str>) -> String {
    let user = store::NewUser {
        id: id::short_entity_id(&app.app.rng).into(),
        username: Some(username.to_owned()),
        primary_email: email.map(str::to_owned),
        primary_phone: phone.map(str::to_owned),
        password: Some(app.app.hasher.hash(PASSWORD).await.unwrap()),
        ..store::NewUser::default()
    };
    let id = user.id.clone();
    app.insert_user(user).await;
    id.into()
}

async fn find(app: &TestApp, kind: IdentifierType, value: &str) -> Option<store::User> {
    let identifier = Identifier::new(kind, value);
    app.read("default", move |view| store::find_by_identifier(view, &identifier, true)).await.unwrap()
}

/// What the page says, apart from its frame and what differs in every interaction.
pub fn main_of(page: &BrowserPage) -> String {
    let html = page.text().replace(&page.value("xsrf"), "").replace(&page.query("app_id"), "");
    html.split("<main").nth(1).unwrap().split("</main").next().unwrap().to_owned()
}

async fn at_register(app: &TestApp, browser: &mut Browser) -> BrowserPage {
    let client = application(app, "Harbour", false).await;
    let page = browser.open(&authorization(&client, &[("first_screen", "register")])).await;
    assert_eq!(page.path(), "/register");
    page
}

#[tokio::test]
async fn c10_a_person_signs_in_with_a_code_by_e_mail_in_either_language() {
    for_each_engine(async |app: TestApp| {
        connectors(&app).await;
        add_user(&app, "ada", Some("ada@example.com"), None).await;
        settings(&app, json!({"signIn": {"methods": [method("email", false, true, false)]}})).await;
        for (language, word) in [("en", "We sent a 6-digit code to a****@example.com"), ("zh-CN", "a****@example.com")]
        {
            let mut browser = Browser::new(&app).reading(language);
            let page = at_sign_in(&app, &mut browser).await;
            assert!(!page.text().contains("type=\"password\""));
            let page = browser.submit(&page, &[("identifier", "ada@example.com")]).await;
            assert_eq!(page.path(), "/sign-in/verification-code");
            let code = last_code(&app);
            let html = page.text();
            assert!(html.contains(word), "{html}");
            assert!(html.contains("inputmode=\"numeric\" autocomplete=\"one-time-code\""));
            assert!(!html.contains(&code), "c10");
            let again = browser.submit(&page, &[("code", &wrong(&code))]).await;
            assert_eq!(again.response.status, 400);
            assert!(again.text().contains("role=\"alert\"") && again.value("code").is_empty());
            let pasted = format!("{} {}", &code[..3], &code[3..]);
            let back = browser.submit(&again, &[("code", &pasted)]).await;
            assert!(is_back_with_code(&back), "{}", back.url);
        }
    })
    .await;
}

#[tokio::test]
async fn the_methods_of_the_tenant_say_whether_a_password_or_a_code_comes_first() {
    for_each_engine(async |app: TestApp| {
        connectors(&app).await;
        add_user(&app, "ada", Some("ada@example.com"), Some("8613800138000")).await;
        let methods = [
            method("username", true, false, true),
            method("email", true, true, true),
            method("phone", true, true, false),
        ];
        settings(&app, json!({"signIn": {"methods": methods}})).await;
        for (typed, path) in
            [("ada", "/sign-in"), ("ada@example.com", "/sign-in"), ("+86 138 0013 8000", "/sign-in/verification-code")]
        {
            let mut browser = Browser::new(&app);
            let first = at_sign_in(&app, &mut browser).await;
            let page = browser.submit(&first, &[("identifier", typed)]).await;
            assert_eq!(page.path(), path, "{typed}");
            if path == "/sign-in" {
                assert_eq!(page.value("identifier"), typed);
                assert_eq!(page.text().contains("Use a code instead"), typed.contains('@'), "a username gets no code");
                if typed.contains('@') {
                    let form = [("identifier", typed), ("password", "half"), ("method", "code")];
                    assert_eq!(browser.submit(&page, &form).await.path(), "/sign-in/verification-code");
                }
                let refused = browser.submit(&page, &[("identifier", typed), ("password", "wrong")]).await;
                assert_eq!((refused.path(), refused.response.status.as_u16()), ("/sign-in/password", 422));
                assert_eq!(refused.value("identifier"), typed);
                let back = browser.submit(&refused, &[("identifier", typed), ("password", PASSWORD)]).await;
                assert!(is_back_with_code(&back), "{}", back.url);
            } else {
                assert!(page.text().contains("****8000"));
                let other = browser.open("/sign-in/password").await;
                assert_eq!(other.value("identifier"), "8613800138000", "what was typed stays");
                let back = browser.submit(&other, &[("identifier", "8613800138000"), ("password", PASSWORD)]).await;
                assert!(is_back_with_code(&back), "{}", back.url);
            }
        }
        let mut browser = Browser::new(&app);
        let first = at_sign_in(&app, &mut browser).await;
        let page = browser.submit(&first, &[("identifier", "ada@example.com"), ("method", "code")]).await;
        assert_eq!(page.path(), "/sign-in/verification-code");
        let back = browser.submit(&page, &[("code", &last_code(&app))]).await;
        assert!(is_back_with_code(&back), "{}", back.url);
    })
    .await;
}

#[tokio::test]
async fn another_code_replaces_the_one_before_and_an_old_one_is_explained() {
    for_each_engine(async |app: TestApp| {
        connectors(&app).await;
        add_user(&app, "ada", Some("ada@example.com"), None).await;
        settings(&app, json!({"signIn": {"methods": [method("email", false, true, false)]}})).await;
        let mut browser = Browser::new(&app);
        let page = at_sign_in(&app, &mut browser).await;
        let malformed = browser.submit(&page, &[("identifier", "ada")]).await;
        assert_eq!((malformed.response.status.as_u16(), malformed.value("identifier").as_str()), (422, "ada"));
        assert!(malformed.text().contains("Enter an e-mail address such as"), "{}", malformed.text());
        assert!(malformed.text().contains("aria-invalid=\"true\" aria-describedby=\"field-identifier-error\""));
        let page = browser.submit(&page, &[("identifier", "ada@example.com")]).await;
        let first = last_code(&app);
        let page = browser.submit(&page, &[("choice", "resend")]).await;
        assert!(page.text().contains("We sent another code"));
        assert_eq!(messages(&app).len(), 2);
        let second = last_code(&app);
        if first != second {
            assert_eq!(browser.submit(&page, &[("code", &first)]).await.response.status, 400);
        }
        app.app.clock.advance(std::time::Duration::from_secs(601));
        let late = browser.submit(&page, &[("code", &second)]).await;
        assert!(late.text().contains("The code has expired"), "{}", late.text());
        let page = browser.submit(&late, &[("choice", "resend")]).await;
        let back = browser.submit(&page, &[("code", &last_code(&app))]).await;
        assert!(is_back_with_code(&back), "{}", back.url);
    })
    .await;
}

#[tokio::test]
async fn c11_a_code_page_says_nothing_about_who_exists() {
    for_each_engine(async |app: TestApp| {
        connectors(&app).await;
        add_user(&app, "ada", Some("ada@example.com"), None).await;
        let methods = [method("email", false, true, false)];
        settings(&app, json!({"signInMode": "SignIn", "signIn": {"methods": methods}})).await;
        let mut seen = Vec::new();
        for name in ["ada", "abc"] {
            let mut browser = Browser::new(&app);
            let page = at_sign_in(&app, &mut browser).await;
            let page = browser.submit(&page, &[("identifier", &format!("{name}@example.com"))]).await;
            let wrong = browser.submit(&page, &[("code", "000000")]).await;
            for page in [&page, &wrong] {
                let text = main_of(page);
                seen.push((page.path().to_owned(), page.response.status, text));
            }
        }
        assert_eq!(seen[0], seen[2]);
        assert_eq!(seen[1], seen[3]);
        assert_eq!(messages(&app).len(), 1, "nobody else gets a message");
    })
    .await;
}

#[tokio::test]
async fn c24_one_number_gets_ten_messages_whatever_page_sends_them() {
    for_each_engine(async |app: TestApp| {
        connectors(&app).await;
        let change = json!({
            "signIn": {"methods": [method("phone", true, true, false)]},
            "signUp": {"identifiers": ["phone"], "password": false, "verify": true},
            "forgotPasswordMethods": ["PhoneVerificationCode"],
        });
        settings(&app, change).await;
        add_user(&app, "ada", None, Some("8613800138000")).await;
        let client = application(&app, "Harbour", false).await;
        let mut refused = 0;
        for round in 0..24 {
            let mut browser = Browser::new(&app);
            let screen = ["sign_in", "register", "reset_password"][round % 3];
            let page = browser.open(&authorization(&client, &[("first_screen", screen)])).await;
            let page = browser.submit(&page, &[("identifier", "+86 138 0013 8000")]).await;
            if page.response.status == 429 {
                assert!(page.text().contains("Too many messages"), "{}", page.text());
                refused += 1;
                continue;
            }
            let again = browser.submit(&page, &[("choice", "resend")]).await;
            refused += usize::from(again.response.status == 429);
        }
        assert_eq!(messages(&app).len(), 10);
        assert!(refused > 10);
        server::outbox::deliver_due(&app.app).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn somebody_registers_with_a_code_and_adds_what_else_is_needed() {
    for_each_engine(async |app: TestApp| {
        connectors(&app).await;
        let change = json!({
            "signIn": {"methods": [method("email", true, true, true)]},
            "signUp": {"identifiers": ["email"], "password": true, "verify": true,
                "secondaryIdentifiers": [{"identifier": "username"}, {"identifier": "phone", "verify": true}]},
        });
        settings(&app, change).await;
        let mut browser = Browser::new(&app);
        let page = at_register(&app, &mut browser).await;
        assert!(!page.text().contains("type=\"password\""));
        let page = browser.submit(&page, &[("identifier", "grace@example.com")]).await;
        assert_eq!(page.path(), "/register/verification-code");
        assert!(find(&app, IdentifierType::Email, "grace@example.com").await.is_none());
        let page = browser.submit(&page, &[("code", &last_code(&app))]).await;
        assert!(page.text().contains("name=\"username\"") && page.text().contains("name=\"password\""));
        let page = browser.submit(&page, &[("username", "grace"), ("password", PASSWORD)]).await;
        assert_eq!(page.path(), "/continue/phone");
        let page = browser.submit(&page, &[("identifier", "+86 138 0013 8000")]).await;
        assert_eq!(page.path(), "/continue/verification-code");
        assert_eq!(messages(&app).last().unwrap()["to"], "8613800138000");
        let wrong = browser.submit(&page, &[("code", &wrong(&last_code(&app)))]).await;
        assert_eq!(wrong.response.status, 400);
        assert!(find(&app, IdentifierType::Username, "grace").await.is_none(), "not before everything is there");
        let back = browser.submit(&wrong, &[("code", &last_code(&app))]).await;
        assert!(is_back_with_code(&back), "{}", back.url);
        let grace = find(&app, IdentifierType::Username, "grace").await.unwrap();
        assert_eq!(grace.primary_email.as_deref(), Some("grace@example.com"));
        assert_eq!(grace.primary_phone.as_deref(), Some("8613800138000"));
    })
    .await;
}

#[tokio::test]
async fn a_part_that_is_typed_while_a_code_waits_is_taken() {
    for_each_engine(async |app: TestApp| {
        connectors(&app).await;
        let change = json!({
            "signIn": {"methods": [method("email", true, true, true)]},
            "signUp": {"identifiers": ["email"], "password": true, "verify": true,
                "secondaryIdentifiers": [{"identifier": "phone", "verify": true}]},
        });
        settings(&app, change).await;
        let mut browser = Browser::new(&app);
        let page = at_register(&app, &mut browser).await;
        let page = browser.submit(&page, &[("identifier", "grace@example.com")]).await;
        let part = browser.submit(&page, &[("code", &last_code(&app))]).await;
        // Another tab of the same registration asks for the number first.
        let number = browser.open("/continue/phone").await;
        let waits = browser.submit(&number, &[("identifier", "+86 138 0013 8000")]).await;
        assert_eq!(waits.path(), "/continue/verification-code");
        let page = browser.submit(&part, &[("password", PASSWORD)]).await;
        assert_eq!(page.path(), "/continue/phone", "{}", page.text());
        let back = browser.submit(&waits, &[("code", &last_code(&app))]).await;
        assert!(is_back_with_code(&back), "{}", back.url);
    })
    .await;
}

#[tokio::test]
async fn a_proven_address_that_has_an_account_signs_in_and_one_without_registers() {
    for_each_engine(async |app: TestApp| {
        connectors(&app).await;
        add_user(&app, "ada", Some("ada@example.com"), None).await;
        let change = json!({
            "signIn": {"methods": [method("email", false, true, false)]},
            "signUp": {"identifiers": ["email"], "password": false, "verify": true},
        });
        settings(&app, change).await;
        let mut browser = Browser::new(&app);
        let page = at_register(&app, &mut browser).await;
        let page = browser.submit(&page, &[("identifier", "ada@example.com")]).await;
        let page = browser.submit(&page, &[("code", &last_code(&app))]).await;
        assert!(page.text().contains("You already have an account"), "{}", page.text());
        let back = browser.submit(&page, &[("choice", "sign-in")]).await;
        assert!(is_back_with_code(&back), "{}", back.url);

        let mut browser = Browser::new(&app);
        let page = at_sign_in(&app, &mut browser).await;
        let page = browser.submit(&page, &[("identifier", "grace@example.com")]).await;
        let early = browser.submit(&page, &[("choice", "register")]).await;
        assert!(early.response.status.is_client_error(), "nothing was proven");
        let page = browser.submit(&page, &[("code", &last_code(&app))]).await;
        assert!(page.text().contains("There is no account yet"), "{}", page.text());
        assert!(find(&app, IdentifierType::Email, "grace@example.com").await.is_none());
        let back = browser.submit(&page, &[("choice", "register")]).await;
        assert!(is_back_with_code(&back), "{}", back.url);
        assert!(find(&app, IdentifierType::Email, "grace@example.com").await.is_some());
    })
    .await;
}

#[tokio::test]
async fn who_signs_in_adds_a_missing_address_also_where_registration_is_closed() {
    for_each_engine(async |app: TestApp| {
        connectors(&app).await;
        add_user(&app, "ada", None, None).await;
        add_user(&app, "bob", Some("bob@example.com"), None).await;
        let change = json!({
            "signInMode": "SignIn",
            "signIn": {"methods": [method("username", true, false, true), method("email", true, true, true)]},
            "signUp": {"identifiers": ["email", "phone"], "password": true, "verify": true},
        });
        settings(&app, change).await;
        let mut browser = Browser::new(&app);
        let page = at_sign_in(&app, &mut browser).await;
        let page = browser.submit(&page, &[("identifier", "ada"), ("password", PASSWORD)]).await;
        assert_eq!(page.path(), "/continue/emailOrPhone");
        let page = browser.submit(&page, &[("identifier", "bob@example.com")]).await;
        let taken = browser.submit(&page, &[("code", &last_code(&app))]).await;
        assert!(taken.text().contains("belongs to another account"), "{}", taken.text());
        let page = browser.open("/continue/emailOrPhone").await;
        let page = browser.submit(&page, &[("identifier", "ada@example.com")]).await;
        assert_eq!(messages(&app).last().unwrap()["to"], "ada@example.com");
        let back = browser.submit(&page, &[("code", &last_code(&app))]).await;
        assert!(is_back_with_code(&back), "{}", back.url);
        let ada = find(&app, IdentifierType::Username, "ada").await.unwrap();
        assert_eq!(ada.primary_email.as_deref(), Some("ada@example.com"));
    })
    .await;
}
