//! Tokens that nobody issued (attack B14), made from one that somebody did.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jose::{Algorithm, SigningKey};
use serde_json::{Value, json};

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn hmac_signed(header: &Value, payload: &str, key: &[u8]) -> String {
    let signed = format!("{}.{payload}", part(header));
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag))
}

/// Forgeries of `good`, a token signed by the key that `jwks` publishes, each with a name. All of them say what `good` says.
pub fn forgeries(good: &str, jwks: &Value) -> Vec<(String, String)> {
    let parts: Vec<&str> = good.split('.').collect();
    let (header, payload, signature) = (parts[0], parts[1], parts[2]);
    let decoded: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
    let with = |name: &str, value: Value| {
        let mut changed = decoded.clone();
        changed[name] = value;
        part(&changed)
    };
    let mut all = Vec::new();
    for name in ["none", "None", "NONE", "nOnE", ""] {
        all.push((format!("alg {name:?} without a signature"), format!("{}.{payload}.", with("alg", json!(name)))));
        all.push((format!("alg {name:?}"), format!("{}.{payload}.{signature}", with("alg", json!(name)))));
    }
    for other in ["ES256", "ES512", "RS256", "PS256", "EdDSA", "HS256", "HS384", "ES384 ", "es384", "ES384"] {
        if decoded["alg"] == other {
            continue;
        }
        all.push((format!("alg {other}"), format!("{}.{payload}.{signature}", with("alg", json!(other)))));
    }
    let public = &jwks["keys"][0];
    let mut hs256 = decoded.clone();
    hs256["alg"] = json!("HS256");
    let number = public["x"].as_str().or(public["n"].as_str()).unwrap();
    let number = URL_SAFE_NO_PAD.decode(number).unwrap();
    for (name, key) in [
        ("the public key", public.to_string().into_bytes()),
        ("the key set", jwks.to_string().into_bytes()),
        ("its coordinate or modulus", number),
        ("nothing", b"\0".to_vec()),
    ] {
        all.push((format!("HMAC with {name}"), hmac_signed(&hs256, payload, &key)));
    }
    all.extend(by_another_key(&decoded, payload));
    for (name, value) in [("crit", json!(["b64"])), ("crit", json!([])), ("b64", json!(false)), ("zip", json!("DEF"))] {
        all.push((format!("{name}: {value}"), format!("{}.{payload}.{signature}", with(name, value.clone()))));
    }
    for kid in [json!("../../../dev/null"), json!("' or '1'='1"), json!(""), json!(null), json!(["x"]), json!("x\u{0}")]
    {
        all.push((format!("kid {kid}"), format!("{}.{payload}.{signature}", with("kid", kid.clone()))));
    }
    let blank = URL_SAFE_NO_PAD.encode([0; 96]);
    all.push(("a signature of zeros".into(), format!("{header}.{payload}.{blank}")));
    all.push(("no signature".into(), format!("{header}.{payload}.")));
    all.push(("no third part".into(), format!("{header}.{payload}")));
    all.push(("five parts".into(), format!("{good}.x.y")));
    all.push(("padding".into(), format!("{header}.{payload}.{signature}==")));
    all.push(("a line end".into(), format!("{header}.{payload}.{signature}%0A")));
    all
}

/// A right signature, by a key that the token brings along.
fn by_another_key(header: &Value, payload: &str) -> Vec<(String, String)> {
    let (_, own) = SigningKey::generate(Algorithm::ES384).unwrap();
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
    let plain = own.sign(header["typ"].as_str(), &claims).unwrap();
    let mut parts = plain.split('.').map(str::to_owned).collect::<Vec<_>>();
    let mut all = vec![("another key".to_owned(), plain.clone())];
    for (name, value) in [
        ("jwk", serde_json::to_value(own.public_jwk()).unwrap()),
        ("jku", json!("https://evil.example/jwks")),
        ("x5u", json!("https://evil.example/cert")),
    ] {
        let mut brought = header.clone();
        brought[name] = value;
        parts[0] = part(&brought);
        all.push((format!("another key in {name}"), parts.join(".")));
    }
    all
}
