//! Signing in on the hosted pages (inventory E008, E098; attacks F11, E10, A7).

use serde_json::json;
use testkit::{Browser, for_each_engine};

use super::fixture::{PASSWORD, application, at_sign_in, authorization, is_back_with_code, settings, suspend, user};

#[tokio::test]
async fn a_person_signs_in_and_comes_back_to_the_application_in_either_language() {
    for_each_engine(async |app| {
        user(&app, "ada").await;
        for (language, word) in [("en", "to continue to Harbour"), ("zh-CN", "以继续访问 Harbour")] {
            let mut browser = Browser::new(&app).reading(language);
            let page = at_sign_in(&app, &mut browser).await;
            assert!(page.text().contains(word), "{}", page.text());
            assert_eq!(page.response.header("content-language"), language);
            let back = browser.submit(&page, &[("identifier", "ada"), ("password", PASSWORD)]).await;
            assert!(is_back_with_code(&back), "{}", back.url);
        }
    })
    .await;
}

#[tokio::test]
async fn a_wrong_password_keeps_what_was_typed_and_says_nothing_about_who_exists() {
    for_each_engine(async |app| {
        user(&app, "ada").await;
        let mut browser = Browser::new(&app);
        let page = at_sign_in(&app, &mut browser).await;
        let mut seen = Vec::new();
        for name in ["ada", "nobody"] {
            let again = browser.submit(&page, &[("identifier", name), ("password", "not-the-password")]).await;
            assert_eq!(again.response.status, 422);
            assert_eq!(again.value("identifier"), name);
            assert!(again.text().contains("role=\"alert\"") && again.text().contains("Wrong account or password"));
            assert!(!again.text().contains("not-the-password"));
            let html = again.text();
            let main = html.split("<main").nth(1).unwrap().split("</main").next().unwrap();
            seen.push(main.replace(name, ""));
        }
        assert_eq!(seen[0], seen[1]);
        let back = browser.submit(&page, &[("identifier", " ada "), ("password", PASSWORD)]).await;
        assert!(is_back_with_code(&back), "{}", back.url);
    })
    .await;
}

#[tokio::test]
async fn f11_a_form_without_the_token_of_its_own_interaction_signs_nobody_in() {
    for_each_engine(async |app| {
        user(&app, "ada").await;
        let (mut browser, mut other) = (Browser::new(&app), Browser::new(&app));
        let page = at_sign_in(&app, &mut browser).await;
        let foreign = at_sign_in(&app, &mut other).await.value("xsrf");
        assert!(foreign.len() == 43 && foreign != page.value("xsrf"));
        for token in ["", "x", foreign.as_str()] {
            let form = [("xsrf", token), ("identifier", "ada"), ("password", PASSWORD)];
            let answer = browser.send("POST", &page.url, Some(&form)).await.expect(400);
            assert!(answer.text().contains("out of date"), "{}", answer.text());
        }
        let without = [("identifier", "ada"), ("password", PASSWORD)];
        browser.send("POST", &page.url, Some(&without)).await.expect(400);
        let back = browser.submit(&page, &[("identifier", "ada"), ("password", PASSWORD)]).await;
        assert!(is_back_with_code(&back), "nothing was lost: {}", back.url);
    })
    .await;
}

#[tokio::test]
async fn b22_an_interaction_cannot_be_used_from_another_browser() {
    for_each_engine(async |app| {
        user(&app, "ada").await;
        let mut browser = Browser::new(&app);
        let page = at_sign_in(&app, &mut browser).await;
        let form = [("xsrf", page.value("xsrf")), ("identifier", "ada".into()), ("password", PASSWORD.into())];
        let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let answer = Browser::new(&app).send("POST", &page.url, Some(&form)).await.expect(302);
        assert!(answer.header("location").ends_with("/unknown-session"));
    })
    .await;
}

#[tokio::test]
async fn the_back_button_after_signing_in_explains_and_a_second_sign_in_is_silent() {
    for_each_engine(async |app| {
        user(&app, "ada").await;
        let mut browser = Browser::new(&app);
        let client = application(&app, "Harbour", false).await;
        let page = browser.open(&authorization(&client, &[])).await;
        let form = [("identifier", "ada"), ("password", PASSWORD)];
        assert!(is_back_with_code(&browser.submit(&page, &form).await));
        let late = browser.submit(&page, &form).await;
        assert_eq!(late.path(), "/unknown-session");
        assert!(late.text().contains("You are signed in"), "{}", late.text());
        assert!(late.text().contains("href=\"https://app.example.com/\""), "the way back to the application");
        assert!(is_back_with_code(&browser.open(&authorization(&client, &[])).await));
    })
    .await;
}

#[tokio::test]
async fn two_tabs_of_one_application_both_finish() {
    for_each_engine(async |app| {
        user(&app, "ada").await;
        let mut browser = Browser::new(&app);
        let client = application(&app, "Harbour", false).await;
        let form = [("identifier", "ada"), ("password", PASSWORD)];
        let first = browser.open(&authorization(&client, &[("nonce", "first")])).await;
        let second = browser.open(&authorization(&client, &[("nonce", "second")])).await;
        assert_ne!(first.value("xsrf"), second.value("xsrf"));
        assert!(is_back_with_code(&browser.submit(&first, &form).await), "the tab that was opened first");
        assert!(is_back_with_code(&browser.submit(&second, &form).await), "and the other");
    })
    .await;
}

#[tokio::test]
async fn a_tab_left_behind_goes_on_once_another_has_signed_in() {
    for_each_engine(async |app| {
        user(&app, "ada").await;
        let mut browser = Browser::new(&app);
        let client = application(&app, "Harbour", false).await;
        let left = browser.open(&authorization(&client, &[])).await;
        let forced = application(&app, "Forced", false).await;
        let asks_again = browser.open(&authorization(&forced, &[("prompt", "login")])).await;
        let other = application(&app, "Other", false).await;
        let page = browser.open(&authorization(&other, &[])).await;
        app.app.clock.advance(std::time::Duration::from_secs(1));
        assert!(is_back_with_code(&browser.submit(&page, &[("identifier", "ada"), ("password", PASSWORD)]).await));
        assert!(is_back_with_code(&browser.open(&left.url).await), "reloaded, it has nothing to ask");
        let again = browser.open(&asks_again.url).await;
        assert_eq!(again.path(), "/sign-in", "who asks for a new sign-in gets one");
        assert!(is_back_with_code(&browser.submit(&again, &[("identifier", "ada"), ("password", PASSWORD)]).await));
    })
    .await;
}

#[tokio::test]
async fn identifiers_that_are_too_long_leave_no_trace() {
    for_each_engine(async |app| {
        let mut browser = Browser::new(&app);
        let page = at_sign_in(&app, &mut browser).await;
        let before = app.snapshot().await;
        let long = "a".repeat(100_000);
        let told = browser.submit(&page, &[("identifier", &long), ("password", "x")]).await;
        assert_eq!(told.response.status, 422);
        assert!(told.text().len() < 30_000, "what was typed is not sent back");
        let changes = before.difference(&app.snapshot().await, &[]);
        assert!(changes.is_empty(), "{changes:#?}");
    })
    .await;
}

#[tokio::test]
async fn a_suspended_person_is_told_so_only_with_the_right_password() {
    for_each_engine(async |app| {
        let id = user(&app, "ada").await;
        suspend(&app, &id).await;
        let mut browser = Browser::new(&app);
        let page = at_sign_in(&app, &mut browser).await;
        let told = browser.submit(&page, &[("identifier", "ada"), ("password", PASSWORD)]).await;
        assert_eq!(told.response.status, 401);
        assert!(told.text().contains("This account is suspended"));
        let wrong = browser.submit(&page, &[("identifier", "ada"), ("password", "wrong")]).await;
        assert!(wrong.text().contains("Wrong account or password"));
    })
    .await;
}

#[tokio::test]
async fn too_many_attempts_are_explained() {
    for_each_engine(async |app| {
        user(&app, "ada").await;
        settings(&app, json!({"sentinelPolicy": {"maxAttempts": 3, "lockoutDuration": 10}})).await;
        let mut browser = Browser::new(&app);
        let page = at_sign_in(&app, &mut browser).await;
        for _ in 0..3 {
            browser.submit(&page, &[("identifier", "ada"), ("password", "wrong")]).await;
        }
        let locked = browser.submit(&page, &[("identifier", "ada"), ("password", PASSWORD)]).await;
        assert_eq!(locked.response.status, 400);
        assert!(locked.text().contains("Too many wrong attempts"), "{}", locked.text());
    })
    .await;
}

#[tokio::test]
async fn the_request_chooses_page_identifier_hint_and_language() {
    for_each_engine(async |app| {
        let email =
            json!({"identifier": "email", "password": true, "verificationCode": false, "isPasswordPrimary": true});
        let username =
            json!({"identifier": "username", "password": true, "verificationCode": false, "isPasswordPrimary": true});
        settings(&app, json!({"signIn": {"methods": [username, email]}})).await;
        let client = application(&app, "Harbour", false).await;
        let mut browser = Browser::new(&app);
        let plain = browser.open(&authorization(&client, &[("login_hint", "ada@example.com")])).await;
        assert_eq!((plain.path(), plain.value("identifier").as_str()), ("/sign-in", "ada@example.com"));
        assert!(plain.text().contains("Username or e-mail"));
        let extra = [("first_screen", "identifier:sign_in"), ("identifier", "email")];
        let narrow = browser.open(&authorization(&client, &extra)).await;
        assert_eq!(narrow.path(), "/identifier-sign-in");
        assert!(narrow.text().contains("type=\"email\""));
        let chinese = browser.open(&authorization(&client, &[("ui_locales", "zh-SG en")])).await;
        assert_eq!(chinese.response.header("content-language"), "zh-CN");
        assert!(chinese.text().contains("/register?app_id="), "the link keeps the visit");
        let english = chinese.text().contains("ui_locales=en\" lang=\"en\"");
        assert!(english, "the page offers the other language: {}", chinese.text());
        for (screen, path) in [("register", "/register"), ("reset_password", "/reset-password")] {
            let page = browser.open(&authorization(&client, &[("first_screen", screen)])).await;
            assert_eq!((page.path(), page.response.status.as_u16()), (path, 200));
        }
        let direct = browser.open(&authorization(&client, &[("direct_sign_in", "social:github")])).await;
        assert!(direct.text().contains("href=\"/sign-in?app_id="), "{}", direct.text());
    })
    .await;
}

#[tokio::test]
async fn e10_a7_the_tenants_look_is_used_and_cannot_break_the_page() {
    for_each_engine(async |app| {
        settings(
            &app,
            json!({
                "color": {"primaryColor": "#0a7d33", "isDarkModeEnabled": false, "darkPrimaryColor": "#8768F8"},
                "termsOfUseUrl": "https://harbour.example/terms",
                "customCss": "h1{--x:y}</style><script>alert(1)</script>",
            }),
        )
        .await;
        let mut browser = Browser::new(&app);
        let html = at_sign_in(&app, &mut browser).await.text();
        assert!(html.contains("--primary: #0a7d33") && html.contains("h1{--x:y}"));
        assert!(html.contains("href=\"https://harbour.example/terms\""));
        assert!(!html.contains("</style><script>alert"));
        let bad = json!({"branding": {"logoUrl": "javascript:alert(1)"}, "privacyPolicyUrl": "javascript:alert(1)"});
        settings(&app, bad).await;
        assert!(!at_sign_in(&app, &mut browser).await.text().contains("javascript:"));
    })
    .await;
}

#[tokio::test]
async fn the_organization_of_the_request_gives_the_page_its_look() {
    for_each_engine(async |app| {
        let body = json!({"name": "Navy", "color": {"primaryColor": "#003366"}, "customCss": "h1{--of:navy}"});
        let made = app.management_request("POST", "/api/organizations").await.json(body).send().await.expect(201);
        let id = made.json()["id"].as_str().unwrap().to_owned();
        let client = application(&app, "Harbour", false).await;
        let mut browser = Browser::new(&app);
        let html = browser.open(&authorization(&client, &[("organization_id", &id)])).await.text();
        assert!(html.contains("--primary: #003366") && html.contains("--of:navy"), "{html}");
        let unknown = browser.open(&authorization(&client, &[("organization_id", "nope")])).await;
        assert!(unknown.text().contains("--primary: #6139f6"));
    })
    .await;
}

#[tokio::test]
async fn where_signing_in_or_registering_is_off_the_other_page_opens() {
    for_each_engine(async |app| {
        let client = application(&app, "Harbour", false).await;
        let mut browser = Browser::new(&app);
        settings(&app, json!({"signInMode": "Register"})).await;
        assert_eq!(browser.open(&authorization(&client, &[])).await.path(), "/register");
        settings(&app, json!({"signInMode": "SignIn"})).await;
        let page = browser.open(&authorization(&client, &[("first_screen", "register")])).await;
        assert_eq!(page.path(), "/sign-in");
        assert!(!page.text().contains("Create an account"));
    })
    .await;
}

#[tokio::test]
async fn the_terms_must_be_agreed_to_where_the_tenant_says_so() {
    for_each_engine(async |app| {
        user(&app, "ada").await;
        let terms = json!({"agreeToTermsPolicy": "Manual", "termsOfUseUrl": "https://harbour.example/terms"});
        settings(&app, terms).await;
        let mut browser = Browser::new(&app);
        let page = at_sign_in(&app, &mut browser).await;
        let form = [("identifier", "ada"), ("password", PASSWORD)];
        let again = browser.submit(&page, &form).await;
        assert_eq!(again.response.status, 422);
        assert!(again.text().contains("Agree to the terms"));
        let back = browser.submit(&page, &[form[0], form[1], ("agree", "yes")]).await;
        assert!(is_back_with_code(&back));
    })
    .await;
}

#[tokio::test]
async fn a_page_is_small() {
    for_each_engine(async |app| {
        let mut browser = Browser::new(&app);
        let page = at_sign_in(&app, &mut browser).await;
        // Uncompressed; compressed it is about a third. Nothing else is loaded.
        assert!(page.response.body.len() < 17_000, "{} bytes", page.response.body.len());
        assert!(!page.text().contains("src=") && !page.text().contains("rel=\"stylesheet\""));
    })
    .await;
}

#[tokio::test]
async fn a_reset_is_offered_only_where_one_is_configured() {
    for_each_engine(async |app| {
        for (methods, offered) in [(json!([]), false), (json!(["EmailVerificationCode"]), true)] {
            settings(&app, json!({"forgotPasswordMethods": methods})).await;
            let page = at_sign_in(&app, &mut Browser::new(&app)).await;
            assert_eq!(page.text().contains("/forgot-password"), offered, "{}", page.text());
        }
    })
    .await;
}

#[tokio::test]
async fn a_tab_that_is_reloaded_after_another_finished_finishes_too() {
    for_each_engine(async |app| {
        user(&app, "ada").await;
        let client = application(&app, "Harbour", false).await;
        let mut browser = Browser::new(&app);
        let first = browser.open(&authorization(&client, &[])).await;
        let second = browser.open(&authorization(&client, &[("prompt", "login")])).await;
        assert_ne!(first.value("xsrf"), second.value("xsrf"));
        let wrong = [("identifier", "ada"), ("password", "not-the-password")];
        assert_eq!(browser.submit(&first, &wrong).await.value("xsrf"), first.value("xsrf"), "each tab keeps its own");
        for page in [&second, &first] {
            let back = browser.submit(page, &[("identifier", "ada"), ("password", PASSWORD)]).await;
            assert!(is_back_with_code(&back), "{}", back.url);
        }
        // Also a tab that is reloaded after another one finished.
        let third = browser.open(&authorization(&client, &[("prompt", "login")])).await;
        let fourth = browser.open(&authorization(&client, &[("prompt", "login")])).await;
        let form = [("identifier", "ada"), ("password", PASSWORD)];
        assert!(is_back_with_code(&browser.submit(&fourth, &form).await));
        let reloaded = browser.open(&third.url).await;
        assert_eq!(reloaded.value("xsrf"), third.value("xsrf"));
        assert!(is_back_with_code(&browser.submit(&reloaded, &form).await));
    })
    .await;
}
