//! TLS of the server's ports: `HTTPS_CERT_PATH` and `HTTPS_KEY_PATH` (inventory F010).

use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

/// Reads the certificate chain and its key, both PEM.
///
/// # Errors
/// A sentence that names the file and what is wrong with it.
pub fn acceptor(certificate: &Path, key: &Path) -> Result<TlsAcceptor, String> {
    let unreadable = |path: &Path, cause: &dyn std::fmt::Display| {
        format!("{} can't be read as PEM ({cause}); check HTTPS_CERT_PATH and HTTPS_KEY_PATH", path.display())
    };
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect)
        .map_err(|error| unreadable(certificate, &error))?;
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| unreadable(key, &error))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, private))
        .map_err(|error| format!("the certificate and key can't be used together ({error}); check both files"))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}
