//! Authenticator data (section 6.1).

use super::WebAuthnError;
use super::cbor::Reader;

const USER_PRESENT: u8 = 1;
const USER_VERIFIED: u8 = 1 << 2;
const HAS_CREDENTIAL: u8 = 1 << 6;
const HAS_EXTENSIONS: u8 = 1 << 7;

#[derive(Debug)]
pub(super) struct AuthenticatorData<'a> {
    pub rp_id_hash: &'a [u8],
    pub is_user_present: bool,
    pub is_user_verified: bool,
    pub counter: u32,
    pub credential: Option<AttestedCredential<'a>>,
}

/// A new credential (section 6.5.2).
#[derive(Debug)]
pub(super) struct AttestedCredential<'a> {
    pub id: &'a [u8],
    /// A COSE key.
    pub public_key: &'a [u8],
}

impl<'a> AuthenticatorData<'a> {
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, WebAuthnError> {
        let mut reader = Reader::new(bytes);
        let rp_id_hash = reader.take(32)?;
        let flags = reader.byte()?;
        let counter = reader.array().map(u32::from_be_bytes)?;
        let credential = match flags & HAS_CREDENTIAL {
            0 => None,
            _ => {
                // The AAGUID tells of the model, which nobody asked for.
                reader.take(16)?;
                let length = reader.array().map(u16::from_be_bytes)?;
                let id = reader.take(usize::from(length))?;
                Some(AttestedCredential { id, public_key: reader.item()? })
            }
        };
        if flags & HAS_EXTENSIONS != 0 {
            reader.item()?;
        }
        reader.finish()?;
        Ok(Self {
            rp_id_hash,
            is_user_present: flags & USER_PRESENT != 0,
            is_user_verified: flags & USER_VERIFIED != 0,
            counter,
            credential,
        })
    }
}
