//! Checks the dependencies of Cargo.lock against deny.toml: licences, origin, excluded crates, duplicate versions. `cargo deny`
//! reads the same file and also checks advisories, but takes minutes to build and needs a network.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::Value;

use crate::TaskResult;
use crate::command::{command, output, path};

const POLICY: &str = "deny.toml";
const ORIGIN: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// The policy in deny.toml.
struct Policy {
    licences: BTreeSet<String>,
    /// Excluded crates with their reasons.
    excluded: BTreeMap<String, String>,
    /// Accepted duplicate versions, as `name@version` or `name@version-prefix`.
    skipped: BTreeSet<String>,
}

/// Fails with a list of all dependencies that violate the policy.
pub fn check() -> TaskResult {
    let policy = Policy::read(&fs::read_to_string(path(POLICY)).map_err(|error| format!("{POLICY}: {error}"))?)?;
    // Only this platform: the crates of other platforms would have to be downloaded.
    let rustc = output(&mut command("rustc", &["-vV"]))?;
    let host = rustc.lines().find_map(|line| line.strip_prefix("host: ")).ok_or("rustc does not name its host")?;
    let words = ["metadata", "--format-version=1", "--locked", "--filter-platform", host];
    let text = output(&mut command("cargo", &words))?;
    let metadata: Value = serde_json::from_str(&text).map_err(|error| format!("cargo metadata: {error}"))?;
    let compiled = compiled()?;
    let mut faults = Vec::new();
    let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let text = |member: &str| package[member].as_str();
        // Workspace crates have no source.
        let (Some(source), Some(name), Some(version)) = (text("source"), text("name"), text("version")) else {
            continue;
        };
        if !compiled.contains(&format!("{name} v{version}")) {
            continue;
        }
        versions.entry(name).or_default().push(version);
        if source != ORIGIN {
            faults.push(format!("{name} comes from {source}"));
        }
        let licence = text("license").unwrap_or_default();
        if !policy.permits(licence) {
            faults.push(format!("{name} has the licence {licence:?}"));
        }
        if let Some(reason) = policy.excluded.get(name) {
            faults.push(format!("{name} is excluded: {reason}"));
        }
    }
    faults.extend(policy.duplicates(&versions));
    if faults.is_empty() {
        println!("dependencies: {} crates, as {POLICY} wants them", versions.len());
        return Ok(());
    }
    Err(format!("dependencies that need a decision in {POLICY}:\n  {}", faults.join("\n  ")))
}

impl Policy {
    fn read(text: &str) -> TaskResult<Self> {
        let read: toml::Table = text.parse().map_err(|error| format!("{POLICY}: {error}"))?;
        let list = |table: &str, member: &str| {
            let found = read.get(table).and_then(|table| table.get(member)).and_then(toml::Value::as_array);
            found.cloned().ok_or_else(|| format!("{POLICY} has no {table}.{member}"))
        };
        let reasons = |member: &str| -> TaskResult<BTreeMap<String, String>> {
            let entries = list("bans", member)?;
            let pair = |entry: &toml::Value| {
                let text = |name: &str| entry.get(name)?.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
                text("crate").zip(text("reason")).ok_or_else(|| format!("{POLICY}: {entry} needs a crate and a reason"))
            };
            entries.iter().map(pair).collect()
        };
        Ok(Self {
            licences: list("licenses", "allow")?.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect(),
            excluded: reasons("deny")?,
            skipped: reasons("skip")?.into_keys().collect(),
        })
    }

    /// Whether the listed licences satisfy an SPDX expression (`/` is an old form of `OR`).
    fn permits(&self, expression: &str) -> bool {
        let flat = expression.replace(['(', ')'], "").replace('/', " OR ");
        let mut all = flat.split(" AND ").peekable();
        all.peek().is_some() && all.all(|part| part.split(" OR ").any(|one| self.licences.contains(one.trim())))
    }

    /// Duplicate versions without a reason, and reasons without a duplicate version.
    fn duplicates(&self, versions: &BTreeMap<&str, Vec<&str>>) -> Vec<String> {
        let names = |skipped: &str, name: &str, version: &str| {
            let known = skipped.split_once('@').filter(|(known, _)| *known == name).map(|(_, version)| version);
            known.is_some_and(|known| version == known || version.starts_with(&format!("{known}.")))
        };
        let mut faults = Vec::new();
        for (name, versions) in versions {
            let counted: Vec<_> =
                versions.iter().filter(|version| !self.skipped.iter().any(|s| names(s, name, version))).collect();
            if counted.len() > 1 {
                faults.push(format!("{name} is there in several versions: {counted:?}"));
            }
        }
        let needed = |skipped: &&String| {
            versions.iter().any(|(name, all)| all.len() > 1 && all.iter().any(|version| names(skipped, name, version)))
        };
        faults.extend(
            self.skipped.iter().filter(|skipped| !needed(skipped)).map(|s| format!("{s} is no duplicate any more")),
        );
        faults
    }
}

/// The crates compiled for this machine, as `name vversion`. Cargo.lock also contains crates of disabled features.
fn compiled() -> TaskResult<BTreeSet<String>> {
    let words =
        ["tree", "--locked", "--workspace", "--edges=normal,build,dev", "--prefix=none", "--no-dedupe", "--format={p}"];
    let tree = output(&mut command("cargo", &words))?;
    let first_two = |line: &str| line.split(' ').take(2).collect::<Vec<_>>().join(" ");
    Ok(tree.lines().map(first_two).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"
        licenses.allow = ["MIT", "ISC", "Apache-2.0"]
        bans.deny = [{ crate = "ring", reason = "aws-lc-rs" }]
        bans.skip = [{ crate = "syn@2", reason = "old" }]
    "#;

    #[test]
    fn expressions_are_met_or_refused() {
        let policy = Policy::read(TEXT).unwrap();
        let permitted = |text| policy.permits(text);
        assert!(permitted("MIT OR Apache-2.0"));
        assert!(permitted("MIT/Apache-2.0"));
        assert!(permitted("ISC AND (Apache-2.0 OR ISC)"));
        assert!(permitted("GPL-3.0 OR MIT"));
        assert!(!permitted("GPL-3.0"));
        assert!(!permitted("MIT AND AGPL-3.0"));
        assert!(!permitted(""));
    }

    #[test]
    fn second_versions_need_a_reason_and_reasons_a_second_version() {
        let policy = Policy::read(TEXT).unwrap();
        let faults = |versions: &[(&'static str, &[&'static str])]| {
            policy.duplicates(&versions.iter().map(|(name, versions)| (*name, versions.to_vec())).collect())
        };
        assert_eq!(faults(&[("syn", &["2.0.1", "3.0.0"])]), [""; 0]);
        assert_eq!(faults(&[("syn", &["3.0.0"])]).len(), 1);
        assert_eq!(faults(&[("syn", &["2.0.1", "3.0.0", "20.0.0"])]).len(), 1);
        assert_eq!(faults(&[("syn", &["2.0.1", "3.0.0"]), ("x", &["1.0.0", "2.0.0"])]).len(), 1);
    }

    #[test]
    fn exclusions_without_a_reason_are_refused() {
        assert!(Policy::read(&TEXT.replace("old", "")).is_err());
    }
}
