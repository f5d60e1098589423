//! One run: which function with what, and what a failure is to the outside.

use std::sync::Arc;

use ::api::ErrorCode;
use ::scripts::{Failure, Limits, Pool, PoolSize, Run};
use axum::http::StatusCode;
use outbound::Outbound;
use serde_json::{Map, Value, json};

use super::fetching;
use super::store::ReadyScript;
use crate::App;
use crate::errors::ApiError;

/// Runs at the same time, and how many wait.
const SIZE: PoolSize = PoolSize { threads: 4, waiting: 256 };

/// The pool of a server. Its threads begin with the first run.
pub(crate) fn pool(outbound: &Outbound) -> Pool {
    Pool::new(SIZE, Limits::default(), fetching::fetch(outbound))
}

/// The function of a script and its argument.
pub(super) struct Call {
    pub function: &'static str,
    pub argument: Map<String, Value>,
    /// Whether the function may refuse.
    pub can_deny: bool,
}

/// Calls the function. `None` stands for `undefined`.
///
/// # Errors
/// [`Failure`].
pub(super) async fn run(
    app: &App,
    owner: &'static str,
    script: &ReadyScript,
    call: Call,
) -> Result<Option<Value>, Failure> {
    let Call { function, mut argument, can_deny } = call;
    argument.insert("environmentVariables".into(), script.environment_variables.clone());
    let source = Arc::clone(&script.source);
    app.scripts.run(Run { owner, source, function, argument: argument.into(), can_deny }).await
}

/// The members of an argument.
pub(super) fn members<const N: usize>(members: [(&str, Value); N]) -> Map<String, Value> {
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// A failure of a script that adds claims (inventory O132, M246).
pub(super) fn customizer_error(failure: &Failure) -> ApiError {
    let status = match failure {
        Failure::Denied(_) => StatusCode::FORBIDDEN,
        Failure::Syntax(_) | Failure::Type(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Failure::Timeout | Failure::OutOfMemory | Failure::Runtime(_) => StatusCode::INTERNAL_SERVER_ERROR,
        Failure::Busy => return ApiError::unavailable(1),
    };
    ApiError::new(status, ErrorCode::JwtCustomizerGeneral).data(data(failure))
}

/// A failure of an action (inventory M252). Its text is for the operator alone: whoever signs in learns nothing of the script.
pub(super) fn action_error(failure: &Failure) -> ApiError {
    let status = match failure {
        Failure::Denied(_) => StatusCode::FORBIDDEN,
        Failure::Syntax(_) | Failure::Type(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Failure::Timeout | Failure::OutOfMemory | Failure::Runtime(_) => StatusCode::BAD_REQUEST,
        Failure::Busy => return ApiError::unavailable(1),
    };
    ApiError::new(status, ErrorCode::ActionGeneral)
}

/// What is said of a failure to whoever wrote the script.
pub(super) fn data(failure: &Failure) -> Value {
    let kind = match failure {
        Failure::Denied(_) => "AccessDenied",
        Failure::Syntax(_) => "SyntaxError",
        Failure::Type(_) => "TypeError",
        Failure::Timeout => "Timeout",
        Failure::OutOfMemory => "OutOfMemory",
        Failure::Runtime(_) => "Error",
        Failure::Busy => "Busy",
    };
    json!({"message": failure.to_string(), "error": kind})
}
