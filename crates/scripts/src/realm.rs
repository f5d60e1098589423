//! What a script finds in its engine beside the language.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Instant;

use rquickjs::{Ctx, Function, Object};

use crate::failure::{Failure, shortened};
use crate::fetch::{Fetch, FetchAnswer, FetchRequest, Settled};

/// Evaluated before every script. It gives back the functions of [`Prelude`].
const PRELUDE: &str = include_str!("prelude.js");

/// What one run has done, as its native functions note it.
#[derive(Debug, Default)]
pub struct Notes {
    /// The text of a denial. Nothing that the script does afterwards takes it back.
    pub denial: RefCell<Option<String>>,
    pub was_interrupted: Cell<bool>,
    fetches: Cell<usize>,
    /// Fetches whose answers the script has not got yet.
    unsettled: Cell<usize>,
}

/// How the run reaches its host.
pub struct Host {
    pub fetch: Fetch,
    pub max_fetches: usize,
    pub deadline: Instant,
}

/// The functions that the prelude gives back.
pub struct Prelude<'js> {
    /// Calls a function with an argument, and makes a promise of what comes out.
    pub call: Function<'js>,
    /// Adds `api` to an argument.
    pub with_api: Function<'js>,
    settle: Function<'js>,
    notes: Rc<Notes>,
    settled: Receiver<Settled>,
    deadline: Instant,
}

impl<'js> Prelude<'js> {
    /// Evaluates the prelude.
    pub fn load(ctx: &Ctx<'js>, notes: &Rc<Notes>, host: Host) -> rquickjs::Result<Self> {
        let (sender, settled) = channel();
        let deadline = host.deadline;
        let own = Rc::clone(notes);
        let deny = Function::new(ctx.clone(), move |message: String| {
            own.denial.borrow_mut().get_or_insert_with(|| shortened(&message));
        })?;
        let own = Rc::clone(notes);
        let start_fetch = Function::new(ctx.clone(), move |number: u32, request: String| {
            own.unsettled.set(own.unsettled.get() + 1);
            start(&host, &own, &sender, (number, &request));
        })?;
        let prelude: Function<'js> = ctx.eval(PRELUDE)?;
        let made: Object<'js> = prelude.call((start_fetch, deny))?;
        let [call, with_api, settle] = ["call", "withApi", "settle"].map(|name| made.get(name));
        Ok(Self { call: call?, with_api: with_api?, settle: settle?, notes: Rc::clone(notes), settled, deadline })
    }

    /// Waits until a fetch is answered, and tells the script.
    ///
    /// # Errors
    /// [`Failure::Timeout`]; [`Failure::Runtime`] if nothing is under way that the script could wait for.
    pub fn settle_next(&self) -> Result<rquickjs::Result<()>, Failure> {
        if self.notes.unsettled.get() == 0 {
            // The engine gives up a step of a promise that finds no memory, and tells nobody.
            let text = "the script waits for a promise that nothing settles, or one that ran out of memory";
            return Err(Failure::Runtime(text.into()));
        }
        let left = self.deadline.saturating_duration_since(Instant::now());
        let (number, outcome) = self.settled.recv_timeout(left).map_err(|error| match error {
            RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected => Failure::Timeout,
        })?;
        self.notes.unsettled.set(self.notes.unsettled.get() - 1);
        Ok(match outcome {
            Ok(response) => match serde_json::to_string(&response) {
                Ok(text) => self.settle.call((number, true, text)),
                Err(error) => self.settle.call((number, false, error.to_string())),
            },
            Err(text) => self.settle.call((number, false, shortened(&text))),
        })
    }
}

fn start(host: &Host, notes: &Notes, settled: &Sender<Settled>, (number, request): (u32, &str)) {
    let answer = FetchAnswer { number, settled: settled.clone() };
    notes.fetches.set(notes.fetches.get() + 1);
    if notes.fetches.get() > host.max_fetches {
        return answer.send(Err(format!("a script may call fetch {} times", host.max_fetches)));
    }
    match serde_json::from_str::<FetchRequest>(request) {
        Ok(request) => (host.fetch)(FetchRequest { deadline: host.deadline, ..request }, answer),
        Err(error) => answer.send(Err(error.to_string())),
    }
}
