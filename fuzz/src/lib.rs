//! Fuzz targets: properties of everything that parses untrusted input (attack class G5).
//!
//! `cargo xtask fuzz` runs the targets under LibFuzzer; `cargo test` runs them on the inputs of `corpus/` and `regressions/`. A
//! target panics when a property is violated. Its doc comment names the attack classes that it covers.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod authorization_request;
mod client_authentication;
mod client_token_rules;
mod client_tokens;
mod cookies;
mod edits;
mod form_bodies;
mod json_web_token;
mod parameters;
mod phrases;
mod redirect;
mod registered;
mod requests;
mod search;
mod settings;
mod test_key;
mod token_request;

/// Checks a property of arbitrary bytes.
pub type Target = fn(&[u8]);

/// All targets by the name of their directory in `corpus/`.
pub const TARGETS: &[(&str, Target)] = &[
    ("authorization_request", authorization_request::authorization_request),
    ("client_authentication", client_authentication::client_authentication),
    ("client_tokens", client_tokens::client_tokens),
    ("cookies", cookies::cookies),
    ("form_bodies", form_bodies::form_bodies),
    ("json_web_token", json_web_token::json_web_token),
    ("phrases", phrases::phrases),
    ("redirect", redirect::redirect),
    ("requests", requests::requests),
    ("search", search::search),
    ("settings", settings::settings),
    ("token_request", token_request::token_request),
];

/// Finds a target by name.
pub fn target(name: &str) -> Option<Target> {
    TARGETS.iter().find(|(known, _)| *known == name).map(|(_, target)| *target)
}

/// Splits the input into its first line, which selects the test setup, and the rest.
fn head_and_rest(data: &[u8]) -> (String, String) {
    let text = String::from_utf8_lossy(data);
    let (head, rest) = text.split_once('\n').unwrap_or(("", &text));
    (head.to_owned(), rest.to_owned())
}
