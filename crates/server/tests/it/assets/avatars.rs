//! Avatars and their files: whose they are, and when they go.

use std::time::Duration;

use testkit::{TestApp, for_each_engine};

use super::*;
use crate::account::fixture::{Person, open_all};
use crate::applications::delete;

/// The person uploads a picture.
async fn store(app: &TestApp, user: &str) -> String {
    open_all(app, "Edit").await;
    let token = Person::of(app, user).await.token;
    let upload = app.request("POST", "/api/my-account/user-assets/avatar").bearer(&token).file(&png());
    url_of(&upload.send().await.expect(200))
}

async fn sweep(app: &TestApp) -> u64 {
    let removed = server::assets::removal::sweep(app.app.clone()).await.unwrap();
    deliver(app).await;
    removed
}

#[tokio::test]
async fn an_avatar_that_is_replaced_or_cleared_goes_with_its_file() {
    for_each_engine(async |app: TestApp| {
        let user = app.user("ada").await;
        let first = store(&app, &user).await;
        assert!(first.starts_with(&format!("http://localhost:3001/user-assets/default/{user}/2026/11/22/")), "{first}");
        set_avatar(&app, &user, Some(&first)).await;
        let second = store(&app, &user).await;
        set_avatar(&app, &user, Some(&second)).await;
        fetch(&app, &first).await.expect(404);
        assert_eq!(files(&app), 2, "the request did not wait for the storage");
        deliver(&app).await;
        assert_eq!(files(&app), 1);
        set_avatar(&app, &user, Some(&second)).await;
        app.app.clock.advance(Duration::from_secs(30 * 24 * 3600));
        assert_eq!(sweep(&app).await, 0);
        fetch(&app, &second).await.expect(200);
        set_avatar(&app, &user, None).await;
        deliver(&app).await;
        assert_eq!(files(&app), 0);
    })
    .await;
}

#[tokio::test]
async fn the_files_of_a_user_go_with_the_user() {
    for_each_engine(async |app: TestApp| {
        let (ada, bob) = (app.user("ada").await, app.user("bob").await);
        let (used, unused, other) = (store(&app, &ada).await, store(&app, &ada).await, store(&app, &bob).await);
        set_avatar(&app, &ada, Some(&used)).await;
        set_avatar(&app, &bob, Some(&other)).await;
        delete(&app, &format!("/api/users/{ada}")).await.expect(204);
        fetch(&app, &used).await.expect(404);
        fetch(&app, &unused).await.expect(404);
        deliver(&app).await;
        assert_eq!(files(&app), 1);
        fetch(&app, &other).await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn e9_nobody_removes_the_file_of_somebody_else_by_naming_it() {
    for_each_engine(async |app: TestApp| {
        let (ada, eve) = (app.user("ada").await, app.user("eve").await);
        let url = store(&app, &ada).await;
        set_avatar(&app, &ada, Some(&url)).await;
        let of_tenant = url_of(&upload(&app, &png()).await.expect(200));
        for named in [&url, &of_tenant] {
            set_avatar(&app, &eve, Some(named)).await;
            set_avatar(&app, &eve, None).await;
        }
        set_avatar(&app, &eve, Some(&url)).await;
        delete(&app, &format!("/api/users/{eve}")).await.expect(204);
        deliver(&app).await;
        fetch(&app, &url).await.expect(200);
        fetch(&app, &of_tenant).await.expect(200);
        // Nor does it become theirs.
        let fresh = store(&app, &ada).await;
        let mallory = app.user("mallory").await;
        set_avatar(&app, &mallory, Some(&fresh)).await;
        app.app.clock.advance(Duration::from_secs(24 * 3600 + 1));
        assert_eq!(sweep(&app).await, 1);
        assert_eq!(files(&app), 2);
    })
    .await;
}

#[tokio::test]
async fn an_upload_that_is_never_used_goes_after_a_day() {
    for_each_engine(async |app: TestApp| {
        let user = app.user("ada").await;
        let url = store(&app, &user).await;
        app.app.clock.advance(Duration::from_secs(24 * 3600 - 1));
        assert_eq!(sweep(&app).await, 0);
        fetch(&app, &url).await.expect(200);
        app.app.clock.advance(Duration::from_secs(1));
        fetch(&app, &url).await.expect(404);
        // It has ended: who sets it now sets an address like any other.
        set_avatar(&app, &user, Some(&url)).await;
        assert_eq!(sweep(&app).await, 1);
        assert_eq!(files(&app), 0);
    })
    .await;
}

#[tokio::test]
async fn g1_one_person_keeps_few_unused_uploads() {
    for_each_engine(async |app: TestApp| {
        let user = app.user("ada").await;
        let used = store(&app, &user).await;
        set_avatar(&app, &user, Some(&used)).await;
        for _ in 0..20 {
            app.app.clock.advance(Duration::from_secs(1));
            store(&app, &user).await;
        }
        deliver(&app).await;
        assert_eq!(files(&app), 9);
        fetch(&app, &used).await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn a_removal_is_repeated_until_the_storage_does_it() {
    for_each_engine(async |app: TestApp| {
        let user = app.user("ada").await;
        let url = store(&app, &user).await;
        set_avatar(&app, &user, Some(&url)).await;
        set_avatar(&app, &user, None).await;
        let away = with_storage(&app, AssetStorage::None).await;
        deliver(&away).await;
        assert_eq!(files(&app), 1);
        app.app.clock.advance(Duration::from_secs(60));
        deliver(&app).await;
        assert_eq!(files(&app), 0);
    })
    .await;
}
