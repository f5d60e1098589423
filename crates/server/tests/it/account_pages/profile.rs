//! The pages that show the account: security and profile.

use serde_json::json;
use testkit::{TestApp, for_each_engine};

use super::fixture::*;
use crate::applications::call;

#[tokio::test]
async fn the_overview_shows_what_the_operator_opens_and_leads_to_what_may_be_changed() {
    for_each_engine(async |app: TestApp| {
        alice_and_bob(&app).await;
        let delete = json!({"deleteAccountUrl": "https://app.example.com/leave"});
        call(&app, "PATCH", "/api/account-center", delete).await.expect(200);
        let mut alice = signed_in(&app, "alice").await;
        let page = alice.open("/account/security").await.text();
        for shown in ["alice@example.com", "••••", "Not set", "None is set up", "https://app.example.com/leave"]
        {
            assert!(page.contains(shown), "{shown}: {page}");
        }
        for task in ["email", "phone", "username", "password", "trusted-devices"] {
            assert!(page.contains(&format!("href=\"/account/{task}\"")), "{task}");
        }
        open(&app, json!({"email": "ReadOnly"})).await;
        let page = alice.open("/account/security").await.text();
        assert!(page.contains("alice@example.com") && !page.contains("/account/email"), "{page}");
        for hidden in ["/account/password", "/account/username", "Two-step", "/account/sessions", "/account/profile"] {
            assert!(!page.contains(hidden), "{hidden}: {page}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_profile_is_saved_as_a_whole_and_an_empty_field_clears_its_member() {
    for_each_engine(async |app: TestApp| {
        alice_and_bob(&app).await;
        for field in [
            json!({"name": "nickname", "type": "Text", "required": false, "config": {"maxLength": 10}}),
            json!({"name": "website", "type": "Url", "required": false}),
            json!({"name": "shoeSize", "type": "Number", "required": false}),
            json!({"name": "birthdate", "type": "Date", "required": false, "config": {"format": "dd/MM/yyyy"}}),
            json!({"name": "address", "type": "Address", "required": false, "config": {"parts": [
                {"enabled": true, "name": "locality", "type": "Text", "required": false},
                {"enabled": true, "name": "country", "type": "Text", "required": false},
            ]}}),
        ] {
            call(&app, "POST", "/api/custom-profile-fields", field).await.expect(201);
        }
        let mut alice = signed_in(&app, "alice").await;
        let all = [
            ("profile.name", "Alice Liddell"),
            ("profile.avatar", "https://img.example.com/a.png"),
            ("profile.nickname", "al"),
            ("profile.website", "https://alice.example.com/"),
            ("profile.shoeSize", "36"),
            ("profile.birthdate", "1852-05-04"),
            ("profile.address.locality", "Oxford"),
        ];
        let page = alice.open("/account/profile").await;
        let page = alice.submit(&page, &all).await;
        assert!(page.path() == "/account/profile" && page.text().contains("Your profile is saved"), "{}", page.text());
        for (name, value) in all {
            assert_eq!(page.value(name), value, "{name}");
        }
        let stored = account(&app, "alice").await;
        assert_eq!(
            (&stored["name"], &stored["avatar"]),
            (&json!("Alice Liddell"), &json!("https://img.example.com/a.png"))
        );
        let profile = json!({
            "nickname": "al", "website": "https://alice.example.com/", "birthdate": "04/05/1852",
            "address": {"locality": "Oxford"},
        });
        assert_eq!((&stored["profile"], &stored["customData"]), (&profile, &json!({"shoeSize": 36})));
        for (name, wrong) in
            [("nickname", "much too long"), ("website", "javascript:x"), ("shoeSize", "large"), ("avatar", "x")]
        {
            let field = format!("profile.{name}");
            let page = alice.submit(&page, &[("profile.name", "Other"), (&field, wrong)]).await;
            assert_eq!(page.response.status, 422, "{name}: {}", page.text());
            assert_eq!(account(&app, "alice").await, stored, "{name}: nothing is saved");
        }
        let page = alice.submit(&page, &[("profile.name", ""), ("profile.nickname", "al")]).await;
        assert_eq!(page.response.status, 200);
        let stored = account(&app, "alice").await;
        assert_eq!((&stored["name"], &stored["profile"]), (&json!(null), &json!({"nickname": "al"})));
        assert_eq!((&stored["avatar"], &stored["customData"]), (&json!(null), &json!({})));
    })
    .await;
}

#[tokio::test]
async fn f2_only_the_fields_that_are_open_are_changed() {
    for_each_engine(async |app: TestApp| {
        alice_and_bob(&app).await;
        call(&app, "PATCH", "/api/users/alice", json!({"name": "Alice"})).await.expect(200);
        let nickname = json!({"name": "nickname", "type": "Text", "required": false});
        call(&app, "POST", "/api/custom-profile-fields", nickname).await.expect(201);
        open(&app, json!({"name": "ReadOnly", "profile": "Edit"})).await;
        let mut alice = signed_in(&app, "alice").await;
        let page = alice.open("/account/profile").await;
        assert!(page.text().contains("Alice") && !page.text().contains("name=\"profile.name\""));
        assert!(!page.text().contains("profile.avatar"), "neither shown nor changed");
        let all = [
            ("profile.name", "Other"),
            ("profile.avatar", "https://img.example.com/a.png"),
            ("profile.nickname", "al"),
            ("profile.isSuspended", "true"),
            ("profile.username", "root"),
        ];
        alice.submit(&page, &all).await.response.expect(200);
        let stored = account(&app, "alice").await;
        assert_eq!((&stored["name"], &stored["avatar"]), (&json!("Alice"), &json!(null)));
        assert_eq!((&stored["profile"], &stored["customData"]), (&json!({"nickname": "al"}), &json!({})));
        // The settings choose and order the fields.
        let listed = json!({"profileFields": [{"name": "nickname"}]});
        call(&app, "PATCH", "/api/account-center", listed).await.expect(200);
        let page = alice.open("/account/profile").await.text();
        assert!(page.contains("profile.nickname") && !page.contains("Alice"), "{page}");
    })
    .await;
}

#[tokio::test]
async fn names_of_people_are_text_on_every_page() {
    for_each_engine(async |app: TestApp| {
        alice_and_bob(&app).await;
        let hostile = "<script>alert(1)</script>";
        call(&app, "PATCH", "/api/users/alice", json!({"name": hostile})).await.expect(200);
        for control in ["Edit", "ReadOnly"] {
            open_all(&app, control).await;
            let mut alice = signed_in(&app, "alice").await;
            let typed: String = url::form_urlencoded::byte_serialize(hostile.as_bytes()).collect();
            let page = alice.open(&format!("/account/profile?app_id={typed}&redirect={typed}")).await.text();
            assert!(page.contains("&lt;script&gt;alert(1)") && !page.contains(hostile), "{control}");
        }
    })
    .await;
}
