//! Google One Tap on the hosted pages (E089, H053, A053; attacks A13, B13, D13).

use serde_json::json;
use testkit::{Browser, BrowserPage, TestApp, TestResponse, for_each_engine};

use super::fixture::{application, at_sign_in, authorization, is_back_with_code, settings};
use crate::experience::google::Google;

const SCRIPT: &str = "https://accounts.google.com/gsi/client";

/// What the script of the page sends after a tap.
async fn tap(browser: &mut Browser, page: &BrowserPage, google: &Google, credential: &str) -> TestResponse {
    let xsrf = page.value("xsrf");
    send(browser, &xsrf, &google.connector_id, credential).await
}

async fn send(browser: &mut Browser, xsrf: &str, connector: &str, credential: &str) -> TestResponse {
    let fields = [("xsrf", xsrf), ("connector", connector), ("credential", credential)];
    browser.send("POST", "/social/one-tap", Some(&fields)).await
}

/// Whether the prompt is on a page; its script and its policy always go together.
fn is_asked(page: &BrowserPage) -> bool {
    let text = page.text();
    let script = text.contains(SCRIPT);
    assert_eq!(script, page.response.header("content-security-policy").contains(SCRIPT), "{text}");
    assert_eq!(script, text.contains("g_id_onload") && text.contains("window.oneTap"), "{text}");
    script
}

async fn anybody_signs_up(app: &TestApp) {
    settings(app, json!({"signUp": {"identifiers": [], "password": false, "verify": false}})).await;
}

#[tokio::test]
async fn who_taps_on_the_sign_in_page_is_signed_in() {
    for_each_engine(async |app: TestApp| {
        anybody_signs_up(&app).await;
        let google =
            Google::with(&app, json!({"isEnabled": true, "autoSelect": true, "closeOnTapOutside": false})).await;
        for _ in 0..2 {
            let mut browser = Browser::new(&app);
            let page = at_sign_in(&app, &mut browser).await;
            let text = page.text();
            assert!(is_asked(&page), "{text}");
            assert!(text.contains(r#"data-client_id="me" data-callback="oneTap" data-context="signin""#), "{text}");
            assert!(text.contains(r#" data-auto_select="true" data-cancel_on_tap_outside="false">"#), "{text}");
            assert!(!text.contains("data-itp_support"), "what is left out is Google's to decide");
            assert!(text.contains("/social/sign-in"), "the button is there without JavaScript");
            let credential = google.credential("g1");
            let fields =
                [("xsrf", page.value("xsrf")), ("connector", google.connector_id.clone()), ("credential", credential)];
            let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let back = browser.submit_to("/social/one-tap", &fields).await;
            assert!(is_back_with_code(&back), "{} {}", back.url, back.text());
        }
        let users = app.management_request("GET", "/api/users").await.send().await.expect(200).json();
        assert_eq!(users.as_array().unwrap().len(), 1, "the second time it is the same account: {users}");
    })
    .await;
}

#[tokio::test]
async fn the_register_page_asks_too_and_newcomers_agree_to_the_terms_first() {
    for_each_engine(async |app: TestApp| {
        let google = Google::new(&app).await;
        let terms = json!({
            "signInMode": "Register", "signUp": {"identifiers": ["username"], "password": true, "verify": false},
            "agreeToTermsPolicy": "ManualRegistrationOnly", "termsOfUseUrl": "https://example.com/terms",
            "socialSignIn": {"skipRequiredIdentifiers": true},
        });
        settings(&app, terms).await;
        let client = application(&app, "Harbour", false).await;
        let mut browser = Browser::new(&app);
        let page = browser.open(&authorization(&client, &[])).await;
        assert_eq!(page.path(), "/register");
        assert!(is_asked(&page) && page.text().contains(r#"data-context="signup""#), "{}", page.text());
        let tapped = tap(&mut browser, &page, &google, &google.credential("g1")).await.expect(303);
        assert_eq!(tapped.header("location"), "/social/link");
        let users = app.management_request("GET", "/api/users").await.send().await.expect(200).json();
        assert_eq!(users, json!([]), "nobody is registered before they agreed");
        let page = browser.open("/social/link").await;
        let back = browser.submit(&page, &[("choice", "register"), ("agree", "yes")]).await;
        assert!(is_back_with_code(&back), "{} {}", back.url, back.text());
    })
    .await;
}

#[tokio::test]
async fn d13_b13_a_credential_counts_once_and_only_from_the_page_of_this_browser() {
    for_each_engine(async |app: TestApp| {
        anybody_signs_up(&app).await;
        let google = Google::new(&app).await;
        let (mut victim, mut eve) = (Browser::new(&app), Browser::new(&app));
        let page = at_sign_in(&app, &mut victim).await;
        let of_eve = at_sign_in(&app, &mut eve).await;
        let credential = google.credential("eve");
        // What a form of another website can know: nothing, or the token of the attacker's own page.
        for xsrf in ["", "forged", &of_eve.value("xsrf")] {
            let refused = send(&mut victim, xsrf, &google.connector_id, &credential).await;
            assert_eq!(refused.status, 400, "{}", refused.text());
        }
        // Google's own cookie is no way round it.
        victim.set_cookie("g_csrf_token", "csrf");
        let fields = [
            ("g_csrf_token", "csrf"),
            ("connector", google.connector_id.as_str()),
            ("credential", credential.as_str()),
        ];
        victim.send("POST", "/social/one-tap", Some(&fields)).await.expect(400);
        let nowhere = send(&mut Browser::new(&app), &page.value("xsrf"), &google.connector_id, &credential).await;
        assert!(nowhere.header("location").ends_with("/unknown-session"), "{}", nowhere.status);
        let users = app.management_request("GET", "/api/users").await.send().await.expect(200).json();
        assert_eq!(users, json!([]));
        tap(&mut eve, &of_eve, &google, &credential).await.expect(303);
        // Used up; and what is no credential of Google for this client.
        let mut claims = google.claims("g1");
        claims["aud"] = json!("you");
        for bad in [credential.as_str(), &google.sign(&claims), "e30.e30.e30", "", &"x".repeat(20_000)] {
            let refused = tap(&mut victim, &page, &google, bad).await;
            assert_eq!(refused.status, 400, "{bad}");
            assert!(!refused.text().contains("g_id_onload"), "or it would be tapped again by itself");
        }
        tap(&mut victim, &page, &google, &google.credential("g1")).await.expect(303);
    })
    .await;
}

#[tokio::test]
async fn a13_the_script_of_google_is_let_in_only_where_one_tap_is_switched_on() {
    for_each_engine(async |app: TestApp| {
        let google = Google::new(&app).await;
        let client = application(&app, "Harbour", false).await;
        let shown = async || {
            let mut browser = Browser::new(&app);
            let signs_in = is_asked(&browser.open(&authorization(&client, &[])).await);
            let registers = is_asked(&browser.open("/register").await);
            assert_eq!(signs_in, registers);
            assert!(!is_asked(&browser.open("/sign-in?preview=1").await), "a preview signs nobody in");
            assert!(!is_asked(&browser.open("/forgot-password").await));
            signs_in
        };
        assert!(shown().await);
        let terms = json!({"agreeToTermsPolicy": "Manual", "termsOfUseUrl": "https://example.com/terms"});
        settings(&app, terms).await;
        assert!(!shown().await, "who must agree first is not asked over the page");
        let mut browser = Browser::new(&app);
        let page = browser.open(&authorization(&client, &[])).await;
        tap(&mut browser, &page, &google, &google.credential("g1")).await.expect(422);
        settings(&app, json!({"agreeToTermsPolicy": "Automatic"})).await;
        assert!(shown().await);
        google.configure(&json!({"isEnabled": false})).await.expect(200);
        assert!(!shown().await);
        tap(&mut browser, &page, &google, &google.credential("g1")).await.expect(400);
        google.configure(&json!({"isEnabled": true})).await.expect(200);
        google.offer(false).await;
        assert!(!shown().await);
        tap(&mut browser, &page, &google, &google.credential("g1")).await.expect(400);
    })
    .await;
}

#[tokio::test]
async fn nobody_is_signed_in_by_itself_where_the_application_asks_for_the_person() {
    for_each_engine(async |app: TestApp| {
        Google::with(&app, json!({"isEnabled": true, "autoSelect": true})).await;
        let client = application(&app, "Harbour", false).await;
        for (extra, value) in
            [(vec![], "true"), (vec![("prompt", "login")], "false"), (vec![("max_age", "60")], "false")]
        {
            let page = Browser::new(&app).open(&authorization(&client, &extra)).await;
            assert!(page.text().contains(&format!("data-auto_select=\"{value}\"")), "{extra:?}");
        }
    })
    .await;
}
