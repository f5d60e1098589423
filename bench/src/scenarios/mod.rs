//! What is measured, in order.

mod documents;
mod page;
mod reads;
mod sign_ins;
mod starts;
mod tokens;

use std::path::Path;
use std::sync::Arc;

use crate::flows::Browser;
use crate::http::Request;
use crate::load::{self, Load, Measured};
use crate::plan::{Against, Engine, Plan};
use crate::table::Table;
use crate::target::{Made, Target};
use crate::{Failure, machine, storage};

/// A server under load, and where its figures go.
struct Bench<'a> {
    plan: &'a Plan,
    target: Arc<Target>,
    table: &'a mut Table,
    /// The engine, or the server when it is somebody else's.
    engine: &'a str,
}

/// Runs everything that the plan wants; what was measured before a failure is in the table all the same.
///
/// # Errors
/// The first failure.
pub async fn all(plan: &Plan, directory: &Path, table: &mut Table) -> Result<(), Failure> {
    machine::all(plan, table).await?;
    if let Some(other) = &plan.against {
        return against(plan, other, table).await;
    }
    for engine in &plan.engines {
        let raw = storage::fresh(engine, directory, "raw").await?;
        machine::units(plan, table, (engine.name, &raw)).await?;
        if !plan.wants_only_raw() {
            on_engine(plan, engine, directory, table).await?;
        }
    }
    Ok(())
}

async fn on_engine(plan: &Plan, engine: &Engine, directory: &Path, table: &mut Table) -> Result<(), Failure> {
    starts::empty(plan, engine, directory, table).await?;
    let url = storage::fresh(engine, directory, "loggia").await?;
    let (server, target) = starts::prepared(plan, (engine, &url), table).await?;
    let target = Arc::new(target);
    let mut bench = Bench { plan, target, table, engine: engine.name };
    bench.load_all().await?;
    bench.memory_after_load().await?;
    server.stop().await
}

async fn against(plan: &Plan, other: &Against, table: &mut Table) -> Result<(), Failure> {
    let mut made = Made::default();
    load::fail_on_interrupt();
    let measured = async {
        let target = Arc::new(Target::other(other, plan.users, &mut made).await?);
        Bench { plan, target, table, engine: &other.authority }.load_all().await
    };
    let measured = measured.await;
    measured.and(made.remove(other).await)
}

impl Bench<'_> {
    async fn load_all(&mut self) -> Result<(), Failure> {
        self.documents().await?;
        self.reads().await?;
        self.tokens().await?;
        self.sign_ins().await?;
        self.storm().await?;
        self.page().await
    }

    fn load(&self, clients: usize) -> Load {
        Load { clients, seconds: self.plan.seconds, process: self.target.process }
    }

    fn record(&mut self, name: &str, clients: usize, rounds: &[Measured]) {
        let memory = self.target.process.map(|process| process.memory().0);
        self.table.rate((self.engine, name), clients, rounds, memory);
    }

    fn sample(&mut self, name: &str, unit: &str, samples: Vec<f64>) {
        self.table.samples((self.engine, name, unit), None, samples);
    }

    /// Measures one request, sent again and again.
    async fn repeat(&mut self, name: &str, request: Request) -> Result<(), Failure> {
        if !self.plan.wants(name) {
            return Ok(());
        }
        let request = Arc::new(request);
        for clients in self.plan.clients(&[1, 32]) {
            let mut rounds = Vec::new();
            for _ in 0..self.plan.rounds {
                rounds.push(load::repeat(self.load(clients), &self.target.authority, &request).await?);
            }
            self.record(name, clients, &rounds);
        }
        Ok(())
    }

    async fn browser(&self) -> Result<Browser, Failure> {
        Browser::open(&self.target.authority).await
    }
}
