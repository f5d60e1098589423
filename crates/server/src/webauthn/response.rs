//! What browsers send (section 5.1, `PublicKeyCredential.toJSON`), with the type that the contract gives it.

use serde::Deserialize;

use super::{WebAuthnError, client_data, decode};

/// What is known of ways to reach an authenticator (section 5.8.4). Others are left out.
const TRANSPORTS: [&str; 7] = ["usb", "nfc", "ble", "internal", "cable", "hybrid", "smart-card"];

/// A new credential.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RegistrationResponse {
    id: String,
    raw_id: String,
    pub(super) response: AttestationResponse,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct AttestationResponse {
    #[serde(rename = "clientDataJSON")]
    pub client_data_json: String,
    #[serde(rename = "attestationObject")]
    pub attestation_object: String,
    #[serde(default)]
    transports: Option<Vec<String>>,
}

impl AttestationResponse {
    pub(super) fn transports(&self) -> Vec<String> {
        let named = TRANSPORTS.iter().filter(|known| self.transports.iter().flatten().any(|named| named == *known));
        named.map(|known| (*known).to_owned()).collect()
    }
}

impl RegistrationResponse {
    pub(super) fn id(&self) -> Result<&str, WebAuthnError> {
        same(&self.id, &self.raw_id)
    }

    /// The challenge that it says it answers.
    ///
    /// # Errors
    /// [`WebAuthnError::Malformed`].
    pub fn challenge(&self) -> Result<String, WebAuthnError> {
        client_data::challenge_of(&decode(&self.response.client_data_json)?)
    }
}

/// The use of a credential.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthenticationResponse {
    id: String,
    raw_id: String,
    pub(super) response: AssertionResponse,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AssertionResponse {
    #[serde(rename = "clientDataJSON")]
    pub client_data_json: String,
    pub authenticator_data: String,
    pub signature: String,
    #[serde(default)]
    user_handle: Option<String>,
}

impl AuthenticationResponse {
    /// The id of the credential, in base64url without padding.
    ///
    /// # Errors
    /// [`WebAuthnError::Malformed`] if its two forms differ.
    pub fn id(&self) -> Result<&str, WebAuthnError> {
        same(&self.id, &self.raw_id)
    }

    /// The challenge that it says it answers.
    ///
    /// # Errors
    /// [`WebAuthnError::Malformed`].
    pub fn challenge(&self) -> Result<String, WebAuthnError> {
        client_data::challenge_of(&decode(&self.response.client_data_json)?)
    }

    /// Whose credential it is as the authenticator says, if it does; signed by nobody.
    pub fn user_handle(&self) -> Option<&str> {
        self.response.user_handle.as_deref().filter(|handle| !handle.is_empty())
    }
}

fn same<'a>(id: &'a str, raw_id: &str) -> Result<&'a str, WebAuthnError> {
    let id = id.trim_end_matches('=');
    if id == raw_id.trim_end_matches('=') { Ok(id) } else { Err(WebAuthnError::Malformed) }
}
