//! Pages that need no interaction, and errors as pages.

use testkit::{Browser, TestResponse, for_each_engine};

use super::fixture::user;

fn assert_page(response: &TestResponse, language: &str) {
    assert_eq!(response.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(response.header("content-language"), language);
    assert!(response.header("cache-control").contains("no-store"));
    assert!(response.text().starts_with("<!doctype html>"));
}

#[tokio::test]
async fn the_unknown_session_page_explains_itself_in_both_languages() {
    for_each_engine(async |app| {
        let english = app.get("/unknown-session").send().await.expect(200);
        assert_page(&english, "en");
        assert!(english.text().contains("This sign-in is no longer open"));
        let chinese = app.get("/unknown-session").header("accept-language", "zh-CN,zh;q=0.9").send().await.expect(200);
        assert_page(&chinese, "zh-CN");
        assert!(chinese.text().contains("此登录已失效"));
        let asked = app.get("/unknown-session?ui_locales=en").header("accept-language", "zh-CN").send().await;
        assert_page(&asked, "en");
    })
    .await;
}

#[tokio::test]
async fn the_root_of_a_server_says_what_it_is_and_lets_a_visitor_try_to_sign_in() {
    for_each_engine(async |app| {
        user(&app, "ada").await;
        let mut browser = Browser::new(&app);
        let welcome = browser.open("/").await;
        assert_page(&welcome.response, "en");
        for part in ["Welcome to Loggia", "href=\"/demo-app\"", "preview=1", "/oidc/.well-known/openid-configuration"] {
            assert!(welcome.text().contains(part), "{part}: {}", welcome.text());
        }
        let chinese = app.get("/").header("accept-language", "zh-CN").send().await.expect(200);
        assert_page(&chinese, "zh-CN");
    })
    .await;
}

#[tokio::test]
async fn a13_pages_cannot_be_framed_and_run_nothing_without_the_nonce_of_their_policy() {
    for_each_engine(async |app| {
        let first = app.get("/unknown-session").send().await.expect(200);
        let policy = first.header("content-security-policy").to_owned();
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("default-src 'none'"));
        let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).unwrap();
        assert!(first.text().contains(&format!("<style nonce=\"{nonce}\">")));
        let second = app.get("/unknown-session").send().await;
        assert_ne!(second.header("content-security-policy"), policy, "a nonce is used once");
    })
    .await;
}

#[tokio::test]
async fn an_error_is_a_page_for_a_browser_window_and_json_or_text_for_everybody_else() {
    for_each_engine(async |app| {
        let page = app.get("/nowhere").header("sec-fetch-dest", "document").send().await.expect(404);
        assert_page(&page, "en");
        assert!(page.text().contains("Page not found"));
        assert!(page.text().contains(page.header("logto-core-request-id")), "the page names its request");
        let client = app.get("/nowhere").header("accept", "text/html").send().await.expect(404);
        assert_eq!(client.text(), "Not Found");
        let api = app.get("/api/nowhere").header("sec-fetch-dest", "document").send().await.expect(404);
        assert_eq!(api.text(), "Not Found");

        let accept = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8";
        let older = app.get("/nowhere").header("accept", accept).send().await.expect(404);
        assert_page(&older, "en");
        let image =
            app.get("/nowhere").header("accept", accept).header("sec-fetch-dest", "iframe").send().await.expect(404);
        assert_eq!(image.text(), "Not Found");
        let api = app.get("/api/nowhere").header("accept", accept).send().await.expect(404);
        assert_eq!(api.text(), "Not Found");
    })
    .await;
}
