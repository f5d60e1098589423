//! Why a run has no result.

/// A run that failed. The texts come from the script, or say what is wrong with it; they are at most [`MAX_MESSAGE_CHARS`] long.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// It called `api.denyAccess`.
    #[error("{0}")]
    Denied(String),
    /// It can't be read.
    #[error("{0}")]
    Syntax(String),
    /// It has no such function, uses a value as what it is not, or returns what is no JSON or too large.
    #[error("{0}")]
    Type(String),
    /// It took too long.
    #[error("the script took too long")]
    Timeout,
    /// It used too much memory.
    #[error("the script used too much memory")]
    OutOfMemory,
    /// It threw something else.
    #[error("{0}")]
    Runtime(String),
    /// Too many runs wait already; this one did not begin.
    #[error("too many scripts are waiting to run")]
    Busy,
}

/// The greatest length of a text in a [`Failure`].
pub const MAX_MESSAGE_CHARS: usize = 1000;

/// A text of a script, shortened.
pub(crate) fn shortened(text: &str) -> String {
    text.chars().take(MAX_MESSAGE_CHARS).collect()
}
