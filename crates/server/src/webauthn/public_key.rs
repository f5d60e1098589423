//! COSE keys (RFC 9052 section 7, RFC 9053 section 7.1, RFC 8230 section 4) of the algorithms that are offered.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
};

use super::WebAuthnError;
use super::cbor::Reader;

pub(super) const ES256: i64 = -7;
pub(super) const RS256: i64 = -257;

const KEY_TYPE: i64 = 1;
const ALGORITHM: i64 = 3;
const EC2: i64 = 2;
const RSA: i64 = 3;
const CURVE_P256: i64 = 1;
/// The uncompressed form of a point (SEC 1 section 2.3.3).
const UNCOMPRESSED: u8 = 4;
/// Modulus bytes of 2048 to 8192 bits. The exponent has no more than four bytes.
const RSA_MODULUS_BYTES: std::ops::RangeInclusive<usize> = 256..=1024;
const MAX_RSA_EXPONENT_BYTES: usize = 4;

/// A key that a signature can be checked with.
pub(super) enum PublicKey {
    EcdsaP256(ParsedPublicKey),
    Rsa { n: Vec<u8>, e: Vec<u8> },
}

/// The members of a key. Those of -1 and -2 mean what the type of the key says.
#[derive(Default)]
struct Members<'a> {
    kind: Option<i64>,
    algorithm: Option<i64>,
    curve: Option<i64>,
    /// `x` of a point and `n` of RSA are at -2 and -1, `y` and `e` at -3 and -2.
    bytes: [Option<&'a [u8]>; 3],
}

impl<'a> Members<'a> {
    fn parse(cose: &'a [u8]) -> Result<Self, WebAuthnError> {
        let mut reader = Reader::new(cose);
        let mut members = Self::default();
        for _ in 0..reader.map()? {
            let label = reader.integer()?;
            let is_second = match label {
                KEY_TYPE => members.kind.replace(reader.integer()?).is_some(),
                ALGORITHM => members.algorithm.replace(reader.integer()?).is_some(),
                -1 if members.kind == Some(EC2) => members.curve.replace(reader.integer()?).is_some(),
                -1 => members.bytes[0].replace(reader.bytes()?).is_some(),
                -2 => members.bytes[1].replace(reader.bytes()?).is_some(),
                -3 => members.bytes[2].replace(reader.bytes()?).is_some(),
                // A credential's key has no optional members (WebAuthn section 6.5.1), which could have any size.
                _ => return Err(WebAuthnError::Malformed),
            };
            if is_second {
                return Err(WebAuthnError::Malformed);
            }
        }
        reader.finish()?;
        Ok(members)
    }
}

impl PublicKey {
    /// Reads a key. The type must come before its members, as it does in the canonical order.
    pub(super) fn parse(cose: &[u8]) -> Result<Self, WebAuthnError> {
        let Members { kind, algorithm, curve, bytes } = Members::parse(cose)?;
        match (kind, algorithm, curve, bytes) {
            (Some(EC2), Some(ES256), Some(CURVE_P256), [None, Some(x), Some(y)]) if x.len() == 32 && y.len() == 32 => {
                let point = [&[UNCOMPRESSED], x, y].concat();
                // Refuses points that are not on the curve.
                let key = ParsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).map_err(|_| WebAuthnError::Malformed)?;
                Ok(Self::EcdsaP256(key))
            }
            (Some(RSA), Some(RS256), None, [Some(n), Some(e), None])
                if RSA_MODULUS_BYTES.contains(&n.len()) && (1..=MAX_RSA_EXPONENT_BYTES).contains(&e.len()) =>
            {
                Ok(Self::Rsa { n: n.to_vec(), e: e.to_vec() })
            }
            _ => Err(WebAuthnError::Algorithm),
        }
    }

    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), WebAuthnError> {
        let verified = match self {
            Self::EcdsaP256(key) => key.verify_sig(message, signature),
            Self::Rsa { n, e } => {
                let components = RsaPublicKeyComponents { n, e };
                components.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
            }
        };
        verified.map_err(|_| WebAuthnError::Signature)
    }
}
