//! Events of sign-ins and of exceptions, as receivers get them (traces 60-01, 60-04, 60-05).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use server::events::EventKind;
use testkit::{TestApp, for_each_engine};

use super::{body, delivered, hook, ok, waiting};
use crate::attacks::requests::{SeededTenant, sample_requests};
use crate::experience::fixture::{Browser, PASSWORD, add_user, id_of, settings};

async fn sign_in(app: &TestApp) {
    let browser = Browser::open(app).await;
    browser.start("SignIn").await;
    let id = id_of(&browser.password("bob", PASSWORD).await.expect(200));
    browser.identify(&id).await.expect(204);
    browser.submit().await.expect(200);
}

#[tokio::test]
async fn a_sign_in_tells_what_trace_60_01_shows() {
    for_each_engine(async |app: TestApp| {
        add_user(&app, "bob", |_| {}).await;
        let made = hook(&app, &["PostSignIn"], ok()).await;
        sign_in(&app).await;
        let received = delivered(&app).await;
        let told = body(&received[0]);
        assert_eq!((&told["event"], &told["interactionEvent"]), (&json!("PostSignIn"), &json!("SignIn")));
        assert_eq!((&told["hookId"], &told["userId"]), (&made["id"], &json!("bob")));
        assert_eq!(told["user"].as_object().unwrap().len(), 15, "inventory H013");
        for name in ["createdAt", "sessionId", "userIp"] {
            assert!(told[name].is_string(), "{name}: {told}");
        }
        assert!(told.get("data").is_none() && told.get("ip").is_none());
    })
    .await;
}

#[tokio::test]
async fn each_hook_gets_its_own_events_and_a_sign_in_without_hooks_writes_none() {
    for_each_engine(async |app: TestApp| {
        add_user(&app, "bob", |_| {}).await;
        sign_in(&app).await;
        assert_eq!(waiting(&app).await, 0);
        let first = hook(&app, &["PostSignIn", "Identifier.Lockout"], ok()).await;
        let second = hook(&app, &["PostSignIn"], ok()).await;
        sign_in(&app).await;
        assert_eq!(waiting(&app).await, 2);
        settings(&app, "default", json!({"sentinelPolicy": {"maxAttempts": 2}})).await;
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        for _ in 0..2 {
            browser.password("bob", "wrong").await;
        }
        let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
        for told in delivered(&app).await.iter().map(body) {
            let text = |name: &str| told[name].as_str().unwrap().to_owned();
            *counts.entry((text("hookId"), text("event"))).or_default() += 1;
        }
        let of = |hook: &Value, event: &str| counts.get(&(hook["id"].as_str().unwrap().into(), event.into())).copied();
        assert_eq!((of(&first, "PostSignIn"), of(&second, "PostSignIn")), (Some(1), Some(1)));
        assert_eq!((of(&first, "Identifier.Lockout"), of(&second, "Identifier.Lockout")), (Some(1), None));
    })
    .await;
}

#[tokio::test]
async fn every_change_that_the_contract_lists_is_its_event() {
    for_each_engine(async |app: TestApp| {
        let all: Vec<&str> = EventKind::ALL.iter().map(|kind| kind.as_str()).collect();
        hook(&app, &all, ok()).await;
        let mut place = SeededTenant::new(&app, "default").await;
        for request in sample_requests() {
            place.make(&request).await;
        }
        let said = |told: Value| {
            let text = |name: &str| told[name].as_str().map(str::to_owned);
            Some((format!("{} {}", text("method")?, text("matchedRoute")?), text("event")?))
        };
        let received = delivered(&app).await;
        let hooked = received.iter().filter(|request| request.url == super::URL);
        let told: BTreeSet<(String, String)> = hooked.map(body).filter_map(said).collect();
        let contract: Value =
            serde_json::from_str(include_str!("../../../../../docs/contract/webhook-events.json")).unwrap();
        let listed = contract["managementApiTriggers"].as_object().unwrap();
        let missing: Vec<_> = listed
            .iter()
            .filter(|(route, event)| !told.contains(&((*route).clone(), event.as_str().unwrap().into())))
            .collect();
        assert!(missing.is_empty() && listed.len() == 26, "{missing:#?} of {told:#?}");
    })
    .await;
}
