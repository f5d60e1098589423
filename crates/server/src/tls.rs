//! TLS of the server's ports: `HTTPS_CERT_PATH` and `HTTPS_KEY_PATH` (inventory F010). A renewed certificate is served
//! without a restart.

mod client_certificates;
mod pem_files;

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use rustls::ServerConfig;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio_rustls::TlsAcceptor;

use crate::connection::ALPN_PROTOCOLS;
use crate::settings::ClientCertificateSettings;
pub(crate) use client_certificates::ClientCertificates;
pub use client_certificates::{ClientCertificate, is_certificate};
use pem_files::{Contents, PemFiles};

/// How often the files are compared with the served certificate.
const RELOAD_INTERVAL: Duration = Duration::from_secs(5);

/// A certificate that follows its files.
pub struct Tls {
    files: PemFiles,
    served: Contents,
    current: Arc<CurrentKey>,
    acceptor: TlsAcceptor,
    client_certificates: Option<ClientCertificates>,
}

/// What a port needs to speak TLS.
#[derive(Clone)]
pub struct TlsPort {
    pub(crate) acceptor: TlsAcceptor,
    /// None asks nobody for a certificate.
    pub(crate) client_certificates: Option<ClientCertificates>,
}

#[derive(Debug)]
struct CurrentKey(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for CurrentKey {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

impl Tls {
    /// Reads the certificate chain and its key, and the authorities of clients' certificates, all PEM.
    ///
    /// # Errors
    /// A sentence that names the file and what is wrong with it.
    pub fn load(
        certificate: PathBuf,
        key: PathBuf,
        clients: Option<&ClientCertificateSettings>,
    ) -> Result<Self, String> {
        let files = PemFiles { certificate, key };
        let served = files.read()?;
        let current = Arc::new(CurrentKey(RwLock::new(Arc::new(files.parse(&served)?))));
        let client_certificates = clients.map(ClientCertificates::load).transpose()?;
        let builder = ServerConfig::builder_with_provider(pem_files::provider())
            .with_safe_default_protocol_versions()
            .map_err(|error| format!("TLS can't be used ({error}); please report this"))?;
        let builder = match client_certificates.clone() {
            None => builder.with_no_client_auth(),
            Some(asked) => builder.with_client_cert_verifier(Arc::new(asked)),
        };
        let mut config = builder.with_cert_resolver(Arc::clone(&current) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = ALPN_PROTOCOLS.map(<[u8]>::to_vec).into();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        Ok(Self { files, served, current, acceptor, client_certificates })
    }

    /// What accepts connections; it always uses the newest certificate.
    pub fn port(&self) -> TlsPort {
        TlsPort { acceptor: self.acceptor.clone(), client_certificates: self.client_certificates.clone() }
    }

    /// Replaces the certificate whenever its files have changed. Never ends.
    pub async fn follow_files(mut self) {
        let mut last_error = String::new();
        loop {
            tokio::time::sleep(RELOAD_INTERVAL).await;
            // On a thread for blocking work: a network file system may hang.
            let files = self.files.clone();
            let Ok(found) = tokio::task::spawn_blocking(move || files.read()).await else { continue };
            match found.and_then(|found| self.replace(found)) {
                Ok(false) => last_error.clear(),
                Ok(true) => {
                    last_error.clear();
                    tracing::info!(certificate = %self.files.certificate.display(), "the renewed certificate is in use");
                }
                // Both files can't change at the same moment, so a mismatch may be over at the next look.
                Err(error) if error != last_error => {
                    tracing::warn!(%error, "the old certificate stays in use");
                    last_error = error;
                }
                Err(_) => {}
            }
        }
    }

    /// Whether this is a new certificate, which is then in use.
    fn replace(&mut self, found: Contents) -> Result<bool, String> {
        if found == self.served {
            return Ok(false);
        }
        let key = Arc::new(self.files.parse(&found)?);
        *self.current.0.write().unwrap_or_else(PoisonError::into_inner) = key;
        self.served = found;
        Ok(true)
    }
}
