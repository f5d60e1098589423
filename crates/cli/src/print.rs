//! Printing the result of a command.

use std::io::Write;

use serde_json::Value;

use crate::arguments::Output;

/// Prints a result as JSON or as text.
pub fn print_result(output: Output, json: &Value, text: &str) {
    let line = if output.json { json.to_string() } else { text.to_owned() };
    let _ = writeln!(std::io::stdout(), "{line}");
}
