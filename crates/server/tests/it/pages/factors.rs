//! Second factors on the hosted pages (inventory E098), without JavaScript.

use db::sql;
use serde_json::json;
use testkit::{Browser, BrowserPage, TestApp, for_each_engine};

use super::fixture::{PASSWORD, at_sign_in, is_back_with_code, settings, user};
use crate::experience::factors::app_code;

async fn policy(app: &TestApp, policy: &str, factors: &[&str]) {
    settings(app, json!({"mfa": {"factors": factors, "policy": policy}})).await;
}

/// The page after the password.
async fn after_password(app: &TestApp, browser: &mut Browser) -> BrowserPage {
    let page = at_sign_in(app, browser).await;
    browser.submit(&page, &[("identifier", "ada"), ("password", PASSWORD)]).await
}

/// What stands between two pieces of a page.
fn between(page: &BrowserPage, before: &str, after: &str) -> String {
    let text = page.text();
    text.split_once(before).unwrap().1.split_once(after).unwrap().0.to_owned()
}

fn key(page: &BrowserPage) -> String {
    between(page, "id=\"key\">", "<").replace(' ', "")
}

fn codes(page: &BrowserPage) -> Vec<String> {
    let list = between(page, "<ul class=\"codes\">", "</ul>");
    list.split("<li>").skip(1).map(|item| item.split_once('<').unwrap().0.to_owned()).collect()
}

#[tokio::test]
async fn a_person_sets_up_an_app_saves_the_codes_and_signs_in_with_either() {
    for_each_engine(async |app: TestApp| {
        user(&app, "ada").await;
        policy(&app, "Mandatory", &["Totp", "BackupCode"]).await;
        let mut browser = Browser::new(&app);
        let page = after_password(&app, &mut browser).await;
        assert_eq!(page.path(), "/mfa-binding/Totp");
        assert!(!page.text().contains("value=\"skip\""), "it is mandatory");
        let secret = key(&page);
        let wrong = browser.submit(&page, &[("code", "000000")]).await;
        assert_eq!(wrong.response.status, 400);
        assert!(wrong.text().contains("role=\"alert\""));
        assert_eq!(key(&wrong), secret, "the same app goes on");
        let page = browser.submit(&wrong, &[("code", &app_code(&secret, app.app.clock.now()))]).await;
        assert_eq!(page.path(), "/mfa-binding/BackupCode");
        let shown = codes(&page);
        assert_eq!(shown.len(), 10);
        let file = browser.send("GET", "/mfa-binding/BackupCode/download", None).await.expect(200);
        assert_eq!(file.text().lines().collect::<Vec<_>>(), shown);
        assert_eq!(file.header("content-disposition"), "attachment; filename=\"backup-codes.txt\"");
        let other = browser.submit(&page, &[("verification", "other codes")]).await;
        assert_eq!((other.path(), codes(&other)), ("/mfa-binding/BackupCode", shown.clone()), "shown again");
        let back = browser.submit(&page, &[("verification", &page.value("verification"))]).await;
        assert!(is_back_with_code(&back), "{}", back.url);

        let mut browser = Browser::new(&app);
        let page = after_password(&app, &mut browser).await;
        assert_eq!(page.path(), "/mfa-verification/Totp");
        let wrong = browser.submit(&page, &[("code", "000000")]).await;
        assert_eq!(wrong.response.status, 400);
        let code = app_code(&secret, app.app.clock.now());
        let back = browser.submit(&wrong, &[("code", &code)]).await;
        assert!(is_back_with_code(&back), "{}", back.url);

        let mut browser = Browser::new(&app);
        let page = after_password(&app, &mut browser).await;
        assert!(page.text().contains("/mfa-verification/BackupCode"));
        let page = browser.open("/mfa-verification/BackupCode").await;
        let used = browser.submit(&page, &[("code", &code)]).await;
        assert_eq!(used.response.status, 400);
        let back = browser.submit(&used, &[("code", &shown[4])]).await;
        assert!(is_back_with_code(&back), "{}", back.url);
    })
    .await;
}

/// The stored interactions, as versions that any write would raise.
pub async fn versions(app: &TestApp) -> Vec<i64> {
    let select = sql!("select version from interactions order by uid");
    app.app.db.read(move |r| r.query_all(select, &[])).await.unwrap()
}

/// Whoever makes a browser open an address changes nothing (F11): no secret begins, and none that somebody scans is replaced.
#[tokio::test]
async fn f11_showing_what_to_set_up_writes_nothing_and_shows_the_same_again() {
    for_each_engine(async |app: TestApp| {
        user(&app, "ada").await;
        policy(&app, "Mandatory", &["Totp", "BackupCode"]).await;
        let mut browser = Browser::new(&app);
        let page = after_password(&app, &mut browser).await;
        let (secret, before) = (key(&page), versions(&app).await);
        let again = browser.open("/mfa-binding/Totp").await;
        assert_eq!((key(&again), versions(&app).await), (secret.clone(), before));
        let page = browser.submit(&again, &[("code", &app_code(&secret, app.app.clock.now()))]).await;
        let (shown, before) = (codes(&page), versions(&app).await);
        let again = browser.open("/mfa-binding/BackupCode").await;
        assert_eq!((codes(&again), versions(&app).await), (shown.clone(), before));
        let back = browser.submit(&again, &[("verification", &again.value("verification"))]).await;
        assert!(is_back_with_code(&back), "{}", back.url);
        // Another sign-in is offered other secrets.
        user(&app, "bob").await;
        let mut browser = Browser::new(&app);
        let page = at_sign_in(&app, &mut browser).await;
        let page = browser.submit(&page, &[("identifier", "bob"), ("password", PASSWORD)]).await;
        assert_ne!(key(&page), secret);
    })
    .await;
}

#[tokio::test]
async fn a_suggested_factor_is_declined_or_set_up() {
    for_each_engine(async |app: TestApp| {
        user(&app, "ada").await;
        policy(&app, "PromptAtSignInAndSignUp", &["Totp"]).await;
        let mut browser = Browser::new(&app);
        let page = after_password(&app, &mut browser).await;
        assert_eq!(page.path(), "/mfa-onboarding");
        let page = browser.submit(&page, &[("choice", "enable")]).await;
        assert_eq!(page.path(), "/mfa-binding/Totp");
        let back = browser.submit(&page, &[("choice", "skip")]).await;
        assert!(is_back_with_code(&back), "{}", back.url);
        let mut browser = Browser::new(&app);
        let back = after_password(&app, &mut browser).await;
        assert!(is_back_with_code(&back), "declined once, not asked again: {}", back.url);
    })
    .await;
}

#[tokio::test]
async fn c18_the_pages_of_factors_lead_nowhere_but_to_the_step_that_is_next() {
    for_each_engine(async |app: TestApp| {
        user(&app, "ada").await;
        policy(&app, "Mandatory", &["Totp", "BackupCode"]).await;
        let paths = [
            "/mfa-onboarding",
            "/mfa-binding",
            "/mfa-binding/Totp",
            "/mfa-binding/BackupCode",
            "/mfa-binding/BackupCode/download",
            "/mfa-verification",
            "/mfa-verification/Totp",
            "/mfa-verification/BackupCode",
            "/mfa-verification/WebAuthn",
        ];
        for path in paths {
            let page = Browser::new(&app).open(path).await;
            assert_eq!(page.path(), "/unknown-session", "{path}");
        }
        let mut browser = Browser::new(&app);
        at_sign_in(&app, &mut browser).await;
        for path in paths {
            assert_eq!(browser.open(path).await.path(), "/sign-in", "{path}");
        }
        after_password(&app, &mut browser).await;
        for path in paths {
            assert_eq!(browser.open(path).await.path(), "/mfa-binding/Totp", "{path}");
        }
        let page = browser.open("/mfa-binding/Totp").await;
        let skipped = browser.submit(&page, &[("choice", "skip")]).await;
        assert_eq!(skipped.response.status, 422, "a factor that is mandatory is not skipped by a form");
        let early = [("xsrf", page.value("xsrf"))];
        let early: Vec<(&str, &str)> = early.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = browser.send("POST", "/mfa-binding/BackupCode", Some(&early)).await;
        assert_eq!(answer.header("location"), "/mfa-binding/Totp");
    })
    .await;
}
