//! A picture while somebody registers on the hosted pages (E031, E099; attacks E9, F11, G1).

use std::time::Duration;

use serde_json::json;
use testkit::{Browser, BrowserPage, TestApp, for_each_engine};

use super::fixture::{PASSWORD, application, authorization, is_back_with_code};
use crate::assets::{deliver, fetch, files, png};

/// The page that asks a newcomer for the profile.
async fn at_profile(app: &TestApp, browser: &mut Browser, name: &str) -> BrowserPage {
    let client = application(app, "Harbour", false).await;
    let page = browser.open(&authorization(&client, &[("first_screen", "register")])).await;
    browser.submit(&page, &[("identifier", name), ("password", PASSWORD), ("confirm", PASSWORD)]).await
}

async fn fields(app: &TestApp, is_required: bool) {
    let fields = json!([
        {"name": "avatar", "type": "Url", "required": is_required},
        {"name": "nickname", "type": "Text", "required": false, "config": {"maxLength": 4}},
    ]);
    app.management_request("POST", "/api/custom-profile-fields/batch").await.json(fields).send().await.expect(201);
}

#[tokio::test]
async fn who_registers_uploads_a_picture_that_becomes_their_avatar() {
    for_each_engine(async |app: TestApp| {
        fields(&app, true).await;
        let mut browser = Browser::new(&app);
        let page = at_profile(&app, &mut browser, "grace").await;
        for shown in ["enctype=\"multipart/form-data\"", "type=\"file\"", " required aria-describedby"] {
            assert!(page.text().contains(shown), "{shown}: {}", page.text());
        }
        let page = browser.submit_picture(&page, &[("profile", "yes"), ("profile.nickname", "gr")], b"").await;
        assert!(page.response.status == 422 && page.text().contains("This is needed."), "{}", page.text());
        let page = browser.submit_picture(&page, &[("profile", "yes"), ("profile.nickname", "gr")], b"<svg/>").await;
        assert!(page.response.status == 422 && page.text().contains("Choose a picture"), "{}", page.text());
        assert_eq!(page.value("profile.nickname"), "gr");
        let typed = [("profile", "yes"), ("profile.nickname", "too long")];
        let page = browser.submit_picture(&page, &typed, &png()).await;
        assert_eq!(page.response.status, 422);
        let url = page.value("profile.avatar");
        assert!(url.contains("/user-assets/default/_pending/"), "{url}");
        let right = [("profile", "yes"), ("profile.nickname", "gr"), ("profile.avatar", url.as_str())];
        let back = browser.submit_picture(&page, &right, b"").await;
        assert!(is_back_with_code(&back), "{} {}", back.url, back.text());
        let users = app.management_request("GET", "/api/users?search=grace").await.send().await.expect(200).json();
        assert_eq!((&users[0]["avatar"], &users[0]["profile"]), (&json!(url), &json!({"nickname": "gr"})));
        app.app.clock.advance(Duration::from_secs(2 * 24 * 3600));
        assert_eq!(server::assets::removal::sweep(app.app.clone()).await.unwrap(), 0);
        deliver(&app).await;
        fetch(&app, &url).await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn a_form_without_files_registers_as_before() {
    for_each_engine(async |app: TestApp| {
        fields(&app, false).await;
        let mut browser = Browser::new(&app);
        let page = at_profile(&app, &mut browser, "grace").await;
        let typed = [("profile", "yes"), ("profile.avatar", "https://img.example.com/g.png")];
        assert!(is_back_with_code(&browser.submit(&page, &typed).await));
        let users = app.management_request("GET", "/api/users?search=grace").await.send().await.expect(200).json();
        assert_eq!(users[0]["avatar"], "https://img.example.com/g.png");
    })
    .await;
}

#[tokio::test]
async fn e9_f11_g1_only_the_page_of_this_registration_uploads_and_only_so_much() {
    for_each_engine(async |app: TestApp| {
        fields(&app, false).await;
        let (mut grace, mut eve) = (Browser::new(&app), Browser::new(&app));
        let page = at_profile(&app, &mut grace, "grace").await;
        let of_eve = at_profile(&app, &mut eve, "eve").await;
        let typed = [("profile", "yes"), ("profile.nickname", "too long")];
        let refused = grace.submit_picture(&of_eve, &typed, &png()).await;
        assert!(!is_back_with_code(&refused) && files(&app) == 0, "the token of another page: {}", refused.text());
        let nobody = Browser::new(&app).submit_picture(&page, &typed, &png()).await;
        assert_eq!(nobody.path(), "/unknown-session");
        assert_eq!(files(&app), 0);
        let mut url = String::new();
        let mut page = page;
        for _ in 0..8 {
            page = grace.submit_picture(&page, &typed, &png()).await;
            assert_ne!(page.value("profile.avatar"), url);
            url = page.value("profile.avatar");
        }
        let right = [("profile", "yes"), ("profile.nickname", "gr"), ("profile.avatar", url.as_str())];
        let page = grace.submit_picture(&page, &right, &png()).await;
        assert!(page.response.status == 422 && page.text().contains("Too many requests"), "{}", page.text());
        assert_eq!((files(&app), page.value("profile.avatar")), (8, url.clone()));
        assert!(is_back_with_code(&grace.submit_picture(&page, &right, b"").await));
    })
    .await;
}
