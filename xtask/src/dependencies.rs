//! What Cargo.lock brings in: known licences, one origin, nothing that the design excludes.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::Outcome;
use crate::command::{command, output};

/// Licences that may be combined with Apache-2.0 in one binary.
const LICENCES: &[&str] = &[
    "Apache-2.0",
    "MIT",
    "ISC",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "0BSD",
    "Zlib",
    "Unlicense",
    "CC0-1.0",
    "Unicode-3.0",
    "Apache-2.0 WITH LLVM-exception",
    "MPL-2.0",
    "BSL-1.0",
    "OpenSSL",
    "MIT-0",
    // Data only: the list of certificate authorities in webpki-roots.
    "CDLA-Permissive-2.0",
];
const ORIGIN: &str = "registry+https://github.com/rust-lang/crates.io-index";
/// Crates that the design excludes, each with its reason.
const BANNED: &[(&str, &str)] = &[
    ("openssl-sys", "cryptography is aws-lc-rs"),
    ("ring", "cryptography is aws-lc-rs"),
    ("sqlx", "storage is the db crate (ARCHITECTURE.md)"),
    ("reqwest", "the client crate has its own transport"),
    ("chrono", "time is kernel::Timestamp"),
];

/// Fails with every dependency whose licence or origin is not expected.
pub fn check() -> Outcome {
    // Only what is built here: other systems' crates would all have to be downloaded to be looked at.
    let rustc = output(&mut command("rustc", &["-vV"]))?;
    let host = rustc.lines().find_map(|line| line.strip_prefix("host: ")).ok_or("rustc does not name its host")?;
    let words = ["metadata", "--format-version=1", "--locked", "--filter-platform", host];
    let text = output(&mut command("cargo", &words))?;
    let metadata: Value = serde_json::from_str(&text).map_err(|error| format!("cargo metadata: {error}"))?;
    let compiled = compiled()?;
    let mut faults = Vec::new();
    let mut counted = 0;
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let name = package["name"].as_str().unwrap_or_default();
        // Our own crates have no source: they are paths of the workspace.
        let Some(source) = package["source"].as_str() else { continue };
        if !compiled.contains(&format!("{name} v{}", package["version"].as_str().unwrap_or_default())) {
            continue;
        }
        counted += 1;
        if source != ORIGIN {
            faults.push(format!("{name} comes from {source}"));
        }
        let licence = package["license"].as_str().unwrap_or_default();
        if !permitted(licence) {
            faults.push(format!("{name} has the licence {licence:?}"));
        }
        if let Some((_, reason)) = BANNED.iter().find(|(banned, _)| *banned == name) {
            faults.push(format!("{name} is excluded: {reason}"));
        }
    }
    if faults.is_empty() {
        println!("dependencies: {counted} crates, licences and origin as expected");
        return Ok(());
    }
    Err(format!("dependencies that need a decision:\n  {}", faults.join("\n  ")))
}

/// What is compiled for this machine, as `name vversion`: the lock also holds what optional features would bring.
fn compiled() -> Outcome<BTreeSet<String>> {
    let words =
        ["tree", "--locked", "--workspace", "--edges=normal,build,dev", "--prefix=none", "--no-dedupe", "--format={p}"];
    let tree = output(&mut command("cargo", &words))?;
    let first_two = |line: &str| line.split(' ').take(2).collect::<Vec<_>>().join(" ");
    Ok(tree.lines().map(first_two).collect())
}

/// Whether an SPDX expression can be met with the listed licences (`AND` binds tighter than `OR`; `/` is an old `OR`).
fn permitted(expression: &str) -> bool {
    let known: BTreeSet<&str> = LICENCES.iter().copied().collect();
    let flat = expression.replace(['(', ')'], "").replace('/', " OR ");
    let mut all = flat.split(" AND ").peekable();
    all.peek().is_some() && all.all(|part| part.split(" OR ").any(|one| known.contains(one.trim())))
}

#[cfg(test)]
mod tests {
    use super::permitted;

    #[test]
    fn expressions_are_met_or_refused() {
        assert!(permitted("MIT OR Apache-2.0"));
        assert!(permitted("MIT/Apache-2.0"));
        assert!(permitted("ISC AND (Apache-2.0 OR ISC)"));
        assert!(permitted("GPL-3.0 OR MIT"));
        assert!(!permitted("GPL-3.0"));
        assert!(!permitted("MIT AND AGPL-3.0"));
        assert!(!permitted(""));
    }
}
