//! Token exchange: each operation uses up its own subject token and signs one JWT.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use serde_json::{Value, json};

use super::Bench;
use crate::BoxError;
use crate::http::Connection;
use crate::load::{self, ClientResult, LoadResult};
use crate::server::form;
use crate::target::Target;

pub(crate) const NAME: &str = "token exchange";

/// Subject tokens per second to prepare for one client and for many. A round ends when they are used up.
const TOKENS: [usize; 2] = [2_000, 8_000];
/// Users that the exchanges act for.
const USERS: usize = 64;
/// Connections that prepare tokens.
const PREPARING: usize = 16;

impl Bench<'_> {
    /// Measures it.
    ///
    /// # Errors
    /// The server returned an error.
    pub async fn token_exchange(&mut self) -> Result<(), BoxError> {
        if !self.plan.wants(NAME) {
            return Ok(());
        }
        let users = Arc::new(prepare(&self.target).await?);
        for clients in self.plan.clients(&[1, 32]) {
            let mut rounds = Vec::new();
            for _ in 0..self.plan.rounds {
                rounds.push(self.token_exchanges(clients, &users).await?);
            }
            self.record(NAME, clients, &rounds);
        }
        Ok(())
    }

    async fn token_exchanges(&self, clients: usize, users: &Arc<Vec<String>>) -> Result<LoadResult, BoxError> {
        let wanted = self.plan.seconds * TOKENS[usize::from(clients > 1)] as f64;
        let tokens = Arc::new(subject_tokens(&self.target, users, wanted as usize).await?);
        let next = Arc::new(AtomicUsize::new(0));
        let worker = |_, deadline| {
            let (target, tokens, next) = (Arc::clone(&self.target), Arc::clone(&tokens), Arc::clone(&next));
            async move {
                let mut connection = Connection::open(&target.authority).await?;
                let mut done = ClientResult::default();
                while let Some(token) = tokens.get(next.fetch_add(1, Ordering::Relaxed))
                    && Instant::now() < deadline
                {
                    let began = Instant::now();
                    exchange(&mut connection, &target, token).await?;
                    done.finished(began.elapsed());
                }
                Ok(done)
            }
        };
        load::run(self.load(clients), worker).await
    }
}

/// Lets the web application exchange tokens, and returns ids of users.
async fn prepare(target: &Target) -> Result<Vec<String>, BoxError> {
    let mut connection = Connection::open(&target.authority).await?;
    let headers = [("authorization", target.bearer.as_str())];
    let allow = json!({"customClientMetadata": {"allowTokenExchange": true}});
    let body = Some(("application/json", allow.to_string()));
    let path = format!("/api/applications/{}", target.web.id);
    connection.send(("PATCH", &path), &headers, body).await?.expect(200)?;
    let path = format!("/api/users?page_size={USERS}");
    let users: Value = connection.send(("GET", &path), &headers, None).await?.expect(200)?.json()?;
    let ids = users.as_array().into_iter().flatten().filter_map(|user| user["id"].as_str().map(str::to_owned));
    Ok(ids.collect())
}

/// New subject tokens of these users in turn.
async fn subject_tokens(
    target: &Arc<Target>,
    users: &Arc<Vec<String>>,
    wanted: usize,
) -> Result<Vec<String>, BoxError> {
    let next = Arc::new(AtomicUsize::new(0));
    let made = Arc::new(Mutex::new(Vec::new()));
    let tasks = (0..PREPARING).map(|_| {
        let (target, users) = (Arc::clone(target), Arc::clone(users));
        let (next, made) = (Arc::clone(&next), Arc::clone(&made));
        tokio::spawn(async move {
            let mut connection = Connection::open(&target.authority).await?;
            loop {
                load::check_interrupted()?;
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= wanted {
                    return Ok::<(), BoxError>(());
                }
                let user = users.get(number % users.len().max(1)).ok_or("no users")?;
                let body = Some(("application/json", json!({"userId": user}).to_string()));
                let headers = [("authorization", target.bearer.as_str())];
                let created = connection.send(("POST", "/api/subject-tokens"), &headers, body).await?.expect(201)?;
                let token = created.json()?["subjectToken"].as_str().ok_or("no subject token")?.to_owned();
                made.lock().unwrap_or_else(PoisonError::into_inner).push(token);
            }
        })
    });
    load::join(tasks.collect()).await?;
    Ok(std::mem::take(&mut made.lock().unwrap_or_else(PoisonError::into_inner)))
}

async fn exchange(connection: &mut Connection, target: &Target, token: &str) -> Result<(), BoxError> {
    let fields = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
        ("subject_token", token),
        ("subject_token_type", "urn:logto:token-type:impersonation_token"),
        ("resource", target.resource.as_str()),
    ];
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let basic = target.web.basic();
    let headers = [("authorization", basic.as_str())];
    connection.send(("POST", "/oidc/token"), &headers, form(&body)).await?.expect(200)?;
    Ok(())
}
