//! TLS to PostgreSQL through rustls.

use std::future::Future;
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{WebPkiSupportedAlgorithms, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};

use crate::DbError;
use crate::channel_binding::end_point_digest;
use crate::postgres_url::{RootCertificates, SslMode, SslOptions};

/// Starts TLS as the driver asks for it. Cheap to clone.
#[derive(Clone)]
pub(crate) struct PostgresTls(Arc<ClientConfig>);

impl PostgresTls {
    /// # Errors
    /// [`DbError::Open`] when the root certificates can't be read.
    pub(crate) fn new(options: &SslOptions) -> Result<Self, DbError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier = Verifier::new(options, provider.signature_verification_algorithms)?;
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| DbError::Open(format!("TLS can't be set up: {error}")))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        if options.direct {
            config.alpn_protocols = vec![b"postgresql".to_vec()];
        }
        Ok(Self(Arc::new(config)))
    }
}

/// What is checked of the server's certificate.
#[derive(Debug)]
struct Verifier {
    mode: SslMode,
    roots: RootCertStore,
    /// The roots as they were given. A server may present one of them itself.
    given: Vec<CertificateDer<'static>>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Verifier {
    fn new(options: &SslOptions, algorithms: WebPkiSupportedAlgorithms) -> Result<Self, DbError> {
        let mut verifier = Self { mode: options.mode, roots: RootCertStore::empty(), given: Vec::new(), algorithms };
        let default = default_root_file().filter(|path| options.mode >= SslMode::Require && path.is_file());
        let roots = options.roots.clone().or_else(|| default.map(RootCertificates::File));
        let given = match roots.filter(|_| options.mode >= SslMode::Require) {
            Some(RootCertificates::File(path)) => read_pem(&path)?,
            Some(RootCertificates::System) => rustls_native_certs::load_native_certs().certs,
            None if options.mode >= SslMode::VerifyCa => {
                return Err(DbError::Open(
                    "sslmode=verify-ca and verify-full need the certificate authority: set sslrootcert to its PEM file, or to system".into(),
                ));
            }
            None => return Ok(verifier),
        };
        // For libpq `require` with root certificates is `verify-ca`.
        verifier.mode = options.mode.max(SslMode::VerifyCa);
        verifier.roots.add_parsable_certificates(given.iter().cloned());
        if verifier.roots.is_empty() {
            return Err(DbError::Open("sslrootcert has no certificate that can be used; check the file".into()));
        }
        verifier.given = given;
        Ok(verifier)
    }
}

fn default_root_file() -> Option<PathBuf> {
    std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".postgresql/root.crt"))
}

fn read_pem(path: &PathBuf) -> Result<Vec<CertificateDer<'static>>, DbError> {
    CertificateDer::pem_file_iter(path).and_then(Iterator::collect).map_err(|error| {
        DbError::Open(format!("sslrootcert {} can't be read as PEM ({error}); check DB_URL", path.display()))
    })
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if self.mode < SslMode::VerifyCa {
            return Ok(ServerCertVerified::assertion());
        }
        let certificate = ParsedCertificate::try_from(end_entity)?;
        // A server may use a certificate that was made with `openssl req -x509`, which is marked as an authority: as the
        // end of a chain it is refused, though the administrator named exactly this certificate.
        if !self.given.contains(end_entity) {
            verify_server_cert_signed_by_trust_anchor(
                &certificate,
                &self.roots,
                intermediates,
                now,
                self.algorithms.all,
            )?;
        }
        if self.mode == SslMode::VerifyFull {
            verify_server_name(&certificate, server_name)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        match self.mode < SslMode::VerifyCa {
            // Whose key it is was not checked, so the signature proves nothing; and old certificates can't be read.
            true => Ok(HandshakeSignatureValid::assertion()),
            false => verify_tls12_signature(message, certificate, signed, &self.algorithms),
        }
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        match self.mode < SslMode::VerifyCa {
            true => Ok(HandshakeSignatureValid::assertion()),
            false => verify_tls13_signature(message, certificate, signed, &self.algorithms),
        }
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// A TLS connection that is about to be made.
pub(crate) struct Handshake {
    config: Arc<ClientConfig>,
    name: String,
}

/// An encrypted connection.
pub(crate) struct EncryptedStream<S>(tokio_rustls::client::TlsStream<S>);

type Stream<S> = EncryptedStream<S>;

impl<S> MakeTlsConnect<S> for PostgresTls
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    type Stream = Stream<S>;
    type TlsConnect = Handshake;
    type Error = io::Error;

    fn make_tls_connect(&mut self, domain: &str) -> Result<Handshake, io::Error> {
        // Also called where no TLS is wanted, with an empty name.
        Ok(Handshake { config: Arc::clone(&self.0), name: domain.to_owned() })
    }
}

impl<S> TlsConnect<S> for Handshake
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    type Stream = Stream<S>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Stream<S>, io::Error>> + Send>>;

    fn connect(self, stream: S) -> Self::Future {
        Box::pin(async move {
            let name = ServerName::try_from(self.name).map_err(io::Error::other)?;
            tokio_rustls::TlsConnector::from(self.config).connect(name, stream).await.map(EncryptedStream)
        })
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> TlsStream for Stream<S> {
    fn channel_binding(&self) -> ChannelBinding {
        let certificates = self.0.get_ref().1.peer_certificates();
        certificates
            .and_then(|chain| chain.first())
            .and_then(|certificate| end_point_digest(certificate))
            .map_or_else(ChannelBinding::none, ChannelBinding::tls_server_end_point)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Stream<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Stream<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
