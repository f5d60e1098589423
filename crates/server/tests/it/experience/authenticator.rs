//! A software authenticator with P-256 keys, written from the specification and not shared with the server.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

pub const ORIGIN: &str = "http://localhost:3001";
const USER_PRESENT: u8 = 1;
pub const USER_VERIFIED: u8 = 4;
const NEW_CREDENTIAL: u8 = 64;

/// One credential, and how the browser around it behaves.
pub struct Authenticator {
    key: EcdsaKeyPair,
    pub credential_id: String,
    pub user_handle: Option<String>,
    pub counter: u32,
    pub origin: String,
    pub rp_id: String,
    pub flags: u8,
    pub cross_origin: bool,
}

impl Authenticator {
    pub fn new(name: &str) -> Self {
        Self {
            key: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap(),
            credential_id: encode(&digest(&SHA256, name.as_bytes()).as_ref()[..16]),
            user_handle: None,
            counter: 0,
            origin: ORIGIN.into(),
            rp_id: "localhost".into(),
            flags: USER_PRESENT | USER_VERIFIED,
            cross_origin: false,
        }
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let data = json!({
            "type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": self.cross_origin
        });
        data.to_string().into_bytes()
    }

    fn authenticator_data(&self, flags: u8) -> Vec<u8> {
        let mut data = digest(&SHA256, self.rp_id.as_bytes()).as_ref().to_vec();
        data.push(flags);
        data.extend(self.counter.to_be_bytes());
        data
    }

    /// Makes the credential that the options ask for.
    pub fn create(&mut self, options: &Value) -> Value {
        self.user_handle = options["user"]["id"].as_str().map(str::to_owned);
        let id = URL_SAFE_NO_PAD.decode(&self.credential_id).unwrap();
        let point = self.key.public_key().as_ref();
        let mut data = self.authenticator_data(self.flags | NEW_CREDENTIAL);
        data.extend([0; 16]);
        data.extend([0, 16]);
        data.extend(&id);
        // {1: 2, 3: -7, -1: 1, -2: x, -3: y}
        data.extend([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]);
        data.extend(&point[1..33]);
        data.extend([0x22, 0x58, 0x20]);
        data.extend(&point[33..65]);
        let mut object = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".to_vec();
        object.push(u8::try_from(data.len()).unwrap());
        object.extend(&data);
        json!({
            "type": "WebAuthn", "id": self.credential_id, "rawId": self.credential_id, "clientExtensionResults": {},
            "response": {
                "clientDataJSON": encode(&self.client_data("webauthn.create", options)),
                "attestationObject": encode(&object), "transports": ["internal", "carrier-pigeon"]
            }
        })
    }

    /// Answers the challenge.
    pub fn get(&mut self, options: &Value) -> Value {
        self.counter += 1;
        self.get_again(options)
    }

    /// Answers without counting.
    pub fn get_again(&self, options: &Value) -> Value {
        let client_data = self.client_data("webauthn.get", options);
        let data = self.authenticator_data(self.flags);
        let message = [&data[..], digest(&SHA256, &client_data).as_ref()].concat();
        let signature = self.key.sign(&SystemRandom::new(), &message).unwrap();
        json!({
            "type": "WebAuthn", "id": self.credential_id, "rawId": self.credential_id, "clientExtensionResults": {},
            "response": {
                "clientDataJSON": encode(&client_data), "authenticatorData": encode(&data),
                "signature": encode(signature.as_ref()), "userHandle": self.user_handle
            }
        })
    }
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
