//! What commands print: never lost without an error, and nothing that a terminal would act on.

use std::fs::File;
use std::process::Stdio;

use crate::installation::{Engine, Installation, stderr};

/// A full disk, and a pipe whose reader is gone.
fn unwritable() -> [(&'static str, Stdio); 2] {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    [("full disk", File::options().write(true).open("/dev/full").unwrap().into()), ("closed pipe", writer.into())]
}

#[test]
fn a_result_that_cannot_be_written_is_an_error_of_its_own() {
    let place = Installation::new(Engine::Sqlite);
    for words in [
        &["migrate"][..],
        &["migrate", "--json"],
        &["app", "create", "--type", "spa", "--name", "Sample"],
        &["app", "create", "--type", "m2m", "--name", "Sample", "--json"],
        &["app", "list"],
        &["app", "list", "--json"],
        &["key", "reseal"],
        &["doctor"],
        &["doctor", "--json"],
        &["doctor", "--hash", "--hash-target-ms", "1"],
        &["--version"],
        &["--help"],
        &["app", "create", "--help"],
    ] {
        for (what, stdout) in unwritable() {
            let output = place.command(words).stdout(stdout).stderr(Stdio::piped()).spawn().unwrap();
            let output = output.wait_with_output().unwrap();
            let text = stderr(&output);
            assert_eq!(output.status.code(), Some(7), "{words:?} {what}: {text}");
            assert!(!text.contains("panicked"), "{words:?} {what}: {text}");
            let is_help = words.iter().any(|word| ["--version", "--help"].contains(word));
            assert!(is_help || text.contains("can't be written"), "{words:?} {what}: {text}");
        }
    }
}

#[test]
fn an_error_that_cannot_be_written_keeps_its_exit_code() {
    let place = Installation::new(Engine::Sqlite);
    for (words, code) in [
        (&["app", "list", "--tenant", "nobody"][..], 5),
        (&["serve", "--endpoint", "nonsense"], 3),
        (&["user", "set-password", "--username", "nobody", "--password-stdin"], 6),
        (&["nonsense"], 2),
    ] {
        for (what, to) in unwritable() {
            let status = place.command(words).stdout(Stdio::null()).stderr(to).status().unwrap();
            assert_eq!(status.code(), Some(code), "{words:?} {what}");
        }
    }
}

#[test]
fn names_with_terminal_escapes_are_printed_harmlessly() {
    let place = Installation::new(Engine::Sqlite);
    let name = "evil\u{1b}[2J\u{1b}]0;title\u{7}\u{9b}31m\n0123456789  SPA  forged";
    let made = place.ask(&["app", "create", "--type", "spa", "--name", name, "--json"], "");
    for words in [&["app", "list"][..], &["app", "list", "--json"]] {
        let text = String::from_utf8(place.run(words).stdout).unwrap();
        assert!(text.contains(made["id"].as_str().unwrap()), "{text}");
        assert_eq!(text.lines().count(), 1, "{text:?}");
        assert!(!text.chars().any(|c| c != '\n' && (c.is_control() || c == '\u{202e}')), "{text:?}");
    }
    let listed = place.ask(&["app", "list", "--json"], "");
    assert_eq!(listed[0]["name"], name, "JSON says the same value");
    let nobody = ["user", "set-password", "--username", "\u{1b}[31mx", "--password-stdin"];
    let text = stderr(&place.run_with(&nobody, "Xq7!velvet-harbour"));
    assert!(!text.contains('\u{1b}'), "{text:?}");
}
