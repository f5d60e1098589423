//! Clients that write continuously and record the acknowledged writes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use loggia_bench::http::{Connection, Response};
use serde_json::json;
use tokio::task::JoinSet;

use crate::place::{Node, World};

/// Clients that write to a server.
pub struct Load {
    clients: JoinSet<Tally>,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    stop: AtomicBool,
    acknowledged: AtomicUsize,
    refused: AtomicUsize,
}

/// The responses that the clients got.
#[derive(Default)]
pub struct Tally {
    /// The ids of the users whose creation was acknowledged.
    pub acknowledged: Vec<String>,
    /// The number of 503 responses.
    pub refused: usize,
    /// All other responses.
    pub odd: Vec<String>,
}

impl Load {
    /// Starts clients that each create users with `bytes` of data, one after the other.
    pub fn start(node: &Node, world: &World, (clients, bytes): (usize, usize)) -> Self {
        let state = Arc::<State>::default();
        let mut all = JoinSet::new();
        for _ in 0..clients {
            let (authority, bearer) = (node.authority().to_owned(), world.bearer.clone());
            all.spawn(write(authority, bearer, bytes, Arc::clone(&state)));
        }
        Self { clients: all, state }
    }

    /// Waits for `more` further acknowledged creations.
    pub async fn acknowledged(&self, more: usize) {
        reach(&self.state.acknowledged, more, "writes were acknowledged").await;
    }

    /// Waits for `more` further 503 responses.
    pub async fn refused(&self, more: usize) {
        reach(&self.state.refused, more, "writes were refused").await;
    }

    /// Stops all clients.
    pub async fn stop(self) -> Tally {
        self.state.stop.store(true, Ordering::SeqCst);
        self.clients.join_all().await.into_iter().fold(Tally::default(), |mut all, one| {
            all.acknowledged.extend(one.acknowledged);
            all.refused += one.refused;
            all.odd.extend(one.odd);
            all
        })
    }
}

async fn reach(counter: &AtomicUsize, more: usize, what: &str) {
    let (goal, deadline) = (counter.load(Ordering::SeqCst) + more, Instant::now() + Duration::from_secs(60));
    while counter.load(Ordering::SeqCst) < goal {
        assert!(Instant::now() < deadline, "only {} of {goal} {what}", counter.load(Ordering::SeqCst));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn write(authority: String, bearer: String, bytes: usize, state: Arc<State>) -> Tally {
    let mut tally = Tally::default();
    let mut connection = Connection::open(&authority).await.unwrap();
    // Random, so that PostgreSQL can't compress it.
    let ballast = kernel::Rng::system().text(b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", bytes);
    let body = json!({"name": "load", "customData": {"ballast": ballast}}).to_string();
    while !state.stop.load(Ordering::SeqCst) {
        let body = Some(("application/json", body.clone()));
        let response = connection.send(("POST", "/api/users"), &[("authorization", &bearer)], body).await;
        match response {
            Ok(response) if response.status == 200 => {
                tally.acknowledged.push(response.json().unwrap()["id"].as_str().unwrap().to_owned());
                state.acknowledged.fetch_add(1, Ordering::SeqCst);
            }
            Ok(response) if is_clear(&response) => {
                tally.refused += 1;
                state.refused.fetch_add(1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Ok(response) => tally.odd.push(format!("{}: {}", response.status, response.text())),
            Err(error) => tally.odd.push(error.to_string()),
        }
    }
    tally
}

/// Whether this is a 503 with `Retry-After`.
pub fn is_clear(response: &Response) -> bool {
    response.status == 503 && response.headers.get("retry-after").is_some()
}

impl Tally {
    /// Checks that there were no other responses and that every acknowledged user exists.
    pub async fn verify(&self, node: &Node, world: &World) {
        assert!(self.odd.is_empty(), "{:?}", &self.odd[..self.odd.len().min(5)]);
        let mut connection = node.connect().await;
        for id in &self.acknowledged {
            let headers = [("authorization", world.bearer.as_str())];
            let response = connection.send(("GET", &format!("/api/users/{id}")), &headers, None).await.unwrap();
            assert_eq!(response.status, 200, "the acknowledged user {id} is lost: {}", response.text());
        }
        println!("{} writes acknowledged and kept, {} refused", self.acknowledged.len(), self.refused);
    }
}
