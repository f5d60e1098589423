//! An account that is locked after too many attempts, and the operator who unlocks it.

use serde_json::json;

use crate::place::{Place, World, attempt};

const NEW_PASSWORD: &str = "Zw3!velvet-harbour";

#[tokio::test(flavor = "multi_thread")]
async fn set_password_unlocks_an_account_that_is_locked() {
    for place in [Some(Place::sqlite()), Place::postgres()].into_iter().flatten() {
        let node = place.start(&[]).await;
        let world = World::make(&node, 2).await;
        let policy = json!({"sentinelPolicy": {"maxAttempts": 2, "lockoutDuration": 60}});
        assert_eq!(node.call(("PATCH", "/api/sign-in-exp"), &world.bearer, Some(policy)).await.status, 200);
        while attempt(&node, &world, "wrong").await != 400 {}
        assert_eq!(attempt(&node, &world, loggia_bench::server::PASSWORD).await, 400, "locked");
        let set = ["user", "set-password", "--username", "bench1", "--password-stdin", "--json"];
        node.server.cli(&set, NEW_PASSWORD).await.unwrap();
        assert_eq!(attempt(&node, &world, NEW_PASSWORD).await, 200);
        node.stop().await;
    }
}
