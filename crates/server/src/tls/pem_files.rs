//! Reading the PEM files of certificate and key, with a sentence for each way in which they are often wrong.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

/// Where the certificate chain and its private key are.
#[derive(Clone)]
pub(super) struct PemFiles {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// What both files contain.
#[derive(PartialEq, Eq)]
pub(super) struct Contents {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

pub(super) fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

impl PemFiles {
    /// # Errors
    /// A file can't be read.
    pub(super) fn read(&self) -> Result<Contents, String> {
        let read = |path: &Path, setting: &str| {
            std::fs::read(path).map_err(|error| {
                format!("the file {} of {setting} can't be read ({error}); correct it", path.display())
            })
        };
        let (certificate, key) = (read(&self.certificate, "HTTPS_CERT_PATH")?, read(&self.key, "HTTPS_KEY_PATH")?);
        Ok(Contents { certificate, key })
    }

    /// # Errors
    /// A file is no PEM, does not contain what it should, or the key is not the certificate's.
    pub(super) fn parse(&self, contents: &Contents) -> Result<CertifiedKey, String> {
        let wrong = |path: &Path, setting: &str, problem: Problem| {
            let file = path.display().to_string();
            format!("the file {file} of {setting} {}", problem.sentence(&file))
        };
        let of_certificate = |problem| wrong(&self.certificate, "HTTPS_CERT_PATH", problem);
        let of_key = |problem| wrong(&self.key, "HTTPS_KEY_PATH", problem);
        let chain = certificates(&contents.certificate).map_err(of_certificate)?;
        let key = private_key(&contents.key).map_err(of_key)?;
        CertifiedKey::from_der(chain, key, &provider()).map_err(|error| {
            format!(
                "{} and {} can't be used together ({error}); HTTPS_KEY_PATH must name the key of the first certificate in \
                 HTTPS_CERT_PATH",
                self.certificate.display(),
                self.key.display()
            )
        })
    }
}

/// What is wrong with a file.
enum Problem {
    ByteOrderMark,
    Utf16,
    Binary(Kind),
    Encrypted,
    Missing(Kind),
    Damaged(String),
}

#[derive(Clone, Copy)]
enum Kind {
    Certificate,
    Key,
}

impl Problem {
    fn sentence(&self, file: &str) -> String {
        match self {
            Self::ByteOrderMark => "begins with a byte order mark; save it without one (UTF-8 without BOM)".into(),
            Self::Utf16 => "is UTF-16; save it as ASCII or UTF-8 without BOM".into(),
            Self::Binary(Kind::Certificate) => format!(
                "is binary (DER or PKCS#12), not PEM; convert it, DER with `openssl x509 -inform der -in {file} -out \
                 cert.pem`, PKCS#12 with `openssl pkcs12 -in {file} -nokeys -out cert.pem`"
            ),
            Self::Binary(Kind::Key) => format!(
                "is binary (DER or PKCS#12), not PEM; convert it, DER with `openssl pkey -inform der -in {file} -out \
                 key.pem`, PKCS#12 with `openssl pkcs12 -in {file} -nocerts -nodes -out key.pem`"
            ),
            Self::Encrypted => format!(
                "is encrypted with a passphrase; decrypt it with `openssl pkey -in {file} -out key.pem` and let only \
                 Loggia's account read it"
            ),
            Self::Missing(Kind::Certificate) => {
                "has no `-----BEGIN CERTIFICATE-----`; it must be the certificate chain in PEM".into()
            }
            Self::Missing(Kind::Key) => {
                "has no `-----BEGIN PRIVATE KEY-----`; it must be the private key in PEM".into()
            }
            Self::Damaged(cause) => format!("can't be read as PEM ({cause}); copy it again"),
        }
    }
}

/// The certificates of authorities in a file.
///
/// # Errors
/// What is wrong with it, as the end of a sentence.
pub(super) fn authorities(bytes: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    certificates(bytes).map_err(|problem| problem.sentence("ca.pem"))
}

fn certificates(bytes: &[u8]) -> Result<Vec<CertificateDer<'static>>, Problem> {
    require_text(bytes, Kind::Certificate)?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(bytes).collect();
    let chain = chain.map_err(|error| Problem::Damaged(error.to_string()))?;
    if chain.is_empty() { Err(Problem::Missing(Kind::Certificate)) } else { Ok(chain) }
}

fn private_key(bytes: &[u8]) -> Result<PrivateKeyDer<'static>, Problem> {
    require_text(bytes, Kind::Key)?;
    let text = String::from_utf8_lossy(bytes);
    // PKCS#8 (RFC 7468 section 11) and the older frame of OpenSSL.
    if text.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----") || text.contains("Proc-Type: 4,ENCRYPTED") {
        return Err(Problem::Encrypted);
    }
    if !text.contains("PRIVATE KEY-----") {
        return Err(Problem::Missing(Kind::Key));
    }
    PrivateKeyDer::from_pem_slice(bytes).map_err(|error| Problem::Damaged(error.to_string()))
}

fn require_text(bytes: &[u8], kind: Kind) -> Result<(), Problem> {
    match bytes {
        [0xef, 0xbb, 0xbf, ..] => Err(Problem::ByteOrderMark),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Err(Problem::Utf16),
        // An ASN.1 SEQUENCE with a length of several bytes.
        [0x30, 0x80..=0x84, ..] => Err(Problem::Binary(kind)),
        _ if bytes.contains(&0) => Err(Problem::Binary(kind)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sentence(certificate: &[u8], key: &[u8]) -> String {
        let files = PemFiles { certificate: "/etc/c.pem".into(), key: "/etc/k.pem".into() };
        let contents = Contents { certificate: certificate.to_vec(), key: key.to_vec() };
        files.parse(&contents).err().unwrap_or_default()
    }

    #[test]
    fn each_way_in_which_tls_files_are_wrong_is_named_with_its_file() {
        let signed = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let (cert, key) = (signed.cert.pem().into_bytes(), signed.signing_key.serialize_pem().into_bytes());
        assert_eq!(sentence(&cert, &key), "");
        let bom = |text: &[u8]| [b"\xef\xbb\xbf", text].concat();
        let wide = |text: &[u8]| [b"\xff\xfe".to_vec(), text.iter().flat_map(|byte| [*byte, 0]).collect()].concat();
        let encrypted = b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n";
        let older = b"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nMAA=\n-----END RSA PRIVATE KEY-----\n";
        let cases: [(Vec<u8>, Vec<u8>, &str); 13] = [
            (signed.cert.der().to_vec(), key.clone(), "c.pem of HTTPS_CERT_PATH is binary (DER"),
            (cert.clone(), signed.signing_key.serialize_der(), "k.pem of HTTPS_KEY_PATH is binary (DER"),
            (bom(&cert), key.clone(), "c.pem of HTTPS_CERT_PATH begins with a byte order mark"),
            (cert.clone(), bom(&key), "k.pem of HTTPS_KEY_PATH begins with a byte order mark"),
            (wide(&cert), key.clone(), "c.pem of HTTPS_CERT_PATH is UTF-16"),
            (cert.clone(), wide(&key), "k.pem of HTTPS_KEY_PATH is UTF-16"),
            (cert.clone(), encrypted.to_vec(), "k.pem of HTTPS_KEY_PATH is encrypted with a passphrase"),
            (cert.clone(), older.to_vec(), "k.pem of HTTPS_KEY_PATH is encrypted with a passphrase"),
            (key.clone(), cert.clone(), "c.pem of HTTPS_CERT_PATH has no `-----BEGIN CERTIFICATE"),
            (cert.clone(), cert.clone(), "k.pem of HTTPS_KEY_PATH has no `-----BEGIN PRIVATE KEY"),
            (Vec::new(), key.clone(), "c.pem of HTTPS_CERT_PATH has no"),
            (cert[..cert.len() / 2].to_vec(), key.clone(), "c.pem of HTTPS_CERT_PATH can't be read as PEM"),
            (cert.clone(), other.signing_key.serialize_pem().into_bytes(), "can't be used together"),
        ];
        for (certificate, key, expected) in cases {
            let sentence = sentence(&certificate, &key);
            assert!(sentence.contains(expected) && sentence.contains("; "), "{expected}: {sentence}");
        }
    }
}
