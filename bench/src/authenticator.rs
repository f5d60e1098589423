//! What a person would hold: a passkey (W3C WebAuthn) and an authenticator app (RFC 6238), in software.

use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::Clock;
use serde_json::{Value, json};

use crate::BoxError;

/// User present and verified.
const FLAGS: u8 = 1 | 4;
const NEW_CREDENTIAL: u8 = 64;
const STEP_SECONDS: i64 = 30;

/// A passkey for the pages of one origin.
pub struct Passkey {
    key: EcdsaKeyPair,
    id: Vec<u8>,
    origin: String,
    rp_id: String,
    user_handle: Value,
    counter: u32,
}

impl Passkey {
    /// A new key pair for the server at `host:port`.
    ///
    /// # Errors
    /// No entropy.
    pub fn generate(authority: &str) -> Result<Self, BoxError> {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).map_err(|_| "no key pair")?;
        let id = digest(&SHA256, key.public_key().as_ref()).as_ref()[..16].to_vec();
        let rp_id = authority.split(':').next().unwrap_or_default().to_owned();
        Ok(Self { key, id, origin: format!("http://{authority}"), rp_id, user_handle: Value::Null, counter: 0 })
    }

    fn client_data(&self, kind: &str, options: &Value) -> String {
        json!({"type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": false})
            .to_string()
    }

    fn authenticator_data(&self, flags: u8) -> Vec<u8> {
        let mut data = digest(&SHA256, self.rp_id.as_bytes()).as_ref().to_vec();
        data.push(flags);
        data.extend(self.counter.to_be_bytes());
        data
    }

    fn payload(&self, response: Value) -> Value {
        let id = encode(&self.id);
        json!({"type": "WebAuthn", "id": id, "rawId": id, "clientExtensionResults": {}, "response": response})
    }

    /// The new credential that the options ask for (section 7.1).
    ///
    /// # Errors
    /// None with the options of a server.
    pub fn create(&mut self, options: &Value) -> Result<Value, BoxError> {
        self.user_handle = options["user"]["id"].clone();
        let mut data = self.authenticator_data(FLAGS | NEW_CREDENTIAL);
        data.extend([0; 16]);
        data.extend(u16::try_from(self.id.len())?.to_be_bytes());
        data.extend(&self.id);
        // The COSE key {1: 2, 3: -7, -1: 1, -2: x, -3: y}.
        let point = self.key.public_key().as_ref();
        data.extend([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]);
        data.extend(&point[1..33]);
        data.extend([0x22, 0x58, 0x20]);
        data.extend(&point[33..65]);
        let mut object = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".to_vec();
        object.push(u8::try_from(data.len())?);
        object.extend(&data);
        Ok(self.payload(json!({
            "clientDataJSON": encode(self.client_data("webauthn.create", options).as_bytes()),
            "attestationObject": encode(&object), "transports": ["internal"]
        })))
    }

    /// The answer to a challenge (section 7.2).
    ///
    /// # Errors
    /// No entropy.
    pub fn get(&mut self, options: &Value) -> Result<Value, BoxError> {
        self.counter += 1;
        let client_data = self.client_data("webauthn.get", options);
        let data = self.authenticator_data(FLAGS);
        let message = [&data[..], digest(&SHA256, client_data.as_bytes()).as_ref()].concat();
        let signature = self.key.sign(&SystemRandom::new(), &message).map_err(|_| "no signature")?;
        Ok(self.payload(json!({
            "clientDataJSON": encode(client_data.as_bytes()), "authenticatorData": encode(&data),
            "signature": encode(signature.as_ref()), "userHandle": self.user_handle
        })))
    }
}

/// The app of one user, which gives no code twice.
struct App {
    username: String,
    seed: Vec<u8>,
    last_step: AtomicI64,
}

/// The apps of many users: a code is good once, so that a fast load needs many.
#[derive(Default)]
pub struct Apps {
    all: Vec<App>,
    next: AtomicUsize,
}

impl Apps {
    /// Adds the app of a user.
    pub fn add(&mut self, username: String, seed: Vec<u8>) {
        self.all.push(App { username, seed, last_step: AtomicI64::new(0) });
    }

    /// A user and a code that was not used before.
    ///
    /// # Errors
    /// All codes of the present time are used.
    pub fn next_code(&self) -> Result<(&str, String), BoxError> {
        let present = present_step();
        for _ in 0..self.all.len() {
            let app = &self.all[self.next.fetch_add(1, Ordering::Relaxed) % self.all.len()];
            let last = app.last_step.load(Ordering::Relaxed);
            // The server takes the codes of the steps beside the present one too; the earlier one is nearly over.
            let step = (last + 1).max(present);
            let is_free = step <= present + 1
                && app.last_step.compare_exchange(last, step, Ordering::Relaxed, Ordering::Relaxed).is_ok();
            if is_free {
                return Ok((&app.username, code(&app.seed, step)));
            }
        }
        Err("too few users with an authenticator app".into())
    }
}

fn present_step() -> i64 {
    Clock::system().now().seconds() / STEP_SECONDS
}

fn code(seed: &[u8], step: i64) -> String {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, seed), &step.to_be_bytes());
    let tag = tag.as_ref();
    let offset = usize::from(tag[tag.len() - 1] & 15);
    let number = tag[offset..offset + 4].iter().fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
    format!("{:06}", (number & 0x7fff_ffff) % 1_000_000)
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, the last six of eight digits.
    #[test]
    fn codes_are_those_of_the_rfc() {
        for (seconds, expected) in [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")] {
            assert_eq!(code(b"12345678901234567890", seconds / STEP_SECONDS), expected);
        }
    }

    #[test]
    fn no_code_is_given_twice() {
        let mut apps = Apps::default();
        for name in ["a", "b"] {
            apps.add(name.to_owned(), name.as_bytes().to_vec());
        }
        let mut given: Vec<(String, String)> =
            std::iter::from_fn(|| apps.next_code().ok()).map(|(name, code)| (name.to_owned(), code)).take(9).collect();
        let all = given.len();
        given.sort();
        given.dedup();
        assert!((4..9).contains(&given.len()) && given.len() == all, "{given:?}");
    }
}
