//! Passwords come from standard input, where nobody else on the machine can read them.

use std::io::{IsTerminal, Read};

use kernel::Secret;

use crate::failure::{Failure, Kind};

/// More than any password that may be set; a wrong file piped in is noticed instead of read whole.
const LIMIT: u64 = 64 * 1024;

/// Reads the password: everything up to the end, without one line end.
///
/// # Errors
/// Nothing there, or not text.
pub fn read() -> Result<Secret<String>, Failure> {
    let mut input = std::io::stdin();
    if input.is_terminal() {
        eprintln!("Type the password, then Enter and Ctrl-D:");
    }
    let mut text = String::new();
    let refused = |cause: String| {
        Failure::new(
            Kind::Refused,
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
