//! A running operation: `run` anywhere, then `save` on the caller's thread.

use std::sync::{Mutex, PoisonError};

use client::PendingSave;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use crate::errors::raise;
use crate::storage::Storage;

enum Step {
    Ready(client::Operation<Option<String>>),
    Ran(PendingSave<Option<String>>),
    Over,
}

/// A `client::Operation` in Python's hands; each part runs once.
#[pyclass(frozen)]
pub(crate) struct Operation {
    step: Mutex<Step>,
    /// Whether `run` does no network.
    #[pyo3(get)]
    needs_no_io: bool,
    /// What is to be locked meanwhile: see `client::Operation::lock_key`.
    #[pyo3(get)]
    lock_key: Option<String>,
}

impl Operation {
    pub(crate) fn new<T: Send + 'static>(
        operation: client::Operation<T>,
        result: impl FnOnce(T) -> Option<String> + Send + 'static,
    ) -> Self {
        let (needs_no_io, lock_key) = (operation.needs_no_io(), operation.lock_key().map(str::to_owned));
        Self { needs_no_io, lock_key, step: Mutex::new(Step::Ready(operation.map(result))) }
    }

    fn take(&self) -> Step {
        std::mem::replace(&mut *self.step.lock().unwrap_or_else(PoisonError::into_inner), Step::Over)
    }
}

#[pymethods]
impl Operation {
    /// Network and cryptography, without the interpreter lock and without the storage.
    fn run(&self, py: Python<'_>) -> PyResult<()> {
        let Step::Ready(operation) = self.take() else {
            return Err(PyRuntimeError::new_err("the operation has run already"));
        };
        let ran = py.detach(|| operation.run());
        *self.step.lock().unwrap_or_else(PoisonError::into_inner) = Step::Ran(ran);
        Ok(())
    }

    /// Writes the storage and gives the result.
    fn save(&self, py: Python<'_>, storage: &Bound<'_, PyAny>) -> PyResult<Option<String>> {
        let Step::Ran(finish) = self.take() else { return Err(PyRuntimeError::new_err("the operation has not run")) };
        finish.save(&Storage(storage)).map_err(|error| raise(py, error))
    }
}
