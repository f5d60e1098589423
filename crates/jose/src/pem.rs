//! PKCS#8 in PEM (RFC 7468): the one container in which private keys are stored.

use pem_rfc7468::{Decoder, LineEnding, encode_string};

use crate::JoseError;

const LABEL: &str = "PRIVATE KEY";

/// Wraps PKCS#8 DER.
pub(crate) fn write(der: &[u8]) -> Result<String, JoseError> {
    encode_string(LABEL, LineEnding::LF, der).map_err(|_| JoseError::Key("too long for PEM"))
}

/// The DER inside; text before the block is ignored.
pub(crate) fn read(pem: &str) -> Result<Vec<u8>, JoseError> {
    let error = |_| JoseError::Key("not a PEM block `PRIVATE KEY` (PKCS#8)");
    let mut decoder = Decoder::new_detect_wrap(pem.as_bytes()).map_err(error)?;
    let mut der = Vec::new();
    decoder.decode_to_end(&mut der).map_err(error)?;
    if decoder.type_label() == LABEL { Ok(der) } else { Err(error(pem_rfc7468::Error::Label)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back_also_with_windows_line_ends() {
        let der: Vec<u8> = (0..=255).collect();
        let pem = write(&der).unwrap();
        assert!(pem.lines().all(|line| line.len() <= 64));
        assert_eq!(read(&pem), Ok(der.clone()));
        assert_eq!(read(&format!("comment\r\n{}", pem.replace('\n', "\r\n"))), Ok(der));
        assert!(read("-----BEGIN EC PRIVATE KEY-----").is_err());
        assert!(read(&pem.replace("PRIVATE", "EC PRIVATE")).is_err());
    }
}
