use aws_lc_rs::digest::{SHA256, digest};
use kernel::{Rng, Timestamp};
use proptest::prelude::*;

use super::authenticator_data::AuthenticatorData;
use super::cbor::{Attestation, Reader};
use super::public_key::PublicKey;
use super::*;

#[test]
fn a_counter_grows_or_stays_zero() {
    for (stored, signed, expected) in
        [(0, 0, Ok(0)), (0, 1, Ok(1)), (1, 2, Ok(2)), (1, 1, Err(())), (2, 1, Err(())), (1, 0, Err(()))]
    {
        assert_eq!(next_counter(stored, signed).map_err(drop), expected, "{stored} {signed}");
    }
}

#[test]
fn a_challenge_belongs_to_its_purpose_interaction_and_time() {
    let keys = ["new".to_owned(), "old".to_owned()];
    let source = |keys, uid| ChallengeSource { keys, uid };
    let (made, purpose) = (Timestamp(1_795_000_000_123), ChallengePurpose::Authentication);
    let challenge = source(&keys[..], "u1").issue(purpose, &Rng::seeded(1), made);
    assert_eq!(challenge.len(), 43);
    let check = |keys, uid, purpose, at| source(keys, uid).check(purpose, &challenge, at);
    assert_eq!(check(&keys[..], "u1", purpose, made), Ok(made));
    assert_eq!(check(&keys[..1], "u1", purpose, made.plus_seconds(599)), Ok(made), "the key that made it is there");
    for refused in [
        check(&keys[1..], "u1", purpose, made),
        check(&keys[..], "u2", purpose, made),
        check(&keys[..], "u1", ChallengePurpose::Preflight, made),
        check(&keys[..], "u1", purpose, made.plus_seconds(600)),
        check(&keys[..], "u1", purpose, Timestamp(made.0 - 1)),
        check(&[], "u1", purpose, made),
    ] {
        assert_eq!(refused, Err(WebAuthnError::Challenge));
    }
    for at in 0..43 {
        let other = if challenge.as_bytes()[at] == b'A' { "B" } else { "A" };
        let changed = format!("{}{other}{}", &challenge[..at], &challenge[at + 1..]);
        assert!(source(&keys[..], "u1").check(purpose, &changed, made).is_err(), "{at}");
    }
}

#[test]
fn keys_of_both_algorithms_verify_and_others_are_refused() {
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::rsa::{KeyPair, KeySize};
    use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    // RSAPublicKey (RFC 8017 appendix A.1.1): two headers of four bytes, a leading zero, then the modulus.
    let modulus = pair.public_key().as_ref()[9..265].to_vec();
    // {1: 3, 3: -257, -1: n, -2: e}
    let cose = [&[0xa4, 1, 3, 3, 0x39, 1, 0, 0x20, 0x59, 1, 0][..], &modulus, &[0x21, 0x43, 1, 0, 1]].concat();
    let mut signature = vec![0; 256];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), b"message", &mut signature).unwrap();
    let key = PublicKey::parse(&cose).unwrap();
    assert_eq!(key.verify(b"message", &signature), Ok(()));
    assert_eq!(key.verify(b"massage", &signature), Err(WebAuthnError::Signature));
    // PS256 (-37) was not offered.
    let mut other = cose.clone();
    other.splice(4..7, [0x38, 0x24]);
    assert_eq!(PublicKey::parse(&other).map(drop), Err(WebAuthnError::Algorithm));
    // Whatever else stands in a key could have any size.
    for more in [&[0x18, 0x64, 0x43, 1, 2, 3][..], &[3, 0x39, 1, 0], &[0x22, 0x43, 1, 2, 3]] {
        let mut padded = [&cose[..], more].concat();
        padded[0] += 1;
        assert!(PublicKey::parse(&padded).is_err(), "{more:?}");
    }
    // A point that is not on the curve.
    let off = [&[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 0x20][..], &[7; 32], &[0x22, 0x58, 0x20], &[7; 32]].concat();
    assert_eq!(PublicKey::parse(&off).map(drop), Err(WebAuthnError::Malformed));
}

#[test]
fn structures_that_never_end_are_refused_at_once() {
    for bytes in [
        &[0x81; 100_000][..],
        &[0xbf, 0xff],
        &[0xbb, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        &[0x9b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0],
        &[0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0],
        &[],
    ] {
        assert_eq!(Reader::new(bytes).item(), Err(WebAuthnError::Malformed));
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_refused_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = Attestation::parse(&bytes);
        let _ = AuthenticatorData::parse(&bytes);
        let _ = PublicKey::parse(&bytes);
        let rp_hash = digest(&SHA256, b"localhost");
        let with_credential = [rp_hash.as_ref(), &[0x45, 0, 0, 0, 0], &bytes].concat();
        let _ = AuthenticatorData::parse(&with_credential);
    }
}
