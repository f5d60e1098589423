//! `fuzz`: runs the targets of `fuzz/` under LibFuzzer, always from the same inputs in the same order.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Mutex;

use serde_json::Value;

use crate::TaskResult;
use crate::command::{command, output, path, target};

/// Number of targets that run at the same time. Each uses one thread, and `search` also one of the database.
const AT_ONCE: usize = 2;

/// Runs targets; `words` are `--seconds N` and target names (none: all targets).
pub fn run(words: &[&str]) -> TaskResult {
    let (seconds, names) = match words {
        ["--seconds", seconds, names @ ..] => (*seconds, names),
        names => ("5", names),
    };
    seconds.parse::<u32>().map_err(|_| format!("--seconds {seconds} is not a number"))?;
    let mut names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    if names.is_empty() {
        names = all()?;
    }
    let program = build()?;
    let (waiting, faults) = (Mutex::new(names.into_iter()), Mutex::new(Vec::new()));
    let next = || waiting.lock().ok().and_then(|mut waiting| waiting.next());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(name) = next() {
                    match fuzz(&program, &name, seconds) {
                        Ok(summary) => println!("fuzz: {name}: {summary}"),
                        Err(fault) => faults.lock().into_iter().for_each(|mut faults| faults.push(fault.clone())),
                    }
                }
            });
        }
    });
    let faults = faults.into_inner().unwrap_or_default();
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n")) }
}

/// All targets. A test of `fuzz/` checks that every target has a directory of seeds.
fn all() -> TaskResult<Vec<String>> {
    let folders = fs::read_dir(path("fuzz/corpus")).map_err(|error| format!("fuzz/corpus: {error}"))?;
    let mut names: Vec<String> =
        folders.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    Ok(names)
}

/// Builds the tests with instrumented workspace crates. The dependencies are shared with `cargo test --workspace`.
fn build() -> TaskResult<PathBuf> {
    let words = ["test", "--locked", "--workspace", "--features=loggia-fuzz/libfuzzer", "--test=fuzz", "--no-run"];
    let mut cargo = command("cargo", &words);
    cargo.args(["--quiet", "--message-format=json-render-diagnostics"]);
    cargo.env("RUSTC_WORKSPACE_WRAPPER", path("fuzz/instrument.sh")).env("CARGO_INCREMENTAL", "0");
    let lines = output(&mut cargo)?;
    let built = lines.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut programs = built.filter_map(|line| line["executable"].as_str().map(PathBuf::from));
    programs.next().ok_or_else(|| "cargo built no fuzz program".to_owned())
}

/// Runs a target and returns its coverage, or the failure.
fn fuzz(program: &Path, name: &str, seconds: &str) -> TaskResult<String> {
    let seeds = path("fuzz/corpus").join(name);
    if !seeds.is_dir() {
        return Err(format!("there is no target {name:?}; fuzz/corpus has a folder for each"));
    }
    // Finds of an earlier run would change this run.
    let folder = target().join("fuzz").join(name);
    let _ = fs::remove_dir_all(&folder);
    let finds = folder.join("finds");
    fs::create_dir_all(&finds).map_err(|error| format!("{}: {error}", finds.display()))?;
    let log = folder.join("log");
    let file = fs::File::create(&log).map_err(|error| format!("{}: {error}", log.display()))?;
    let mut fuzzer = command(program, &["-seed=1", "-max_len=4096", "-timeout=10", "-rss_limit_mb=2048"]);
    fuzzer.arg(format!("-max_total_time={seconds}")).arg(format!("-artifact_prefix={}/", folder.display()));
    fuzzer.arg(&finds).arg(&seeds).env("LOGGIA_FUZZ", name).stdout(Stdio::null()).stderr(file);
    let status = fuzzer.status().map_err(|error| format!("cannot start {}: {error}", program.display()))?;
    let log = fs::read(&log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    if status.success() { Ok(reached(&log)) } else { Err(broken(program, name, &log)) }
}

/// `12345 inputs, 678 branches` from LibFuzzer's last line of progress: `#12345 DONE cov: 678 ft: …`.
fn reached(log: &str) -> String {
    let last = log.lines().rfind(|line| line.contains("DONE") && line.contains("cov:")).unwrap_or_default();
    let mut words = last.split_whitespace();
    let inputs = words.next().unwrap_or_default().trim_start_matches('#');
    let branches = words.skip_while(|word| *word != "cov:").nth(1).unwrap_or_default();
    format!("{inputs} inputs, {branches} branches")
}

/// The failure, its input, and the command that reproduces it.
fn broken(program: &Path, name: &str, log: &str) -> String {
    let fault: Vec<&str> = log
        .lines()
        .skip_while(|line| !line.contains("panicked at") && !line.contains("ERROR: libFuzzer"))
        .take_while(|line| !line.starts_with("stack backtrace"))
        .take(8)
        .collect();
    let input = log.lines().find_map(|line| line.split_once("Test unit written to ")).map_or("", |(_, file)| file);
    format!(
        "fuzz target {name} is broken by {input}:\n  {}\nsee it again: LOGGIA_FUZZ={name} {} {input}\n\
         keep it: cp {input} fuzz/regressions/{name}/ (replayed by cargo test -p loggia-fuzz), then mend the cause",
        fault.join("\n  "),
        program.display()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_reached_is_read_from_the_last_line() {
        let log =
            "#2\tINITED cov: 1 ft: 2\n#61294\tDONE   cov: 3678 ft: 9048 corp: 427/88Kb lim: 376 exec/s: 10215\nDone";
        assert_eq!(reached(log), "61294 inputs, 3678 branches");
    }

    #[test]
    fn a_fault_is_told_with_its_input() {
        let log = "x\nthread '<unnamed>' panicked at fuzz/src/redirect.rs:40:5:\nuser info\nstack backtrace:\n 0: y\n\
                   artifact_prefix='z/'; Test unit written to z/crash-1\n";
        let told = broken(Path::new("bin"), "redirect", log);
        assert!(told.starts_with("fuzz target redirect is broken by z/crash-1:\n  thread"), "{told}");
        assert!(told.contains("user info\nsee it again: LOGGIA_FUZZ=redirect bin z/crash-1"), "{told}");
    }
}
