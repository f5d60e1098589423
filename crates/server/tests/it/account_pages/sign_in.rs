//! The way into the account pages and out of them.

use serde_json::json;
use testkit::{Browser, TestApp, for_each_engine};

use super::fixture::*;
use crate::applications::call;

#[tokio::test]
async fn whoever_comes_signs_in_once_and_arrives_where_they_wanted_to() {
    for_each_engine(async |app: TestApp| {
        alice_and_bob(&app).await;
        let mut browser = Browser::new(&app);
        let page = browser.open("/account/profile?ui_locales=zh-CN&app_id=none&code=x").await;
        assert_eq!((page.path(), page.response.header("content-language")), ("/sign-in", "zh-CN"));
        let page = browser.submit(&page, &[("identifier", "alice"), ("password", PASSWORD)]).await;
        assert_eq!(page.url, "/account/profile?ui_locales=zh-CN&app_id=none");
        assert_eq!(page.response.header("content-language"), "zh-CN");
        assert!(browser.cookie("_account_sign_in").is_empty());
        // A session of another application is enough.
        browser.forget_all_but("_session");
        let page = browser.open("/account/security").await;
        assert_eq!(page.url, "/account/security");
        assert!(page.text().contains("alice@example.com"));
        // An hour later the token has expired, but not the session.
        app.app.clock.advance(std::time::Duration::from_secs(3601));
        let again = browser.send("GET", "/account/security", None).await.expect(303);
        assert!(again.header("location").contains("/oidc/auth?"));
        let page = browser.open("/account/security").await;
        assert!(page.text().contains("alice@example.com"));
    })
    .await;
}

#[tokio::test]
async fn f11_a_link_with_the_code_of_somebody_else_signs_nobody_in() {
    for_each_engine(async |app: TestApp| {
        alice_and_bob(&app).await;
        let mut attacker = signed_in(&app, "bob").await;
        attacker.forget_all_but("_session");
        let begun = attacker.send("GET", "/account/security", None).await.expect(303);
        let answer = attacker.send("GET", begun.header("location"), None).await.expect(303);
        let link = answer.header("location").to_owned();
        assert!(link.starts_with("http://localhost:3001/account?") && link.contains("code="), "{link}");
        let mut victim = Browser::new(&app);
        assert_eq!(victim.open(&link).await.path(), "/sign-in");
        assert!(victim.cookie("_account").is_empty());
        let mut signed_in_victim = signed_in(&app, "alice").await;
        let page = signed_in_victim.open(&link).await;
        assert!(page.text().contains("alice@example.com") && !page.text().contains("bob@example.com"));
        // Nor with a sign-in of their own under way.
        let mut other = Browser::new(&app);
        other.send("GET", "/account/security", None).await.expect(303);
        assert_eq!(other.open(&link).await.path(), "/sign-in");
        assert!(other.cookie("_account").is_empty());
        let page = attacker.open(&link).await;
        assert_eq!(page.path(), "/account/security");
        let again = attacker.send("GET", &link, None).await.expect(303);
        assert_eq!(again.header("location"), "/account/security", "a code that was used up");
    })
    .await;
}

#[tokio::test]
async fn a_refused_sign_in_is_said_and_not_begun_again() {
    for_each_engine(async |app: TestApp| {
        alice_and_bob(&app).await;
        let mut browser = Browser::new(&app);
        let page = browser.open("/account?error=access_denied&state=x").await;
        assert_eq!(page.response.status, 403);
        assert!(page.text().contains("Access was denied"));
    })
    .await;
}

#[tokio::test]
async fn whoever_signs_out_is_out_of_the_account_pages() {
    for_each_engine(async |app: TestApp| {
        alice_and_bob(&app).await;
        let mut alice = proven(&app, "alice").await;
        let page = alice.open("/account/security").await;
        let link = page
            .text()
            .split("class=\"leave\" href=\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap()
            .replace("&amp;", "&");
        let asked = alice.open(&link).await;
        let done = alice.submit(&asked, &[("logout", "yes")]).await;
        assert_eq!(done.path(), "/sign-in", "back at the account pages, signed out: {}", done.url);
        let answer = alice.send("GET", "/account/sessions", None).await.expect(303);
        assert!(answer.header("location").contains("/oidc/auth?"));
    })
    .await;
}

#[tokio::test]
async fn pages_have_their_hooks_the_branding_and_their_own_custom_css() {
    for_each_engine(async |app: TestApp| {
        alice_and_bob(&app).await;
        let css = ".logto_ac-app { --own: account }";
        call(&app, "PATCH", "/api/account-center", json!({"customCss": css})).await.expect(200);
        let experience = json!({"customCss": ".x { --own: sign-in }", "color": {
            "primaryColor": "#123456", "isDarkModeEnabled": true, "darkPrimaryColor": "#abcdef",
        }});
        call(&app, "PATCH", "/api/sign-in-exp", experience).await.expect(200);
        let mut alice = proven(&app, "alice").await;
        let wide =
            ["sidebar", "sidebar-item", "mobile-tab-nav", "section", "section-title", "card", "row", "page-header"];
        let narrow = ["card-container", "card-main"];
        for (path, own) in [
            ("/account/security", &wide[..]),
            ("/account/sessions", &wide[..]),
            ("/account/email", &narrow[..]),
            ("/account/password", &narrow[..]),
            ("/account/verified-action", &narrow[..]),
            ("/account/username/success", &narrow[..]),
        ] {
            let page = alice.open(path).await;
            let (html, policy) = (page.text(), page.response.header("content-security-policy").to_owned());
            let all = ["app", "page-container", "main-content", "signature", "page-title", "page-description"];
            for hook in all.iter().chain(own) {
                let is_there = [" ", "\""].iter().any(|end| html.contains(&format!("logto_ac-{hook}{end}")));
                assert!(is_there, "{path} has no {hook}");
            }
            assert!(html.contains(css) && !html.contains("--own: sign-in"), "{path}");
            assert!(html.contains("--primary: #123456") && html.contains("--primary: #abcdef"), "{path}");
            assert!(policy.contains("frame-ancestors 'none'"), "{path}: A13");
            assert!(page.response.header("cache-control").contains("no-store"), "{path}");
        }
    })
    .await;
}
