//! PKCS#8 in PEM (RFC 7468): the one container in which private keys are stored.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::JoseError;

const BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const END: &str = "-----END PRIVATE KEY-----";

/// Wraps PKCS#8 DER.
pub(crate) fn write(der: &[u8]) -> String {
    let body = STANDARD.encode(der);
    let mut out = String::with_capacity(body.len() + body.len() / 64 + 64);
    out.push_str(BEGIN);
    for (at, character) in body.chars().enumerate() {
        if at % 64 == 0 {
            out.push('\n');
        }
        out.push(character);
    }
    out.push('\n');
    out.push_str(END);
    out.push('\n');
    out
}

/// The DER inside; text before and after the block is ignored.
pub(crate) fn read(pem: &str) -> Result<Vec<u8>, JoseError> {
    let error = JoseError::Key("not a PEM block `PRIVATE KEY` (PKCS#8)");
    let (_, rest) = pem.split_once(BEGIN).ok_or_else(|| error.clone())?;
    let (body, _) = rest.split_once(END).ok_or_else(|| error.clone())?;
    let body: String = body.chars().filter(|character| !character.is_ascii_whitespace()).collect();
    STANDARD.decode(body).map_err(|_| error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back_also_with_windows_line_ends() {
        let der: Vec<u8> = (0..=255).collect();
        let pem = write(&der);
        assert!(pem.lines().all(|line| line.len() <= 64));
        assert_eq!(read(&pem), Ok(der.clone()));
        assert_eq!(read(&format!("comment\r\n{}", pem.replace('\n', "\r\n"))), Ok(der));
        assert!(read("-----BEGIN EC PRIVATE KEY-----").is_err());
    }
}
