//! Parts of a password that a guesser tries first. One such part does no harm in a long password: the password is
//! refused when the parts cover more than all but three of its characters (E063).

use super::{PasswordIssue, PasswordOwner};
use crate::experience::PasswordRejects;

const SEQUENCES: [&str; 5] = ["01234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm"];
const SHORTEST_RUN: usize = 3;

/// The kinds of guessable part found, if together they cover too much; otherwise nothing.
pub(super) fn issues(rejects: &PasswordRejects, password: &str, owner: &PasswordOwner) -> Vec<PasswordIssue> {
    let mut patterns = GuessablePatterns::new(password);
    if rejects.repetition_and_sequence {
        patterns.repetitions();
        patterns.sequences();
    }
    if rejects.user_info {
        patterns.phrases(&parts_of(owner), &PasswordIssue::UserInfo);
    }
    patterns.phrases(&rejects.words, &PasswordIssue::Words);
    let length = patterns.text.len();
    let covered = patterns.covered.iter().filter(|covered| **covered).count();
    if covered > length.saturating_sub(SHORTEST_RUN).max(1) { patterns.issues } else { Vec::new() }
}

struct GuessablePatterns {
    text: Vec<char>,
    folded: Vec<char>,
    covered: Vec<bool>,
    issues: Vec<PasswordIssue>,
}

impl GuessablePatterns {
    fn new(password: &str) -> Self {
        let text: Vec<char> = password.chars().collect();
        let folded = text.iter().map(char::to_ascii_lowercase).collect();
        Self { covered: vec![false; text.len()], text, folded, issues: Vec::new() }
    }

    fn mark(&mut self, from: usize, to: usize, issue: &PasswordIssue) {
        self.covered[from..to].fill(true);
        if !self.issues.contains(issue) {
            self.issues.push(issue.clone());
        }
    }

    fn repetitions(&mut self) {
        let mut start = 0;
        while start < self.text.len() {
            let run = self.text[start..].iter().take_while(|c| **c == self.text[start]).count();
            if run >= SHORTEST_RUN {
                self.mark(start, start + run, &PasswordIssue::Repetition);
            }
            start += run;
        }
    }

    fn sequences(&mut self) {
        for sequence in SEQUENCES {
            let forward: Vec<char> = sequence.chars().collect();
            let backward: Vec<char> = sequence.chars().rev().collect();
            for direction in [forward, backward] {
                self.mark_sequence(&direction);
            }
        }
    }

    fn mark_sequence(&mut self, sequence: &[char]) {
        let mut start = 0;
        while start < self.folded.len() {
            let run = (0..sequence.len())
                .map(|at| same_prefix(&self.folded[start..], &sequence[at..]))
                .max()
                .unwrap_or_default();
            if run >= SHORTEST_RUN {
                self.mark(start, start + run, &PasswordIssue::Sequence);
            }
            start += run.max(1);
        }
    }

    fn phrases(&mut self, phrases: &[String], issue: &PasswordIssue) {
        for phrase in phrases {
            let phrase: Vec<char> = phrase.to_lowercase().chars().collect();
            if phrase.is_empty() || phrase.len() > self.folded.len() {
                continue;
            }
            for start in 0..=self.folded.len() - phrase.len() {
                if self.folded[start..start + phrase.len()] == phrase[..] {
                    self.mark(start, start + phrase.len(), issue);
                }
            }
        }
    }
}

fn same_prefix(a: &[char], b: &[char]) -> usize {
    a.iter().zip(b).take_while(|(x, y)| x == y).count()
}

/// Whole values, the words of the name and the two sides of the address; parts under three characters say nothing.
fn parts_of(owner: &PasswordOwner) -> Vec<String> {
    let mut parts: Vec<String> = [&owner.name, &owner.username, &owner.phone].into_iter().flatten().cloned().collect();
    parts.extend(owner.name.iter().flat_map(|name| name.split_whitespace().map(str::to_owned)));
    if let Some(email) = &owner.email {
        parts.push(email.clone());
        parts.extend(email.split('@').map(str::to_owned));
    }
    parts.retain(|part| part.chars().count() >= SHORTEST_RUN);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(password: &str) -> Vec<PasswordIssue> {
        let rejects = PasswordRejects { words: vec!["acme".into()], ..PasswordRejects::default() };
        let owner = PasswordOwner {
            name: Some("Ann Miller".into()),
            username: Some("annie".into()),
            email: Some("ann.m@example.com".into()),
            phone: Some("4915123456".into()),
        };
        issues(&rejects, password, &owner)
    }

    #[test]
    fn names_words_numbers_and_keyboard_runs_are_found_in_any_case() {
        assert_eq!(found("MillerMiller"), vec![PasswordIssue::UserInfo]);
        assert_eq!(found("Annie12"), vec![PasswordIssue::UserInfo]);
        assert_eq!(found("ann.m@Example.com"), vec![PasswordIssue::UserInfo]);
        assert_eq!(found("4915123456!"), vec![PasswordIssue::Sequence, PasswordIssue::UserInfo]);
        assert_eq!(found("ACMEacme"), vec![PasswordIssue::Words]);
        assert_eq!(found("QWERTZuiop987"), vec![PasswordIssue::Sequence]);
        assert_eq!(found("Qwerty987"), vec![PasswordIssue::Sequence]);
    }

    #[test]
    fn a_few_other_characters_make_a_part_harmless() {
        assert_eq!(found("Annie1x"), vec![PasswordIssue::UserInfo]);
        assert_eq!(found("Annie-4x"), Vec::new());
        assert_eq!(found(""), Vec::new());
    }
}
