//! A running operation: `run` anywhere, then `save` on the caller's thread.

use std::sync::{Mutex, PoisonError};

use client::Finish;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use crate::errors::raise;
use crate::storage::Storage;

enum Step {
    Ready(client::Job<Option<String>>),
    Ran(Finish<Option<String>>),
    Over,
}

/// A `client::Job` in Python's hands; each part runs once.
#[pyclass(frozen)]
pub(crate) struct Job {
    step: Mutex<Step>,
    /// Whether `run` does no network.
    #[pyo3(get)]
    instant: bool,
}

impl Job {
    pub(crate) fn new<T: Send + 'static>(
        job: client::Job<T>,
        result: impl FnOnce(T) -> Option<String> + Send + 'static,
    ) -> Self {
        Self { instant: job.is_instant(), step: Mutex::new(Step::Ready(job.map(result))) }
    }

    fn take(&self) -> Step {
        std::mem::replace(&mut *self.step.lock().unwrap_or_else(PoisonError::into_inner), Step::Over)
    }
}

#[pymethods]
impl Job {
    /// Network and cryptography, without the interpreter lock and without the storage.
    fn run(&self, py: Python<'_>) -> PyResult<()> {
        let Step::Ready(job) = self.take() else { return Err(PyRuntimeError::new_err("the job has run already")) };
        let ran = py.detach(|| job.run());
        *self.step.lock().unwrap_or_else(PoisonError::into_inner) = Step::Ran(ran);
        Ok(())
    }

    /// Writes the storage and gives the result.
    fn save(&self, py: Python<'_>, storage: &Bound<'_, PyAny>) -> PyResult<Option<String>> {
        let Step::Ran(finish) = self.take() else { return Err(PyRuntimeError::new_err("the job has not run")) };
        finish.save(&Storage(storage)).map_err(|error| raise(py, error))
    }
}
