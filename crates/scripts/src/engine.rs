//! One run: an engine is made, and thrown away afterwards.

use std::rc::Rc;
use std::time::Instant;

use rquickjs::context::EvalOptions;
use rquickjs::promise::PromiseState;
use rquickjs::{CatchResultExt as _, CaughtError, Context, Ctx, Error, Function, Promise, Runtime, Value};

use crate::failure::{Failure, shortened};
use crate::fetch::Fetch;
use crate::realm::{Host, Notes, Prelude};
use crate::{Limits, Run};

/// Calls the function of a script. `None` stands for `undefined`.
///
/// # Errors
/// [`Failure`], but never [`Failure::Busy`].
pub fn evaluate(
    run: &Run,
    limits: &Limits,
    deadline: Instant,
    fetch: Fetch,
) -> Result<Option<serde_json::Value>, Failure> {
    let runtime = Runtime::new().map_err(|_| Failure::OutOfMemory)?;
    runtime.set_memory_limit(limits.memory);
    runtime.set_max_stack_size(limits.stack);
    let notes = Rc::new(Notes::default());
    let own = Rc::clone(&notes);
    runtime.set_interrupt_handler(Some(Box::new(move || {
        let is_over = Instant::now() >= deadline;
        own.was_interrupted.set(own.was_interrupted.get() || is_over);
        // Nothing that the script still does counts after a denial.
        is_over || own.denial.borrow().is_some()
    })));
    let context = Context::full(&runtime).map_err(|_| Failure::OutOfMemory)?;
    let host = Host { fetch, max_fetches: limits.fetches, deadline };
    let outcome = context.with(|ctx| {
        call(&ctx, run, &notes, host).and_then(|value| to_json(&ctx, value, limits.result)).map_err(|fault| match fault
        {
            Fault::Failed(failure) => failure,
            Fault::Thrown(error) => to_failure(&ctx, error),
        })
    });
    // Whatever the script made of them: it may have caught the errors.
    if let Some(message) = notes.denial.take() {
        return Err(Failure::Denied(message));
    }
    if notes.was_interrupted.get() {
        return Err(Failure::Timeout);
    }
    outcome
}

/// Why there is no value.
enum Fault {
    Failed(Failure),
    /// The context may hold what was thrown.
    Thrown(Error),
}

impl From<Failure> for Fault {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Thrown(error)
    }
}

fn call<'js>(ctx: &Ctx<'js>, run: &Run, notes: &Rc<Notes>, host: Host) -> Result<Value<'js>, Fault> {
    let prelude = Prelude::load(ctx, notes, host)?;
    let script = || {
        let mut options = EvalOptions::default();
        options.strict = false;
        options.filename = Some("script".into());
        options
    };
    let _: Value<'js> = ctx.eval_with_options(&*run.source, script())?;
    let name = run.function;
    // Functions of a script are no members of the global object if they are constants.
    let found: Value<'js> = ctx.eval(format!("typeof {name} === 'undefined' ? undefined : {name}"))?;
    let missing = || Failure::Type(format!("the script has no function {name}"));
    let function: Function<'js> = found.into_function().ok_or_else(missing)?;
    let mut argument = ctx.json_parse(run.argument.to_string())?;
    if run.can_deny {
        argument = prelude.with_api.call((argument,))?;
    }
    let promise: Promise<'js> = prelude.call.call((function, argument))?;
    loop {
        while !notes.was_interrupted.get() && notes.denial.borrow().is_none() && ctx.execute_pending_job() {}
        match promise.state() {
            _ if notes.was_interrupted.get() || notes.denial.borrow().is_some() => return Err(Failure::Timeout.into()),
            PromiseState::Pending => prelude.settle_next()??,
            PromiseState::Resolved | PromiseState::Rejected => break,
        }
    }
    promise.result().unwrap_or(Err(Error::Unknown)).map_err(Fault::from)
}

fn to_json<'js>(ctx: &Ctx<'js>, value: Value<'js>, max_bytes: usize) -> Result<Option<serde_json::Value>, Fault> {
    if value.is_undefined() {
        return Ok(None);
    }
    let refused = |reason: &str| Failure::Type(format!("the result {reason}"));
    let text = ctx.json_stringify(value)?.ok_or_else(|| refused("is no JSON"))?.to_string()?;
    if text.len() > max_bytes {
        return Err(refused(&format!("is larger than {max_bytes} bytes")).into());
    }
    // Texts that are not Unicode, and what is nested too deep.
    let read = serde_json::from_str(&text).map_err(|_| refused("can't be read as JSON"))?;
    Ok(Some(read))
}

fn to_failure(ctx: &Ctx<'_>, error: Error) -> Failure {
    let (name, message) = match Err::<(), _>(error).catch(ctx) {
        Err(CaughtError::Exception(thrown)) => {
            let name = thrown.get::<_, String>("name").unwrap_or_default();
            (name, thrown.message().unwrap_or_default())
        }
        // There was no memory for an error.
        Err(CaughtError::Value(value)) if value.is_null() => return Failure::OutOfMemory,
        Err(CaughtError::Value(value)) => {
            let text = ctx.json_stringify(value).ok().flatten().and_then(|text| text.to_string().ok());
            return Failure::Runtime(shortened(&text.unwrap_or_default()));
        }
        Err(CaughtError::Error(Error::Allocation)) => return Failure::OutOfMemory,
        Err(CaughtError::Error(error)) => return Failure::Runtime(shortened(&error.to_string())),
        Ok(()) => return Failure::Runtime(String::new()),
    };
    let text = shortened(&format!("{name}: {message}"));
    match name.as_str() {
        "SyntaxError" => Failure::Syntax(text),
        "TypeError" => Failure::Type(text),
        "InternalError" if message == "out of memory" => Failure::OutOfMemory,
        _ => Failure::Runtime(text),
    }
}
