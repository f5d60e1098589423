//! Accounts at providers on the pages (A069).

use serde_json::{Value, json};
use testkit::{Browser, BrowserPage, TestApp, for_each_engine};

use super::fixture::*;
use crate::experience::provider::{Away, Provider};

async fn linked(app: &TestApp, name: &str) -> Value {
    account(app, name).await["identities"]["harbour"]["userId"].clone()
}

/// Presses the button of this page; returns where the provider is asked.
async fn leave(alice: &mut Browser, path: &str) -> Away {
    let page = alice.open(path).await;
    assert_eq!(page.path(), path.split('?').next().unwrap(), "{}", page.text());
    let away = alice.submit(&page, &[]).await;
    Away::to(&away.url, String::new())
}

/// Comes back as the account `id` there.
async fn come_back(browser: &mut Browser, idp: &Provider, away: &Away, id: &str) -> BrowserPage {
    idp.answer(&idp.claims(away, id));
    let state = away.sent("state");
    browser.open(&format!("/account/callback/social/{}?code=c&state={state}", idp.connector_id)).await
}

#[tokio::test]
async fn an_account_is_linked_changed_and_unlinked() {
    for_each_engine(async |app: TestApp| {
        alice_and_bob(&app).await;
        let idp = Provider::new(&app, "harbour", json!({})).await;
        let path = format!("/account/social/{}", idp.connector_id);
        let mut alice = proven(&app, "alice").await;
        let page = alice.open("/account/security").await.text();
        assert!(page.contains("Harbour ID") && page.contains(&format!("href=\"{path}\"")), "{page}");
        let away = leave(&mut alice, &path).await;
        assert_eq!(away.host, "harbour.example");
        let callback = format!("http://localhost:3001/account/callback/social/{}", idp.connector_id);
        assert_eq!(away.sent("redirect_uri"), callback);
        let page = come_back(&mut alice, &idp, &away, "u1").await;
        assert_eq!((page.path(), page.response.status.as_u16()), ("/account/social/success", 200), "{}", page.text());
        assert_eq!(linked(&app, "alice").await, "u1");
        // The answer again.
        assert_eq!(come_back(&mut alice, &idp, &away, "u1").await.path(), "/account/security");

        assert_eq!(alice.open(&path).await.path(), format!("{path}/change"));
        let away = leave(&mut alice, &format!("{path}/change")).await;
        assert_eq!(come_back(&mut alice, &idp, &away, "u2").await.path(), "/account/social/success");
        assert_eq!(linked(&app, "alice").await, "u2");
        let page = alice.open(&format!("{path}/remove")).await;
        assert!(page.text().contains("Harbour ID"), "{}", page.text());
        let page = alice.submit(&page, &[]).await;
        assert_eq!(page.path(), "/account/social/success");
        assert!(linked(&app, "alice").await.is_null());
    })
    .await;
}

#[tokio::test]
async fn a2_who_came_from_an_application_goes_back_to_it() {
    for_each_engine(async |app: TestApp| {
        alice_and_bob(&app).await;
        application(&app, "https://app.example.com/settings", false).await;
        let idp = Provider::new(&app, "harbour", json!({})).await;
        let mut alice = proven(&app, "alice").await;
        let redirect = "redirect=https%3A%2F%2Fapp.example.com%2Fsettings";
        let away = leave(&mut alice, &format!("/account/social/{}?{redirect}", idp.connector_id)).await;
        idp.answer(&idp.claims(&away, "u1"));
        // A parameter of the way back is none of ours.
        let state = away.sent("state");
        let evil = "redirect=https%3A%2F%2Fevil.example";
        let back = format!("/account/callback/social/{}?code=c&state={state}&{evil}", idp.connector_id);
        assert_eq!(alice.open(&back).await.url, "https://app.example.com/settings");
        assert_eq!(linked(&app, "alice").await, "u1");
    })
    .await;
}

#[tokio::test]
async fn d13_an_answer_links_nothing_in_another_browser_or_with_another_state() {
    for_each_engine(async |app: TestApp| {
        alice_and_bob(&app).await;
        let idp = Provider::new(&app, "harbour", json!({})).await;
        let path = format!("/account/social/{}", idp.connector_id);
        let (mut alice, mut bob) = (proven(&app, "alice").await, proven(&app, "bob").await);
        let away = leave(&mut bob, &path).await;
        assert_eq!(come_back(&mut alice, &idp, &away, "u1").await.path(), "/account/security");
        // Nor while she has one under way herself.
        let own = leave(&mut alice, &path).await;
        assert_eq!(come_back(&mut alice, &idp, &away, "u1").await.path(), "/account/security");
        assert!(linked(&app, "alice").await.is_null() && linked(&app, "bob").await.is_null());
        let state = own.sent("state");
        let elsewhere = format!("/account/callback/social/other?code=c&state={state}");
        assert_eq!(alice.open(&elsewhere).await.path(), "/account/security");
        assert!(linked(&app, "alice").await.is_null());
        assert_eq!(come_back(&mut alice, &idp, &own, "u1").await.path(), "/account/social/success");
        // Somebody else's account there stays theirs.
        let page = come_back(&mut bob, &idp, &away, "u1").await;
        assert_eq!(page.response.status, 422);
        assert!(page.text().contains("role=\"alert\""), "{}", page.text());
        assert!(!page.text().contains("code=c"), "no link of the page holds the answer");
        assert!(linked(&app, "bob").await.is_null());
    })
    .await;
}

#[tokio::test]
async fn who_refuses_at_the_provider_is_told_on_the_page_that_they_left_from() {
    for_each_engine(async |app: TestApp| {
        alice_and_bob(&app).await;
        let idp = Provider::new(&app, "harbour", json!({})).await;
        let mut alice = proven(&app, "alice").await;
        let away = leave(&mut alice, &format!("/account/social/{}", idp.connector_id)).await;
        let state = away.sent("state");
        let back = format!("/account/callback/social/{}?error=access_denied&state={state}", idp.connector_id);
        let page = alice.open(&back).await;
        assert!(page.response.status.is_client_error() && page.text().contains("role=\"alert\""), "{}", page.text());
        assert!(linked(&app, "alice").await.is_null());
    })
    .await;
}
