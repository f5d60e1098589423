//! Reads passwords from standard input: other accounts on the machine could read a command line.

use std::io::{IsTerminal, Read, Write as _};

use kernel::Secret;

use crate::error::{CliError, ExitKind};

/// Bytes. Larger than any allowed password, so that a wrong file on standard input is not read whole.
const LIMIT: u64 = 64 * 1024;

/// Reads the password up to the end of the input, without one trailing line ending.
///
/// # Errors
/// The input is empty or not UTF-8.
pub fn read() -> Result<Secret<String>, CliError> {
    let mut input = std::io::stdin();
    if input.is_terminal() {
        let _ = writeln!(std::io::stderr(), "Type the password, then Enter and Ctrl-D:");
    }
    let mut text = String::new();
    let refused = |cause: String| {
        CliError::new(
            ExitKind::InvalidValue,
            format!("{cause}; pipe the password in, as in `printf %s \"$PASSWORD\" | loggia …`"),
        )
    };
    input
        .by_ref()
        .take(LIMIT)
        .read_to_string(&mut text)
        .map_err(|error| refused(format!("the password can't be read ({error})")))?;
    let password = text.strip_suffix('\n').map_or(text.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
    if password.is_empty() {
        return Err(refused("there is no password on standard input".into()));
    }
    Ok(Secret::new(password.to_owned()))
}
