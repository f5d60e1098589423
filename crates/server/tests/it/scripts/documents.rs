//! The examples of docs/scripts.md run as they stand there.

use http::Method;
use outbound::FakeResponse;
use serde_json::{Value, json};
use testkit::{TestApp, for_each_engine};

use super::{ACTIONS, CUSTOMIZERS};
use crate::applications::call;

const TEXT: &str = include_str!("../../../../../docs/scripts.md");

/// The code below a heading.
fn example(heading: &str) -> String {
    let (_, section) = TEXT.split_once(&format!("### {heading}\n")).unwrap_or_else(|| panic!("no heading {heading}"));
    let (_, code) = section.split_once("```js\n").unwrap();
    code.split_once("```").unwrap().0.to_owned()
}

async fn claims(app: &TestApp, heading: &str, context: Value, variables: Value) -> testkit::TestResponse {
    let body = json!({
        "tokenType": "access-token", "script": example(heading), "token": {"kind": "AccessToken"}, "context": context,
        "environmentVariables": variables,
    });
    call(app, "POST", &format!("{CUSTOMIZERS}/test"), body).await
}

async fn action(app: &TestApp, kind: &str, heading: &str, event: Value) -> testkit::TestResponse {
    let body = json!({
        "actionType": format!("action.{kind}"), "script": example(heading), "event": event,
        "environmentVariables": {"DIRECTORY": "https://old.example.com/check", "KEY": "k"},
    });
    call(app, "POST", &format!("{ACTIONS}/test"), body).await
}

#[tokio::test]
async fn every_example_does_what_its_text_says() {
    for_each_engine(async |app: TestApp| {
        let user =
            json!({"id": "u1", "roles": [{"name": "editor"}, {"name": "author"}], "customData": {"plan": "pro"}});
        let answer =
            claims(&app, "Names of roles and a plan", json!({"user": user}), json!({})).await.expect(200).json();
        assert_eq!(answer, json!({"roles": ["editor", "author"], "plan": "pro"}));

        let url = "https://crm.example.com/tiers/u1";
        app.outbound.respond(Method::GET, url, FakeResponse::json(&json!({"tier": "gold"})));
        let variables = json!({"CRM": "https://crm.example.com", "CRM_KEY": "k"});
        let answer =
            claims(&app, "A claim from another service", json!({"user": {"id": "u1"}}), variables).await.expect(200);
        assert_eq!(answer.json(), json!({"tier": "gold"}));
        assert_eq!(app.outbound.received()[0].headers["authorization"], "Bearer k");

        let heading = "No token without a plan";
        let refused = claims(&app, heading, json!({"user": {"customData": {}}}), json!({})).await;
        assert_eq!(
            refused.expect_error(403, "jwt_customizer.general").json()["data"]["message"],
            "Choose a plan first."
        );
        let allowed = claims(&app, heading, json!({"user": {"customData": {"plan": "pro"}}}), json!({})).await;
        assert_eq!(allowed.expect(200).json(), json!({"plan": "pro"}));

        let event = json!({"user": {"customData": {"signIns": 2}}});
        let answer = action(&app, "postSignIn", "Count sign-ins", event).await.expect(200).json();
        assert_eq!(answer, json!({"updateUser": {"customData": {"signIns": 3}}}));

        let heading = "Users of another system";
        let event = json!({"identifier": {"type": "email", "value": "a@example.com"}, "password": "p", "user": null});
        let url = "https://old.example.com/check";
        app.outbound.respond(Method::POST, url, FakeResponse::status(http::StatusCode::UNAUTHORIZED));
        let kind = "postFirstFactorVerification";
        assert!(action(&app, kind, heading, event.clone()).await.expect(204).body.is_empty());
        app.outbound.respond(Method::POST, url, FakeResponse::json(&json!({"name": "Ada"})));
        let answer = action(&app, kind, heading, event.clone()).await.expect(200).json();
        let expected =
            json!({"passwordVerified": true, "createUser": {"primaryEmail": "a@example.com", "name": "Ada"}});
        assert_eq!(answer, expected);
        let mut known = event;
        known["user"] = json!({"id": "u1"});
        let answer = action(&app, kind, heading, known).await.expect(200).json();
        assert_eq!(answer, json!({"passwordVerified": true, "updateUser": {"name": "Ada"}}));
    })
    .await;
}
