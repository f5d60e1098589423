//! Nonces for proofs (RFC 9449 section 8), without a row: the minute in which one was made, and a code over it by a key that all server
//! processes have.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::{Timestamp, id};

/// Seconds of one step.
const STEP: i64 = 60;
/// Steps that a nonce counts after its own.
const MAX_AGE_STEPS: i64 = 4;

/// The nonce of now.
pub fn make(key: &str, now: Timestamp) -> String {
    of_step(key, now.seconds().div_euclid(STEP))
}

/// Whether one of the keys made the nonce within the last minutes.
pub fn is_current(keys: &[String], nonce: &str, now: Timestamp) -> bool {
    let step = now.seconds().div_euclid(STEP);
    // One ahead: clocks of server processes differ a little.
    let steps = step - MAX_AGE_STEPS..=step + 1;
    keys.iter().any(|key| steps.clone().any(|step| id::constant_time_eq(&of_step(key, step), nonce)))
}

fn of_step(key: &str, step: i64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
    URL_SAFE_NO_PAD.encode(hmac::sign(&key, format!("dpop-nonce {step}").as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_counts_for_minutes_and_for_its_keys_alone() {
        let keys = ["new".to_owned(), "old".to_owned()];
        let nonce = make("old", Timestamp(600_000));
        for (now, expected) in [(599_999, true), (600_000, true), (899_999, true), (900_000, false), (0, false)] {
            assert_eq!(is_current(&keys, &nonce, Timestamp(now)), expected, "{now}");
        }
        assert!(!is_current(&keys[..1], &nonce, Timestamp(600_000)));
        assert!(!is_current(&keys, "", Timestamp(600_000)));
    }
}
