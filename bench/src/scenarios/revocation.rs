//! Revocation: each operation ends the grant of its own access token.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use super::Bench;
use crate::BoxError;
use crate::flows::exchange;
use crate::http::Connection;
use crate::load::{self, ClientResult, LoadResult};
use crate::server::form;

pub(crate) const NAME: &str = "revocation";

/// Tokens per second to prepare for one client and for many. A round ends when they are used up.
const TOKENS: [usize; 2] = [1_000, 4_000];
/// Connections that prepare tokens.
const PREPARING: usize = 16;

impl Bench<'_> {
    /// Measures it.
    ///
    /// # Errors
    /// The server returned an error.
    pub async fn revocation(&mut self) -> Result<(), BoxError> {
        if !self.plan.wants(NAME) {
            return Ok(());
        }
        for clients in self.plan.clients(&[1, 32]) {
            let mut rounds = Vec::new();
            for _ in 0..self.plan.rounds {
                rounds.push(self.revocations(clients).await?);
            }
            self.record(NAME, clients, &rounds);
        }
        Ok(())
    }

    async fn revocations(&self, clients: usize) -> Result<LoadResult, BoxError> {
        let wanted = self.plan.seconds * TOKENS[usize::from(clients > 1)] as f64;
        let tokens = Arc::new(self.access_tokens(wanted as usize).await?);
        let next = Arc::new(AtomicUsize::new(0));
        let worker = |_, deadline| {
            let (target, tokens, next) = (Arc::clone(&self.target), Arc::clone(&tokens), Arc::clone(&next));
            async move {
                let mut connection = Connection::open(&target.authority).await?;
                let basic = target.web.basic();
                let mut done = ClientResult::default();
                while let Some(token) = tokens.get(next.fetch_add(1, Ordering::Relaxed))
                    && Instant::now() < deadline
                {
                    let headers = [("authorization", basic.as_str())];
                    let body = form(&format!("token={token}&token_type_hint=access_token"));
                    let began = Instant::now();
                    connection.send(("POST", "/oidc/token/revocation"), &headers, body).await?.expect(200)?;
                    done.finished(began.elapsed());
                }
                Ok(done)
            }
        };
        load::run(self.load(clients), worker).await
    }

    /// Access tokens, each of a grant of its own.
    async fn access_tokens(&self, wanted: usize) -> Result<Vec<String>, BoxError> {
        let codes = Arc::new(self.codes(wanted).await?);
        let next = Arc::new(AtomicUsize::new(0));
        let made = Arc::new(Mutex::new(Vec::new()));
        let tasks = (0..PREPARING).map(|_| {
            let (target, codes) = (Arc::clone(&self.target), Arc::clone(&codes));
            let (next, made) = (Arc::clone(&next), Arc::clone(&made));
            tokio::spawn(async move {
                let mut connection = Connection::open(&target.authority).await?;
                while let Some(code) = codes.get(next.fetch_add(1, Ordering::Relaxed)) {
                    load::check_interrupted()?;
                    let tokens = exchange(&mut connection, &target.web, code).await?;
                    let token = tokens["access_token"].as_str().ok_or("no access token")?.to_owned();
                    made.lock().unwrap_or_else(PoisonError::into_inner).push(token);
                }
                Ok::<_, BoxError>(())
            })
        });
        load::join(tasks.collect()).await?;
        Ok(std::mem::take(&mut made.lock().unwrap_or_else(PoisonError::into_inner)))
    }
}
