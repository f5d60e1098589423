//! Second factors and passkeys on the pages (A065 to A067).

use serde_json::{Value, json};
use testkit::{Browser, BrowserPage, TestApp, for_each_engine};

use super::fixture::*;
use crate::applications::get;
use crate::experience::authenticator::Authenticator;
use crate::experience::factors::{app_code, policy};
use crate::pages::passkeys::options;

/// Alice, proven, where all factors are switched on.
async fn alice(app: &TestApp) -> Browser {
    alice_and_bob(app).await;
    policy(app, "NoPrompt", &["Totp", "WebAuthn", "BackupCode"]).await;
    proven(app, "alice").await
}

async fn factors(app: &TestApp) -> Vec<Value> {
    let listed = get(app, "/api/users/alice/mfa-verifications").await.expect(200).json();
    listed.as_array().unwrap().clone()
}

async fn count(app: &TestApp, kind: &str) -> usize {
    factors(app).await.iter().filter(|factor| factor["type"] == kind).count()
}

/// The key that a page shows.
fn key(page: &BrowserPage) -> String {
    let text = page.text();
    let key = text.split_once("id=\"key\">").unwrap().1.split_once('<').unwrap().0;
    key.replace(' ', "")
}

/// The codes that a page shows.
fn codes(page: &BrowserPage) -> Vec<String> {
    let text = page.text();
    let list = text.split_once("<ul class=\"codes\">").unwrap().1.split_once("</ul>").unwrap().0;
    list.split("<li>").skip(1).map(|item| item.split('<').next().unwrap().to_owned()).collect()
}

async fn bind_app(app: &TestApp, alice: &mut Browser, path: &str) -> (BrowserPage, String) {
    let page = alice.open(path).await;
    assert_eq!(page.path(), path, "{}", page.text());
    let key = key(&page);
    let code = app_code(&key, app.app.clock.now());
    let offer = page.value("offer");
    (alice.submit(&page, &[("offer", &offer), ("code", &code)]).await, key)
}

#[tokio::test]
async fn an_authenticator_app_is_bound_replaced_and_removed() {
    for_each_engine(async |app: TestApp| {
        let mut alice = alice(&app).await;
        assert!(alice.open("/account/security").await.text().contains("href=\"/account/authenticator-app\""));
        let page = alice.open("/account/authenticator-app").await;
        assert!(page.text().contains("<svg class=\"qr\"") && page.text().contains("otpauth:"), "{}", page.text());
        let (shown, offer) = (key(&page), page.value("offer"));
        let held = alice.cookies().any(|(_, value)| value.contains(&shown));
        assert!(!held && !offer.contains(&shown) && !page.url.contains(&shown), "the seed is on the page alone");
        let wrong = alice.submit(&page, &[("offer", &offer), ("code", "000000")]).await;
        assert_eq!(wrong.response.status, 400);
        assert!(wrong.text().contains("role=\"alert\"") && key(&wrong) == shown, "the same seed again");
        assert_eq!(count(&app, "Totp").await, 0);
        // What was offered in another browser is no offer here.
        let mut other = proven(&app, "alice").await;
        let code = app_code(&shown, app.app.clock.now());
        let form = [("offer", offer.as_str()), ("code", code.as_str())];
        assert_eq!(post(&mut other, "/account/authenticator-app", &form).await.path(), "/account/authenticator-app");
        assert_eq!(count(&app, "Totp").await, 0);
        let page = alice.submit(&wrong, &form).await;
        assert_eq!((page.path(), page.response.status.as_u16()), ("/account/authenticator-app/success", 200));
        assert_eq!(count(&app, "Totp").await, 1);

        assert_eq!(alice.open("/account/authenticator-app").await.path(), "/account/authenticator-app/replace");
        let before = factors(&app).await[0]["id"].clone();
        let (page, new) = bind_app(&app, &mut alice, "/account/authenticator-app/replace").await;
        assert_eq!(page.path(), "/account/authenticator-app/replace/success");
        assert_ne!(new, shown);
        assert_eq!(count(&app, "Totp").await, 1);
        assert_ne!(factors(&app).await[0]["id"], before);
        let page = post(&mut alice, "/account/authenticator-app/remove", &[]).await;
        assert_eq!((page.path(), count(&app, "Totp").await), ("/account/security", 0));
        assert_eq!(alice.open("/account/authenticator-app/replace").await.path(), "/account/authenticator-app");
    })
    .await;
}

#[tokio::test]
async fn backup_codes_are_what_was_shown_and_go_when_they_are_alone() {
    for_each_engine(async |app: TestApp| {
        let mut alice = alice(&app).await;
        let page = alice.open("/account/backup-codes/generate").await;
        let alone = alice.submit(&page, &[("offer", &page.value("offer"))]).await;
        assert_eq!((alone.response.status.as_u16(), count(&app, "BackupCode").await), (422, 0), "they protect nothing");
        bind_app(&app, &mut alice, "/account/authenticator-app").await;
        let page = alice.open("/account/backup-codes/generate").await;
        let (shown, offer) = (codes(&page), page.value("offer"));
        assert_eq!(shown.len(), 10);
        let file = alice.send("GET", &format!("/account/backup-codes/generate/download?offer={offer}"), None).await;
        assert_eq!(file.expect(200).text(), shown.join("\n") + "\n");
        // Another look at the page offers others, and changes nothing about those.
        assert_ne!(codes(&alice.open("/account/backup-codes/generate").await), shown);
        let page = alice.submit(&page, &[("offer", &offer)]).await;
        assert_eq!((page.path(), page.response.status.as_u16()), ("/account/backup-codes/success", 200));
        let page = alice.open("/account/backup-codes/manage").await;
        assert_eq!(codes(&page), shown);
        let file = alice.send("GET", "/account/backup-codes/manage/download", None).await;
        assert_eq!(file.expect(200).text(), shown.join("\n") + "\n");

        let page = alice.open("/account/backup-codes/generate").await;
        assert_eq!(page.path(), "/account/backup-codes/regenerate");
        let new = codes(&page);
        let page = alice.submit(&page, &[("offer", &page.value("offer"))]).await;
        assert_eq!(page.path(), "/account/backup-codes/success");
        assert_eq!(codes(&alice.open("/account/backup-codes/manage").await), new);
        assert_eq!(count(&app, "BackupCode").await, 1);
        post(&mut alice, "/account/authenticator-app/remove", &[]).await;
        assert_eq!(factors(&app).await, Vec::<Value>::new());
        assert_eq!(alice.open("/account/backup-codes/manage").await.path(), "/account/security");
    })
    .await;
}

#[tokio::test]
async fn a_passkey_is_made_named_and_removed() {
    for_each_engine(async |app: TestApp| {
        let mut alice = alice(&app).await;
        let before = app.snapshot().await;
        let page = alice.open("/account/passkey/add").await;
        assert_eq!(before.difference(&app.snapshot().await, &[]), Vec::<String>::new(), "asking writes nothing");
        let (offer, mut key) = (page.value("offer"), Authenticator::new("key1"));
        let credential = key.create(&options(&page)).to_string();
        let form = [("offer", offer.as_str()), ("credential", credential.as_str()), ("name", " Laptop ")];
        // The question of another browser has no answer here.
        let mut other = proven(&app, "alice").await;
        post(&mut other, "/account/passkey/add", &form).await;
        let broken = post(&mut alice, "/account/passkey/add", &[("offer", &offer), ("credential", "{}")]).await;
        assert_eq!(broken.response.status, 400);
        assert_eq!(count(&app, "WebAuthn").await, 0);
        let page = alice.submit(&page, &form).await;
        assert_eq!((page.path(), page.response.status.as_u16()), ("/account/passkey/success", 200), "{}", page.text());
        assert_eq!(
            post(&mut alice, "/account/passkey/add", &form).await.response.status,
            400,
            "each answer is good once"
        );
        let bound = factors(&app).await;
        assert_eq!((bound.len(), &bound[0]["name"]), (1, &json!("Laptop")));
        let id = bound[0]["id"].as_str().unwrap().to_owned();

        let page = alice.open("/account/passkey/manage").await;
        assert!(page.text().contains("Laptop"), "{}", page.text());
        let page = alice.open(&format!("/account/passkey/name?identifier={id}")).await;
        assert_eq!(page.value("name"), "Laptop");
        let empty = alice.submit(&page, &[("name", " ")]).await;
        assert_eq!(empty.response.status, 422);
        let page = alice.submit(&page, &[("name", "Phone")]).await;
        assert!(page.path() == "/account/passkey/manage" && page.text().contains("Phone"), "{}", page.text());
        let page = post(&mut alice, "/account/passkey/manage/remove", &[("id", &id)]).await;
        assert_eq!((page.path(), count(&app, "WebAuthn").await), ("/account/passkey/manage", 0));
    })
    .await;
}

/// A page removes what it is about: the fields of the others may be closed.
#[tokio::test]
async fn f1_the_page_of_passkeys_removes_no_other_factor() {
    for_each_engine(async |app: TestApp| {
        let mut alice = alice(&app).await;
        bind_app(&app, &mut alice, "/account/authenticator-app").await;
        let id = factors(&app).await[0]["id"].as_str().unwrap().to_owned();
        open(&app, json!({"name": "Edit", "profile": "Edit", "session": "Edit", "passkey": "Edit", "mfa": "ReadOnly"}))
            .await;
        post(&mut alice, "/account/passkey/manage/remove", &[("id", &id)]).await;
        assert_eq!(count(&app, "Totp").await, 1);
    })
    .await;
}
