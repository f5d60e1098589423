//! What browsers are asked for, in the JSON of WebAuthn section 5.1 and exactly the members of the contract (traces 20-14 and
//! 20-15).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::users::mfa_factors::passkeys::Passkey;
use crate::users::store::User;
use crate::webauthn::{ALGORITHMS, Credential};

/// How long the browser waits for a person, in milliseconds.
const TIMEOUT: u32 = 60_000;

/// A new passkey of a user who has the `bound` ones.
pub(super) fn registration(rp_id: &str, user: &User, challenge: &str, bound: &[Passkey]) -> Value {
    let names = [&user.username, &user.primary_email, &user.primary_phone, &user.name];
    let name = names.into_iter().flatten().next().map_or(user.id.as_str(), String::as_str);
    let algorithms: Vec<Value> = ALGORITHMS.iter().map(|alg| json!({"type": "public-key", "alg": alg})).collect();
    json!({
        "rp": {"name": rp_id, "id": rp_id},
        "user": {"id": URL_SAFE_NO_PAD.encode(user.id.as_str()), "name": name, "displayName": name},
        "challenge": challenge,
        "pubKeyCredParams": algorithms,
        "timeout": TIMEOUT,
        "excludeCredentials": descriptors(bound.iter().map(|passkey| &passkey.credential)),
        "authenticatorSelection": {
            "requireResidentKey": true, "residentKey": "required", "userVerification": "required"
        },
        "attestation": "none",
        "extensions": {"credProps": true}
    })
}

/// One of these credentials, or any at all if there are none.
pub(super) fn authentication<'a>(
    rp_id: &str,
    challenge: &str,
    allowed: impl IntoIterator<Item = &'a Credential>,
) -> Value {
    json!({
        "challenge": challenge,
        "timeout": TIMEOUT,
        "rpId": rp_id,
        "allowCredentials": descriptors(allowed),
        "userVerification": "required"
    })
}

fn descriptors<'a>(credentials: impl IntoIterator<Item = &'a Credential>) -> Vec<Value> {
    let describe = |credential: &Credential| {
        let mut descriptor = json!({"type": "public-key", "id": credential.credential_id});
        if !credential.transports.is_empty() {
            descriptor["transports"] = json!(credential.transports);
        }
        descriptor
    };
    credentials.into_iter().map(describe).collect()
}
