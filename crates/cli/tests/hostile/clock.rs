//! A clock that jumps one hour forward and back under a running server (libfaketime).

use std::path::{Path, PathBuf};

use loggia_bench::flows::{Browser, Credentials, exchange, refresh};
use loggia_bench::server::{Application, management_token};
use serde_json::{Value, json};

use crate::place::{Node, Place, World, attempt, skipped};

/// Debian's paths on the architectures of CI.
const LIBRARIES: [&str; 2] =
    ["/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1", "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1"];

/// Seconds. A little more than an hour, because access tokens live exactly one hour.
const HOUR: i64 = 3_600 + 30;

/// The clock of one server.
struct Clock(PathBuf);

impl Clock {
    /// Sets the clock's offset from the real time, in seconds.
    fn set(&self, offset: i64) {
        // Renamed into place, because the server reads the file whenever it reads the clock.
        let unfinished = self.0.with_extension("new");
        std::fs::write(&unfinished, format!("{offset:+}s\n")).unwrap();
        std::fs::rename(&unfinished, &self.0).unwrap();
    }
}

async fn on_each_engine(test: impl AsyncFn(&Node, &Clock)) {
    let Some(library) = LIBRARIES.into_iter().find(|library| Path::new(library).exists()) else {
        skipped("libfaketime is not installed");
        return;
    };
    for place in [Some(Place::sqlite()), Place::postgres()].into_iter().flatten() {
        let clock = Clock(place.folder.join("clock"));
        clock.set(0);
        let file = clock.0.to_string_lossy().into_owned();
        let fake = [
            ("LD_PRELOAD", library),
            ("FAKETIME_TIMESTAMP_FILE", &file),
            ("FAKETIME_NO_CACHE", "1"),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        ];
        let node = place.start(&fake).await;
        test(&node, &clock).await;
        node.stop().await;
    }
}

async fn management(node: &Node, machine: &Application) -> String {
    format!("Bearer {}", management_token(node.authority(), machine).await.unwrap())
}

async fn me(node: &Node, tokens: &Value) -> u16 {
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    node.call(("GET", "/oidc/me"), &bearer, None).await.status
}

#[tokio::test(flavor = "multi_thread")]
async fn h11_a_clock_that_jumps_an_hour_ends_what_has_expired_and_nothing_else() {
    on_each_engine(async |node, clock| {
        let world = World::make(node, 2).await;
        let machine = node.server.application("m2m", &["--management-api"]).await.unwrap();
        let policy = json!({"sentinelPolicy": {"maxAttempts": 2, "lockoutDuration": 5}});
        assert_eq!(node.call(("PATCH", "/api/sign-in-exp"), &world.bearer, Some(policy)).await.status, 200);
        let mut browser = Browser::open(node.authority()).await.unwrap();
        let code = browser.code(&world.spa, Credentials::Password("bench0")).await.unwrap();
        let tokens = exchange(&mut node.connect().await, &world.spa, &code).await.unwrap();
        let waiting = browser.code(&world.spa, Credentials::Password("bench0")).await.unwrap();
        assert_eq!(me(node, &tokens).await, 200);

        clock.set(HOUR);
        assert!(exchange(&mut node.connect().await, &world.spa, &waiting).await.is_err(), "a code lives a minute");
        assert_eq!(me(node, &tokens).await, 401);
        assert_eq!(node.call(("GET", "/api/users"), &world.bearer, None).await.status, 401);
        let bearer = management(node, &machine).await;
        assert_eq!(node.call(("GET", "/api/users"), &bearer, None).await.status, 200);
        // The session and the refresh token live for days; a configuration change takes effect at once.
        let parent = tokens["refresh_token"].as_str().unwrap();
        let child = refresh(&mut node.connect().await, &world.spa, parent).await.unwrap();
        browser.code(&world.web, Credentials::Password("bench0")).await.unwrap();
        let path = format!("/api/applications/{}", world.web.id);
        let renamed = node.call(("PATCH", &path), &bearer, Some(json!({"name": "renamed"}))).await;
        assert_eq!(renamed.status, 200);
        for expected in [422, 400, 400] {
            assert_eq!(attempt(node, &world, "wrong").await, expected);
        }

        // One hour before the start.
        clock.set(-HOUR);
        browser.code(&world.web, Credentials::Password("bench0")).await.unwrap();
        let child = refresh(&mut node.connect().await, &world.spa, &child).await.unwrap();
        // A token issued in the future is rejected; a new one can be requested.
        assert_eq!(node.call(("GET", "/api/users"), &bearer, None).await.status, 401);
        let bearer = management(node, &machine).await;
        assert_eq!(node.call(("GET", "/api/users"), &bearer, None).await.status, 200);
        assert_eq!(node.call(("PATCH", &path), &bearer, Some(json!({"name": "again"}))).await.status, 200);
        // The lock lasts five minutes from now.
        assert_eq!(attempt(node, &world, loggia_bench::server::PASSWORD).await, 400);
        clock.set(-HOUR + 310);
        assert_eq!(attempt(node, &world, loggia_bench::server::PASSWORD).await, 200);
        // The reuse interval of the first token is over although it was used "in the future".
        assert!(refresh(&mut node.connect().await, &world.spa, parent).await.is_err());
        assert!(refresh(&mut node.connect().await, &world.spa, &child).await.is_err(), "the family is over");

        clock.set(0);
        browser.code(&world.web, Credentials::Password("bench0")).await.unwrap();
    })
    .await;
}
