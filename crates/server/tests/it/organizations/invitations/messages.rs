//! The message to an invitee: what it says, who gets it, and how often.

use std::time::Duration;

use http::{Method, StatusCode};
use outbound::FakeResponse;
use serde_json::{Value, json};
use testkit::{TestApp, for_each_engine};

use super::super::{call, get, organization};
use super::{PATH, body, id_of, invite, person};

const ENDPOINT: &str = "https://messages.example.com/send";
const LINK: &str = "https://x.example/join";

async fn add_connector(app: &TestApp) {
    app.outbound.respond(Method::POST, ENDPOINT, FakeResponse::status(StatusCode::OK));
    let connector = json!({"connectorId": "http-email", "config": {"endpoint": ENDPOINT}});
    call(app, "POST", "/api/connectors", connector).await.expect(200);
}

fn sent(app: &TestApp) -> Vec<Value> {
    app.outbound.received().iter().map(|request| serde_json::from_slice(&request.body).unwrap()).collect()
}

#[tokio::test]
async fn a_message_names_organization_and_inviter_as_in_trace_40_11() {
    for_each_engine(async |app: TestApp| {
        add_connector(&app).await;
        let (docks, ada) = (organization(&app, "trace-org").await, person(&app, "ada").await);
        invite(&app, &docks, "none@example.com", json!({"messagePayload": false})).await;
        assert!(sent(&app).is_empty());
        let more = json!({"messagePayload": {"code": "c1", "link": LINK}});
        let made = invite(&app, &docks, "inv2@example.com", more).await;
        let shown = json!({"id": docks, "name": "trace-org", "branding": {}});
        let first = &sent(&app)[0];
        assert_eq!((&first["to"], &first["type"]), (&json!("inv2@example.com"), &json!("OrganizationInvitation")));
        assert_eq!(first["payload"], json!({"organization": shown, "code": "c1", "link": LINK}));
        let message = format!("{PATH}/{}/message", id_of(&made));
        call(&app, "POST", &message, json!({"link": LINK, "plan": {"name": "pro"}})).await.expect(204);
        let again = json!({"organization": shown, "link": LINK, "plan": {"name": "pro"}});
        assert_eq!(sent(&app)[1]["payload"], again);
        let more = json!({
            "inviterId": ada,
            "messagePayload": {"uiLocales": "zh-CN en", "inviter": {"name": "The king"}, "organization": "x"},
        });
        invite(&app, &docks, "inv3@example.com", more).await;
        let payload = sent(&app)[2]["payload"].clone();
        assert_eq!((&payload["organization"], &payload["locale"]), (&shown, &json!("zh-CN")));
        let inviter = json!({
            "id": ada, "avatar": null, "name": "Name of ada", "primaryEmail": "ada@example.com", "primaryPhone": null,
            "username": "ada", "profile": {},
        });
        assert_eq!(payload["inviter"], inviter);
        call(&app, "POST", &format!("{PATH}/none/message"), json!({})).await.expect_error(404, "entity.not_found");
    })
    .await;
}

#[tokio::test]
async fn without_its_message_there_is_no_invitation() {
    for_each_engine(async |app: TestApp| {
        let docks = organization(&app, "docks").await;
        let with = |payload: Value| body(&app, &docks, "ada@example.com", json!({"messagePayload": payload}));
        call(&app, "POST", PATH, with(json!({}))).await.expect_error(501, "connector.not_found");
        add_connector(&app).await;
        for (status, expected, code) in [
            (StatusCode::UNAUTHORIZED, 401, "connector.authorization_failed"),
            (StatusCode::TOO_MANY_REQUESTS, 429, "connector.rate_limit_exceeded"),
            (StatusCode::BAD_GATEWAY, 400, "connector.general"),
        ] {
            app.outbound.respond_once(Method::POST, ENDPOINT, FakeResponse::status(status));
            call(&app, "POST", PATH, with(json!({"link": LINK}))).await.expect_error(expected, code);
        }
        for link in ["javascript:alert(1)", "data:text/html,x", "/join"] {
            call(&app, "POST", PATH, with(json!({"link": link}))).await.expect_error(400, "guard.invalid_input");
        }
        assert_eq!(get(&app, PATH).await.json(), json!([]));
        call(&app, "POST", PATH, with(json!({"link": LINK}))).await.expect(201);
    })
    .await;
}

#[tokio::test]
async fn g1_a_recipient_gets_so_many_messages_and_an_organization_sends_so_many() {
    for_each_engine(async |app: TestApp| {
        add_connector(&app).await;
        let (docks, quay) = (organization(&app, "docks").await, organization(&app, "quay").await);
        let limited = "request.message_rate_limited";
        let message = json!({"messagePayload": {"link": LINK}});
        let made = invite(&app, &docks, "ada@example.com", message.clone()).await;
        let resend = format!("{PATH}/{}/message", id_of(&made));
        for _ in 0..9 {
            call(&app, "POST", &resend, json!({})).await.expect(204);
        }
        call(&app, "POST", &resend, json!({})).await.expect_error(429, limited);
        let other = body(&app, &quay, "ADA@example.com", message.clone());
        call(&app, "POST", PATH, other.clone()).await.expect_error(429, limited);
        assert_eq!(get(&app, PATH).await.json().as_array().unwrap().len(), 1, "a refused one is not made");
        app.app.clock.advance(Duration::from_secs(601));
        call(&app, "POST", PATH, other).await.expect(201);

        let text = db::sql!(
            "insert into configs (tenant_id, key, value) \
             values ('default', 'messageRateLimitOverride', '{\"maxMessagesPerOrganization\": 12}')"
        );
        app.configure("default", move |work| work.exec_one(text, &[])).await.unwrap();
        invite(&app, &docks, "bob@example.com", message.clone()).await;
        let one_more = body(&app, &docks, "eve@example.com", message.clone());
        call(&app, "POST", PATH, one_more).await.expect_error(429, limited);
        invite(&app, &quay, "eve@example.com", message).await;
        invite(&app, &docks, "eve@example.com", json!({})).await;
    })
    .await;
}
