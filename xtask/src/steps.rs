//! Runs named steps and records their durations and results.

use std::time::{Duration, Instant};

use crate::TaskResult;

/// Runs steps one after the other and records their results.
#[derive(Default)]
pub struct StepRunner {
    done: Vec<(String, Duration, TaskResult)>,
}

impl StepRunner {
    /// Runs a step; returns its value, or none if it failed.
    pub fn step<T>(&mut self, name: &str, action: impl FnOnce() -> TaskResult<T>) -> Option<T> {
        println!("\n=== {name}");
        let start = Instant::now();
        let outcome = action();
        let took = start.elapsed();
        let (value, outcome) = match outcome {
            Ok(value) => (Some(value), Ok(())),
            Err(sentence) => {
                println!("--- {name} FAILED: {sentence}");
                (None, Err(sentence))
            }
        };
        self.done.push((name.to_owned(), took, outcome));
        value
    }

    /// Records a step that could not run, which counts as a failure.
    pub fn not_run(&mut self, name: &str, because: &str) {
        println!("\n=== {name}\n--- {name} NOT RUN: {because}");
        self.done.push((name.to_owned(), Duration::ZERO, Err(format!("not run: {because}"))));
    }

    /// Prints the durations and returns the names of the failed steps.
    pub fn summary(&self) -> Vec<&str> {
        println!("\n=== steps");
        for (name, took, outcome) in &self.done {
            let word = if outcome.is_ok() { "ok" } else { "FAILED" };
            println!("{:>8.1} s  {word:<7} {name}", took.as_secs_f64());
        }
        let total: Duration = self.done.iter().map(|(_, took, _)| *took).sum();
        println!("{:>8.1} s  in all", total.as_secs_f64());
        self.done.iter().filter(|(_, _, outcome)| outcome.is_err()).map(|(name, ..)| name.as_str()).collect()
    }
}
