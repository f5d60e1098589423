//! Fuzz targets: what each reader of foreign input holds, whatever it is given (attack class G5).
//!
//! `cargo xtask fuzz` drives the targets with LibFuzzer, guided by the branches they reach; `cargo test` runs them over the
//! kept inputs of `corpus/` and `regressions/`. A target panics when a property is broken. Targets bear the attack classes
//! that they show something about in front of their names.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod authorization_request;
mod client_authentication;
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
mod token_request;

/// A property over any bytes.
pub type Target = fn(&[u8]);

/// Every target by the name of its folder in `corpus/`.
pub const TARGETS: &[(&str, Target)] = &[
    ("authorization_request", authorization_request::g5_a5_b2_e8_authorization_request),
    ("client_authentication", client_authentication::g5_g2_client_authentication),
    ("cookies", cookies::g5_c15_cookies),
    ("form_bodies", form_bodies::g5_e8_form_bodies),
    ("json_web_token", json_web_token::g5_b14_json_web_token),
    ("phrases", phrases::g5_phrases),
    ("redirect", redirect::g5_a1_a2_a3_a7_redirect),
    ("requests", requests::g5_a1_e8_g2_requests),
    ("search", search::g5_e6_search),
    ("settings", settings::g5_settings),
    ("token_request", token_request::g5_b1_b4_b18_token_request),
];

/// The target of that name.
pub fn target(name: &str) -> Option<Target> {
    TARGETS.iter().find(|(known, _)| *known == name).map(|(_, target)| *target)
}

/// The input as text: a first line that chooses the circumstances, and the rest.
fn head_and_rest(data: &[u8]) -> (String, String) {
    let text = String::from_utf8_lossy(data);
    let (head, rest) = text.split_once('\n').unwrap_or(("", &text));
    (head.to_owned(), rest.to_owned())
}
