//! The command lines of the programs.
#![allow(clippy::unwrap_used)]

use std::process::Command;

#[test]
fn an_argument_that_nobody_knows_is_refused_by_name() {
    for program in [env!("CARGO_BIN_EXE_loggia-crash"), env!("CARGO_BIN_EXE_loggia-bench")] {
        let output = Command::new(program).args(["--rouns", "3"]).output().unwrap();
        assert!(!output.status.success());
        assert!(String::from_utf8_lossy(&output.stderr).contains("--rouns"), "{output:?}");
    }
}
