//! Code exchange and refresh: every operation needs its own code or token.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use super::Bench;
use crate::BoxError;
use crate::flows::{Browser, Credentials, exchange, refresh};
use crate::http::Connection;
use crate::load::{self, ClientResult, LoadResult};
use crate::target::{SIGNING_IN, Target};

/// Codes per second to prepare for one client and for many. A round ends when they are used up.
const CODES: [usize; 2] = [1_000, 4_000];

/// A connection and the newest refresh token.
type RefreshChain = (Connection, String);

impl Bench<'_> {
    pub async fn tokens(&mut self) -> Result<(), BoxError> {
        for clients in self.plan.clients(&[1, 32]) {
            if self.plan.wants("code exchange") {
                let mut rounds = Vec::new();
                for _ in 0..self.plan.rounds {
                    rounds.push(self.exchanges(clients).await?);
                }
                self.record("code exchange", clients, &rounds);
            }
            if self.plan.wants("refresh with rotation") {
                let mut rounds = Vec::new();
                for _ in 0..self.plan.rounds {
                    rounds.push(self.refreshes(clients).await?);
                }
                self.record("refresh with rotation", clients, &rounds);
            }
        }
        Ok(())
    }

    async fn exchanges(&self, clients: usize) -> Result<LoadResult, BoxError> {
        let wanted = self.plan.seconds * CODES[usize::from(clients > 1)] as f64;
        let codes = Arc::new(self.codes(wanted as usize).await?);
        let next = Arc::new(AtomicUsize::new(0));
        let worker = |_, deadline| {
            let (target, codes, next) = (Arc::clone(&self.target), Arc::clone(&codes), Arc::clone(&next));
            async move {
                let mut connection = Connection::open(&target.authority).await?;
                let mut done = ClientResult::default();
                while let Some(code) = codes.get(next.fetch_add(1, Ordering::Relaxed))
                    && Instant::now() < deadline
                {
                    let began = Instant::now();
                    exchange(&mut connection, &target.web, code).await?;
                    done.finished(began.elapsed());
                }
                Ok(done)
            }
        };
        load::run(self.load(clients), worker).await
    }

    /// Codes of signed-in sessions in the order of creation: codes exchanged at the same time belong to different grants.
    pub(super) async fn codes(&self, wanted: usize) -> Result<Vec<String>, BoxError> {
        let left = Arc::new(AtomicUsize::new(wanted));
        let made = Arc::new(Mutex::new(Vec::new()));
        let tasks = (0..SIGNING_IN.min(32)).map(|n| {
            let (target, left, made) = (Arc::clone(&self.target), Arc::clone(&left), Arc::clone(&made));
            tokio::spawn(async move {
                let mut browser = Browser::open_on_another_network(&target.authority).await?;
                let take = |left: usize| left.checked_sub(1);
                while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok() {
                    load::check_interrupted()?;
                    let code = browser.code(&target.web, Credentials::Password(&target.username(n))).await?;
                    made.lock().unwrap_or_else(PoisonError::into_inner).push(code);
                }
                Ok::<_, BoxError>(())
            })
        });
        load::join(tasks.collect()).await?;
        Ok(std::mem::take(&mut made.lock().unwrap_or_else(PoisonError::into_inner)))
    }

    async fn refreshes(&self, clients: usize) -> Result<LoadResult, BoxError> {
        let mut chains = Vec::new();
        for client in 0..clients {
            chains.push(Mutex::new(Some(chain(&self.target, client).await?)));
        }
        let chains = Arc::new(chains);
        let worker = |client, deadline| {
            let (chains, target) = (Arc::clone(&chains), Arc::clone(&self.target));
            async move {
                let chain: Option<&Mutex<Option<RefreshChain>>> = chains.get(client);
                let chain = chain.and_then(|chain| chain.lock().ok()?.take());
                let (mut connection, mut token) = chain.ok_or("no chain")?;
                ClientResult::until(deadline, async move || {
                    token = refresh(&mut connection, &target.spa, &token).await?;
                    Ok(true)
                })
                .await
            }
        };
        load::run(self.load(clients), worker).await
    }
}

async fn chain(target: &Target, client: usize) -> Result<RefreshChain, BoxError> {
    let mut browser = Browser::open_on_another_network(&target.authority).await?;
    let code = browser.code(&target.spa, Credentials::Password(&target.username(client))).await?;
    let tokens = exchange(&mut browser.connection, &target.spa, &code).await?;
    let token = tokens["refresh_token"].as_str().ok_or("no refresh token")?.to_owned();
    Ok((browser.connection, token))
}
