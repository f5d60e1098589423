//! What receivers get, and what their answers cause (traces 60-02, 60-06).

use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use http::header::LOCATION;
use http::{HeaderValue, Method, StatusCode};
use kernel::hex;
use outbound::{FakeResponse, OutboundError};
use serde_json::{Value, json};
use server::outbox::{MAX_ATTEMPTS, deliver_due};
use testkit::{TestApp, for_each_engine};

use super::{URL, body, call, delivered, get, hook, hook_with, make_role, ok, path, waiting};

/// HMAC-SHA-256 as RFC 2104 defines it.
fn hmac_sha256(key: &[u8], text: &[u8]) -> String {
    let mut block = [0; 64];
    block[..key.len()].copy_from_slice(key);
    let with = |pad: u8, text: &[u8]| {
        let padded: Vec<u8> = block.iter().map(|byte| byte ^ pad).chain(text.iter().copied()).collect();
        digest(&SHA256, &padded)
    };
    hex::encode(with(0x5c, with(0x36, text).as_ref()).as_ref())
}

async fn logs(app: &TestApp, hook: &Value) -> Vec<Value> {
    app.app.flush_audit().await;
    get(app, &format!("{}/recent-logs", path(hook))).await.expect(200).json().as_array().unwrap().clone()
}

#[tokio::test]
async fn an_event_arrives_signed_with_the_headers_of_the_contract() {
    for_each_engine(async |app: TestApp| {
        let new = json!({"name": "bell", "events": ["Role.Created", "Role.Deleted"],
            "config": {"url": URL, "headers": {"X-Extra": "e"}}});
        let made = hook_with(&app, new, ok()).await;
        let role = make_role(&app, "hr").await;
        assert_eq!(waiting(&app).await, 1);
        let requests = delivered(&app).await;
        let [request] = requests.as_slice() else { panic!("{requests:?}") };
        assert_eq!((&request.method, request.url.as_str()), (&Method::POST, URL));
        let header = |name: &str| request.headers[name].to_str().unwrap();
        assert_eq!((header("user-agent"), header("x-extra")), ("Logto (https://logto.io/)", "e"));
        assert_eq!(header("content-type"), "application/json");
        let signature = hmac_sha256(made["signingKey"].as_str().unwrap().as_bytes(), &request.body);
        assert_eq!(header("logto-signature-sha-256"), signature);
        assert_eq!(header("loggia-delivery-id").len(), 21);
        let mut told = body(request);
        let ip = told.as_object_mut().unwrap().remove("ip");
        assert!(ip.is_some());
        told.as_object_mut().unwrap().remove("userAgent");
        let expected = json!({
            "event": "Role.Created", "createdAt": "2026-11-22T12:00:00.000Z", "path": "/roles", "method": "POST",
            "status": 200, "params": {}, "matchedRoute": "/roles", "data": role, "hookId": made["id"],
        });
        assert_eq!(told, expected, "trace 60-02");
        assert_eq!(waiting(&app).await, 0);
    })
    .await;
}

#[tokio::test]
async fn nothing_is_written_where_no_enabled_hook_of_the_tenant_asks() {
    for_each_engine(async |app: TestApp| {
        make_role(&app, "a").await;
        let made = hook(&app, &["User.Created"], ok()).await;
        make_role(&app, "b").await;
        call(&app, "PATCH", &path(&made), json!({"events": ["Role.Created"], "enabled": false})).await.expect(200);
        make_role(&app, "c").await;
        call(&app, "PATCH", &path(&made), json!({"events": [], "enabled": true})).await.expect(200);
        make_role(&app, "d").await;
        call(&app, "PATCH", &path(&made), json!({"events": ["Role.Created"]})).await.expect(200);
        app.write("admin", |work| work.emit(server::events::EventKind::RoleCreated, || json!({"id": "r"})))
            .await
            .unwrap();
        call(&app, "POST", "/api/roles", json!({"name": "d", "description": "d"})).await.expect(422);
        assert_eq!((waiting(&app).await, delivered(&app).await.len()), (0, 0));
        // `event` counts only where `events` is empty.
        call(&app, "PATCH", &path(&made), json!({"events": [], "event": "Role.Created"})).await.expect(200);
        make_role(&app, "e").await;
        assert_eq!(delivered(&app).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_failed_delivery_comes_again_as_often_as_the_hook_says_and_is_given_up_visibly() {
    for_each_engine(async |app: TestApp| {
        let failing = FakeResponse::status(StatusCode::INTERNAL_SERVER_ERROR).body("out of order");
        let new = json!({"name": "bell", "events": ["Role.Created"], "config": {"url": URL, "retries": 2}});
        let made = hook_with(&app, new, failing).await;
        make_role(&app, "hr").await;
        let mut delays = Vec::new();
        for count in 1..=3 {
            assert_eq!(deliver_due(&app.app).await, Ok(1), "{count}");
            let mut waited = 0;
            while waiting(&app).await > 0 && deliver_due(&app.app).await.unwrap() == 0 {
                app.app.clock.advance(Duration::from_secs(1));
                waited += 1;
                if app.app.db.read(due(&app)).await.unwrap() > 0 {
                    break;
                }
            }
            delays.push(waited);
        }
        assert!((5..=7).contains(&delays[0]) && (10..=14).contains(&delays[1]), "{delays:?}");
        assert_eq!((waiting(&app).await, app.outbound.received().len()), (0, 3));
        let ids: Vec<_> =
            app.outbound.received().iter().map(|request| request.headers["loggia-delivery-id"].clone()).collect();
        assert!(ids.iter().all(|id| *id == ids[0]), "one id for all attempts");
        let logs = logs(&app, &made).await;
        let told: Vec<_> = logs
            .iter()
            .map(|log| (log["payload"]["attempt"].as_i64().unwrap(), log["payload"]["isGivenUp"] == true))
            .collect();
        assert_eq!(told, [(3, true), (2, false), (1, false)]);
        assert!(logs[0]["payload"]["error"].as_str().unwrap().contains("500"));
        assert_eq!(logs[0]["payload"]["response"], json!({"statusCode": 500, "body": "out of order"}));
    })
    .await;
}

/// The number of rows that are due.
fn due(app: &TestApp) -> impl FnOnce(&db::Read<'_>) -> Result<i64, db::DbError> + Send + 'static {
    let now = app.app.clock.now();
    move |r| r.query_one(db::sql!("select count(*) from outbox where next_attempt_at <= $1"), &[now.into()])
}

#[tokio::test]
async fn without_a_number_of_retries_a_delivery_is_tried_for_hours() {
    for_each_engine(async |app: TestApp| {
        let refused = OutboundError::Connection { host: "bell.example.com".into(), cause: "refused".into() };
        let made = hook(&app, &["Role.Created"], FakeResponse::failure(refused)).await;
        make_role(&app, "hr").await;
        for _ in 0..MAX_ATTEMPTS {
            assert_eq!(deliver_due(&app.app).await, Ok(1));
            app.app.clock.advance(Duration::from_secs(2 * 3600));
        }
        assert_eq!(waiting(&app).await, 0);
        app.app.flush_audit().await;
        let newest = get(&app, &format!("{}/recent-logs?page_size=1", path(&made))).await.json();
        let payload = &newest[0]["payload"];
        assert_eq!((&payload["attempt"], &payload["isGivenUp"]), (&json!(MAX_ATTEMPTS), &json!(true)));
        assert!(payload.get("response").is_none() && payload["error"].as_str().unwrap().contains("refused"));
    })
    .await;
}

#[tokio::test]
async fn a_receiver_that_comes_back_gets_what_waited() {
    for_each_engine(async |app: TestApp| {
        hook(&app, &["Role.Created"], FakeResponse::status(StatusCode::SERVICE_UNAVAILABLE)).await;
        for n in 0..30 {
            make_role(&app, &format!("r{n}")).await;
        }
        assert_eq!((deliver_due(&app.app).await, waiting(&app).await), (Ok(30), 30));
        app.outbound.respond(Method::POST, URL, ok());
        app.app.clock.advance(Duration::from_secs(10));
        assert_eq!((deliver_due(&app.app).await, waiting(&app).await), (Ok(30), 0));
        let received = app.outbound.received();
        let mut names: Vec<String> =
            received[30..].iter().map(|one| body(one)["data"]["name"].as_str().unwrap().to_owned()).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), 30);
    })
    .await;
}

#[tokio::test]
async fn e1_redirects_are_failures_and_lead_nowhere() {
    for_each_engine(async |app: TestApp| {
        let target = "http://169.254.169.254/latest/meta-data";
        app.outbound.respond(Method::POST, target, ok());
        app.outbound.respond(Method::GET, target, ok());
        let redirect = FakeResponse::status(StatusCode::FOUND).header(LOCATION, HeaderValue::from_static(target));
        let new = json!({"name": "bell", "events": ["Role.Created"], "config": {"url": URL, "retries": 0}});
        let made = hook_with(&app, new, redirect).await;
        make_role(&app, "hr").await;
        let urls: Vec<String> = delivered(&app).await.into_iter().map(|request| request.url).collect();
        assert_eq!((urls, waiting(&app).await), (vec![URL.to_owned()], 0));
        let logs = logs(&app, &made).await;
        assert!(logs[0]["payload"]["error"].as_str().unwrap().contains("redirects are not followed"), "{logs:?}");
        assert_eq!(logs[0]["payload"]["response"]["statusCode"], 302);
    })
    .await;
}

#[tokio::test]
async fn a_changed_address_and_key_count_for_what_waits() {
    for_each_engine(async |app: TestApp| {
        let made = hook(&app, &["Role.Created"], FakeResponse::status(StatusCode::BAD_GATEWAY)).await;
        make_role(&app, "hr").await;
        delivered(&app).await;
        let other = "https://other.example.com/";
        app.outbound.respond(Method::POST, other, ok());
        call(&app, "PATCH", &path(&made), json!({"config": {"url": other}})).await.expect(200);
        let renewed = call(&app, "PATCH", &format!("{}/signing-key", path(&made)), json!({})).await.json();
        app.app.clock.advance(Duration::from_secs(10));
        let received = delivered(&app).await;
        let last = received.last().unwrap();
        assert_eq!((last.url.as_str(), waiting(&app).await), (other, 0));
        let signature = hmac_sha256(renewed["signingKey"].as_str().unwrap().as_bytes(), &last.body);
        assert_eq!(last.headers["logto-signature-sha-256"], signature);
    })
    .await;
}
