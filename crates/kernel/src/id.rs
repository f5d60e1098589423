//! Identifiers and opaque values. Lengths and alphabets are those that clients already store (inventory M012, O057).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::{Rng, Timestamp};

const LOWER: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";
const MIXED: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// The usual id of a row: 21 characters of `[0-9a-z]`.
pub fn entity_id(rng: &Rng) -> String {
    rng.text(LOWER, 21)
}

/// An id of the usual shape that sorts by time, so that rows which are only added stand together in their index. Its second half
/// is random, 62 bits.
pub fn dated_entity_id(rng: &Rng, now: Timestamp) -> String {
    let mut left = now.millis().unsigned_abs();
    let mut date = [b'0'; 9];
    for place in date.iter_mut().rev() {
        *place = LOWER[(left % LOWER.len() as u64) as usize];
        left /= LOWER.len() as u64;
    }
    date.iter().map(|byte| char::from(*byte)).chain(rng.text(LOWER, 12).chars()).collect()
}

/// Id of a user, organization or connector: 12 characters of `[0-9a-z]`.
pub fn short_entity_id(rng: &Rng) -> String {
    rng.text(LOWER, 12)
}

/// A secret that people copy: 32 characters of `[0-9A-Za-z]`, 190 bits.
pub fn client_secret(rng: &Rng) -> String {
    rng.text(MIXED, 32)
}

/// An opaque token, code, session or interaction handle: 256 bits as 43 base64url characters.
pub fn opaque_token(rng: &Rng) -> String {
    URL_SAFE_NO_PAD.encode(rng.bytes::<32>())
}

/// The value under which an opaque handle is stored: base64url of its SHA-256, so that a copied database holds no usable
/// handle.
pub fn token_digest(handle: &str) -> String {
    URL_SAFE_NO_PAD.encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, handle.as_bytes()))
}

/// Whether two secrets are equal, in time that depends on their lengths only.
pub fn constant_time_eq(a: &str, b: &str) -> bool {
    subtle::ConstantTimeEq::ct_eq(a.as_bytes(), b.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_their_documented_shapes() {
        let rng = Rng::system();
        assert_eq!(entity_id(&rng).len(), 21);
        assert_eq!(short_entity_id(&rng).len(), 12);
        assert_eq!(client_secret(&rng).len(), 32);
        assert_eq!(opaque_token(&rng).len(), 43);
        assert_eq!(token_digest("x").len(), 43);
    }

    #[test]
    fn dated_ids_have_the_usual_shape_and_sort_by_time() {
        let rng = Rng::system();
        let ids: Vec<String> = [0, 1, 1_764_300_000_000, 1_764_300_000_001, 99_999_999_999_999]
            .into_iter()
            .map(|millis| dated_entity_id(&rng, Timestamp(millis)))
            .collect();
        assert!(ids.is_sorted() && ids.iter().all(|id| id.len() == 21), "{ids:?}");
        assert_ne!(dated_entity_id(&rng, Timestamp(1)), ids[1]);
    }

    #[test]
    fn secrets_compare_by_value() {
        assert!(constant_time_eq("abc", "abc"));
        assert!(!constant_time_eq("abc", "abd"));
        assert!(!constant_time_eq("abc", "abcd"));
    }
}
