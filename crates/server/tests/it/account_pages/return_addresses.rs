//! Where a task ends (A070): `redirect` leads to applications of the operator, and nowhere else.

use testkit::{TestApp, for_each_engine};

use super::fixture::*;

fn with(redirect: &str, extra: &str) -> String {
    let redirect: String = url::form_urlencoded::byte_serialize(redirect.as_bytes()).collect();
    format!("/account/username?redirect={redirect}{extra}")
}

#[tokio::test]
async fn a2_a_task_ends_at_an_application_of_the_operator_or_on_its_own_page() {
    for_each_engine(async |app: TestApp| {
        alice_and_bob(&app).await;
        application(&app, "https://app.example.com/callback", false).await;
        application(&app, "https://partner.example.com/callback", true).await;
        let mut alice = proven(&app, "alice").await;
        let rename = [("identifier", "alice_2")];
        for own in ["https://app.example.com/settings?tab=1#top", "https://app.example.com/callback"] {
            let page = alice.open(&with(own, "")).await;
            assert_eq!(alice.submit(&page, &rename).await.url, own);
            let page = alice.open(&with(own, "&show_success=1")).await;
            let done = alice.submit(&page, &rename).await;
            assert_eq!(done.path(), "/account/username/success");
            assert!(done.text().contains(&format!("href=\"{own}\"")), "{}", done.text());
        }
        for foreign in [
            "https://evil.example/",
            "https://partner.example.com/callback",
            "http://app.example.com/callback",
            "https://app.example.com.evil.example/",
            "https://app.example.com@evil.example/",
            "https://user@app.example.com/",
            "//app.example.com/",
            "/\\evil.example",
            "javascript:alert(document.domain)//app.example.com",
            "data:text/html,app.example.com",
            "https://%/",
            "https://_/",
            "",
        ] {
            for extra in ["", "&show_success=1"] {
                let page = alice.open(&with(foreign, extra)).await;
                let done = alice.submit(&page, &rename).await;
                assert_eq!(done.path(), "/account/username/success", "{foreign}");
                assert!(done.text().contains("class=\"main\" href=\"/account/security"), "{foreign}: {}", done.text());
            }
        }
    })
    .await;
}

#[tokio::test]
async fn the_address_survives_the_sign_in_and_the_proof() {
    for_each_engine(async |app: TestApp| {
        alice_and_bob(&app).await;
        application(&app, "com.example.app://back", false).await;
        let mut browser = testkit::Browser::new(&app);
        let page = browser.open(&with("com.example.app://back", "&identifier=alice_3")).await;
        let page = browser.submit(&page, &[("identifier", "alice"), ("password", PASSWORD)]).await;
        assert_eq!(page.path(), "/account/verified-action");
        let page = browser.submit(&page, &[("password", PASSWORD)]).await;
        assert_eq!((page.path(), page.value("identifier").as_str()), ("/account/username", "alice_3"));
        let done = browser.submit(&page, &[("identifier", "alice_3")]).await;
        assert_eq!(done.url, "com.example.app://back");
    })
    .await;
}
