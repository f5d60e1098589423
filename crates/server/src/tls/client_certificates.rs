//! Certificates that clients show (RFC 8705). The handshake proves that whoever connects holds the certificate's key; what the
//! certificate is good for is decided by the request.

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::Timestamp;
use oauth::client::{CertificateName, CertificateNameKind};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, Error, RootCertStore, SignatureScheme};
use x509_parser::prelude::{FromDer as _, GeneralName, X509Certificate};
use x509_parser::x509::X509Name;

use super::pem_files::{self, provider};
use crate::settings::ClientCertificateSettings;

/// Further names of a certificate count for nothing.
const MAX_NAMES: usize = 100;
/// A longer chain ends the handshake: each connection keeps its own, and strangers make connections.
const MAX_CHAIN_BYTES: usize = 16 << 10;

/// The certificate of a connection. Cheap to clone.
#[derive(Debug, Clone)]
pub struct ClientCertificate(Arc<Facts>);

#[derive(Debug)]
struct Facts {
    der: Vec<u8>,
    /// `x5t#S256` (RFC 8705 section 3.1).
    thumbprint: String,
    /// Whether an authority of `CLIENT_CA_PATH` vouches for it.
    is_trusted: bool,
    not_before: i64,
    not_after: i64,
    names: Vec<CertificateName>,
}

impl ClientCertificate {
    fn parse(der: &CertificateDer<'_>, is_trusted: bool) -> Option<Self> {
        let (_, parsed) = X509Certificate::from_der(der).ok()?;
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, der);
        let names = names_of(&parsed)?;
        Some(Self(Arc::new(Facts {
            der: der.to_vec(),
            thumbprint: URL_SAFE_NO_PAD.encode(digest),
            is_trusted,
            not_before: parsed.validity().not_before.timestamp(),
            not_after: parsed.validity().not_after.timestamp(),
            names,
        })))
    }

    /// The SHA-256 thumbprint as base64url.
    pub fn thumbprint(&self) -> &str {
        &self.0.thumbprint
    }

    /// Whether it is good at this time (RFC 5280 section 4.1.2.5).
    pub fn is_valid_at(&self, now: Timestamp) -> bool {
        (self.0.not_before..=self.0.not_after).contains(&now.seconds())
    }

    /// Whether an authority vouches for it and it has exactly this name.
    pub fn is_vouched_for(&self, name: &CertificateName) -> bool {
        self.0.is_trusted && self.0.names.contains(name)
    }

    /// Whether it is this one, in base64.
    pub fn is_encoded_as(&self, text: &str) -> bool {
        decode(text).is_some_and(|der| der == self.0.der)
    }
}

/// Whether a text is a certificate in base64 (RFC 7517 section 4.7).
pub fn is_certificate(text: &str) -> bool {
    decode(text).is_some_and(|der| X509Certificate::from_der(&der).is_ok_and(|(rest, _)| rest.is_empty()))
}

fn decode(text: &str) -> Option<Vec<u8>> {
    base64::engine::general_purpose::STANDARD.decode(text).ok()
}

/// The names that a registration may mean. None where the certificate is not to be understood.
fn names_of(certificate: &X509Certificate<'_>) -> Option<Vec<CertificateName>> {
    let name = |kind, value: String| CertificateName { kind, value };
    let mut names = vec![name(CertificateNameKind::SubjectDn, distinguished_name(certificate.subject())?)];
    let alternatives = certificate.subject_alternative_name().ok()?;
    for general in alternatives.iter().flat_map(|found| &found.value.general_names).take(MAX_NAMES) {
        names.extend(match general {
            GeneralName::DNSName(text) => Some(name(CertificateNameKind::SanDns, (*text).to_owned())),
            GeneralName::URI(text) => Some(name(CertificateNameKind::SanUri, (*text).to_owned())),
            GeneralName::RFC822Name(text) => Some(name(CertificateNameKind::SanEmail, (*text).to_owned())),
            GeneralName::IPAddress(bytes) => {
                ip_address(bytes).map(|ip| name(CertificateNameKind::SanIp, ip.to_string()))
            }
            _ => None,
        });
    }
    names.retain(|name| !name.value.is_empty());
    Some(names)
}

fn ip_address(bytes: &[u8]) -> Option<IpAddr> {
    let four: Option<[u8; 4]> = bytes.try_into().ok();
    four.map(IpAddr::from).or_else(|| <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from))
}

/// The name as text (RFC 4514 section 2): the last part first. None where a value is no text: no registration means such a name.
fn distinguished_name(name: &X509Name<'_>) -> Option<String> {
    let mut parts = Vec::new();
    for relative in name.iter_rdn() {
        let mut values = Vec::new();
        for attribute in relative.iter() {
            let oid = attribute.attr_type().to_id_string();
            let text = escape(attribute.as_str().ok()?);
            let kind = NAMED.iter().find(|(known, _)| *known == oid).map_or(oid.as_str(), |(_, kind)| *kind);
            values.push(format!("{kind}={text}"));
        }
        parts.push(values.join("+"));
    }
    parts.reverse();
    Some(parts.join(","))
}

/// RFC 4514 section 3.
const NAMED: [(&str, &str); 9] = [
    ("2.5.4.3", "CN"),
    ("2.5.4.7", "L"),
    ("2.5.4.8", "ST"),
    ("2.5.4.10", "O"),
    ("2.5.4.11", "OU"),
    ("2.5.4.6", "C"),
    ("2.5.4.9", "STREET"),
    ("0.9.2342.19200300.100.1.25", "DC"),
    ("0.9.2342.19200300.100.1.1", "UID"),
];

/// RFC 4514 section 2.4.
fn escape(text: &str) -> String {
    let last = text.chars().count().saturating_sub(1);
    let mut out = String::with_capacity(text.len());
    for (at, one) in text.chars().enumerate() {
        match one {
            '\0' => out.push_str("\\00"),
            ' ' if at == 0 || at == last => out.push_str("\\ "),
            '#' if at == 0 => out.push_str("\\#"),
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' => out.extend(['\\', one]),
            _ => out.push(one),
        }
    }
    out
}

/// Asks for certificates and judges them. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct ClientCertificates {
    authorities: Option<Arc<dyn ClientCertVerifier>>,
}

impl ClientCertificates {
    /// Reads the authorities, if there are any.
    ///
    /// # Errors
    /// A sentence that names the file and what is wrong with it.
    pub(super) fn load(settings: &ClientCertificateSettings) -> Result<Self, String> {
        let authorities = settings.authorities.as_deref().map(authorities).transpose()?;
        Ok(Self { authorities })
    }

    /// What a connection showed, if it is a certificate that can be understood.
    pub(crate) fn of(&self, chain: Option<&[CertificateDer<'_>]>, now: Timestamp) -> Option<ClientCertificate> {
        let (own, others) = chain?.split_first()?;
        let now = UnixTime::since_unix_epoch(Duration::from_millis(now.millis().try_into().unwrap_or_default()));
        let trusts = |authority: &Arc<dyn ClientCertVerifier>| authority.verify_client_cert(own, others, now).is_ok();
        ClientCertificate::parse(own, self.authorities.as_ref().is_some_and(trusts))
    }
}

fn authorities(path: &Path) -> Result<Arc<dyn ClientCertVerifier>, String> {
    let named = |reason: String| format!("the file {} of CLIENT_CA_PATH {reason}", path.display());
    let bytes = std::fs::read(path).map_err(|error| named(format!("can't be read ({error}); correct it")))?;
    let mut roots = RootCertStore::empty();
    for certificate in pem_files::authorities(&bytes).map_err(named)? {
        roots.add(certificate).map_err(|error| named(format!("has a certificate that is no authority's ({error})")))?;
    }
    let made = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider()).build();
    made.map_err(|error| named(format!("can't be used ({error})")))
}

impl ClientCertVerifier for ClientCertificates {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    /// Browsers offer only certificates of these, so that nobody else is asked to choose one.
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.authorities.as_ref().map_or(&[], |authorities| authorities.root_hint_subjects())
    }

    /// Any: a certificate that nobody vouches for may be registered.
    fn verify_client_cert(
        &self,
        own: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let size: usize = others.iter().chain([own]).map(|certificate| certificate.len()).sum();
        if size > MAX_CHAIN_BYTES {
            return Err(Error::General("the client's certificates are too large".into()));
        }
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = provider().signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signed, &algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = provider().signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signed, &algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        provider().signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, DnType, KeyPair, SanType, string};

    use super::*;

    #[test]
    fn names_are_read_as_rfc_4514_writes_them_and_compared_as_they_are() {
        let mut params = CertificateParams::new(vec!["client.example".to_owned()]).unwrap();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CountryName, "DE");
        params.distinguished_name.push(DnType::OrganizationName, "Harbour, Bikes \"+\" <Co>");
        params.distinguished_name.push(DnType::CommonName, "#1 client ");
        params.subject_alt_names.extend([
            SanType::URI(string::Ia5String::try_from("spiffe://a/b").unwrap()),
            SanType::IpAddress("2001:db8::1".parse().unwrap()),
            SanType::Rfc822Name(string::Ia5String::try_from("ops@client.example").unwrap()),
        ]);
        let made = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
        let trusted = ClientCertificate::parse(made.der(), true).unwrap();
        let foreign = ClientCertificate::parse(made.der(), false).unwrap();
        let name = |kind, value: &str| CertificateName { kind, value: value.to_owned() };
        let subject = "CN=\\#1 client\\ ,O=Harbour\\, Bikes \\\"\\+\\\" \\<Co\\>,C=DE";
        for known in [
            name(CertificateNameKind::SubjectDn, subject),
            name(CertificateNameKind::SanDns, "client.example"),
            name(CertificateNameKind::SanUri, "spiffe://a/b"),
            name(CertificateNameKind::SanIp, "2001:db8::1"),
            name(CertificateNameKind::SanEmail, "ops@client.example"),
        ] {
            assert!(trusted.is_vouched_for(&known), "{known:?} in {:?}", trusted.0.names);
            assert!(!foreign.is_vouched_for(&known));
        }
        for unknown in [
            name(CertificateNameKind::SubjectDn, &subject.to_lowercase()),
            name(CertificateNameKind::SubjectDn, "CN=\\#1 client\\ "),
            name(CertificateNameKind::SanDns, "other.client.example"),
            name(CertificateNameKind::SanDns, "Client.example"),
            name(CertificateNameKind::SanUri, "client.example"),
            name(CertificateNameKind::SanDns, ""),
        ] {
            assert!(!trusted.is_vouched_for(&unknown), "{unknown:?}");
        }
        let text = base64::engine::general_purpose::STANDARD.encode(made.der());
        assert!(trusted.is_encoded_as(&text) && is_certificate(&text));
        assert!(!is_certificate(&format!("{text}AAAA")) && !is_certificate("") && !trusted.is_encoded_as("AAAA"));
    }
}
