//! PostgreSQL stops and restarts, hangs and resumes, becomes read-only, runs out of space.

use std::time::{Duration, Instant};

use loggia_bench::flows::{Browser, Credentials, exchange};
use loggia_bench::server::form;
use test_postgres::TestPostgres;

use crate::disk::Mounted;
use crate::load::{Load, is_clear};
use crate::place::{Node, Place, World, batch, skipped};

/// Short timeouts, so that a test can wait for them.
const LIMITS: [(&str, &str); 2] = [("DATABASE_STATEMENT_TIMEOUT", "2000"), ("DATABASE_CONNECTION_TIMEOUT", "2000")];

/// The length of the outage: `LOGGIA_OUTAGE_SECONDS`, 6 s by default.
fn outage() -> Duration {
    let asked = std::env::var("LOGGIA_OUTAGE_SECONDS").ok().and_then(|text| text.parse().ok());
    Duration::from_secs(asked.unwrap_or(6))
}

fn own() -> Option<TestPostgres> {
    if test_postgres::programs().is_none() {
        skipped("PostgreSQL is not installed");
        return None;
    }
    Some(TestPostgres::start_durable(&std::env::temp_dir()).unwrap())
}

/// Every route that needs the database responds with 503 soon.
async fn everything_says_503(node: &Node, world: &World) {
    // Cached data stays valid for a moment.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let calls = [
        ("GET", "/api/status", None),
        ("GET", "/api/users", None),
        ("GET", "/oidc/jwks", None),
        ("GET", "/oidc/me", None),
        ("GET", "/sign-in", None),
        ("POST", "/oidc/token", form("grant_type=refresh_token&refresh_token=x&client_id=x")),
    ];
    for (method, path, body) in calls {
        let asked = Instant::now();
        let mut connection = node.connect().await;
        let response = connection.send((method, path), &[("authorization", &world.bearer)], body).await.unwrap();
        assert!(is_clear(&response), "{method} {path}: {} {:?} {}", response.status, response.headers, response.text());
        assert!(asked.elapsed() < Duration::from_secs(15), "{method} {path} took {:?}", asked.elapsed());
    }
}

/// A browser gets an error page in its language instead of a JSON error.
async fn a_person_is_told(node: &Node) {
    let headers = [("sec-fetch-dest", "document"), ("accept-language", "zh-CN")];
    let response = node.connect().await.send(("GET", "/sign-in"), &headers, None).await.unwrap();
    let page = response.text();
    assert!(is_clear(&response), "{} {page}", response.status);
    assert!(page.starts_with("<!doctype html>") && page.contains("服务器繁忙，请稍等几秒后重试。"), "{page}");
}

/// Sign-in works again without a restart.
async fn it_works(node: &Node, world: &World) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while node.call(("GET", "/api/status"), "", None).await.status != 204 {
        assert!(Instant::now() < deadline, "not back within ten seconds");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let mut browser = Browser::open(node.authority()).await.unwrap();
    let code = browser.code(&world.web, Credentials::Password("bench0")).await.unwrap();
    exchange(&mut node.connect().await, &world.web, &code).await.unwrap();
}

/// The number of audit entries about exchanged codes.
fn logged(place: &Place) -> i64 {
    place.count("select count(*) from logs where key = 'ExchangeTokenBy.AuthorizationCode'")
}

#[tokio::test(flavor = "multi_thread")]
async fn h1_postgres_that_is_gone_and_back_loses_nothing() {
    let Some(mut postgres) = own() else { return };
    let place = Place::on(&postgres, "");
    let node = place.start(&LIMITS).await;
    let world = World::make(&node, 1).await;
    let load = Load::start(&node, &world, (8, 10));
    load.acknowledged(100).await;
    let before = logged(&place);
    it_works(&node, &world).await;
    let began = Instant::now();
    postgres.crash();
    load.refused(20).await;
    everything_says_503(&node, &world).await;
    a_person_is_told(&node).await;
    tokio::time::sleep(outage().saturating_sub(began.elapsed())).await;
    let memory = node.server.process().unwrap().memory().0;
    postgres.restart().unwrap();
    load.acknowledged(100).await;
    let tally = load.stop().await;
    // Audit entries from just before the outage are written after it.
    let deadline = Instant::now() + Duration::from_secs(10);
    while logged(&place) == before {
        assert!(Instant::now() < deadline, "an audit entry is lost");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    it_works(&node, &world).await;
    tally.verify(&node, &world).await;
    assert!(memory < 300.0, "{memory} MB");
    node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn h2_postgres_that_hangs_holds_nobody_for_ever() {
    let Some(postgres) = own() else { return };
    let place = Place::on(&postgres, "");
    let node = place.start(&LIMITS).await;
    let world = World::make(&node, 1).await;
    // More clients than connections: some wait in a statement, others in the queue.
    let load = Load::start(&node, &world, (40, 10));
    load.acknowledged(100).await;
    let began = Instant::now();
    postgres.pause();
    load.refused(40).await;
    everything_says_503(&node, &world).await;
    tokio::time::sleep(outage().saturating_sub(began.elapsed())).await;
    postgres.resume();
    load.acknowledged(100).await;
    let tally = load.stop().await;
    it_works(&node, &world).await;
    tally.verify(&node, &world).await;
    node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn h3_postgres_that_turns_read_only_is_left_for_a_writable_one() {
    let Some(postgres) = own() else { return };
    let place = Place::on(&postgres, "");
    let node = place.start(&LIMITS).await;
    let world = World::make(&node, 1).await;
    let load = Load::start(&node, &world, (8, 10));
    load.acknowledged(50).await;
    let others = "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() \
                  and application_name = 'loggia'";
    batch(&place.url, &format!("alter database postgres set default_transaction_read_only = on; {others}"));
    load.refused(50).await;
    // Reads still work.
    assert_eq!(node.call(("GET", "/api/status"), "", None).await.status, 204);
    assert_eq!(node.call(("GET", "/api/users"), &world.bearer, None).await.status, 200);
    let writing = format!("{}?options=-cdefault_transaction_read_only%3Doff", place.url);
    batch(&writing, "alter database postgres reset default_transaction_read_only");
    load.acknowledged(50).await;
    let tally = load.stop().await;
    it_works(&node, &world).await;
    tally.verify(&node, &world).await;
    node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn h4_postgres_without_space_refuses_writes_until_there_is_some() {
    let Some(postgres) = own() else { return };
    let Some(disk) = Mounted::new(8, &postgres) else { return };
    let folder = disk.path.display();
    batch(&postgres.url(), &format!("create tablespace small location '{folder}/space'"));
    let place = Place::on(&postgres, "?options=-cdefault_tablespace%3Dsmall");
    let node = place.start(&LIMITS).await;
    let world = World::make(&node, 1).await;
    let ballast = disk.fill(1 << 20);
    let load = Load::start(&node, &world, (8, 20_000));
    load.refused(50).await;
    assert_eq!(node.call(("GET", "/api/users"), &world.bearer, None).await.status, 200);
    std::fs::remove_file(ballast).unwrap();
    load.acknowledged(5).await;
    let tally = load.stop().await;
    tally.verify(&node, &world).await;
    node.stop().await;
}
