//! Printing the results of commands: to standard output, without control characters of foreign values, and never silently
//! lost.

use std::io::{IsTerminal as _, Write};

use serde_json::Value;

use crate::arguments::Output;
use crate::error::{CliError, ExitKind};

/// Prints a result as JSON or as text.
///
/// # Errors
/// Standard output can't be written: a closed pipe, a full disk.
pub fn print_result(output: Output, json: &Value, text: &str) -> Result<(), CliError> {
    if output.json { print_json(json) } else { print_text(text) }
}

/// Prints a list, one item a line. Of an empty one a person is told on the terminal; a pipe gets nothing.
///
/// # Errors
/// As [`print_result`].
pub fn print_list(output: Output, json: &Value, lines: &[String], empty: &str) -> Result<(), CliError> {
    if output.json || !lines.is_empty() {
        return print_result(output, json, &lines.join("\n"));
    }
    if std::io::stdout().is_terminal() {
        // The result was printed: it has no lines.
        let _ = writeln!(std::io::stderr(), "{empty}");
    }
    Ok(())
}

/// Prints a value as one line of JSON.
///
/// # Errors
/// As [`print_result`].
pub fn print_json(json: &Value) -> Result<(), CliError> {
    write_stdout(&json_line(json))
}

/// A value as one line of JSON that a terminal can show.
pub fn json_line(json: &Value) -> String {
    // JSON escapes only a part of the control characters. They can only be inside strings, where \u is valid.
    escape(&json.to_string(), |c| format!("\\u{:04x}", c as u32))
}

/// Prints lines of text.
///
/// # Errors
/// As [`print_result`].
pub fn print_text(text: &str) -> Result<(), CliError> {
    let lines: Vec<String> = text.lines().map(printable).collect();
    write_stdout(&lines.join("\n"))
}

/// A value as part of a line: line ends and everything that a terminal would act on become visible escapes.
pub fn printable(text: &str) -> String {
    escape(text, |c| c.escape_unicode().to_string())
}

fn escape(text: &str, with: impl Fn(char) -> String) -> String {
    text.chars().map(|c| if is_harmful(c) { with(c) } else { c.to_string() }).collect()
}

/// Control characters (a terminal acts on ESC and on the C1 set), line separators, and characters that change the direction
/// of text (Unicode TR 36).
fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn write_stdout(text: &str) -> Result<(), CliError> {
    let mut stdout = std::io::stdout().lock();
    let written =
        stdout.write_all(text.as_bytes()).and_then(|()| stdout.write_all(b"\n")).and_then(|()| stdout.flush());
    written.map_err(|cause| {
        CliError::new(
            ExitKind::Output,
            format!(
                "the result can't be written to standard output ({cause}), though the command was carried out; make room or \
                 keep the reader open, and look at the current state before you run the command again"
            ),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_act_on_is_shown_instead() {
        assert_eq!(
            printable("a\u{1b}[31mb\u{9b}c\nd\u{202e}e 中文 é"),
            "a\\u{1b}[31mb\\u{9b}c\\u{a}d\\u{202e}e 中文 é"
        );
    }

    #[test]
    fn json_stays_the_same_value() {
        let value = serde_json::json!({"name": "a\u{1b}[31m\u{9b}\u{7f}\u{202e}\"\\"});
        let line = escape(&value.to_string(), |c| format!("\\u{:04x}", c as u32));
        assert!(!line.chars().any(is_harmful), "{line:?}");
        assert_eq!(serde_json::from_str::<Value>(&line).unwrap(), value);
    }
}
