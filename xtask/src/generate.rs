//! Generated files: written by `cargo xtask gen`, checked by `cargo xtask test`.

use std::collections::BTreeMap;
use std::fs;

use crate::TaskResult;
use crate::command::path;
use crate::contract::Contract;
use crate::{error_codes, management_client, security};

const COVERAGE: &str = "docs/coverage.md";
/// The areas of docs/contract/inventory.md.
const AREAS: &[(char, &str)] = &[
    ('O', "OIDC and OAuth 2.0 provider"),
    ('E', "Experience API and pages"),
    ('M', "Management API"),
    ('A', "Account API, verifications, well-known"),
    ('D', "Entities, shapes, seeds"),
    ('H', "Webhooks, logs, connectors, single sign-on, languages, passwords, errors"),
    ('C', "Admin console"),
    ('L', "Command line and tools"),
    ('X', "Cloud versus self-hosted"),
    ('P', "Python SDK"),
    ('F', "Configuration and run time"),
];

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Status {
    Partly,
    Done,
    No,
}

struct Row {
    status: Status,
    shown_by: String,
}

/// The generated files that need no build, and their contents.
fn files() -> TaskResult<Vec<(String, String)>> {
    let files =
        [(COVERAGE, coverage()?), (security::FILE, security::text()?), (error_codes::FILE, error_codes::text()?)];
    Ok(files.map(|(file, text)| (file.to_owned(), text)).into())
}

/// Writes every generated file.
pub fn write() -> TaskResult {
    write_files(&files()?)?;
    // The server is built with the files above.
    let client = management_client::files()?;
    for file in management_client::left_over(&client)? {
        fs::remove_file(path(&file)).map_err(|error| format!("{file}: {error}"))?;
        println!("gen: removed {file}");
    }
    write_files(&client)
}

fn write_files(files: &[(String, String)]) -> TaskResult {
    for (file, text) in files {
        let problem = |error| format!("{file}: {error}");
        if let Some(folder) = path(file).parent() {
            fs::create_dir_all(folder).map_err(problem)?;
        }
        fs::write(path(file), text).map_err(problem)?;
        println!("gen: wrote {file}");
    }
    Ok(())
}

/// Fails when a generated file is out of date.
pub fn check() -> TaskResult {
    let (mut files, client) = (files()?, management_client::files()?);
    if let Some(file) = management_client::left_over(&client)?.first() {
        return Err(format!("{file} is not among what `cargo xtask gen` writes; run it and commit the result"));
    }
    files.extend(client);
    for (file, text) in &files {
        if fs::read_to_string(path(file)).unwrap_or_default() != *text {
            return Err(format!("{file} is not what `cargo xtask gen` writes; run it and commit the result"));
        }
    }
    println!("gen: {} files are up to date", files.len());
    Ok(())
}

/// docs/coverage.md, merged from docs/coverage/*.md.
fn coverage() -> TaskResult<String> {
    let mut parts = Vec::new();
    let mut files: Vec<_> = match fs::read_dir(path("docs/coverage")) {
        Ok(entries) => entries.flatten().map(|entry| entry.path()).collect(),
        Err(_) => Vec::new(),
    };
    files.sort();
    for file in files.iter().filter(|file| file.extension().is_some_and(|kind| kind == "md")) {
        let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
        parts.push((file.file_name().unwrap_or_default().to_string_lossy().into_owned(), text));
    }
    let contract = Contract::read()?;
    let rows = merge(&contract, &parts)?;
    Ok(render(&contract, &rows))
}

fn merge(contract: &Contract, parts: &[(String, String)]) -> TaskResult<BTreeMap<String, Row>> {
    let mut rows: BTreeMap<String, Row> = BTreeMap::new();
    for (file, text) in parts {
        for line in text.lines().filter(|line| line.starts_with('|')) {
            let cells: Vec<&str> = line.trim().trim_matches('|').split('|').map(str::trim).collect();
            let [ids, word, shown_by @ ..] = cells.as_slice() else { continue };
            if ids.to_ascii_lowercase().contains("row") || ids.starts_with('-') {
                continue;
            }
            let shown_by = shown_by.join(" ");
            let (status, shown_by) = status(word, shown_by.trim());
            let status = status.ok_or_else(|| format!("docs/coverage/{file}: {word:?} is not done, partly or no"))?;
            for id in expand(contract, ids).ok_or_else(|| format!("docs/coverage/{file}: {ids:?} is not a row"))? {
                add(&mut rows, id, status, &shown_by);
            }
        }
    }
    Ok(rows)
}

/// Parses the status; text after `partly` in the same cell belongs to the explanation.
fn status(word: &str, shown_by: &str) -> (Option<Status>, String) {
    let (first, rest) = word.split_once([' ', ':', ',', '(']).unwrap_or((word, ""));
    let status = match first.to_ascii_lowercase().as_str() {
        "done" => Some(Status::Done),
        "partly" => Some(Status::Partly),
        "no" => Some(Status::No),
        _ => None,
    };
    let rest = rest.trim().trim_end_matches(')');
    let explained = if rest.is_empty() { shown_by.to_owned() } else { format!("{rest}; {shown_by}") };
    (status, explained)
}

/// `O001`, `O001, O003` and `O001–O006` as single rows; nothing when a row does not exist.
fn expand(contract: &Contract, ids: &str) -> Option<Vec<String>> {
    let mut all = Vec::new();
    for part in ids.split(',') {
        let (first, last) = part.split_once(['-', '–']).unwrap_or((part, part));
        let (first, last) = (row(contract, first)?, row(contract, last)?);
        if first.0 != last.0 {
            return None;
        }
        all.extend((first.1..=last.1).map(|number| format!("{}{number:03}", first.0)));
    }
    Some(all)
}

fn row(contract: &Contract, id: &str) -> Option<(char, u32)> {
    let id = id.trim();
    let area = id.chars().next()?;
    let number = id.get(1..)?.parse().ok()?;
    contract.has_row(area, number).then_some((area, number))
}

/// If two files mention a row, the more careful status wins: `partly` before `done` before `no`.
fn add(rows: &mut BTreeMap<String, Row>, id: String, status: Status, shown_by: &str) {
    match rows.get_mut(&id) {
        None => {
            rows.insert(id, Row { status, shown_by: shown_by.to_owned() });
        }
        Some(present) => {
            present.status = present.status.min(status);
            if !shown_by.is_empty() && !present.shown_by.contains(shown_by) {
                present.shown_by = format!("{}; {shown_by}", present.shown_by).trim_start_matches("; ").to_owned();
            }
        }
    }
}

fn render(contract: &Contract, rows: &BTreeMap<String, Row>) -> String {
    let total: u32 = contract.rows.values().sum();
    let count = |status| rows.values().filter(|row| row.status == status).count();
    let (done, partly) = (count(Status::Done), count(Status::Partly));
    let mut text = format!(
        "# Coverage\n\nEvery row of the [inventory](contract/inventory.md), and the test that shows it. Generated by `cargo xtask gen` from \
         `docs/coverage/*.md`: edit those.\n\n{total} rows: {done} done, {partly} partly, {} no.\n",
        total as usize - done - partly
    );
    for (area, title) in AREAS {
        text.push_str(&format!("\n## {area}: {title}\n\n| Row | Status | Shown by |\n| --- | --- | --- |\n"));
        for number in 1..=contract.rows.get(area).copied().unwrap_or_default() {
            let id = format!("{area}{number:03}");
            let (word, shown_by) = match rows.get(&id) {
                Some(Row { status: Status::Done, shown_by }) => ("done", shown_by.as_str()),
                Some(Row { status: Status::Partly, shown_by }) => ("partly", shown_by.as_str()),
                Some(Row { status: Status::No, shown_by }) => ("no", shown_by.as_str()),
                None => ("no", ""),
            };
            text.push_str(&format!("| {id} | {word} | {shown_by} |\n").replace("|  |", "| |"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(parts: &[&str]) -> TaskResult<String> {
        let parts: Vec<_> = parts.iter().map(|text| ("area.md".to_owned(), (*text).to_owned())).collect();
        let contract = Contract::read()?;
        Ok(render(&contract, &merge(&contract, &parts)?))
    }

    #[test]
    fn rows_without_a_word_are_no() {
        let text = merged(&[]).unwrap_or_default();
        assert!(text.contains("| O001 | no | |\n"));
        assert!(text.contains("1079 rows: 0 done, 0 partly, 1079 no."));
    }

    #[test]
    fn ranges_and_the_more_careful_word_stand() {
        let text = merged(&["| O001–O002 | done | a |\n", "| O002 | partly: no alias | b |\n"]).unwrap_or_default();
        assert!(text.contains("| O001 | done | a |\n"));
        assert!(text.contains("| O002 | partly | a; no alias; b |\n"));
    }

    #[test]
    fn a_row_that_does_not_exist_is_refused() {
        assert!(merged(&["| O9999 | done | a |\n"]).is_err());
        assert!(merged(&["| O001 | maybe | a |\n"]).is_err());
    }
}
