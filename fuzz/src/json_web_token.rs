//! JSON Web Tokens: only signed tokens verify.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use jose::{Algorithm, Jwk, JwkSet, SigningKey, VerifyingKeys, check_times, decode_unverified};
use kernel::Timestamp;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use crate::edits::edited;
use crate::head_and_rest;
use crate::test_key::TestKey;

/// The token of RFC 7515 appendix A.3 without its signature; its key is one of [`Keys::verifying`].
const SIGNED_BY_RFC_7515: &str = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
/// Signed with our key: `{"sub":"a"}`.
const SIGNED_HERE: &str = "eyJhbGciOiJFZERTQSIsImtpZCI6ImsifQ.eyJzdWIiOiJhIn0";

struct Keys {
    own: TestKey,
    verifying: VerifyingKeys,
}

/// First line: the kind of the rest (`raw` token, `claims` to sign and edit, `header` and payload to sign unchanged, `keys`,
/// `pem`, `times`), then edits.
///
/// Attack classes: G5, B14.
pub fn json_web_token(data: &[u8]) {
    let (head, rest) = head_and_rest(data);
    let (kind, edits) = head.split_once(' ').unwrap_or((&head, ""));
    match kind {
        "claims" => sign_and_edit(&rest, edits),
        "header" => any_header(&rest),
        "keys" => key_set(&rest),
        "pem" => pem(&rest),
        "times" => times(&rest),
        _ => foreign(&rest),
    }
}

fn keys() -> &'static Keys {
    static KEYS: OnceLock<Keys> = OnceLock::new();
    KEYS.get_or_init(|| {
        let own = TestKey::new(7);
        let rfc: Jwk = serde_json::from_value(json!({"kty": "EC", "crv": "P-256",
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}))
        .unwrap();
        let verifying = JwkSet { keys: vec![own.signing.public_jwk(), rfc] }.verifier();
        Keys { own, verifying }
    })
}

/// A foreign token verifies only if its signed part was signed by a key holder.
fn foreign(token: &str) {
    let Ok(verified) = keys().verifying.verify(token) else {
        let _ = decode_unverified(token);
        return;
    };
    let (signed, _) = token.rsplit_once('.').unwrap();
    assert!([SIGNED_BY_RFC_7515, SIGNED_HERE].contains(&signed), "forged: {token}");
    assert_eq!(decode_unverified(token), Ok(verified));
}

/// Changing any character invalidates a signature.
fn sign_and_edit(claims: &str, edits: &str) {
    let Ok(claims) = serde_json::from_str::<Value>(claims) else { return };
    let types = [None, Some("JWT"), Some("at+jwt"), Some("logout+jwt"), Some("\"x\"\n")];
    let typ = types[edits.len() % types.len()];
    let Ok(token) = keys().own.signing.sign(typ, &claims) else { return assert!(!claims.is_object()) };
    let sent = edited(&token, edits);
    match keys().verifying.verify(&sent) {
        Ok(verified) => {
            assert_eq!(sent, token, "a changed token verifies");
            assert_eq!(Value::Object(verified.claims), claims);
            assert_eq!((verified.header.alg, verified.header.kid.as_deref()), (Algorithm::EdDSA, Some("k")));
            assert_eq!(verified.header.typ.as_deref(), typ);
        }
        Err(error) => assert!(sent != token || token.len() > jose::MAX_TOKEN_LENGTH, "{token}: {error}"),
    }
}

/// Signed by the right key with an arbitrary header: only our algorithm, our key and no critical extension are accepted.
fn any_header(text: &str) {
    let (header, payload) = text.split_once('\n').unwrap_or((text, "{}"));
    let token = keys().own.token(header, payload);
    // Values stay text, because JSON numbers may exceed f64.
    let read: BTreeMap<String, Box<RawValue>> = serde_json::from_str(header).unwrap_or_default();
    let member = |name: &str| read.get(name).and_then(|value| serde_json::from_str::<Value>(value.get()).ok());
    let claims = serde_json::from_str::<Map<String, Value>>(payload);
    let kid_fits = member("kid").is_none_or(|kid| kid.is_null() || kid == "k");
    let is_ours = member("alg").is_some_and(|alg| alg == "EdDSA") && kid_fits && !read.contains_key("crit");
    match keys().verifying.verify(&token) {
        Ok(verified) => {
            assert!(is_ours, "{header}");
            assert_eq!(Some(verified.claims), claims.ok());
        }
        Err(error) => {
            let plain = is_ours && read.keys().all(|name| name == "alg" || name == "kid");
            let twice = header.matches("\"alg\"").count() > 1 || header.matches("\"kid\"").count() > 1;
            let escaped = header.contains('\\');
            assert!(
                !plain || twice || escaped || claims.is_err() || token.len() > jose::MAX_TOKEN_LENGTH,
                "{header}: {error}"
            );
        }
    }
}

/// A published key set: invalid keys are skipped, and no key verifies another key's signature.
fn key_set(text: &str) {
    let Ok(set) = serde_json::from_str::<JwkSet>(text) else { return };
    let verifier = set.verifier();
    let ours = keys().own.signing.public_jwk();
    let token = keys().own.signing.sign(None, &json!({"sub": "a"})).unwrap();
    if verifier.verify(&token).is_ok() {
        let same = |jwk: &Jwk| jwk.x == ours.x && jwk.kid.as_ref().is_none_or(|kid| kid == "k");
        assert!(set.keys.iter().any(same), "a foreign set verifies our token");
    }
    for jwk in &set.keys {
        assert_eq!(jwk.thumbprint().len(), 43);
        let printed = serde_json::to_string(jwk).unwrap();
        assert_eq!(serde_json::from_str::<Jwk>(&printed).as_ref().ok(), Some(jwk));
    }
}

fn pem(text: &str) {
    if let Ok(key) = SigningKey::from_pkcs8_pem("k", text) {
        let token = key.sign(None, &json!({"sub": "a"})).unwrap();
        assert!(JwkSet { keys: vec![key.public_jwk()] }.verifier().verify(&token).is_ok());
    }
}

/// Accepted claims expire in the future and are valid already.
fn times(text: &str) {
    let Ok(claims) = serde_json::from_str::<Map<String, Value>>(text) else { return };
    let now = Timestamp(1_000_000_000);
    for leeway in [0, 60] {
        if check_times(&claims, now, leeway).is_ok() {
            let number = |name: &str| claims.get(name).and_then(Value::as_f64);
            let (now, leeway) = (now.seconds() as f64, leeway as f64);
            assert!(number("exp").unwrap() > now - leeway, "{text}");
            assert!(number("nbf").unwrap_or(0.0) < now + leeway + 1.0, "{text}");
            assert!(number("iat").unwrap_or(0.0) < now + leeway + 1.0, "{text}");
        }
    }
}
