//! Keys that a client publishes: fetched with limits, and kept for a while.

use std::time::Duration;

use http::{Method, StatusCode};
use jose::{Algorithm, SigningKey};
use outbound::{FakeResponse, OutboundError};
use serde_json::json;
use testkit::oidc::TestClient;
use testkit::{TestApp, for_each_engine};

use super::{ask, assertion_claims, key};
use crate::oidc::fixtures;

const URI: &str = "https://app.example.com/jwks.json";

fn publish(app: &TestApp, keys: &[&SigningKey]) {
    let keys: Vec<_> = keys.iter().map(|key| key.public_jwk()).collect();
    app.outbound.respond(Method::GET, URI, FakeResponse::json(&json!({"keys": keys})));
}

async fn client(app: &TestApp) -> TestClient {
    fixtures::tenant(app).await;
    app.client("MachineToMachine", &[], json!({"tokenEndpointAuthMethod": "private_key_jwt", "jwksUri": URI})).await
}

async fn status(app: &TestApp, client: &TestClient, key: &SigningKey) -> u16 {
    ask(app, &key.sign(None, &assertion_claims(app, client)).unwrap()).await.status.as_u16()
}

#[tokio::test]
async fn keys_are_fetched_once_and_again_when_they_change() {
    for_each_engine(async |app: TestApp| {
        let (client, first, second) = (client(&app).await, key(Algorithm::ES256), key(Algorithm::PS256));
        publish(&app, &[&first]);
        for _ in 0..3 {
            assert_eq!(status(&app, &client, &first).await, 200);
        }
        assert_eq!(app.outbound.received().len(), 1);
        // An unknown key leads to another fetch, but not at once and not each time.
        publish(&app, &[&second]);
        assert_eq!(status(&app, &client, &second).await, 401);
        assert_eq!(app.outbound.received().len(), 1);
        app.app.clock.advance(Duration::from_secs(31));
        assert_eq!(status(&app, &client, &second).await, 200);
        assert_eq!(status(&app, &client, &first).await, 401, "a withdrawn key");
        assert_eq!(app.outbound.received().len(), 2);
        app.app.clock.advance(Duration::from_secs(301));
        assert_eq!(status(&app, &client, &second).await, 200);
        assert_eq!(app.outbound.received().len(), 3);
    })
    .await;
}

#[tokio::test]
async fn e1_what_can_not_be_fetched_is_refused_and_asked_for_seldom() {
    for_each_engine(async |app: TestApp| {
        let (client, key) = (client(&app).await, key(Algorithm::ES256));
        let many: Vec<_> = (0..11).map(|_| key.public_jwk()).collect();
        let forbidden = OutboundError::TimedOut(Duration::from_secs(5));
        let answers = [
            FakeResponse::failure(forbidden),
            FakeResponse::status(StatusCode::NOT_FOUND),
            FakeResponse::status(StatusCode::FOUND),
            FakeResponse::json(&json!({"keys": "none"})),
            FakeResponse::json(&json!({"keys": many})),
            FakeResponse::status(StatusCode::OK).body("x".repeat(65 * 1024)),
        ];
        for (round, answer) in answers.into_iter().enumerate() {
            app.outbound.respond(Method::GET, URI, answer);
            for _ in 0..3 {
                assert_eq!(status(&app, &client, &key).await, 401, "{round}");
            }
            assert_eq!(app.outbound.received().len(), round + 1, "one fetch in half a minute");
            app.app.clock.advance(Duration::from_secs(31));
        }
        // What no public key can have signed causes no fetch.
        let asked = app.outbound.received().len();
        let claims = assertion_claims(&app, &client);
        ask(&app, &super::hs256("HS256", &[7; 32], &claims)).await.expect(401);
        assert_eq!(app.outbound.received().len(), asked);
        publish(&app, &[&key]);
        assert_eq!(status(&app, &client, &key).await, 200);
    })
    .await;
}
