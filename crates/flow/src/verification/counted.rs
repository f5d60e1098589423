//! Answers that were counted.

/// The outcome of comparing an answer. It was counted before it was compared, so that nobody can guess on (E083).
///
/// Only the server's one counted attempt makes it; `clippy.toml` refuses other callers of [`Counted::before_comparison`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted<T>(T);

impl<T> Counted<T> {
    /// The outcome of a comparison that was counted first.
    pub fn before_comparison(outcome: T) -> Self {
        Self(outcome)
    }

    /// What came out.
    pub fn outcome(&self) -> &T {
        &self.0
    }

    /// The same count, with what the outcome says.
    pub fn map<U>(self, convert: impl FnOnce(T) -> U) -> Counted<U> {
        Counted(convert(self.0))
    }

    pub(crate) fn into_outcome(self) -> T {
        self.0
    }
}
