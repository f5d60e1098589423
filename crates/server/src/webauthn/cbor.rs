//! As much of CBOR (RFC 8949) as authenticators write: the canonical form of CTAP2, which has definite lengths only.

use super::WebAuthnError;

/// Deeper structures come from nobody who means well.
const MAX_DEPTH: usize = 8;

const UNSIGNED: u8 = 0;
const NEGATIVE: u8 = 1;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const TAG: u8 = 6;

/// Reads bytes from the front.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(super) fn take(&mut self, length: usize) -> Result<&'a [u8], WebAuthnError> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(WebAuthnError::Malformed)?;
        self.rest = rest;
        Ok(taken)
    }

    pub(super) fn byte(&mut self) -> Result<u8, WebAuthnError> {
        self.array().map(|[byte]| byte)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], WebAuthnError> {
        self.take(N)?.try_into().map_err(|_| WebAuthnError::Malformed)
    }

    /// Nothing may follow.
    pub(super) fn finish(self) -> Result<(), WebAuthnError> {
        if self.rest.is_empty() { Ok(()) } else { Err(WebAuthnError::Malformed) }
    }

    /// The bytes of the next item, whatever it is.
    pub(super) fn item(&mut self) -> Result<&'a [u8], WebAuthnError> {
        let before = self.rest;
        self.skip(MAX_DEPTH)?;
        before.get(..before.len() - self.rest.len()).ok_or(WebAuthnError::Malformed)
    }

    /// The number of members of the next item, which must be a map.
    pub(super) fn map(&mut self) -> Result<u64, WebAuthnError> {
        self.expect(MAP)
    }

    pub(super) fn text(&mut self) -> Result<&'a str, WebAuthnError> {
        let length = self.expect(TEXT)?;
        std::str::from_utf8(self.take_long(length)?).map_err(|_| WebAuthnError::Malformed)
    }

    pub(super) fn bytes(&mut self) -> Result<&'a [u8], WebAuthnError> {
        let length = self.expect(BYTES)?;
        self.take_long(length)
    }

    pub(super) fn integer(&mut self) -> Result<i64, WebAuthnError> {
        let (kind, argument) = self.head()?;
        let value = i64::try_from(argument).map_err(|_| WebAuthnError::Malformed)?;
        match kind {
            UNSIGNED => Ok(value),
            NEGATIVE => Ok(-1 - value),
            _ => Err(WebAuthnError::Malformed),
        }
    }

    fn expect(&mut self, kind: u8) -> Result<u64, WebAuthnError> {
        let (found, argument) = self.head()?;
        if found == kind { Ok(argument) } else { Err(WebAuthnError::Malformed) }
    }

    fn take_long(&mut self, length: u64) -> Result<&'a [u8], WebAuthnError> {
        self.take(usize::try_from(length).map_err(|_| WebAuthnError::Malformed)?)
    }

    /// Major type and argument (RFC 8949 section 3).
    fn head(&mut self) -> Result<(u8, u64), WebAuthnError> {
        let first = self.byte()?;
        let argument = match first & 0x1f {
            small @ 0..=23 => u64::from(small),
            24 => u64::from(self.byte()?),
            25 => u64::from(self.array().map(u16::from_be_bytes)?),
            26 => u64::from(self.array().map(u32::from_be_bytes)?),
            27 => self.array().map(u64::from_be_bytes)?,
            _ => return Err(WebAuthnError::Malformed),
        };
        Ok((first >> 5, argument))
    }

    fn skip(&mut self, depth: usize) -> Result<(), WebAuthnError> {
        let depth = depth.checked_sub(1).ok_or(WebAuthnError::Malformed)?;
        let (kind, argument) = self.head()?;
        let items = match kind {
            BYTES | TEXT => return self.take_long(argument).map(drop),
            ARRAY => argument,
            MAP => argument.checked_mul(2).ok_or(WebAuthnError::Malformed)?,
            TAG => 1,
            _ => 0,
        };
        // Each item has a byte at least, so that a short text cannot claim a long list.
        for _ in 0..items {
            self.skip(depth)?;
        }
        Ok(())
    }
}

/// The attestation object (section 6.5.4).
pub(super) struct Attestation<'a> {
    pub format: &'a str,
    pub is_statement_empty: bool,
    pub authenticator_data: &'a [u8],
}

impl<'a> Attestation<'a> {
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, WebAuthnError> {
        let mut reader = Reader::new(bytes);
        let (mut format, mut statement, mut data) = (None, None, None);
        for _ in 0..reader.map()? {
            match reader.text()? {
                "fmt" => format = Some(reader.text()?),
                "attStmt" => statement = Some(reader.item()?),
                "authData" => data = Some(reader.bytes()?),
                _ => {
                    reader.item()?;
                }
            }
        }
        reader.finish()?;
        Ok(Self {
            format: format.ok_or(WebAuthnError::Malformed)?,
            is_statement_empty: statement.ok_or(WebAuthnError::Malformed)? == [MAP << 5],
            authenticator_data: data.ok_or(WebAuthnError::Malformed)?,
        })
    }
}
