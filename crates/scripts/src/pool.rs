//! The threads that run scripts, and those that wait for one. Both are bounded: a slow script delays other scripts, and nobody else.

use std::collections::hash_map::DefaultHasher;
use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::{Hash as _, Hasher as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::sync::oneshot;

use crate::fetch::Fetch;
use crate::{Failure, Limits, Run, engine};

/// What a run may take longer before its thread is given up.
const GRACE: Duration = Duration::from_millis(250);
/// A thread without work ends after this time.
const IDLE: Duration = Duration::from_secs(30);
/// Room for the engine's own frames below those of the script.
const OWN_STACK: usize = 1 << 20;
/// Threads that are given up at most: they go on until their script ends, if it does.
const MAX_GIVEN_UP: usize = 8;
/// Scripts that are remembered because a thread was given up for them.
const MAX_BANNED: usize = 1024;

/// How many run and wait at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolSize {
    /// Of these one owner has at most all but one, if there are several.
    pub threads: usize,
    /// Of these one owner has at most half.
    pub waiting: usize,
}

/// A handle to the pool. Cheap to clone. The threads begin with the first run, and end when they have nothing to do or the last handle
/// is dropped.
#[derive(Clone)]
pub struct Pool {
    shared: Arc<Shared>,
    _closer: Arc<Closer>,
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pool({:?})", self.shared.size)
    }
}

struct Shared {
    size: PoolSize,
    limits: Limits,
    fetch: Fetch,
    state: Mutex<State>,
    work: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Job>,
    /// What each thread does; none if it waits.
    threads: HashMap<u64, Option<Running>>,
    started: u64,
    given_up: usize,
    /// Digests of scripts that did not stop when they had to.
    banned: HashSet<u64>,
    is_closed: bool,
}

struct Running {
    owner: &'static str,
    deadline: Instant,
    script: u64,
}

struct Job {
    run: Run,
    script: u64,
    deadline: Instant,
    answer: oneshot::Sender<Result<Option<Value>, Failure>>,
}

/// Ends the threads when it is dropped.
struct Closer(Arc<Shared>);

impl Drop for Closer {
    fn drop(&mut self) {
        self.0.lock().is_closed = true;
        self.0.work.notify_all();
    }
}

impl Pool {
    /// A pool without threads yet.
    pub fn new(size: PoolSize, limits: Limits, fetch: Fetch) -> Self {
        let shared = Arc::new(Shared { size, limits, fetch, state: Mutex::default(), work: Condvar::new() });
        Self { _closer: Arc::new(Closer(Arc::clone(&shared))), shared }
    }

    /// Runs a function, on a thread of the pool. `None` stands for `undefined`.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn run(&self, run: Run) -> Result<Option<Value>, Failure> {
        let deadline = Instant::now() + self.shared.limits.wall_clock;
        let mut hasher = DefaultHasher::new();
        run.source.hash(&mut hasher);
        let (answer, result) = oneshot::channel();
        self.shared.enqueue(Job { script: hasher.finish(), run, deadline, answer })?;
        let until = tokio::time::Instant::from_std(deadline + GRACE);
        match tokio::time::timeout_at(until, result).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Err(Failure::Runtime("the script ended without a result".into())),
            Err(_) => Err(Failure::Timeout),
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enqueue(self: &Arc<Self>, job: Job) -> Result<(), Failure> {
        let mut state = self.lock();
        state.give_up_stuck_threads(Instant::now());
        if state.banned.contains(&job.script) {
            return Err(Failure::Timeout);
        }
        state.waiting.retain(|other| !other.answer.is_closed());
        let own = state.waiting.iter().filter(|other| other.run.owner == job.run.owner).count();
        if state.waiting.len() >= self.size.waiting || own >= self.size.waiting.div_ceil(2) {
            return Err(Failure::Busy);
        }
        state.waiting.push_back(job);
        let idle = state.threads.values().filter(|running| running.is_none()).count();
        if idle < state.waiting.len() && state.threads.len() < self.size.threads && state.given_up < MAX_GIVEN_UP {
            self.start_thread(&mut state);
        }
        if state.threads.is_empty() {
            state.waiting.clear();
            return Err(Failure::Busy);
        }
        drop(state);
        self.work.notify_one();
        Ok(())
    }

    fn start_thread(self: &Arc<Self>, state: &mut State) {
        let number = state.started;
        state.started += 1;
        let shared = Arc::clone(self);
        let thread = std::thread::Builder::new().name(format!("script-{number}"));
        let thread = thread.stack_size(self.limits.stack + OWN_STACK);
        if thread.spawn(move || shared.work_as(number)).is_ok() {
            state.threads.insert(number, None);
        }
    }

    fn work_as(&self, thread: u64) {
        while let Some(job) = self.next(thread) {
            let fetch = Arc::clone(&self.fetch);
            let evaluate = AssertUnwindSafe(|| engine::evaluate(&job.run, &self.limits, job.deadline, fetch));
            let outcome = catch_unwind(evaluate)
                .unwrap_or_else(|_| Err(Failure::Runtime("the engine failed while it ran the script".into())));
            let was_given_up = {
                let mut state = self.lock();
                match state.threads.get_mut(&thread) {
                    Some(running) => {
                        *running = None;
                        false
                    }
                    None => {
                        state.given_up -= 1;
                        true
                    }
                }
            };
            // The caller may have gone.
            let _ = job.answer.send(outcome);
            if was_given_up {
                return;
            }
        }
    }

    /// The next run of a thread; none when it shall end.
    fn next(&self, thread: u64) -> Option<Job> {
        let mut state = self.lock();
        loop {
            while let Some(job) = state.take_next((self.size.threads - 1).max(1)) {
                if job.answer.is_closed() || job.deadline <= Instant::now() {
                    // Nobody waits any more, or not long enough: dropping it answers.
                    let _ = job.answer.send(Err(Failure::Timeout));
                    continue;
                }
                let running = Running { owner: job.run.owner, deadline: job.deadline, script: job.script };
                state.threads.insert(thread, Some(running));
                return Some(job);
            }
            let (woken, waited) = match self.work.wait_timeout(state, IDLE) {
                Ok(woken) => woken,
                Err(poisoned) => poisoned.into_inner(),
            };
            state = woken;
            if state.is_closed || (waited.timed_out() && state.waiting.is_empty()) {
                state.threads.remove(&thread);
                return None;
            }
        }
    }
}

impl State {
    /// The oldest run of an owner that has fewer threads than `most`: one is left for others.
    fn take_next(&mut self, most: usize) -> Option<Job> {
        let threads_of = |owner| self.threads.values().flatten().filter(|running| running.owner == owner).count();
        let at = self.waiting.iter().position(|job| threads_of(job.run.owner) < most)?;
        self.waiting.remove(at)
    }

    /// Some functions of the language look at the clock too seldom. Whoever uses them for longer than the limit keeps the thread: others
    /// get a new one, and the script does not run again.
    fn give_up_stuck_threads(&mut self, now: Instant) {
        let is_stuck = |running: &Running| running.deadline + GRACE < now;
        let stuck = self.threads.iter().filter_map(|(number, running)| Some((*number, running.as_ref()?)));
        let stuck: Vec<(u64, u64)> =
            stuck.filter(|(_, running)| is_stuck(running)).map(|(number, running)| (number, running.script)).collect();
        for (number, script) in stuck {
            self.threads.remove(&number);
            self.given_up += 1;
            if self.banned.len() < MAX_BANNED {
                self.banned.insert(script);
            }
        }
    }
}
