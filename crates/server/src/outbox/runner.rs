//! Delivers what is due, until the server stops. This task alone holds the state; attempts and the database have tasks of
//! their own, so that neither waits for the other.

use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::ops::Bound;
use std::sync::Arc;
use std::time::Duration;

use db::DbError;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;

use super::lane::{Lane, Pace};
use super::lease::{self, Claim, MAX_LANES, Settled};
use super::{DELIVERY_TIMEOUT, Delivery, Failure, MAX_RUNNING, Outcome, most_running};
use crate::App;

/// How often the outbox is looked at for rows of other nodes and for further attempts.
const POLL_INTERVAL: Duration = Duration::from_secs(5);
/// How long after a commit the outbox is looked at: a busy server commits many times meanwhile.
const GATHER: Duration = Duration::from_millis(10);
/// Attempts for subscribers that fail.
const MAX_RUNNING_OF_FAILING: usize = 128;
/// Outcomes that are written down together, and how long the first one waits for others.
const MAX_OUTCOMES: usize = 256;
/// Time until the next try when the database is away.
const RETRY_DELAY: Duration = Duration::from_secs(2);

/// Runs until `stop` completes; then no further delivery begins, and those under way end.
pub(crate) async fn run(app: App, stop: impl Future<Output = ()>) {
    tokio::pin!(stop);
    let mut runner = Runner::new(app.clone(), Pace::Considerate);
    loop {
        runner.begin_all();
        tokio::select! {
            () = &mut stop => break,
            () = runner.something_ends() => {}
            () = app.outbox.committed.notified() => runner.look_within(GATHER),
        }
    }
    // What is under way has its own time limit.
    runner.end().await;
}

/// Attempts for all that is due, and waits for them. Returns how many there were.
///
/// # Errors
/// A failure of the database.
pub async fn deliver_due(app: &App) -> Result<usize, DbError> {
    let mut runner = Runner::new(app.clone(), Pace::Regardless);
    loop {
        runner.begin_all();
        if let Some(error) = runner.failure.take() {
            return Err(error);
        }
        if runner.has_nothing_to_do() {
            return Ok(runner.begun);
        }
        runner.something_ends().await;
    }
}

/// The deliveries of one process that are under way.
struct Runner {
    app: App,
    pace: Pace,
    lanes: BTreeMap<String, Lane>,
    attempts: JoinSet<Outcome>,
    /// By task: what it delivers, since when.
    running: HashMap<Id, (Arc<Delivery>, Instant)>,
    /// The lane whose turn it is.
    turn: String,
    outcomes: Vec<Settled>,
    /// When outcomes are to be written down at the latest.
    settle_at: Option<Instant>,
    /// When to look for lanes.
    look_at: Instant,
    /// The last lane that was looked at.
    cursor: String,
    /// The one exchange with the database that is under way.
    exchange: JoinSet<Exchanged>,
    failure: Option<DbError>,
    begun: usize,
}

/// What an exchange with the database brought.
enum Exchanged {
    Lanes(Result<Vec<String>, DbError>),
    /// Also what was to be written down, if that failed.
    Leases(Vec<Claim>, Result<Vec<Vec<Delivery>>, (DbError, Vec<Settled>)>),
}

impl Runner {
    fn new(app: App, pace: Pace) -> Self {
        Self {
            app,
            pace,
            lanes: BTreeMap::new(),
            attempts: JoinSet::new(),
            running: HashMap::new(),
            turn: String::new(),
            outcomes: Vec::new(),
            settle_at: None,
            look_at: Instant::now(),
            cursor: String::new(),
            exchange: JoinSet::new(),
            failure: None,
            begun: 0,
        }
    }

    fn look_within(&mut self, time: Duration) {
        self.look_at = self.look_at.min(Instant::now() + time);
    }

    /// Begins what can begin.
    fn begin_all(&mut self) {
        self.begin_attempts();
        if self.exchange.is_empty() {
            self.begin_exchange();
        }
    }

    fn begin_attempts(&mut self) {
        let is_failing = |delivery: &Delivery| self.lanes.get(&delivery.subscriber).is_some_and(Lane::is_failing);
        let mut failing = self.running.values().filter(|(delivery, _)| is_failing(delivery)).count();
        // The one that stood back for want of places comes first.
        let turn = std::mem::take(&mut self.turn);
        let rest = (Bound::Unbounded, Bound::Excluded(turn.clone()));
        for part in [(Bound::Included(turn), Bound::Unbounded), rest] {
            for (name, lane) in self.lanes.range_mut(part) {
                let returned = lane.give_back(self.app.clock.now());
                if !returned.is_empty() {
                    self.outcomes.extend(returned.into_iter().map(Settled::Returned));
                    self.settle_at.get_or_insert_with(|| Instant::now() + GATHER);
                }
                while !lane.is_failing() || failing < MAX_RUNNING_OF_FAILING {
                    if self.running.len() >= MAX_RUNNING {
                        self.turn.clone_from(name);
                        return;
                    }
                    let Some(delivery) = lane.begin() else { break };
                    failing += usize::from(lane.is_failing());
                    let task = self.attempts.spawn(attempt(self.app.clone(), Arc::clone(&delivery)));
                    self.running.insert(task.id(), (delivery, Instant::now()));
                    self.begun += 1;
                }
            }
        }
    }

    fn settle(&mut self, settled: Settled) {
        self.outcomes.push(settled);
        self.settle_at.get_or_insert_with(|| Instant::now() + GATHER);
    }

    fn begin_exchange(&mut self) {
        let now = Instant::now();
        if now >= self.look_at {
            self.look_at = now + POLL_INTERVAL;
            let (app, cursor) = (self.app.clone(), self.cursor.clone());
            self.exchange
                .spawn(async move { Exchanged::Lanes(lease::find_lanes(&app.db, app.clock.now(), cursor).await) });
            return;
        }
        let wanted = self.lanes.iter().map(|(name, lane)| (name, lane.room(now))).filter(|(_, most)| *most > 0);
        let mut claims: Vec<Claim> =
            wanted.map(|(name, most)| Claim { subscriber: name.clone(), most }).take(MAX_LANES).collect();
        // What is leased begins soon.
        if self.running.len() >= MAX_RUNNING {
            claims.clear();
        }
        let is_time = self.outcomes.len() >= MAX_OUTCOMES || self.settle_at.is_some_and(|at| now >= at);
        if claims.is_empty() && !is_time {
            return;
        }
        self.settle_at = None;
        let (app, settled) = (self.app.clone(), std::mem::take(&mut self.outcomes));
        self.exchange.spawn(async move {
            let leased = lease::exchange(&app.db, app.clock.now(), settled.clone(), claims.clone()).await;
            Exchanged::Leases(claims, leased.map_err(|error| (error, settled)))
        });
    }

    /// Waits until something ended, or it is time for something.
    async fn something_ends(&mut self) {
        let next = self.lanes.values().filter_map(Lane::resumes_at).chain(self.settle_at).min();
        let next = next.map_or(self.look_at, |at| at.min(self.look_at));
        // While an exchange runs there is no second one; its end is what to wait for.
        let is_free = self.exchange.is_empty();
        tokio::select! {
            Some(ended) = self.attempts.join_next_with_id(), if !self.attempts.is_empty() => {
                self.attempt_ended(ended);
                while let Some(ended) = self.attempts.try_join_next_with_id() {
                    self.attempt_ended(ended);
                }
            }
            Some(done) = self.exchange.join_next(), if !self.exchange.is_empty() => match done {
                Ok(done) => self.exchanged(done),
                // The leases run out.
                Err(error) => tracing::error!(%error, "an exchange with the outbox failed"),
            },
            () = tokio::time::sleep_until(next), if is_free => {}
        }
    }

    fn attempt_ended(&mut self, ended: Result<(Id, Outcome), JoinError>) {
        let (id, outcome) = ended.unwrap_or_else(|error| {
            let reason = "the subscriber failed unexpectedly".to_owned();
            (error.id(), Outcome::Again(Failure { reason, is_down: false }))
        });
        let Some((delivery, began)) = self.running.remove(&id) else { return };
        let now = self.app.clock.now();
        if let Some(lane) = self.lanes.get_mut(&delivery.subscriber) {
            match &outcome {
                Outcome::Done => lane.succeeded(began.elapsed()),
                Outcome::Again(failure) | Outcome::GivenUp(failure) => lane.failed(failure, Instant::now()),
            }
        }
        let next = match &outcome {
            Outcome::Again(_) => delivery.next_attempt(now, &self.app.rng),
            _ => None,
        };
        log(&delivery, &outcome, next.is_some());
        self.settle(match next {
            Some(at) => Settled::Later(delivery, at),
            None => Settled::Gone(delivery),
        });
    }

    fn exchanged(&mut self, done: Exchanged) {
        let failed = match done {
            Exchanged::Lanes(Ok(found)) => {
                let is_all = found.len() < MAX_LANES;
                self.cursor = if is_all { String::new() } else { found.last().cloned().unwrap_or_default() };
                if !is_all {
                    self.look_within(GATHER);
                }
                let now = Instant::now();
                self.lanes.retain(|_, lane| !lane.is_idle(now));
                for name in found {
                    let most = most_running(&name);
                    self.lanes.entry(name).or_insert_with(|| Lane::new(self.pace, most)).has_more = true;
                }
                return;
            }
            Exchanged::Leases(claims, Ok(leased)) => {
                for (claim, leased) in claims.into_iter().zip(leased) {
                    // All that is due, or another node was faster.
                    if leased.len() < claim.most {
                        self.look_within(GATHER);
                    }
                    if let Some(lane) = self.lanes.get_mut(&claim.subscriber) {
                        lane.take(leased, claim.most);
                    }
                }
                return;
            }
            Exchanged::Lanes(Err(error)) => error,
            Exchanged::Leases(_, Err((error, settled))) => {
                self.outcomes.splice(0..0, settled);
                // The lanes are found again.
                self.lanes.values_mut().for_each(|lane| lane.has_more = false);
                error
            }
        };
        tracing::warn!(error = %failed, "the outbox can't be reached; it is tried again");
        let again = Instant::now() + RETRY_DELAY;
        self.settle_at = (!self.outcomes.is_empty()).then_some(again);
        self.look_at = again;
        self.failure = Some(failed);
    }

    fn has_nothing_to_do(&self) -> bool {
        let is_quiet = self.attempts.is_empty() && self.exchange.is_empty() && self.outcomes.is_empty();
        is_quiet && self.lanes.values().all(|lane| !lane.has_more) && self.look_at > Instant::now() + GATHER
    }

    /// Gives back what was not begun, and waits for what was.
    async fn end(mut self) {
        let returned: Vec<_> = self.lanes.values_mut().flat_map(Lane::give_back_all).map(Settled::Returned).collect();
        self.outcomes.extend(returned);
        self.lanes.clear();
        while let Some(ended) = self.attempts.join_next_with_id().await {
            self.attempt_ended(ended);
        }
        while let Some(done) = self.exchange.join_next().await {
            // What was leased meanwhile goes back too.
            if let Ok(Exchanged::Leases(_, Ok(leased))) = done {
                let unbegun = leased.into_iter().flatten().map(|delivery| Settled::Returned(Arc::new(delivery)));
                self.outcomes.extend(unbegun);
            }
        }
        let settled = std::mem::take(&mut self.outcomes);
        if let Err(error) = lease::exchange(&self.app.db, self.app.clock.now(), settled, Vec::new()).await {
            tracing::warn!(%error, "outcomes of deliveries could not be stored; they are made again");
        }
    }
}

async fn attempt(app: App, delivery: Arc<Delivery>) -> Outcome {
    match tokio::time::timeout(DELIVERY_TIMEOUT, super::deliver(app, delivery)).await {
        Ok(outcome) => outcome,
        Err(_) => {
            let reason = format!("not done within {} s", DELIVERY_TIMEOUT.as_secs());
            Outcome::Again(Failure { reason, is_down: true })
        }
    }
}

fn log(delivery: &Delivery, outcome: &Outcome, is_tried_again: bool) {
    let Delivery { id, event, subscriber, attempt, .. } = delivery;
    let (Outcome::Again(failure) | Outcome::GivenUp(failure)) = outcome else { return };
    let reason = &failure.reason;
    match is_tried_again {
        true => tracing::info!(id, event, subscriber, attempt, reason, "a delivery failed and will be tried again"),
        false => tracing::warn!(id, event, subscriber, attempt, reason, "a delivery was given up"),
    }
}
