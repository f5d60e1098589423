//! The tasks: address, number, username, password, and the proof before each.

use std::time::Duration;

use serde_json::json;
use testkit::{TestApp, for_each_engine};

use super::fixture::*;
use crate::applications::call;

#[tokio::test]
async fn an_address_is_changed_by_a_code_to_the_new_one() {
    for_each_engine(async |app: TestApp| {
        alice_and_bob(&app).await;
        add_connectors(&app).await;
        let mut alice = signed_in(&app, "alice").await;
        let page = alice.open("/account/email?identifier=new%40example.com").await;
        assert_eq!(page.path(), "/account/verified-action");
        let wrong = alice.submit(&page, &[("password", "wrong")]).await;
        assert_eq!((wrong.path(), wrong.response.status.as_u16()), ("/account/verified-action", 422));
        assert!(wrong.text().contains("role=\"alert\""));
        let page = alice.submit(&page, &[("password", PASSWORD)]).await;
        assert_eq!((page.path(), page.value("identifier").as_str()), ("/account/email", "new@example.com"));
        assert!(page.text().contains("alice@example.com"));
        for (typed, said) in [("not one", "Enter an e-mail address"), ("Alice@example.com", "already")] {
            let refused = alice.submit(&page, &[("identifier", typed)]).await;
            assert_eq!(refused.response.status, 422, "{typed}");
            assert!(refused.text().contains(said), "{typed}: {}", refused.text());
        }
        let page = alice.submit(&page, &[("identifier", "new@example.com")]).await;
        assert_eq!(page.path(), "/account/email/code");
        let (first, usage) = last_code(&app);
        assert_eq!(usage, "BindNewIdentifier");
        app.app.clock.advance(Duration::from_secs(60));
        let page = alice.submit(&page, &[("choice", "resend")]).await;
        let (code, _) = last_code(&app);
        assert_eq!((page.path(), messages(&app).len()), ("/account/email/code", 2));
        let other = format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000);
        assert_ne!(first, other);
        let wrong = alice.submit(&page, &[("code", &other)]).await;
        assert_eq!(wrong.response.status, 400);
        assert_eq!(account(&app, "alice").await["primaryEmail"], "alice@example.com");
        let page = alice.submit(&wrong, &[("code", &format!(" {} {}", &code[..3], &code[3..]))]).await;
        assert_eq!((page.path(), page.response.status.as_u16()), ("/account/email/success", 200));
        assert_eq!(account(&app, "alice").await["primaryEmail"], "new@example.com");
        assert_eq!(alice.open("/account/email/code").await.path(), "/account/email", "nothing waits any more");
    })
    .await;
}

#[tokio::test]
async fn an_address_of_somebody_else_is_refused_once_it_is_proven() {
    for_each_engine(async |app: TestApp| {
        alice_and_bob(&app).await;
        add_connectors(&app).await;
        let mut alice = proven(&app, "alice").await;
        let page = post(&mut alice, "/account/email", &[("identifier", "bob@example.com")]).await;
        assert_eq!(page.path(), "/account/email/code", "nobody learns here whose it is");
        let page = alice.submit(&page, &[("code", &last_code(&app).0)]).await;
        assert_eq!(page.response.status, 422);
        assert!(page.text().contains("bob@example.com") && page.text().contains("role=\"alert\""));
        assert_eq!(account(&app, "alice").await["primaryEmail"], "alice@example.com");
    })
    .await;
}

#[tokio::test]
async fn a_number_is_added_and_the_last_way_to_sign_in_stays() {
    for_each_engine(async |app: TestApp| {
        alice_and_bob(&app).await;
        add_connectors(&app).await;
        let mut alice = proven(&app, "alice").await;
        let page = post(&mut alice, "/account/phone", &[("identifier", "151 1234 5678"), ("country", "DE")]).await;
        assert_eq!(page.path(), "/account/phone/code", "{}", page.text());
        assert!(page.text().contains("+4915112345678"));
        let page = alice.submit(&page, &[("code", &last_code(&app).0)]).await;
        assert_eq!(page.path(), "/account/phone/success");
        assert_eq!(account(&app, "alice").await["primaryPhone"], "4915112345678");
        for (path, member) in [("phone", "primaryPhone"), ("email", "primaryEmail")] {
            let page = post(&mut alice, &format!("/account/{path}/remove"), &[]).await;
            assert_eq!(page.path(), format!("/account/{path}/success"));
            assert!(account(&app, "alice").await[member].is_null());
        }
        let page = post(&mut alice, "/account/username", &[("choice", "remove")]).await;
        assert_eq!(page.response.status, 400);
        assert_eq!(account(&app, "alice").await["username"], "alice");
    })
    .await;
}

#[tokio::test]
async fn a_username_is_changed_and_a_taken_or_odd_one_is_not() {
    for_each_engine(async |app: TestApp| {
        alice_and_bob(&app).await;
        let mut alice = proven(&app, "alice").await;
        assert_eq!(alice.open("/account/username").await.value("identifier"), "alice");
        for (typed, status) in [("bob", 422), ("9 lives", 422), ("", 422)] {
            let page = post(&mut alice, "/account/username", &[("identifier", typed)]).await;
            assert_eq!(page.response.status, status, "{typed}");
            assert!(page.text().contains("class=\"wrong\"") || page.text().contains("role=\"alert\""), "{typed}");
        }
        assert_eq!(account(&app, "alice").await["username"], "alice");
        let page = post(&mut alice, "/account/username", &[("identifier", "alice_2")]).await;
        assert_eq!(page.path(), "/account/username/success");
        assert_eq!(account(&app, "alice").await["username"], "alice_2");
    })
    .await;
}

#[tokio::test]
async fn a_password_is_changed_and_all_other_sign_ins_end() {
    for_each_engine(async |app: TestApp| {
        alice_and_bob(&app).await;
        let mut other = signed_in(&app, "alice").await;
        let mut alice = proven(&app, "alice").await;
        let new = "Brand-New1!x";
        for (password, confirm, said) in [("x", "x", "at least"), (new, "other", "not the same")] {
            let fields = [("password", password), ("confirm", confirm)];
            let page = post(&mut alice, "/account/password", &fields).await;
            assert_eq!(page.response.status, 422, "{password}");
            assert!(page.text().contains(said), "{}", page.text());
        }
        let page = post(&mut alice, "/account/password", &[("password", new), ("confirm", new)]).await;
        assert_eq!(page.path(), "/account/password/success");
        assert_eq!(alice.open("/account/sessions").await.path(), "/account/sessions", "the sign-in and its proof stay");
        assert_eq!(other.open("/account/security").await.path(), "/sign-in");
    })
    .await;
}

#[tokio::test]
async fn the_first_password_needs_no_proof_where_there_is_none() {
    for_each_engine(async |app: TestApp| {
        alice_and_bob(&app).await;
        let mut alice = signed_in(&app, "alice").await;
        app.sql(
            "update users set password_digest = null, password_algorithm = null, primary_email = null, email_folded = null \
             where id = 'alice'",
            vec![],
        )
        .await;
        let page = alice.open("/account/sessions").await;
        assert!(page.path() == "/account/verified-action" && page.text().contains("Set a password first"));
        let fields = [("password", "Brand-New1!x"), ("confirm", "Brand-New1!x")];
        let page = post(&mut alice, "/account/password", &fields).await;
        assert_eq!(page.path(), "/account/password/success");
        let page = post(&mut alice, "/account/password", &fields).await;
        assert_eq!(page.path(), "/account/verified-action", "the second does");
    })
    .await;
}

#[tokio::test]
async fn a_code_to_the_own_address_is_a_proof_too() {
    for_each_engine(async |app: TestApp| {
        alice_and_bob(&app).await;
        let mut alice = signed_in(&app, "alice").await;
        let page = alice.open("/account/sessions").await;
        assert!(!page.text().contains("Use a code by e-mail"), "no connector can send one");
        add_connectors(&app).await;
        let page = alice.open("/account/sessions?ui_locales=en").await;
        assert!(page.text().contains("Use a code by e-mail") && !page.text().contains("Use a code by SMS"));
        let page = alice.open(&format!("{}&method=email", page.url)).await;
        assert!(page.text().contains("al****@example.com") && !page.text().contains("alice@example.com"));
        let page = alice.submit(&page, &[]).await;
        assert_eq!((page.query("method"), page.path()), ("email".to_owned(), "/account/verified-action"));
        let (code, usage) = last_code(&app);
        assert_eq!(usage, "UserPermissionValidation");
        let wrong = alice.submit(&page, &[("code", "x")]).await;
        assert_eq!(wrong.response.status, 400);
        let page = alice.submit(&page, &[("code", &code)]).await;
        assert_eq!(page.url, "/account/sessions?ui_locales=en");
        assert_eq!(page.response.status, 200);
    })
    .await;
}

#[tokio::test]
async fn c3_guesses_at_the_password_are_counted() {
    for_each_engine(async |app: TestApp| {
        alice_and_bob(&app).await;
        let policy = json!({"sentinelPolicy": {"maxAttempts": 3, "lockoutDuration": 10}});
        call(&app, "PATCH", "/api/sign-in-exp", policy).await.expect(200);
        let mut alice = signed_in(&app, "alice").await;
        let page = alice.open("/account/sessions").await;
        for _ in 0..3 {
            let wrong = alice.submit(&page, &[("password", "wrong")]).await;
            assert_eq!(wrong.path(), "/account/verified-action");
        }
        let locked = alice.submit(&page, &[("password", PASSWORD)]).await;
        assert_eq!(locked.path(), "/account/verified-action");
        assert!(alice.cookie("_account_proof").is_empty());
        app.app.clock.advance(Duration::from_secs(601));
        let page = alice.submit(&page, &[("password", PASSWORD)]).await;
        assert_eq!(page.path(), "/account/sessions");
    })
    .await;
}

#[tokio::test]
async fn a2_a_proof_goes_on_to_account_pages_only() {
    for_each_engine(async |app: TestApp| {
        alice_and_bob(&app).await;
        let mut alice = signed_in(&app, "alice").await;
        for next in
            ["https://evil.example/", "//evil.example", "/sign-in", "/account/../sign-in", "/account//evil.example", ""]
        {
            let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
            let page = alice.open(&format!("/account/verified-action?next={next}")).await;
            let answer = alice.submit(&page, &[("password", PASSWORD)]).await;
            assert_eq!(answer.url, "/account/security", "{next}");
        }
    })
    .await;
}
