//! The relying party of Web Authentication (W3C WebAuthn Level 3), for attestation "none": reads what an authenticator made and
//! says whether it holds. Pure: no storage, clock or randomness. `docs/adr` says why it is not a library.

mod authenticator_data;
mod cbor;
mod challenge;
mod client_data;
mod public_key;
mod response;
#[cfg(test)]
mod tests;

pub use challenge::{ChallengePurpose, ChallengeSource};
pub use response::{AuthenticationResponse, RegistrationResponse};

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use authenticator_data::AuthenticatorData;
use client_data::{Ceremony, check_client_data};
use public_key::PublicKey;

/// The algorithms that are offered, by COSE number, best first: ES256 and RS256 (inventory E074).
pub const ALGORITHMS: [i64; 2] = [public_key::ES256, public_key::RS256];

/// How many bytes the id of a credential may have (section 5.8.3, "credential id length").
const MAX_CREDENTIAL_ID_BYTES: usize = 1023;

/// Why a response does not hold. The text is for people who build clients; none of it is secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WebAuthnError {
    #[error("the response is malformed")]
    Malformed,
    #[error("the type of the client data is another")]
    Ceremony,
    #[error("the challenge is another, or has expired")]
    Challenge,
    #[error("the origin is another")]
    Origin,
    #[error("the relying party is another")]
    RelyingParty,
    #[error("the user was not present")]
    UserPresence,
    #[error("the user was not verified")]
    UserVerification,
    #[error("the key is of a kind that was not offered")]
    Algorithm,
    #[error("the attestation is not of the format none")]
    Attestation,
    #[error("the credential is another")]
    Credential,
    #[error("the signature is wrong")]
    Signature,
    #[error("the signature counter went back")]
    Counter,
}

/// A party that credentials are for: the host of the sign-in pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelyingParty {
    /// A host name (section 5.4.2); credentials belong to it.
    pub id: String,
    /// The origins whose pages may use them (section 13.4.9).
    pub origins: Vec<String>,
}

/// What is stored of a credential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Credential {
    /// base64url.
    pub credential_id: String,
    /// The COSE key (RFC 9052 section 7) in base64url.
    pub public_key: String,
    /// How often it signed, as far as its authenticator counts (section 6.1.1).
    pub counter: u32,
    /// Absent in credentials from elsewhere, until they are used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rp_id: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transports: Vec<String>,
}

impl Credential {
    /// Whether the id and the key can be read, of credentials that come from elsewhere.
    pub fn is_well_formed(&self) -> bool {
        let id = URL_SAFE_NO_PAD.decode(&self.credential_id);
        let is_id = id.is_ok_and(|id| !id.is_empty() && id.len() <= MAX_CREDENTIAL_ID_BYTES);
        is_id && URL_SAFE_NO_PAD.decode(&self.public_key).is_ok_and(|key| PublicKey::parse(&key).is_ok())
    }
}

impl RelyingParty {
    /// Section 7.1: registering a new credential.
    ///
    /// # Errors
    /// [`WebAuthnError`].
    pub fn verify_registration(
        &self,
        challenge: &str,
        response: &RegistrationResponse,
    ) -> Result<Credential, WebAuthnError> {
        let made = &response.response;
        check_client_data(&decode(&made.client_data_json)?, Ceremony::Create, challenge, &self.origins)?;
        let object = decode(&made.attestation_object)?;
        let attestation = cbor::Attestation::parse(&object)?;
        // Nothing else was asked for. Another statement says nothing about this credential that anybody would look at.
        if attestation.format != "none" || !attestation.is_statement_empty {
            return Err(WebAuthnError::Attestation);
        }
        let data = AuthenticatorData::parse(attestation.authenticator_data)?;
        self.require_flags(&data)?;
        let new = data.credential.ok_or(WebAuthnError::Malformed)?;
        if new.id.is_empty() || new.id.len() > MAX_CREDENTIAL_ID_BYTES || decode(response.id()?)? != new.id {
            return Err(WebAuthnError::Credential);
        }
        PublicKey::parse(new.public_key)?;
        Ok(Credential {
            credential_id: URL_SAFE_NO_PAD.encode(new.id),
            public_key: URL_SAFE_NO_PAD.encode(new.public_key),
            counter: data.counter,
            rp_id: Some(self.id.clone()),
            transports: made.transports(),
        })
    }

    /// Section 7.2: verifying an assertion by this credential. The counter is checked by [`next_counter`], when it is stored.
    /// Returns the counter of the authenticator.
    ///
    /// # Errors
    /// [`WebAuthnError`].
    pub fn verify_authentication(
        &self,
        challenge: &str,
        response: &AuthenticationResponse,
        credential: &Credential,
    ) -> Result<u32, WebAuthnError> {
        let made = &response.response;
        let id = decode(&credential.credential_id)?;
        if decode(response.id()?)? != id || credential.rp_id.as_ref().is_some_and(|rp_id| *rp_id != self.id) {
            return Err(WebAuthnError::Credential);
        }
        let client_data = decode(&made.client_data_json)?;
        check_client_data(&client_data, Ceremony::Get, challenge, &self.origins)?;
        let signed = decode(&made.authenticator_data)?;
        let data = AuthenticatorData::parse(&signed)?;
        self.require_flags(&data)?;
        let message = [&signed[..], digest(&SHA256, &client_data).as_ref()].concat();
        PublicKey::parse(&decode(&credential.public_key)?)?.verify(&message, &decode(&made.signature)?)?;
        Ok(data.counter)
    }

    fn require_flags(&self, data: &AuthenticatorData<'_>) -> Result<(), WebAuthnError> {
        if data.rp_id_hash != digest(&SHA256, self.id.as_bytes()).as_ref() {
            return Err(WebAuthnError::RelyingParty);
        }
        if !data.is_user_present {
            return Err(WebAuthnError::UserPresence);
        }
        // Always asked for (E074): one gesture is then possession and knowledge or inherence.
        if data.is_user_verified { Ok(()) } else { Err(WebAuthnError::UserVerification) }
    }
}

/// The counter to store (section 7.2, step 22). One that does not grow tells of a copied authenticator; those that always say
/// zero do not count.
///
/// # Errors
/// [`WebAuthnError::Counter`].
pub fn next_counter(stored: u32, signed: u32) -> Result<u32, WebAuthnError> {
    if signed > stored || (signed == 0 && stored == 0) { Ok(signed) } else { Err(WebAuthnError::Counter) }
}

/// base64url without padding, as browsers write it; padding is forgiven.
fn decode(text: &str) -> Result<Vec<u8>, WebAuthnError> {
    URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).map_err(|_| WebAuthnError::Malformed)
}
