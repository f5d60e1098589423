//! What a command answers.

use std::io::Write;

use serde_json::Value;

use crate::arguments::Output;

/// Prints the answer for a script or for a person.
pub fn print(output: Output, json: &Value, text: &str) {
    let line = if output.json { json.to_string() } else { text.to_owned() };
    // A reader that went away does not undo what was done.
    let _ = writeln!(std::io::stdout(), "{line}");
}
