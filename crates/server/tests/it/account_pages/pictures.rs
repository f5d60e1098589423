//! Pictures on the page of the profile (A063; attacks E9, F2, F11, G1).

use image::ImageFormat;
use serde_json::json;
use server::settings::AssetStorage;
use testkit::{TestApp, for_each_engine};

use super::fixture::*;
use crate::applications::call;
use crate::assets::{deliver, fetch, files, picture, png, with_storage};

const PROFILE: &str = "/account/profile";

#[tokio::test]
async fn a_picture_is_uploaded_replaced_and_removed_with_the_profile() {
    for_each_engine(async |app: TestApp| {
        alice_and_bob(&app).await;
        let mut alice = signed_in(&app, "alice").await;
        let page = alice.open(PROFILE).await;
        for shown in
            [r#"enctype="multipart/form-data""#, r#"name="picture" type="file" accept="image/jpeg,image/png"#, "8 MB"]
        {
            assert!(page.text().contains(shown), "{shown}: {}", page.text());
        }
        let page = alice.submit_picture(&page, &[("profile.name", "Alice"), ("profile.avatar", "")], &png()).await;
        assert!(page.path() == PROFILE && page.text().contains("Your profile is saved"), "{}", page.text());
        let first = page.value("profile.avatar");
        assert!(first.starts_with("http://localhost:3001/user-assets/default/alice/"), "{first}");
        assert!(page.text().contains(&format!("<img src=\"{first}\"")), "{}", page.text());
        let stored = account(&app, "alice").await;
        assert_eq!((&stored["avatar"], &stored["name"]), (&json!(first), &json!("Alice")));
        assert_eq!(fetch(&app, &first).await.expect(200).header("content-type"), "image/png");

        let page = alice.submit_picture(&page, &[("profile.name", "Al"), ("profile.avatar", &first)], b"").await;
        assert_eq!(page.value("profile.avatar"), first, "without a file the picture stays");
        assert_eq!(account(&app, "alice").await["name"], "Al");

        let fields = [("profile.name", "Al"), ("profile.avatar", first.as_str())];
        let page = alice.submit_picture(&page, &fields, &picture(10, 10, ImageFormat::Jpeg)).await;
        let second = page.value("profile.avatar");
        assert_eq!(account(&app, "alice").await["avatar"], json!(second));
        deliver(&app).await;
        fetch(&app, &first).await.expect(404);
        assert_eq!(files(&app), 1);

        let fields = [("profile.name", "Al"), ("profile.avatar", second.as_str()), ("profile.avatar.remove", "true")];
        let page = alice.submit_picture(&page, &fields, b"").await;
        assert_eq!((page.value("profile.avatar"), page.response.status.as_u16()), (String::new(), 200));
        assert_eq!(account(&app, "alice").await["avatar"], json!(null));
        deliver(&app).await;
        assert_eq!(files(&app), 0);
    })
    .await;
}

#[tokio::test]
async fn what_is_no_picture_is_told_beside_the_field_and_nothing_else_is_lost() {
    for_each_engine(async |app: TestApp| {
        alice_and_bob(&app).await;
        let nickname = json!({"name": "nickname", "type": "Text", "required": false, "config": {"maxLength": 4}});
        call(&app, "POST", "/api/custom-profile-fields", nickname).await.expect(201);
        let mut alice = signed_in(&app, "alice").await;
        let mut page = alice.open(PROFILE).await;
        let before = account(&app, "alice").await;
        let half = png().len() / 2;
        for (file, said) in [
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(), "Choose a picture"),
            (png()[..half].to_vec(), "damaged"),
            (vec![0; (8 << 20) + 1], "at most 8 MB"),
            // Too long to be kept while it is read.
            (vec![0; 20 << 20], "at most 8 MB"),
        ] {
            let typed = [("profile.name", "Alice Liddell"), ("profile.nickname", "al"), ("profile.avatar", "")];
            page = alice.submit_picture(&page, &typed, &file).await;
            assert_eq!(page.response.status, 422, "{said}");
            let error = page.text().split("id=\"field-profile.avatar-error\">").nth(1).unwrap().to_owned();
            assert!(error.split('<').next().unwrap().contains(said), "{said}: {error}");
            assert_eq!(
                (page.value("profile.name").as_str(), page.value("profile.nickname").as_str()),
                ("Alice Liddell", "al")
            );
            assert_eq!(account(&app, "alice").await, before, "nothing is saved");
        }
        assert_eq!(files(&app), 0);
        // The other way round: a good picture waits until the rest is right.
        let typed = [("profile.name", "Alice"), ("profile.nickname", "too long"), ("profile.avatar", "")];
        let page = alice.submit_picture(&page, &typed, &png()).await;
        assert_eq!(page.response.status, 422);
        let url = page.value("profile.avatar");
        assert!(url.contains("/user-assets/default/alice/"), "{url}");
        assert_eq!(account(&app, "alice").await, before);
        let typed = [("profile.name", "Alice"), ("profile.nickname", "al"), ("profile.avatar", url.as_str())];
        let page = alice.submit_picture(&page, &typed, b"").await;
        assert!(page.text().contains("Your profile is saved"), "{}", page.text());
        assert_eq!(account(&app, "alice").await["avatar"], json!(url));
    })
    .await;
}

#[tokio::test]
async fn e9_f11_only_the_own_page_of_this_person_uploads() {
    for_each_engine(async |app: TestApp| {
        alice_and_bob(&app).await;
        let (mut alice, mut bob) = (signed_in(&app, "alice").await, signed_in(&app, "bob").await);
        let of_bob = bob.open(PROFILE).await;
        let refused = alice.submit_picture(&of_bob, &[("profile.name", "Eve")], &png()).await;
        assert_eq!(refused.response.status, 400, "the token of another page: {}", refused.text());
        let nobody = testkit::Browser::new(&app).submit_picture(&of_bob, &[], &png()).await;
        assert_eq!(nobody.path(), "/sign-in");
        assert_eq!((files(&app), &account(&app, "alice").await["name"]), (0, &json!(null)));
        // Naming the picture of somebody else gives no hold of it.
        let page = bob.submit_picture(&of_bob, &[("profile.name", "Bob"), ("profile.avatar", "")], &png()).await;
        let url = page.value("profile.avatar");
        let page = alice.open(PROFILE).await;
        let page = alice.submit_picture(&page, &[("profile.avatar", &url)], b"").await;
        alice.submit_picture(&page, &[("profile.avatar", &url), ("profile.avatar.remove", "true")], b"").await;
        deliver(&app).await;
        fetch(&app, &url).await.expect(200);
        // What is typed is text.
        let hostile = "\"><script>alert(1)</script>";
        let page = alice.submit_picture(&page, &[("profile.avatar", hostile)], b"").await;
        assert!(page.response.status == 422 && !page.text().contains("<script>alert"), "{}", page.text());
    })
    .await;
}

#[tokio::test]
async fn f2_nothing_is_uploaded_where_the_picture_is_not_open_or_there_is_no_storage() {
    for_each_engine(async |app: TestApp| {
        alice_and_bob(&app).await;
        let mut alice = signed_in(&app, "alice").await;
        let offered = alice.open(PROFILE).await;
        for control in ["ReadOnly", "Off"] {
            open(&app, json!({"name": "Edit", "avatar": control})).await;
            let page = alice.open(PROFILE).await.text();
            assert!(!page.contains("type=\"file\"") && !page.contains("multipart"), "{control}: {page}");
            let refused = alice.submit_picture(&offered, &[("profile.name", "Alice")], &png()).await;
            assert_eq!(refused.response.status, 400, "{control}");
        }
        open_all(&app, "Edit").await;
        let listed = json!({"profileFields": [{"name": "name"}]});
        let name = json!({"name": "name", "type": "Text", "required": false});
        call(&app, "POST", "/api/custom-profile-fields", name).await.expect(201);
        call(&app, "PATCH", "/api/account-center", listed).await.expect(200);
        alice.submit_picture(&offered, &[("profile.name", "Alice")], &png()).await;
        assert_eq!(account(&app, "alice").await["avatar"], json!(null), "it is not on the page");
        assert_eq!(files(&app), 0);
        call(&app, "PATCH", "/api/account-center", json!({"profileFields": null})).await.expect(200);
        let without = with_storage(&app, AssetStorage::None).await;
        let mut alice = signed_in(&without, "alice").await;
        let page = alice.open(PROFILE).await;
        assert!(page.text().contains("Address of a picture") && !page.text().contains("multipart"), "{}", page.text());
        alice.submit_picture(&page, &[], &png()).await.response.expect(400);
        let typed = [("profile.avatar", "https://img.example.com/a.png")];
        alice.submit(&page, &typed).await.response.expect(200);
        assert_eq!(account(&app, "alice").await["avatar"], "https://img.example.com/a.png");
    })
    .await;
}
