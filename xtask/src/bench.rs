//! The place of the benchmarks.

use crate::Outcome;

/// Says what can be measured today.
pub fn run() -> Outcome {
    println!(
        "bench: there is no load test yet. What exists is the storage measurement, an ordinary test that prints its \
         numbers:\n  cargo test --release -p loggia-db -- --ignored --nocapture measure"
    );
    Ok(())
}
