//! TLS on the server's own ports (F010).

mod http2;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use rustls::pki_types::ServerName;
use server::serve::StartError;
use server::settings::{SettingSources, Settings};
use test_postgres::ReservedPort;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use tokio_rustls::client::TlsStream;

fn new_certificate() -> CertifiedKey<KeyPair> {
    generate_simple_self_signed(["localhost".to_owned()]).unwrap()
}

/// A server with HTTPS on both ports.
struct HttpsServer {
    directory: PathBuf,
    ports: [u16; 2],
    endpoint: String,
    stop: watch::Sender<bool>,
    running: JoinHandle<Result<(), StartError>>,
    _reserved: [ReservedPort; 2],
}

impl HttpsServer {
    async fn start(name: &str, certificate: &CertifiedKey<KeyPair>) -> Self {
        let directory = std::env::temp_dir().join(format!("loggia-https-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        write_certificate(&directory, certificate);
        let text = |name: &str| directory.join(name).to_string_lossy().into_owned();
        let reserved = [(); 2].map(|()| ReservedPort::any().unwrap());
        let [port, admin_port] = reserved.each_ref().map(ReservedPort::number);
        let environment = [
            ("DB_URL", format!("sqlite://{}", text("t.db"))),
            ("HOST", "127.0.0.1".into()),
            ("PORT", port.to_string()),
            ("ADMIN_PORT", admin_port.to_string()),
            ("HTTPS_CERT_PATH", text("cert.pem")),
            ("HTTPS_KEY_PATH", text("key.pem")),
        ];
        let environment = environment.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let settings = Settings::load(&SettingSources { environment, ..SettingSources::default() }).unwrap();
        let (stop, mut stopped) = watch::channel(false);
        let (ready, is_ready) = oneshot::channel();
        let stopping = futures_util::FutureExt::shared(Box::pin(async move { drop(stopped.changed().await) }));
        let endpoint = settings.endpoint.clone();
        let running = tokio::spawn(server::serve::run(settings, kernel::Clock::system(), stopping, move |_| {
            ready.send(()).unwrap()
        }));
        is_ready.await.unwrap();
        Self { directory, ports: [port, admin_port], endpoint, stop, running, _reserved: reserved }
    }

    /// Stops the server; returns how long that took.
    async fn stop(self) -> Duration {
        let began = Instant::now();
        self.stop.send(true).unwrap();
        self.running.await.unwrap().unwrap();
        std::fs::remove_dir_all(&self.directory).unwrap();
        began.elapsed()
    }
}

fn write_certificate(directory: &Path, certificate: &CertifiedKey<KeyPair>) {
    std::fs::write(directory.join("cert.pem"), certificate.cert.pem()).unwrap();
    std::fs::write(directory.join("key.pem"), certificate.signing_key.serialize_pem()).unwrap();
}

async fn connect(port: u16, trusted: &CertifiedKey<KeyPair>) -> std::io::Result<TlsStream<TcpStream>> {
    connect_with(port, trusted, &[]).await
}

/// A TLS connection of a client that knows `protocols` (RFC 7301).
async fn connect_with(
    port: u16,
    trusted: &CertifiedKey<KeyPair>,
    protocols: &[&[u8]],
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(trusted.cert.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    connector.connect(ServerName::try_from("localhost").unwrap(), stream).await
}

/// The response to a request, if the server has this certificate.
async fn status(port: u16, trusted: &CertifiedKey<KeyPair>) -> std::io::Result<String> {
    let mut tls = connect(port, trusted).await?;
    tls.write_all(b"GET /api/status HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await?;
    let mut response = String::new();
    tls.read_to_string(&mut response).await?;
    Ok(response)
}

#[tokio::test]
async fn both_ports_speak_https_with_the_given_certificate() {
    let certificate = new_certificate();
    let server = HttpsServer::start("ports", &certificate).await;
    assert_eq!(server.endpoint, format!("https://localhost:{}", server.ports[0]));
    for port in server.ports {
        let response = status(port, &certificate).await.unwrap();
        assert!(response.starts_with("HTTP/1.1 204"), "{response}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_renewed_certificate_is_served_without_a_restart_and_a_bad_one_is_not() {
    let (old, renewed) = (new_certificate(), new_certificate());
    let server = HttpsServer::start("renewed", &old).await;
    let [port, admin_port] = server.ports;
    assert!(status(port, &renewed).await.is_err());
    // A renewal writes one file after the other: what does not fit together is not used.
    std::fs::write(server.directory.join("cert.pem"), renewed.cert.pem()).unwrap();
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert!(status(port, &old).await.unwrap().starts_with("HTTP/1.1 204"));
    write_certificate(&server.directory, &renewed);
    let deadline = Instant::now() + Duration::from_secs(20);
    while status(port, &renewed).await.is_err() {
        assert!(Instant::now() < deadline, "the renewed certificate is not served");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(status(port, &old).await.is_err());
    assert!(status(admin_port, &renewed).await.is_ok());
    // Deleted files end nothing.
    std::fs::remove_file(server.directory.join("key.pem")).unwrap();
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert!(status(port, &renewed).await.is_ok());
    server.stop().await;
}

#[tokio::test]
async fn g1_a_silent_connection_neither_delays_the_stop_nor_stays_for_long() {
    let certificate = new_certificate();
    let server = HttpsServer::start("silent", &certificate).await;
    let mut silent = TcpStream::connect(("127.0.0.1", server.ports[0])).await.unwrap();
    let began = Instant::now();
    assert_eq!(silent.read(&mut [0; 16]).await.unwrap_or(0), 0, "the server says nothing first");
    let held = began.elapsed();
    assert!((8..25).contains(&held.as_secs()), "held for {held:?}");
    let mut after_handshake = connect(server.ports[0], &certificate).await.unwrap();
    let began = Instant::now();
    assert_eq!(after_handshake.read(&mut [0; 16]).await.unwrap_or(0), 0);
    assert!((8..25).contains(&began.elapsed().as_secs()), "held for {:?}", began.elapsed());
    let mut waiting = Vec::new();
    let _silent = connect(server.ports[0], &certificate).await.unwrap();
    let mut half = connect(server.ports[1], &certificate).await.unwrap();
    half.write_all(b"GET /api/status HTTP/1.1\r\nhost: local").await.unwrap();
    for port in server.ports {
        for start in [&b""[..], &b"\x16\x03\x01"[..]] {
            let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
            stream.write_all(start).await.unwrap();
            waiting.push(stream);
        }
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    let took = server.stop().await;
    assert!(took < Duration::from_secs(5), "the stop took {took:?}");
}
