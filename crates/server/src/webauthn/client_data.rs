//! What the browser says about the ceremony (section 5.8.1).

use kernel::id;
use serde::Deserialize;

use super::WebAuthnError;

/// The two ceremonies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ceremony {
    Create,
    Get,
}

impl Ceremony {
    fn kind(self) -> &'static str {
        match self {
            Self::Create => "webauthn.create",
            Self::Get => "webauthn.get",
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(default)]
    cross_origin: bool,
}

/// The challenge, of whatever ceremony.
pub(super) fn challenge_of(json: &[u8]) -> Result<String, WebAuthnError> {
    let data: ClientData = serde_json::from_slice(json).map_err(|_| WebAuthnError::Malformed)?;
    Ok(data.challenge)
}

/// Checks type, challenge and origin (sections 7.1 and 7.2, steps 7 to 13). Frames of other sites are no pages of ours.
pub(super) fn check_client_data(
    json: &[u8],
    ceremony: Ceremony,
    challenge: &str,
    origins: &[String],
) -> Result<(), WebAuthnError> {
    let data: ClientData = serde_json::from_slice(json).map_err(|_| WebAuthnError::Malformed)?;
    if data.kind != ceremony.kind() {
        return Err(WebAuthnError::Ceremony);
    }
    if challenge.is_empty() || !id::constant_time_eq(&data.challenge, challenge) {
        return Err(WebAuthnError::Challenge);
    }
    if data.cross_origin || !origins.contains(&data.origin) {
        return Err(WebAuthnError::Origin);
    }
    Ok(())
}
