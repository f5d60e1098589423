//! Background jobs of a running server: the outbox, and what is done again and again. Of several nodes on one database, one
//! runs a repeated job at a time: whoever moves its `next_run_at`.

pub mod sweep;

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use db::{Db, DbError, params, sql};
use kernel::Timestamp;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::assets::removal;
use crate::{App, keys, oidc, outbox, users};

/// How often it is looked which jobs are due.
const TICK: Duration = Duration::from_secs(10);
/// How long a stopping server waits for jobs that are under way.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// A job that is done again and again.
struct Job {
    /// The key in `jobs`.
    name: &'static str,
    interval_seconds: i64,
    run: fn(App) -> JobFuture,
}

type JobFuture = Pin<Box<dyn Future<Output = Result<u64, DbError>> + Send>>;

const JOBS: &[Job] = &[
    Job { name: "expired-rows", interval_seconds: 600, run: |app| Box::pin(sweep::delete_expired(app)) },
    Job { name: "ended-grants", interval_seconds: 600, run: |app| Box::pin(oidc::ended_grants::delete(app)) },
    Job { name: "audit-log", interval_seconds: 600, run: |app| Box::pin(sweep::trim_audit_log(app)) },
    Job { name: "refusals", interval_seconds: 600, run: |app| Box::pin(sweep::trim_refusals(app)) },
    Job { name: "user-list", interval_seconds: 600, run: |app| Box::pin(users::list_marks::add(app)) },
    Job { name: "unused-assets", interval_seconds: 600, run: |app| Box::pin(removal::sweep(app)) },
    Job { name: "account-deletions", interval_seconds: 600, run: |app| Box::pin(users::planned_deletions::run(app)) },
    Job { name: "signing-keys", interval_seconds: 600, run: |app| Box::pin(keys::schedule::run(app)) },
];

/// The running jobs of a server.
pub(crate) struct Jobs {
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Jobs {
    /// Starts all jobs.
    pub(crate) fn start(app: &App) -> Self {
        let (stop, _) = watch::channel(false);
        let mut tasks = JoinSet::new();
        tasks.spawn(outbox::run(app.clone(), stopped(stop.subscribe())));
        tasks.spawn(repeat(app.clone(), stopped(stop.subscribe())));
        Self { stop, tasks }
    }

    /// Lets what is under way end, and starts nothing more.
    pub(crate) async fn stop(mut self) {
        self.stop.send_replace(true);
        let ended = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(STOP_TIMEOUT, ended).await.is_err() {
            tracing::warn!("a job did not end in time; what it did not finish is done again");
        }
    }
}

async fn stopped(mut stop: watch::Receiver<bool>) {
    // An error means that the server is gone.
    let _ = stop.wait_for(|stop| *stop).await;
}

async fn repeat(app: App, stop: impl Future<Output = ()>) {
    tokio::pin!(stop);
    loop {
        tokio::select! {
            biased;
            () = &mut stop => return,
            () = tokio::time::sleep(TICK) => {}
        }
        for job in JOBS {
            let result = tokio::select! {
                biased;
                () = &mut stop => return,
                result = run_if_due(&app, job) => result,
            };
            match result {
                Ok(0) => {}
                Ok(rows) => tracing::debug!(job = job.name, rows, "job done"),
                Err(error) => tracing::warn!(job = job.name, %error, "a job failed; it is tried again later"),
            }
        }
    }
}

async fn run_if_due(app: &App, job: &Job) -> Result<u64, DbError> {
    match claim(&app.db, job.name, app.clock.now(), job.interval_seconds).await? {
        true => (job.run)(app.clone()).await,
        false => Ok(0),
    }
}

/// Whether this node is to run the job now: it is due, and no other node was faster. The first run is one interval after the
/// first start.
///
/// # Errors
/// A failure of the database.
pub async fn claim(db: &Db, name: &'static str, now: Timestamp, interval_seconds: i64) -> Result<bool, DbError> {
    let next = now.plus_seconds(interval_seconds);
    db.write(move |tx| {
        tx.exec(
            sql!("insert into jobs (name, next_run_at) values ($1, $2) on conflict (name) do nothing"),
            params![name, next],
        )?;
        let claim = sql!("update jobs set next_run_at = $2 where name = $1 and next_run_at <= $3");
        Ok(tx.exec(claim, params![name, next, now])? == 1)
    })
    .await
}
