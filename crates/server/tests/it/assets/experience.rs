//! An avatar while somebody registers (E031).

use std::time::Duration;

use axum::body::Body;
use serde_json::json;
use server::oidc::interactions::Prompt;
use server::settings::AssetStorage;
use testkit::{TestApp, TestRequest, TestResponse, for_each_engine};

use super::*;
use crate::experience::fixture::*;

const PATH: &str = "/api/experience/user-assets/avatar";

fn request(browser: &Browser) -> TestRequest {
    browser.request("POST", PATH).file(&png())
}

async fn send(browser: &Browser) -> TestResponse {
    request(browser).send().await
}

async fn registering(app: &TestApp) -> Browser {
    let browser = Browser::open(app).await;
    browser.start("Register").await;
    browser
}

/// Registers with an avatar, and returns the user's id.
async fn register(browser: &Browser, name: &str, avatar: &str) -> String {
    let id = id_of(&browser.new_identity(name, PASSWORD).await.expect(200));
    browser.identify(&id).await.expect(201);
    let extra = json!({"type": "extraProfile", "values": {"avatar": avatar}});
    browser.post("/profile", extra).await.expect(204);
    let user = browser.state().await["userId"].as_str().unwrap().to_owned();
    browser.submit().await.expect(200);
    user
}

#[tokio::test]
async fn a_picture_that_is_uploaded_while_registering_becomes_the_avatar() {
    for_each_engine(async |app: TestApp| {
        let browser = registering(&app).await;
        let (unused, url) = (url_of(&send(&browser).await.expect(200)), url_of(&send(&browser).await.expect(200)));
        assert!(url.starts_with("http://localhost:3001/user-assets/default/_pending/2026-11-23/avatar/"), "{url}");
        assert!(!url.contains(&browser.uid), "the handle is a secret");
        fetch(&app, &url).await.expect(200);
        let user_id = register(&browser, "newbie", &url).await;
        assert_eq!(user(&app, "default", &user_id).await.avatar.as_deref(), Some(url.as_str()));
        app.app.clock.advance(Duration::from_secs(2 * 24 * 3600));
        assert_eq!(server::assets::removal::sweep(app.app.clone()).await.unwrap(), 1, "the other one");
        deliver(&app).await;
        fetch(&app, &unused).await.expect(404);
        fetch(&app, &url).await.expect(200);
        set_avatar(&app, &user_id, None).await;
        deliver(&app).await;
        assert_eq!(files(&app), 0, "it was theirs");
    })
    .await;
}

#[tokio::test]
async fn pictures_of_registrations_that_come_to_nothing_are_swept() {
    for_each_engine(async |app: TestApp| {
        let browser = registering(&app).await;
        let url = url_of(&send(&browser).await.expect(200));
        app.app.clock.advance(Duration::from_secs(3599));
        assert_eq!(server::assets::removal::sweep(app.app.clone()).await.unwrap(), 0);
        app.app.clock.advance(Duration::from_secs(1));
        assert_eq!(server::assets::removal::sweep(app.app.clone()).await.unwrap(), 1);
        deliver(&app).await;
        fetch(&app, &url).await.expect(404);
        assert_eq!(files(&app), 0);
    })
    .await;
}

#[tokio::test]
async fn e9_a_picture_of_another_registration_does_not_become_one_s_own() {
    for_each_engine(async |app: TestApp| {
        let (ada, eve) = (registering(&app).await, registering(&app).await);
        let url = url_of(&send(&ada).await.expect(200));
        let eve_id = register(&eve, "eve", &url).await;
        set_avatar(&app, &eve_id, None).await;
        deliver(&app).await;
        fetch(&app, &url).await.expect(200);
        let ada_id = register(&ada, "ada", &url).await;
        app.app.clock.advance(Duration::from_secs(24 * 3600));
        assert_eq!(server::assets::removal::sweep(app.app.clone()).await.unwrap(), 0);
        assert_eq!(user(&app, "default", &ada_id).await.avatar.as_deref(), Some(url.as_str()));
        fetch(&app, &url).await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn only_who_registers_may_upload() {
    for_each_engine(async |app: TestApp| {
        app.request("POST", PATH).file(&png()).send().await.expect_error(400, "session.not_found");
        let browser = Browser::open(&app).await;
        send(&browser).await.expect_error(404, "session.interaction_not_found");
        for event in ["SignIn", "ForgotPassword"] {
            let browser = Browser::open(&app).await;
            browser.start(event).await;
            send(&browser).await.expect_error(403, "auth.forbidden");
        }
        let consenting = Browser::open_at(&app, "default", Prompt::Consent).await;
        send(&consenting).await.expect_error(404, "session.interaction_not_found");
        let done = registering(&app).await;
        register(&done, "newbie", "https://cdn.example/a.png").await;
        send(&done).await.expect_error(404, "session.interaction_not_found");
        let browser = registering(&app).await;
        // Another browser, which has the cookie of the interaction but not that of who began it.
        let cookie: Vec<String> = browser.cookie().split("; ").map(str::to_owned).collect();
        let stolen: Vec<String> = cookie.into_iter().filter(|pair| !pair.starts_with("_interaction_proof")).collect();
        let thief = Browser::with_cookie(&browser, &stolen.join("; "));
        send(&thief).await.expect_error(404, "session.interaction_not_found");
        let foreign = request(&browser).header("origin", "https://evil.example").send().await;
        foreign.expect_error(403, "session.cross_site_request");
        settings(&app, "default", json!({"signInMode": "SignIn"})).await;
        send(&browser).await.expect_error(403, "auth.forbidden");
        assert_eq!(files(&app), 0);
    })
    .await;
}

#[tokio::test]
async fn what_is_no_picture_is_refused_and_a_server_without_storage_says_so() {
    for_each_engine(async |app: TestApp| {
        let browser = registering(&app).await;
        let refused = async |file: &[u8]| browser.request("POST", PATH).file(file).send().await;
        refused(b"<svg/>").await.expect_error(400, "guard.mime_type_not_allowed");
        refused(&[png(), vec![0; 8 << 20]].concat()).await.expect_error(400, "guard.file_size_exceeded");
        browser.request("POST", PATH).json(json!({})).send().await.expect_error(400, "guard.invalid_input");
        let without = with_storage(&app, AssetStorage::None).await;
        let mut same = browser.clone();
        same.app = without;
        send(&same).await.expect_error(400, "storage.not_configured");
    })
    .await;
}

#[tokio::test]
async fn g1_a_registration_and_a_network_upload_only_so_much() {
    for_each_engine(async |app: TestApp| {
        let browser = registering(&app).await;
        for _ in 0..8 {
            send(&browser).await.expect(200);
        }
        send(&browser).await.expect_error(429, "request.rate_limited");
        assert_eq!(files(&app), 8);
    })
    .await;
}

#[tokio::test]
async fn g1_one_network_holds_only_some_of_the_places() {
    for_each_engine(async |app: TestApp| {
        let browser = registering(&app).await;
        let (started, mut begun) = tokio::sync::mpsc::unbounded_channel();
        let waiting = || {
            let (sender, receiver) = tokio::sync::oneshot::channel::<Result<Vec<u8>, std::io::Error>>();
            let started = started.clone();
            let content = async move {
                started.send(()).unwrap();
                receiver.await.unwrap()
            };
            let body = Body::from_stream(futures_util::stream::once(content));
            let form = "multipart/form-data; boundary=b";
            let request = browser.request("POST", PATH).header("content-type", form).stream(body);
            (sender, tokio::spawn(request.send()))
        };
        let held: Vec<_> = (0..4).map(|_| waiting()).collect();
        for _ in &held {
            begun.recv().await.unwrap();
        }
        let refused = send(&browser).await.expect(503);
        assert_eq!(refused.header("retry-after"), "1");
        request(&browser).peer("192.0.2.9").send().await.expect(200);
        for (sender, answer) in held {
            sender.send(Ok(Vec::new())).unwrap();
            answer.await.unwrap().expect_error(400, "guard.invalid_input");
        }
    })
    .await;
}
