//! Round trips, RFC vectors and forged tokens.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jose::{Algorithm, JoseError, Jwk, JwkSet, SigningKey, VerifyingKeys, decode_unverified};
use proptest::prelude::*;
use serde_json::{Value, json};

fn keys_of(key: &SigningKey) -> VerifyingKeys {
    JwkSet { keys: vec![key.public_jwk()] }.verifier()
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

#[test]
fn every_algorithm_signs_verifies_and_survives_its_pem() {
    for algorithm in Algorithm::ALL {
        let (pem, key) = SigningKey::generate(algorithm).unwrap();
        assert_eq!(key.kid(), key.public_jwk().thumbprint());
        let read = SigningKey::from_pkcs8_pem_for("k1", &pem, algorithm).unwrap();
        let token = read.sign(Some("at+jwt"), &json!({"sub": "ü", "aud": ["a", "b"]})).unwrap();
        let verified = keys_of(&read).verify(&token).unwrap();
        assert_eq!(verified.header.alg, algorithm);
        assert_eq!(verified.header.kid.as_deref(), Some("k1"));
        assert_eq!(verified.header.typ.as_deref(), Some("at+jwt"));
        assert_eq!(verified.text("sub"), Some("ü"));
        assert!(verified.has_audience("b") && !verified.has_audience("c"));
        // The header is exactly {alg, typ?, kid}.
        let bare = read.sign(None, &json!({})).unwrap();
        let header = URL_SAFE_NO_PAD.decode(bare.split('.').next().unwrap()).unwrap();
        assert_eq!(String::from_utf8(header).unwrap(), format!(r#"{{"alg":"{algorithm}","kid":"k1"}}"#));
    }
}

#[test]
fn the_kind_of_key_decides_the_algorithm() {
    for algorithm in [Algorithm::ES256, Algorithm::ES384, Algorithm::ES512, Algorithm::RS256, Algorithm::EdDSA] {
        let (pem, _) = SigningKey::generate(algorithm).unwrap();
        assert_eq!(SigningKey::from_pkcs8_pem("k", &pem).unwrap().algorithm(), algorithm);
    }
    let (pem, _) = SigningKey::generate_es384().unwrap();
    assert!(matches!(SigningKey::from_pkcs8_pem_for("k", &pem, Algorithm::RS256), Err(JoseError::Key(_))));
    assert!(matches!(SigningKey::from_pkcs8_pem("k", "rubbish"), Err(JoseError::Key(_))));
}

#[test]
fn claims_must_be_an_object() {
    let (_, key) = SigningKey::generate_es384().unwrap();
    assert_eq!(key.sign(None, &json!(["a"])), Err(JoseError::Claims));
}

#[test]
fn rfc_7515_appendix_a3_es256_verifies() {
    let jwk: Jwk = serde_json::from_value(json!({"kty": "EC", "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}))
    .unwrap();
    let token = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
    let verified = JwkSet { keys: vec![jwk] }.verifier().verify(token).unwrap();
    assert_eq!(verified.text("iss"), Some("joe"));
}

#[test]
fn rfc_8037_appendix_a_ed25519_key_verifies_and_has_its_thumbprint() {
    let jwk: Jwk = serde_json::from_value(
        json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}),
    )
    .unwrap();
    assert_eq!(jwk.thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    // The payload of the vector ("Example of Ed25519 signing") is not JSON: the signature passes, the claims do not.
    let token = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    let keys = JwkSet { keys: vec![jwk] }.verifier();
    assert_eq!(keys.verify(token), Err(JoseError::Malformed));
    assert_eq!(keys.verify(&token.replace("hgyY", "hgyZ")), Err(JoseError::BadSignature));
}

#[test]
fn keys_for_encryption_or_of_unknown_kinds_are_skipped() {
    let (_, key) = SigningKey::generate_es384().unwrap();
    let token = key.sign(None, &json!({})).unwrap();
    let mut encryption = key.public_jwk();
    encryption.usage = Some("enc".into());
    let odd = Jwk { kty: "oct".into(), kid: Some("x".into()), ..Jwk::default() };
    assert_eq!(JwkSet { keys: vec![encryption, odd.clone()] }.verifier().verify(&token), Err(JoseError::UnknownKey));
    assert!(JwkSet { keys: vec![odd, key.public_jwk()] }.verifier().verify(&token).is_ok());
}

#[test]
fn b14_algorithm_confusion_is_refused() {
    let (_, ec) = SigningKey::generate(Algorithm::ES384).unwrap();
    let keys = keys_of(&ec);
    let claims = part(&json!({"sub": "admin"}));
    let public = serde_json::to_string(&ec.public_jwk()).unwrap();
    let expectations = [
        (json!({"alg": "none", "kid": ec.kid()}), JoseError::UnsupportedAlgorithm),
        (json!({"alg": "NONE", "kid": ec.kid()}), JoseError::UnsupportedAlgorithm),
        (json!({"alg": "", "kid": ec.kid()}), JoseError::UnsupportedAlgorithm),
        (json!({"alg": "HS256", "kid": ec.kid()}), JoseError::UnsupportedAlgorithm),
        (json!({"alg": "HS384", "kid": ec.kid()}), JoseError::UnsupportedAlgorithm),
        (json!({"alg": "RS256", "kid": ec.kid()}), JoseError::AlgorithmMismatch),
        (json!({"alg": "ES256", "kid": ec.kid()}), JoseError::AlgorithmMismatch),
        (json!({"alg": "ES384", "kid": "../../etc/passwd"}), JoseError::UnknownKey),
        (json!({"alg": "ES384", "kid": ""}), JoseError::UnknownKey),
        (json!({"alg": "ES384", "kid": ["a"]}), JoseError::Malformed),
        (json!({"alg": ["ES384"], "kid": ec.kid()}), JoseError::Malformed),
        (json!({"kid": ec.kid()}), JoseError::Malformed),
        (json!({"alg": "ES384", "kid": ec.kid(), "jwk": ec.public_jwk()}), JoseError::BadSignature),
    ];
    for (header, expected) in expectations {
        let signed = format!("{}.{claims}", part(&header));
        let hmac = aws_lc_rs::hmac::sign(
            &aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, public.as_bytes()),
            signed.as_bytes(),
        );
        for signature in [String::new(), URL_SAFE_NO_PAD.encode(hmac)] {
            assert_eq!(keys.verify(&format!("{signed}.{signature}")), Err(expected.clone()), "{header}");
        }
    }
}

#[test]
fn b14_unknown_critical_headers_are_refused_even_when_rightly_signed() {
    let (pem, ec) = SigningKey::generate(Algorithm::ES384).unwrap();
    let der = {
        use base64::engine::general_purpose::STANDARD;
        let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        STANDARD.decode(body).unwrap()
    };
    let pair =
        aws_lc_rs::signature::EcdsaKeyPair::from_pkcs8(&aws_lc_rs::signature::ECDSA_P384_SHA384_FIXED_SIGNING, &der)
            .unwrap();
    let sign = |header: Value| {
        let signed = format!("{}.{}", part(&header), part(&json!({})));
        let signature = pair.sign(&aws_lc_rs::rand::SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    };
    let keys = keys_of(&ec);
    assert!(keys.verify(&sign(json!({"alg": "ES384"}))).is_ok(), "a token without kid may use the only key");
    for crit in [json!(["b64"]), json!(["exp"]), json!([]), json!("b64"), Value::Null] {
        let token = sign(json!({"alg": "ES384", "kid": ec.kid(), "crit": crit, "b64": false}));
        assert_eq!(keys.verify(&token), Err(JoseError::CriticalHeader), "{crit}");
        assert_eq!(decode_unverified(&token), Err(JoseError::CriticalHeader), "{crit}");
    }
}

#[test]
fn b14_a_key_with_a_declared_algorithm_verifies_no_other() {
    let (pem, _) = SigningKey::generate(Algorithm::RS256).unwrap();
    let rs = SigningKey::from_pkcs8_pem_for("r", &pem, Algorithm::RS256).unwrap();
    let ps = SigningKey::from_pkcs8_pem_for("r", &pem, Algorithm::PS256).unwrap();
    let token = ps.sign(None, &json!({})).unwrap();
    assert_eq!(keys_of(&rs).verify(&token), Err(JoseError::AlgorithmMismatch));
    let undeclared = Jwk { alg: None, ..rs.public_jwk() };
    assert!(JwkSet { keys: vec![undeclared] }.verifier().verify(&token).is_ok());
}

#[test]
fn b14_tampered_or_misspelt_tokens_are_refused() {
    let (_, key) = SigningKey::generate_es384().unwrap();
    let keys = keys_of(&key);
    let token = key.sign(None, &json!({"sub": "a"})).unwrap();
    let parts: Vec<_> = token.split('.').collect();
    let swapped = format!("{}.{}.{}", parts[0], part(&json!({"sub": "b"})), parts[2]);
    assert_eq!(keys.verify(&swapped), Err(JoseError::BadSignature));
    for bad in ["", ".", "..", "a.b.c", &format!("{token}="), &format!("{token}.x.y"), &token.replace('.', " ")] {
        assert!(keys.verify(bad).is_err(), "{bad}");
    }
    let duplicate = URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":"none","alg":"ES384","kid":"{}"}}"#, key.kid()));
    assert_eq!(keys.verify(&format!("{duplicate}.{}.{}", parts[1], parts[2])), Err(JoseError::Malformed));
}

#[test]
fn b16_giant_tokens_are_refused_before_decoding() {
    let (_, key) = SigningKey::generate_es384().unwrap();
    let keys = keys_of(&key);
    // Not even base64: had it been decoded, the error would be `Malformed`.
    let giant = "!".repeat(100 * 1024 * 1024);
    assert_eq!(keys.verify(&giant), Err(JoseError::TooLarge));
    assert_eq!(decode_unverified(&giant), Err(JoseError::TooLarge));
    let long = key.sign(None, &json!({"x": "y".repeat(jose::MAX_TOKEN_LENGTH)})).unwrap();
    assert_eq!(keys.verify(&long), Err(JoseError::TooLarge));
    let deep = format!("{}.{}.", part(&json!({"alg": "ES384"})), URL_SAFE_NO_PAD.encode("[".repeat(40_000)));
    assert!(keys.verify(&deep).is_err());
}

/// One key for all cases: making keys is slow.
fn shared() -> &'static (VerifyingKeys, String) {
    static SHARED: OnceLock<(VerifyingKeys, String)> = OnceLock::new();
    SHARED.get_or_init(|| {
        let (_, key) = SigningKey::generate_es384().unwrap();
        (keys_of(&key), key.sign(Some("at+jwt"), &json!({"sub": "a", "n": 1})).unwrap())
    })
}

proptest! {
    #[test]
    fn b14_no_text_panics_or_verifies(text in "\\PC{0,200}", dots in proptest::collection::vec("[A-Za-z0-9_=-]{0,60}", 0..6)) {
        let (keys, _) = shared();
        prop_assert!(keys.verify(&text).is_err());
        prop_assert!(keys.verify(&dots.join(".")).is_err());
        let _ = decode_unverified(&text);
    }

    #[test]
    fn b14_a_token_with_one_character_changed_is_refused(at in 0..1000_usize, to in proptest::char::range('!', '~')) {
        let (keys, token) = shared();
        let mut changed: Vec<char> = token.chars().collect();
        let at = at % changed.len();
        prop_assume!(changed[at] != to);
        changed[at] = to;
        prop_assert!(keys.verify(&changed.into_iter().collect::<String>()).is_err());
    }
}
