//! All scenarios, in order.

pub(crate) mod bound_tokens;
pub(crate) mod code_storm;
mod documents;
pub(crate) mod factors;
pub(crate) mod hostile;
pub(crate) mod imports;
pub(crate) mod page;
pub(crate) mod reads;
pub(crate) mod revocation;
mod sign_ins;
mod starts;
pub(crate) mod token_exchange;
mod tokens;
pub(crate) mod waiting;
pub(crate) mod webhooks;

use std::path::Path;
use std::sync::Arc;

use crate::flows::Browser;
use crate::http::Request;
use crate::load::{self, Load, LoadResult};
use crate::plan::{Baseline, Engine, Plan};
use crate::table::Table;
use crate::target::{SeededData, Target};
use crate::{BoxError, machine, pgbench, storage};

/// A server under load and the table for its results.
struct Bench<'a> {
    plan: &'a Plan,
    target: Arc<Target>,
    table: &'a mut Table,
    /// The name of the engine, or of the baseline server.
    engine: &'a str,
}

/// Runs everything that the plan selects. After a failure the table has the results so far.
///
/// # Errors
/// The first failure.
pub async fn all(plan: &Plan, directory: &Path, table: &mut Table) -> Result<(), BoxError> {
    machine::all(plan, table).await?;
    if let Some(other) = &plan.against {
        return against(plan, other, table).await;
    }
    for engine in &plan.engines {
        let raw = storage::fresh_database(engine, directory, "raw").await?;
        pgbench::measure(plan, engine, directory, table).await?;
        machine::units(plan, table, (engine.name, &raw)).await?;
        if !plan.wants_only_raw() {
            on_engine(plan, engine, directory, table).await?;
        }
    }
    Ok(())
}

async fn on_engine(plan: &Plan, engine: &Engine, directory: &Path, table: &mut Table) -> Result<(), BoxError> {
    starts::empty(plan, engine, directory, table).await?;
    let url = storage::fresh_database(engine, directory, "loggia").await?;
    let (server, target) = starts::prepared(plan, (engine, &url), table).await?;
    let target = Arc::new(target);
    let mut bench = Bench { plan, target, table, engine: engine.name };
    bench.load_all().await?;
    bench.memory_after_load().await?;
    server.stop().await?;
    hostile::measure(plan, engine, directory, table).await?;
    code_storm::measure(plan, engine, directory, table).await?;
    webhooks::measure(plan, engine, directory, table).await?;
    imports::measure(plan, engine, directory, table).await
}

async fn against(plan: &Plan, other: &Baseline, table: &mut Table) -> Result<(), BoxError> {
    let mut made = SeededData::default();
    load::fail_on_interrupt();
    let measured = async {
        let target = Arc::new(Target::other(other, plan.users, &mut made).await?);
        Bench { plan, target, table, engine: &other.authority }.load_all().await
    };
    let measured = measured.await;
    measured.and(made.remove(other).await)
}

impl Bench<'_> {
    async fn load_all(&mut self) -> Result<(), BoxError> {
        self.documents().await?;
        self.reads().await?;
        self.tokens().await?;
        self.bound_tokens().await?;
        self.revocation().await?;
        self.token_exchange().await?;
        self.waiting().await?;
        self.sign_ins().await?;
        self.storm().await?;
        self.factors().await?;
        self.page().await?;
        self.account_page().await?;
        self.console_list().await
    }

    fn load(&self, clients: usize) -> Load {
        Load { clients, seconds: self.plan.seconds, process: self.target.process }
    }

    fn record(&mut self, name: &str, clients: usize, rounds: &[LoadResult]) {
        let memory = self.target.process.map(|process| process.memory().0);
        self.table.rate((self.engine, name), clients, rounds, memory);
    }

    fn sample(&mut self, name: &str, unit: &str, samples: Vec<f64>) {
        self.table.samples((self.engine, name, unit), None, samples);
    }

    /// Measures one repeated request.
    async fn repeat(&mut self, name: &str, request: Request) -> Result<(), BoxError> {
        let authority = self.target.authority.clone();
        self.repeat_at(name, &authority, request).await
    }

    /// As [`Self::repeat`], at another port of the server.
    async fn repeat_at(&mut self, name: &str, authority: &str, request: Request) -> Result<(), BoxError> {
        if !self.plan.wants(name) {
            return Ok(());
        }
        let request = Arc::new(request);
        for clients in self.plan.clients(&[1, 32]) {
            let mut rounds = Vec::new();
            for _ in 0..self.plan.rounds {
                rounds.push(load::repeat(self.load(clients), authority, &request).await?);
            }
            self.record(name, clients, &rounds);
        }
        Ok(())
    }

    async fn browser(&self) -> Result<Browser, BoxError> {
        Browser::open(&self.target.authority).await
    }
}
