//! Runs with limits that tests can wait for.

mod attacks;
mod pool;
mod results;

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::{Failure, Fetch, FetchResponse, Limits, Pool, PoolSize, Run};

/// Answers `https://echo.example` with what was sent, and others with an error.
fn echo() -> Fetch {
    Arc::new(|request, answer| {
        let body = json!({"method": request.method, "headers": request.headers, "body": request.body}).to_string();
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        match request.url.as_str() {
            "https://echo.example" => answer.send(Ok(FetchResponse { status: 201, url: request.url, headers, body })),
            "https://silent.example" => std::mem::forget(answer),
            other => answer.send(Err(format!("no connection to {other}"))),
        }
    })
}

fn pool() -> Pool {
    let limits = Limits { wall_clock: Duration::from_millis(400), memory: 16 << 20, ..Limits::default() };
    Pool::new(PoolSize { threads: 2, waiting: 8 }, limits, echo())
}

fn script(source: &str) -> Run {
    Run { owner: "t", source: source.into(), function: "run", argument: json!({"n": 2}), can_deny: true }
}

/// What the function `run` of a script gives back.
async fn run(source: &str) -> Result<Option<Value>, Failure> {
    pool().run(script(source)).await
}
