//! `POST /api/my-account/user-assets/avatar` (inventory A043).

use serde_json::json;
use testkit::{TestApp, TestResponse, for_each_engine};

use super::fixture::*;
use crate::assets::{deliver, fetch, files, png, url_of};

const AVATAR: &str = "/api/my-account/user-assets/avatar";

async fn upload(person: &Person, file: &[u8]) -> TestResponse {
    person.app.request("POST", AVATAR).bearer(&person.token).file(file).send().await
}

#[tokio::test]
async fn a_person_uploads_an_avatar_and_the_one_before_goes() {
    for_each_engine(async |app: TestApp| {
        add(&app, "alice", |_| {}).await;
        open_all(&app, "Edit").await;
        let alice = Person::of(&app, "alice").await;
        let mut earlier: Option<String> = None;
        for _ in 0..2 {
            let url = url_of(&upload(&alice, &png()).await.expect(200));
            assert_eq!(fetch(&app, &url).await.header("content-type"), "image/png");
            assert_ne!(alice.get("/api/my-account").await.json()["avatar"], json!(url), "it is not set yet");
            alice.patch("/api/my-account", json!({"avatar": url})).await.expect(200);
            assert_eq!(alice.get("/api/my-account").await.json()["avatar"], json!(url));
            deliver(&app).await;
            if let Some(earlier) = earlier.replace(url) {
                assert_eq!(fetch(&app, &earlier).await.status, 404);
            }
        }
        assert_eq!(files(&app), 1);
        let refused = upload(&alice, b"<svg/>").await;
        assert_eq!(
            (refused.status.as_u16(), refused.json()["code"].clone()),
            (400, json!("guard.mime_type_not_allowed"))
        );
    })
    .await;
}
