//! What is asked of a provider that does not answer, and how often.

use std::time::Duration;

use federation::{Federation, FederationError};
use http::{Method, StatusCode};
use kernel::Rng;
use outbound::{FakeResponse, Outbound};
use serde_json::json;

use crate::world::World;

const ISSUER: &str = "https://idp.example";
const DOCUMENT: &str = "https://idp.example/.well-known/openid-configuration";

fn federation(world: &World) -> Federation {
    Federation::new(Outbound::with_fake(world.server.clone()), world.clock.clone(), Rng::seeded(8))
}

fn published() -> FakeResponse {
    FakeResponse::json(&json!({
        "issuer": ISSUER, "authorization_endpoint": "https://idp.example/auth",
        "token_endpoint": "https://idp.example/token", "jwks_uri": "https://idp.example/jwks",
    }))
}

fn failing() -> FakeResponse {
    FakeResponse::status(StatusCode::SERVICE_UNAVAILABLE)
}

fn is_failure(found: Result<federation::ProviderMetadata, FederationError>) -> bool {
    matches!(found, Err(FederationError::InvalidResponse { .. }))
}

#[tokio::test]
async fn requests_at_the_same_time_ask_the_provider_once() {
    for answer in [published(), failing()] {
        let world = World::new();
        let federation = federation(&world);
        world.server.respond(Method::GET, DOCUMENT, answer.after(Duration::from_millis(50)));
        let asked: Vec<_> = (0..40)
            .map(|_| {
                let federation = federation.clone();
                tokio::spawn(async move { federation.discover(ISSUER).await.is_ok() })
            })
            .collect();
        let mut answers = Vec::new();
        for one in asked {
            answers.push(one.await.unwrap());
        }
        answers.dedup();
        assert_eq!(answers.len(), 1, "all have the same answer");
        assert_eq!(world.server.received().len(), 1);
    }
}

#[tokio::test]
async fn who_asks_and_goes_away_asks_the_provider_once() {
    for answer in [published(), failing()] {
        let world = World::new();
        let federation = federation(&world);
        world.server.respond(Method::GET, DOCUMENT, answer.after(Duration::from_millis(200)));
        for _ in 0..5 {
            let gone = tokio::time::timeout(Duration::from_millis(1), federation.discover(ISSUER)).await;
            assert!(gone.is_err());
        }
        drop(federation.discover(ISSUER).await);
        assert_eq!(world.server.received().len(), 1);
    }
}

#[tokio::test]
async fn a_failure_is_the_answer_for_a_while_but_whoever_sets_up_asks() {
    let world = World::new();
    let federation = federation(&world);
    world.server.respond(Method::GET, DOCUMENT, failing());
    for _ in 0..5 {
        assert!(is_failure(federation.discover(ISSUER).await));
    }
    assert_eq!(world.server.received().len(), 1);
    assert!(is_failure(federation.discover_again(ISSUER).await));
    assert_eq!(world.server.received().len(), 2);
    world.clock.advance(Duration::from_secs(15));
    world.server.respond(Method::GET, DOCUMENT, published());
    assert!(federation.discover(ISSUER).await.is_ok());
    world.server.respond(Method::GET, DOCUMENT, failing());
    assert!(is_failure(federation.discover_again(ISSUER).await));
}

#[tokio::test]
async fn an_old_document_serves_while_there_is_no_newer_one() {
    let world = World::new();
    let federation = federation(&world);
    world.server.respond(Method::GET, DOCUMENT, published());
    federation.discover(ISSUER).await.unwrap();
    world.server.respond(Method::GET, DOCUMENT, failing());
    world.clock.advance(Duration::from_secs(601));
    for _ in 0..5 {
        assert!(federation.discover(ISSUER).await.is_ok());
    }
    assert_eq!(world.server.received().len(), 2);
    world.clock.advance(Duration::from_secs(3000));
    assert!(is_failure(federation.discover(ISSUER).await), "not for ever");
}
