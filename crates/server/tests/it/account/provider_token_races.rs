//! A refresh token may count once at its provider: requests at the same time, of several processes too, cause one refresh.

use std::time::Duration;

use outbound::FakeResponse;
use serde_json::json;
use testkit::{TestApp, for_each_engine};

use super::provider_tokens::{linked, refreshes};
use crate::experience::token_storage::{count, tokens};

const SOCIAL: &str = "/api/my-account/identities/harbour/access-token";

#[tokio::test]
async fn of_many_requests_one_refreshes_and_all_get_the_new_token() {
    for_each_engine(async |app: TestApp| {
        let (alice, idp) = linked(&app, tokens("at-1")).await;
        app.app.clock.advance(Duration::from_secs(600));
        let rotated = json!({"access_token": "at-2", "refresh_token": "rt-2", "expires_in": 300});
        idp.respond(FakeResponse::json(&rotated).after(Duration::from_millis(400)));
        let asked: Vec<_> = (0..6)
            .map(|_| {
                let alice = alice.clone();
                tokio::spawn(async move { alice.get(SOCIAL).await.expect(200).json()["access_token"].clone() })
            })
            .collect();
        for one in asked {
            assert_eq!(one.await.unwrap(), "at-2");
        }
        assert_eq!(refreshes(&app).len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_request_that_is_given_up_keeps_what_the_provider_gave() {
    for_each_engine(async |app: TestApp| {
        let (alice, idp) = linked(&app, tokens("at-1")).await;
        app.app.clock.advance(Duration::from_secs(600));
        let rotated = json!({"access_token": "at-2", "refresh_token": "rt-2", "expires_in": 300});
        idp.respond(FakeResponse::json(&rotated).after(Duration::from_millis(300)));
        let given_up = tokio::time::timeout(Duration::from_millis(150), alice.get(SOCIAL)).await;
        assert!(given_up.is_err(), "the provider answers later");
        idp.refuse_code();
        assert_eq!(alice.get(SOCIAL).await.expect(200).json()["access_token"], "at-2");
        assert_eq!((refreshes(&app).len(), count(&app).await), (1, 1));
    })
    .await;
}

#[tokio::test]
async fn who_stopped_in_the_middle_holds_the_refresh_for_seconds() {
    for_each_engine(async |app: TestApp| {
        let (alice, idp) = linked(&app, tokens("at-1")).await;
        app.app.clock.advance(Duration::from_secs(600));
        // A process that took the refresh was killed.
        let until = app.app.clock.now().plus_seconds(20).millis();
        app.sql("update secrets set refreshed_until = $1", vec![until.into()]).await;
        idp.respond(FakeResponse::json(&json!({"access_token": "at-2"})));
        let waiting = tokio::time::timeout(Duration::from_millis(600), alice.get(SOCIAL)).await;
        assert!(waiting.is_err() && refreshes(&app).is_empty());
        app.app.clock.advance(Duration::from_secs(20));
        assert_eq!(alice.get(SOCIAL).await.expect(200).json()["access_token"], "at-2");
    })
    .await;
}
