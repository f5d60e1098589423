//! Several nodes on one database: nobody gets a token whose key another node does not publish.

use std::time::{Duration, Instant};

use serde_json::json;
use testkit::{Engine, TestApp, for_each_engine};

use super::{COOKIE, PRIVATE, call, ids, kids, rotate, shape, signer};

async fn second_node(app: &TestApp) -> TestApp {
    let node = TestApp::with(app.engine, app.app.settings.clone()).await;
    // Both have read the keys before anything changes.
    assert_eq!(signer(&node).await, signer(app).await);
    node
}

/// Waits until the node publishes the key; it has a second.
async fn sees(node: &TestApp, kid: &str) {
    let asked = Instant::now();
    while !kids(node).await.iter().any(|one| one == kid) {
        assert!(asked.elapsed() < Duration::from_secs(1), "the key is not published");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_new_key_signs_only_when_every_node_publishes_it() {
    for_each_engine(async |app: TestApp| {
        let node = second_node(&app).await;
        let old = signer(&app).await;
        let new = ids(&rotate(&app, json!({})).await)[0].clone();
        assert!(kids(&app).await.contains(&new), "one process publishes it at once");
        assert_eq!(shape(&call(&app, "GET", PRIVATE, json!({})).await.json())[0], json!(["EC", "Current", false]));
        if app.engine == Engine::Postgres {
            assert_eq!((signer(&app).await, signer(&node).await), (old.clone(), old.clone()));
        } else {
            assert_eq!(signer(&app).await, new);
        }
        sees(&node, &new).await;
        for one in [&app, &node] {
            one.app.clock.advance(Duration::from_secs(1));
            assert_eq!(signer(one).await, new);
            assert!(kids(one).await.contains(&old), "the old key still verifies");
        }
        call(&node, "DELETE", &format!("{PRIVATE}/{old}"), json!({})).await.expect(204);
        assert_eq!(kids(&node).await, [new.as_str()]);
        let asked = Instant::now();
        while kids(&app).await != [new.as_str()] {
            assert!(asked.elapsed() < Duration::from_secs(1), "the deleted key is still accepted");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_staged_key_begins_at_its_time_on_every_node_even_when_a_clock_is_late() {
    for_each_engine(async |app: TestApp| {
        let node = second_node(&app).await;
        let old = signer(&app).await;
        let new = ids(&rotate(&app, json!({"rotationGracePeriod": 60})).await)[0].clone();
        sees(&node, &new).await;
        app.app.clock.advance(Duration::from_secs(60));
        assert_eq!((signer(&app).await, signer(&node).await), (new.clone(), old.clone()));
        for one in [&app, &node] {
            let published = kids(one).await;
            assert!(published.contains(&new) && published.contains(&old), "both verify on both nodes");
        }
        node.app.clock.advance(Duration::from_secs(60));
        assert_eq!(signer(&node).await, new);
    })
    .await;
}

#[tokio::test]
async fn rotations_at_the_same_time_leave_one_current_and_one_previous_key() {
    for_each_engine(async |app: TestApp| {
        let node = second_node(&app).await;
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..6 {
            let one = if number % 2 == 0 { app.clone() } else { node.clone() };
            tasks.spawn(async move {
                rotate(&one, json!({})).await;
                call(&one, "POST", &format!("{COOKIE}/rotate"), json!({})).await.expect(200);
            });
        }
        tasks.join_all().await;
        for one in [&app, &node] {
            one.app.clock.advance(Duration::from_secs(2));
            tokio::time::sleep(Duration::from_millis(300)).await;
            let keys = call(one, "GET", PRIVATE, json!({})).await.expect(200).json();
            assert_eq!(shape(&keys), json!([["EC", "Current", false], ["EC", "Previous", false]]));
            assert_eq!((signer(one).await, kids(one).await), (ids(&keys)[0].clone(), ids(&keys)));
            assert_eq!(call(one, "GET", COOKIE, json!({})).await.json().as_array().unwrap().len(), 2);
        }
        assert_eq!(signer(&app).await, signer(&node).await);
    })
    .await;
}
