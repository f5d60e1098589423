//! The contract in docs/contract: its rows and traces, and the check that what comments cite is there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::TaskResult;
use crate::command::{command, output, path};

const INVENTORY: &str = "docs/contract/inventory.md";
const TRACES: &str = "docs/contract/traces";

/// What can be cited.
pub struct Contract {
    /// The number of rows by area, the letter that their ids begin with.
    pub rows: BTreeMap<char, u32>,
    /// The numbers of the traces, such as `30-02`.
    traces: BTreeSet<String>,
}

impl Contract {
    /// Reads the inventory and the names of the traces.
    pub fn read() -> TaskResult<Self> {
        let inventory = fs::read_to_string(path(INVENTORY)).map_err(|error| format!("{INVENTORY}: {error}"))?;
        let mut rows = BTreeMap::new();
        let ids = inventory.lines().filter_map(|line| line.strip_prefix("- **")?.split_once("**"));
        for (area, number) in ids.filter_map(|(id, _)| split_row(id)) {
            let count: &mut u32 = rows.entry(area).or_default();
            *count += 1;
            if *count != number {
                return Err(format!("{INVENTORY}: {area}{number:03} is row {count} of its area"));
            }
        }
        let files = fs::read_dir(path(TRACES)).map_err(|error| format!("{TRACES}: {error}"))?;
        let names = files.flatten().map(|file| file.file_name().to_string_lossy().into_owned());
        let traces = names.filter_map(|name| name.get(..5).filter(|id| is_trace(id)).map(str::to_owned)).collect();
        Ok(Self { rows, traces })
    }

    /// Whether the row exists.
    pub fn has_row(&self, area: char, number: u32) -> bool {
        self.rows.get(&area).is_some_and(|count| (1..=*count).contains(&number))
    }

    /// The citations of `text` that lead nowhere.
    fn broken<'a>(&'a self, text: &'a str) -> impl Iterator<Item = &'a str> {
        let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-');
        words.filter(|word| match split_row(word) {
            Some((area, number)) => self.rows.contains_key(&area) && !self.has_row(area, number),
            None => is_trace(word) && !self.traces.contains(*word),
        })
    }
}

/// Fails when a comment or page cites a row or trace that does not exist.
pub fn check() -> TaskResult {
    let contract = Contract::read()?;
    let files = output(&mut command("git", &["ls-files", "*.rs", "*.md"]))?;
    let mut broken = Vec::new();
    for file in files.lines().filter(|file| !file.starts_with("docs/contract/")) {
        // `git ls-files` also lists deleted files before the commit.
        let Ok(text) = fs::read_to_string(path(file)) else { continue };
        // `Mode::E164` is a name in Rust and cites nothing.
        let text = text.replace("::", "_");
        broken.extend(contract.broken(&text).map(|citation| format!("{file} cites {citation}")));
    }
    if broken.is_empty() {
        println!("contract: every cited row and trace is in docs/contract");
        return Ok(());
    }
    Err(format!("not in docs/contract:\n  {}", broken.join("\n  ")))
}

/// The area and number of a row: a capital letter and three digits.
fn split_row(id: &str) -> Option<(char, u32)> {
    let area = id.chars().next().filter(char::is_ascii_uppercase)?;
    let digits = id.get(1..).filter(|digits| digits.len() == 3 && digits.bytes().all(|b| b.is_ascii_digit()))?;
    Some((area, digits.parse().ok()?))
}

/// Whether a word has the form of a trace's number: a group of ten and two digits.
fn is_trace(word: &str) -> bool {
    matches!(word.as_bytes(), [b'0'..=b'7', b'0', b'-', b'0'..=b'9', b'0'..=b'9'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn citations_that_lead_nowhere_are_found() -> TaskResult {
        let contract = Contract::read()?;
        let text = format!("inventory O036, O041\u{2013}O050; trace 30-02, 2026-10-99, {}99, 70-{} Q001", "O9", 98);
        assert_eq!(contract.broken(&text).collect::<Vec<_>>(), [format!("{}99", "O9"), format!("70-{}", 98)]);
        Ok(())
    }
}
