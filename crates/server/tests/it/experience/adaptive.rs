//! Adaptive MFA with context from the headers of a trusted proxy (E076, F027, H001, H012, D073, D074; attack E12).

use std::time::Duration;

use db::sql;
use serde_json::json;
use testkit::{TestApp, for_each_engine};

use super::fixture::*;
use crate::applications::call;

pub const REQUIRED: &str = "session.mfa.require_mfa_verification";

/// A node behind a trusted proxy, with adaptive MFA, and Alice with an authenticator app.
pub async fn prepare(app: &TestApp, trusts_proxy: bool) -> TestApp {
    let mut settings = app.app.settings.clone();
    settings.trust_proxy_header = trusts_proxy;
    settings.injected_headers = r#"{"country": "cf-ipcountry"}"#.parse().unwrap();
    let app = TestApp::with(app.engine, settings).await;
    add_user(&app, "alice", |_| {}).await;
    app.bind_totp("alice").await;
    let patch = json!({"mfa": {"factors": ["Totp"], "policy": "PromptOnlyAtSignInMandatory"}, "adaptiveMfa": {"enabled": true}});
    call(&app, "PATCH", "/api/sign-in-exp", patch).await.expect(200);
    app
}

/// Signs in with a password alone, from a place. Returns the code of the refusal, or none.
pub async fn sign_in(app: &TestApp, country: &str, latitude: &str, longitude: &str) -> Option<String> {
    let submitted = identified(app, country, latitude, longitude).await.submit().await;
    match submitted.status.as_u16() {
        200 => None,
        _ => Some(submitted.json()["code"].as_str().unwrap().to_owned()),
    }
}

/// The same before it is submitted.
pub async fn identified(app: &TestApp, country: &str, latitude: &str, longitude: &str) -> Browser {
    let browser = Browser::open(app).await;
    let request = browser
        .request("PUT", "/api/experience")
        .header("cf-ipcountry", country)
        .header("x-logto-cf-latitude", latitude)
        .header("x-logto-cf-longitude", longitude);
    let started = request.json(json!({"interactionEvent": "SignIn"})).send().await.expect(204);
    let proof = started.headers("set-cookie").into_iter().map(|line| line.split(';').next().unwrap().to_owned());
    let cookie = proof.fold(browser.cookie(), |cookie, pair| format!("{cookie}; {pair}"));
    let browser = Browser::with_cookie(&browser, &cookie);
    let id = id_of(&browser.password("alice", PASSWORD).await.expect(200));
    browser.identify(&id).await.expect(204);
    browser
}

#[tokio::test]
async fn a_factor_is_asked_for_only_where_a_sign_in_is_unusual() {
    for_each_engine(async |app: TestApp| {
        let app = prepare(&app, true).await;
        assert_eq!(sign_in(&app, "DE", "52.5", "13.4").await, None, "nothing to compare with yet");
        app.app.clock.advance(Duration::from_secs(3600));
        assert_eq!(sign_in(&app, "DE", "52.4", "13.1").await, None);
        assert_eq!(sign_in(&app, "FR", "48.9", "2.4").await, Some(REQUIRED.to_owned()), "a new country");
        assert_eq!(sign_in(&app, "DE", "1.3", "103.8").await, Some(REQUIRED.to_owned()), "too far");
        app.app.clock.advance(Duration::from_secs(31 * 24 * 3600));
        assert_eq!(sign_in(&app, "DE", "52.5", "13.4").await, Some(REQUIRED.to_owned()), "after a long time");
        let count = sql!("select count(*) from user_sign_in_countries where country = 'FR'");
        let french: i64 = app.app.db.read(move |r| r.query_one(count, &[])).await.unwrap();
        assert_eq!(french, 0, "a refused sign-in leaves no trace");
    })
    .await;
}

#[tokio::test]
async fn e12_headers_that_anybody_can_send_count_only_behind_a_trusted_proxy() {
    for_each_engine(async |app: TestApp| {
        let app = prepare(&app, false).await;
        for country in ["DE", "FR"] {
            assert_eq!(sign_in(&app, country, "52.5", "13.4").await, None);
        }
        let count = sql!("select count(*) from user_sign_in_countries");
        let noted: i64 = app.app.db.read(move |r| r.query_one(count, &[])).await.unwrap();
        assert_eq!(noted, 0);
    })
    .await;
}
