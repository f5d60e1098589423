//! Sign-ins, alone and as a burst.

use std::sync::Arc;

use super::Bench;
use crate::bounds::HASH;
use crate::flows::{Browser, Credentials, exchange};
use crate::http::{Connection, Request, ServerBusy};
use crate::load::{self, ClientResult, Load};
use crate::server::{form, grant};
use crate::target::{SIGNING_IN, Target};
use crate::{BoxError, machine};

const FLOW: &str = "full sign-in flow";
const STORM: &str = "sign-in flows in a storm";
const CALM: &str = "token endpoint during a storm of sign-ins";

impl Bench<'_> {
    pub async fn sign_ins(&mut self) -> Result<(), BoxError> {
        if !self.plan.wants(FLOW) {
            return Ok(());
        }
        for clients in self.plan.clients(&[1, 8]) {
            let threads = if clients == 1 { 1 } else { self.table.cores };
            let (mut rounds, mut hashes) = (Vec::new(), Vec::new());
            for _ in 0..self.plan.rounds {
                // Alternating, because the machine's speed drifts within minutes by more than the difference.
                hashes.push(machine::hashes(threads, self.plan.seconds)?);
                // Hashes are slow; twice the time gives enough flows for a p99.
                let load = Load { seconds: self.plan.seconds * 2.0, ..self.load(clients) };
                rounds.push(load::run(load, flows(&self.target)).await?);
            }
            self.table.samples((self.engine, HASH, "/s"), Some(threads), hashes);
            self.record(FLOW, clients, &rounds);
        }
        Ok(())
    }

    /// Many clients sign in while four clients request tokens.
    pub async fn storm(&mut self) -> Result<(), BoxError> {
        if !self.plan.wants(CALM) && !self.plan.wants(STORM) {
            return Ok(());
        }
        let (mut flowing, mut calm) = (Vec::new(), Vec::new());
        for _ in 0..self.plan.rounds {
            let storm = Load { process: None, ..self.load(SIGNING_IN) };
            let asking = Load { process: None, ..self.load(4) };
            let (flow, token) =
                tokio::join!(load::run(storm, flows(&self.target)), load::run(asking, asking_for_tokens(&self.target)));
            flowing.push(flow?);
            calm.push(token?);
        }
        self.record(CALM, 4, &calm);
        self.record(STORM, SIGNING_IN, &flowing);
        Ok(())
    }

    /// Memory after everything was used, including the hashing threads.
    pub async fn memory_after_load(&mut self) -> Result<(), BoxError> {
        let Some(process) = self.target.process.filter(|_| self.plan.wants("memory")) else { return Ok(()) };
        load::run(self.load(8), flows(&self.target)).await?;
        let (mut resting, mut peaks) = (Vec::new(), Vec::new());
        for _ in 0..self.plan.rounds {
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
            let (now, peak) = process.memory();
            resting.push(now);
            peaks.push(peak);
        }
        let hashes = self.table.cores as f64 * f64::from(crate::plan::HASH.0) * 1024.0 / 1e6;
        let without = resting.iter().map(|now| now - hashes).collect();
        self.sample("memory after load", " MB", resting);
        self.sample("memory after load, without the hashes' own", " MB", without);
        self.sample("memory, peak", " MB", peaks);
        Ok(())
    }
}

pub(super) type Working = std::pin::Pin<Box<dyn Future<Output = Result<ClientResult, BoxError>> + Send>>;

/// Sign-ins with passwords, one after the other.
pub(super) fn flows(target: &Arc<Target>) -> impl Fn(usize, std::time::Instant) -> Working {
    let target = Arc::clone(target);
    move |client, deadline| {
        let target = Arc::clone(&target);
        Box::pin(ClientResult::until(deadline, async move || {
            unless_busy(flow(&target, Credentials::Password(&target.username(client))).await)
        }))
    }
}

/// Authorization, Experience API, consent, code, token: each time in a new browser.
pub(super) async fn flow(target: &Target, credentials: Credentials<'_>) -> Result<(), BoxError> {
    let mut browser = Browser::open_on_another_network(&target.authority).await?;
    let code = browser.code(&target.web, credentials).await?;
    exchange(&mut browser.connection, &target.web, &code).await.map(drop)
}

/// Whether the work is done; not when the server was busy.
pub(super) fn unless_busy(done: Result<(), BoxError>) -> Result<bool, BoxError> {
    match done {
        Ok(()) => Ok(true),
        Err(refused) if refused.is::<ServerBusy>() => Ok(false),
        Err(failure) => Err(failure),
    }
}

pub(super) fn asking_for_tokens(target: &Arc<Target>) -> impl Fn(usize, std::time::Instant) -> Working {
    let basic = target.machine.basic();
    let headers = [("authorization", basic.as_str())];
    let body = form(&grant(&target.resource));
    let request = Arc::new(Request::new(&target.authority, ("POST", "/oidc/token"), &headers, body));
    let target = Arc::clone(target);
    move |_, deadline| {
        let (target, request) = (Arc::clone(&target), Arc::clone(&request));
        Box::pin(async move {
            let mut connection = Connection::open(&target.authority).await?;
            ClientResult::until(deadline, async move || connection.repeat(&request).await).await
        })
    }
}
