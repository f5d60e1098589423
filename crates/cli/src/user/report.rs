//! What an import did: how many lines, and which digests can't be used.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;
use server::users::transfer::{DigestUse, LineError};

/// How many lines of each algorithm are named.
const MAX_LINES_SHOWN: usize = 20;

/// The numbers of an import, or of what it would do.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    pub dry_run: bool,
    pub lines: u64,
    pub created: u64,
    pub updated: u64,
    pub skipped: u64,
    pub refused: u64,
    pub milliseconds: u64,
    /// Digests that can be verified, by kind, of all lines that were read.
    digests: BTreeMap<&'static str, u64>,
    /// Digests that can't be used, by `passwordAlgorithm`.
    unusable_digests: BTreeMap<&'static str, Unusable>,
    /// The first errors.
    pub errors: Vec<ReportedError>,
}

/// An error of a line.
#[derive(Debug, Serialize)]
pub struct ReportedError {
    line: u64,
    member: String,
    message: String,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Unusable {
    count: u64,
    /// The first of them.
    lines: Vec<u64>,
    /// The lines were refused. Those of the others were imported: nobody signs in with their password.
    refused: u64,
}

impl Report {
    pub fn new(dry_run: bool) -> Self {
        Self { dry_run, ..Self::default() }
    }

    /// Counts the digest of a line.
    pub fn count_digest(&mut self, line: u64, digest: DigestUse, is_refused: bool) {
        match digest.kind {
            Some(kind) => *self.digests.entry(kind).or_default() += 1,
            None => {
                let unusable = self.unusable_digests.entry(digest.algorithm).or_default();
                unusable.count += 1;
                unusable.refused += u64::from(is_refused);
                if unusable.lines.len() < MAX_LINES_SHOWN {
                    unusable.lines.push(line);
                }
            }
        }
    }

    /// Keeps an error if there are not too many.
    pub fn keep_error(&mut self, error: &LineError, max: usize) -> bool {
        let is_kept = self.errors.len() < max;
        if is_kept {
            let LineError { line, member, message } = error.clone();
            self.errors.push(ReportedError { line, member, message });
        }
        is_kept
    }

    pub fn set_duration(&mut self, duration: Duration) {
        self.milliseconds = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    }

    /// For people.
    pub fn text(&self) -> String {
        let Self { lines, created, updated, skipped, refused, .. } = self;
        let would = if self.dry_run { " (nothing was written)" } else { "" };
        let seconds = self.milliseconds / 1000;
        let tenths = self.milliseconds % 1000 / 100;
        let mut text = vec![format!(
            "{lines} lines in {seconds}.{tenths} s: {created} created, {updated} updated, {skipped} skipped, {refused} refused{would}"
        )];
        if !self.digests.is_empty() {
            let kinds: Vec<String> = self.digests.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
            text.push(format!("digests of passwords: {}", kinds.join(", ")));
        }
        for (algorithm, Unusable { count, lines, refused }) in &self.unusable_digests {
            let shown = lines.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
            let more = if *count > lines.len() as u64 { ", …" } else { "" };
            let imported = count - refused;
            text.push(format!(
                "digests that can't be used, {algorithm}: {count} (lines {shown}{more}); {refused} lines were refused, {imported} users \
                 are without a password that works"
            ));
        }
        text.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_told_by_kind_and_line() {
        let mut report = Report { lines: 30, created: 29, refused: 1, milliseconds: 1250, ..Report::default() };
        report.count_digest(1, DigestUse { kind: Some("bcrypt"), algorithm: "Bcrypt" }, false);
        for line in 2..=30 {
            report.count_digest(line, DigestUse { kind: None, algorithm: "MD5" }, line == 2);
        }
        let text = report.text();
        assert!(text.starts_with("30 lines in 1.2 s: 29 created, 0 updated, 0 skipped, 1 refused\n"), "{text}");
        assert!(text.contains("digests of passwords: bcrypt 1\n"), "{text}");
        assert!(
            text.contains("MD5: 29 (lines 2, 3,") && text.contains("21, …); 1 lines were refused, 28 users"),
            "{text}"
        );
    }
}
