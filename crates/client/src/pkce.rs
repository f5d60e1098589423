//! Random values of a sign-in and the PKCE challenge (RFC 7636).

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::Rng;

/// 256 random bits as 43 base64url characters: a `state`, `nonce` or `code_verifier`.
pub fn random_text(rng: &Rng) -> String {
    kernel::id::opaque_token(rng)
}

/// The `S256` challenge of a verifier (RFC 7636 section 4.2).
pub fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, verifier.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn challenge_is_that_of_rfc_7636_appendix_b() {
        assert_eq!(
            challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }

    #[test]
    fn random_texts_differ_and_have_43_characters() {
        let rng = Rng::system();
        let (one, other) = (random_text(&rng), random_text(&rng));
        assert_eq!(one.len(), 43);
        assert_ne!(one, other);
    }
}
