//! Rotation by schedule.

use std::time::Duration;

use serde_json::json;
use server::keys::schedule;
use testkit::{TestApp, for_each_engine};

use super::{PRIVATE, call, ids, kids, rotate, shape, signer};

const DAY: Duration = Duration::from_secs(24 * 3600);

async fn count(app: &TestApp) -> i64 {
    let text = db::sql!("select count(*) from signing_keys where tenant_id = 'default'");
    app.app.db.read(|r| r.query_one(text, &[])).await.unwrap()
}

#[tokio::test]
async fn nothing_is_rotated_unless_the_setting_says_so_and_served_keys_are_removed() {
    for_each_engine(async |app: TestApp| {
        app.app.clock.advance(4000 * DAY);
        assert_eq!(schedule::run(app.app.clone()).await, Ok(0));
        rotate(&app, json!({})).await;
        app.app.clock.advance(DAY);
        rotate(&app, json!({"rotationGracePeriod": 60})).await;
        app.app.clock.advance(DAY);
        assert_eq!(count(&app).await, 3);
        assert_eq!(schedule::run(app.app.clone()).await, Ok(1));
        assert_eq!((count(&app).await, kids(&app).await.len()), (2, 2));
        assert_eq!(schedule::run(app.app.clone()).await, Ok(0));
    })
    .await;
}

#[tokio::test]
async fn a_key_that_signed_long_enough_is_followed_by_one_of_its_kind_after_a_day() {
    for_each_engine(async |app: TestApp| {
        let mut settings = app.app.settings.clone();
        settings.signing_key_rotation_days = 30;
        let node = TestApp::with(app.engine, settings).await;
        rotate(&node, json!({"signingKeyAlgorithm": "RSA"})).await;
        node.app.clock.advance(29 * DAY);
        assert_eq!(schedule::run(node.app.clone()).await, Ok(0));
        node.app.clock.advance(DAY + Duration::from_secs(1));
        let old = signer(&node).await;
        // The tenants `default` and `admin`, whichever node runs the job, and once.
        let (one, other) = (schedule::run(node.app.clone()), schedule::run(node.app.clone()));
        let (one, other) = tokio::join!(one, other);
        assert!(one.is_ok() && other.is_ok(), "{one:?} {other:?}");
        assert_eq!(schedule::run(node.app.clone()).await, Ok(0));
        let keys = call(&node, "GET", PRIVATE, json!({})).await.expect(200).json();
        assert_eq!(shape(&keys)[0], json!(["RSA", "Next", true]));
        assert_eq!(shape(&keys)[1], json!(["RSA", "Current", false]));
        assert_eq!(signer(&node).await, old);
        node.app.clock.advance(DAY);
        assert_eq!(signer(&node).await, ids(&keys)[0]);
        assert!(kids(&node).await.contains(&old));
    })
    .await;
}
