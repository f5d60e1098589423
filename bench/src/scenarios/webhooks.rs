//! Webhooks: how many deliveries a second a local receiver gets, and what one costs a sign-in.

use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use db::{Db, DbUrl, Options, params};
use kernel::Clock;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::sign_ins::flows;
use super::starts;
use crate::http::Connection;
use crate::load::{self, Load};
use crate::plan::{Engine, Plan};
use crate::table::Table;
use crate::target::{SIGNING_IN, Target};
use crate::{BoxError, seed, storage};

pub const DELIVERIES: &str = "webhook deliveries";
pub const TOLD: &str = "full sign-in flow, told to a webhook";
pub const UNTOLD: &str = "full sign-in flow, beside a webhook of other events";

/// Deliveries that wait when the measurement begins.
const WAITING: usize = 30_000;
const CLIENTS: usize = 8;

/// On a server of its own, with a receiver in this process.
///
/// # Errors
/// The first failure of a request or of the server.
pub async fn measure(plan: &Plan, engine: &Engine, directory: &Path, table: &mut Table) -> Result<(), BoxError> {
    if ![DELIVERIES, TOLD, UNTOLD].iter().any(|name| plan.wants(name)) {
        return Ok(());
    }
    let url = storage::fresh_database(engine, directory, "webhooks").await?;
    let (server, _) = starts::start(plan, &url).await?;
    let target = Arc::new(Target::own(&server, SIGNING_IN).await?);
    let receiver = Receiver::start().await?;
    let hook = Hook::create(&target, &receiver.url).await?;
    if plan.wants(DELIVERIES) {
        let mut rates = Vec::new();
        for _ in 0..plan.rounds {
            fill(&url, &hook.id).await?;
            rates.push(receiver.rate(WAITING).await?);
        }
        table.samples((engine.name, DELIVERIES, "/s"), None, rates);
    }
    if plan.wants(TOLD) || plan.wants(UNTOLD) {
        let load = Load { clients: CLIENTS, seconds: plan.seconds * 2.0, process: server.process() };
        let (mut told, mut untold) = (Vec::new(), Vec::new());
        for _ in 0..plan.rounds {
            // Alternating, because the machine's speed drifts within minutes by more than the difference.
            for (event, rounds) in [("PostSignIn", &mut told), ("Role.Deleted", &mut untold)] {
                hook.tell(&target, event).await?;
                rounds.push(load::run(load, flows(&target)).await?);
            }
        }
        let memory = server.process().map(|process| process.memory().0);
        table.rate((engine.name, TOLD), CLIENTS, &told, memory);
        table.rate((engine.name, UNTOLD), CLIENTS, &untold, memory);
    }
    server.stop().await
}

struct Hook {
    id: String,
}

impl Hook {
    async fn create(target: &Target, url: &str) -> Result<Self, BoxError> {
        let new = json!({"name": "bench", "events": ["Role.Created"], "config": {"url": url}});
        let made = call(target, ("POST", "/api/hooks"), new, 201).await?;
        Ok(Self { id: made["id"].as_str().ok_or("no id")?.to_owned() })
    }

    async fn tell(&self, target: &Target, event: &str) -> Result<(), BoxError> {
        let path = format!("/api/hooks/{}", self.id);
        call(target, ("PATCH", &path), json!({"events": [event]}), 200).await.map(drop)
    }
}

async fn call(target: &Target, at: (&str, &str), body: Value, status: u16) -> Result<Value, BoxError> {
    let headers = [("authorization", target.bearer.as_str())];
    let mut connection = Connection::open(&target.authority).await?;
    connection.send(at, &headers, Some(("application/json", body.to_string()))).await?.expect(status)?.json()
}

/// Lets deliveries wait.
async fn fill(url: &str, hook_id: &str) -> Result<(), BoxError> {
    let options = Options { queue_deadline: Duration::from_secs(60), ..Options::default() };
    let db = Db::open(&DbUrl::from_str(url)?, &options)?;
    let now = Clock::system().now().0;
    let payload = json!({
        "createdAt": now, "userAgent": "bench", "ip": "127.0.0.1", "path": "/users", "method": "POST", "status": 200,
        "params": {}, "matchedRoute": "/users",
        "data": {
            "id": "abcdefghijkl", "username": "bench", "primaryEmail": "bench@example.com", "primaryPhone": null,
            "name": "Bench User", "avatar": null, "customData": {"plan": "pro"}, "identities": {}, "lastSignInAt": null,
            "createdAt": now, "updatedAt": now, "profile": {"givenName": "Bench", "familyName": "User"},
            "applicationId": null, "isSuspended": false, "hasPassword": true,
        },
    });
    let (subscriber, payload) = (format!("hook:{hook_id}"), payload.to_string());
    let columns = "outbox (id, tenant_id, subscriber, event, payload, next_attempt_at, created_at)";
    seed::rows(&db, columns, WAITING, |n| {
        params![format!("bench{now}-{n}"), "default", &subscriber, "User.Created", &payload, now, now].to_vec()
    })
    .await
}

/// Takes every request.
struct Receiver {
    url: String,
    count: Arc<AtomicUsize>,
}

impl Receiver {
    async fn start() -> Result<Self, BoxError> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let (url, count) = (format!("http://{}/", listener.local_addr()?), Arc::<AtomicUsize>::default());
        let counted = Arc::clone(&count);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(take(stream, Arc::clone(&counted)));
            }
        });
        Ok(Self { url, count })
    }

    /// Requests per second from the first to the last of `expected`.
    async fn rate(&self, expected: usize) -> Result<f64, BoxError> {
        let (deadline, mut began) = (Instant::now() + Duration::from_secs(120), None);
        loop {
            let count = self.count.load(Ordering::Relaxed);
            if count > 0 && began.is_none() {
                began = Some((Instant::now(), count));
            }
            if let Some((at, first)) = began.filter(|_| count >= expected) {
                self.count.store(0, Ordering::Relaxed);
                return Ok((count - first) as f64 / at.elapsed().as_secs_f64());
            }
            if Instant::now() > deadline {
                return Err(format!("{count} of {expected} deliveries arrived").into());
            }
            load::check_interrupted()?;
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

async fn take(mut stream: TcpStream, count: Arc<AtomicUsize>) -> Option<()> {
    let mut read = Vec::new();
    loop {
        let head = loop {
            if let Some(end) = read.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                break end + 4;
            }
            more(&mut stream, &mut read).await?;
        };
        let text = String::from_utf8_lossy(read.get(..head)?).to_lowercase();
        let length: usize = text.split("content-length: ").nth(1)?.split("\r\n").next()?.parse().ok()?;
        while read.len() < head + length {
            more(&mut stream, &mut read).await?;
        }
        read.drain(..head + length);
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await.ok()?;
        count.fetch_add(1, Ordering::Relaxed);
    }
}

async fn more(stream: &mut TcpStream, read: &mut Vec<u8>) -> Option<()> {
    (stream.read_buf(read).await.ok()? > 0).then_some(())
}
