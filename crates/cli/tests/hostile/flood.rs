//! One address that wants everything, and a person at another address.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use loggia_bench::flows::{Browser, Credentials};
use loggia_bench::http::Connection;
use loggia_bench::server::PASSWORD;
use serde_json::json;
use tokio::task::JoinHandle;

use crate::place::{Node, Place, World, attempt};

/// Another peer of the server than its other clients.
const ATTACKER: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
const FLOOD: usize = 260;
/// A server that may open 400 files has 144 places.
const PLACES: usize = 144;

/// What the attacker's connections have got so far.
#[derive(Default)]
struct Tally {
    wrong: AtomicUsize,
    refused: AtomicUsize,
    is_over: AtomicBool,
}

/// Sends wrong passwords for ever new names on one connection until the tally is over.
async fn flood(authority: String, world: World, number: usize, tally: Arc<Tally>) {
    let connection = Connection::open_from(ATTACKER, &authority).await.unwrap();
    let mut browser = Browser::over(connection, &authority);
    browser.authorize(&world.web).await.unwrap();
    let begin = Some(("application/json", json!({"interactionEvent": "SignIn"}).to_string()));
    let cookie = browser.cookies.header();
    let begun = browser.connection.send(("PUT", "/api/experience"), &[("cookie", &cookie)], begin).await.unwrap();
    browser.cookies.keep(&begun);
    let mut tries = 0;
    while !tally.is_over.load(Ordering::Relaxed) {
        tries += 1;
        let identifier = json!({"type": "username", "value": format!("ghost_{number}_{tries}")});
        let body = json!({"identifier": identifier, "password": "wrong"}).to_string();
        let target = ("POST", "/api/experience/verification/password");
        let cookie = browser.cookies.header();
        let body = Some(("application/json", body));
        match browser.connection.send(target, &[("cookie", &cookie)], body).await.unwrap().status {
            422 => tally.wrong.fetch_add(1, Ordering::Relaxed),
            503 => tally.refused.fetch_add(1, Ordering::Relaxed),
            status => panic!("status {status}"),
        };
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn c23_two_hundred_and_sixty_connections_of_wrong_passwords_let_an_honest_sign_in_through() {
    let place = Place::sqlite();
    // One thread: 64 hashes may wait.
    let hashes = [("PASSWORD_HASH_MEMORY", "19456"), ("PASSWORD_HASH_PASSES", "2"), ("PASSWORD_HASH_THREADS", "1")];
    let node = place.start(&[&hashes[..], &[("LOG_LEVEL", "error")]].concat()).await;
    let world = World::make(&node, 2).await;
    let tally = Arc::<Tally>::default();
    let attackers: Vec<JoinHandle<()>> = (0..FLOOD)
        .map(|number| tokio::spawn(flood(node.authority().to_owned(), world.clone(), number, Arc::clone(&tally))))
        .collect();
    until("the queue is full", || tally.refused.load(Ordering::Relaxed) > FLOOD).await;
    for _ in 0..5 {
        let (before, began) = (tally.wrong.load(Ordering::Relaxed), Instant::now());
        assert_eq!(attempt(&node, &world, PASSWORD).await, 200, "refused although one address holds the whole queue");
        let meanwhile = tally.wrong.load(Ordering::Relaxed) - before;
        println!("an honest sign-in: {:?}, after {meanwhile} wrong passwords", began.elapsed());
    }
    let (wrong, refused) = (tally.wrong.load(Ordering::Relaxed), tally.refused.load(Ordering::Relaxed));
    until("the flood still runs", || tally.refused.load(Ordering::Relaxed) > refused).await;
    until("the flood is still served", || tally.wrong.load(Ordering::Relaxed) > wrong).await;
    tally.is_over.store(true, Ordering::Relaxed);
    for attacker in attackers {
        attacker.await.unwrap();
    }
    node.stop().await;
}

async fn until(what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !is_so() {
        assert!(Instant::now() < deadline, "not within a minute: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A server with [`PLACES`] places.
async fn start_limited(place: &mut Place, extra: &[(&'static str, &str)]) -> Node {
    place.limit_open_files(400);
    place.start(extra).await
}

/// Takes every place of the server.
async fn crowd(node: &Node) -> Vec<Connection> {
    let mut crowd = Vec::new();
    // A few more than there are, which are refused.
    for _ in 0..PLACES + 20 {
        crowd.push(Connection::open_from(ATTACKER, node.authority()).await.unwrap());
    }
    crowd
}

#[tokio::test(flavor = "multi_thread")]
async fn g1_an_address_that_takes_every_connection_gives_way_to_another_address() {
    let mut place = Place::sqlite();
    let node = start_limited(&mut place, &[]).await;
    let world = World::make(&node, 1).await;
    let _crowd = crowd(&node).await;
    let mut own = Connection::open_from(ATTACKER, node.authority()).await.unwrap();
    assert_eq!(own.send(("GET", "/api/status"), &[], None).await.unwrap().status, 503, "there are places left");
    for _ in 0..3 {
        let mut browser = Browser::open(node.authority()).await.unwrap();
        browser.code(&world.web, Credentials::Password("bench0")).await.unwrap();
    }
    node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn g1_behind_a_proxy_connections_are_not_shared_by_address() {
    let mut place = Place::sqlite();
    let node = start_limited(&mut place, &[("TRUST_PROXY_HEADER", "true")]).await;
    let mut crowd = crowd(&node).await;
    let mut other = node.connect().await;
    assert_eq!(other.send(("GET", "/api/status"), &[], None).await.unwrap().status, 503);
    assert_eq!(crowd[0].send(("GET", "/api/status"), &[], None).await.unwrap().status, 204, "the proxy keeps all");
    node.stop().await;
}
