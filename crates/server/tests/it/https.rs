//! TLS on our own ports (F010).

use std::sync::Arc;

use rustls::pki_types::ServerName;
use server::settings::{SettingSources, Settings};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// Two free ports: both are held until both are known, or they might be the same.
fn free_ports() -> (u16, u16) {
    let held = [(); 2].map(|()| std::net::TcpListener::bind("127.0.0.1:0").unwrap());
    let [one, two] = held.each_ref().map(|listener| listener.local_addr().unwrap().port());
    (one, two)
}

#[tokio::test]
async fn both_ports_speak_https_with_the_given_certificate() {
    let directory = std::env::temp_dir().join(format!("loggia-https-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let signed = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(directory.join("cert.pem"), signed.cert.pem()).unwrap();
    std::fs::write(directory.join("key.pem"), signed.signing_key.serialize_pem()).unwrap();
    let text = |name: &str| directory.join(name).to_string_lossy().into_owned();
    let (port, admin_port) = free_ports();
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
    assert_eq!(settings.endpoint, format!("https://localhost:{port}"));
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let (ready, is_ready) = tokio::sync::oneshot::channel();
    let stopping = futures_util::FutureExt::shared(Box::pin(async move {
        let mut stopped = stopped;
        drop(stopped.changed().await);
    }));
    let running = tokio::spawn(server::serve::run(settings, stopping, move |_| ready.send(()).unwrap()));
    is_ready.await.unwrap();
    for port in [port, admin_port] {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(signed.cert.der().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
        let mut tls = connector.connect(ServerName::try_from("localhost").unwrap(), stream).await.unwrap();
        tls.write_all(b"GET /api/status HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        tls.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 204"), "{answer}");
    }
    stop.send(true).unwrap();
    running.await.unwrap().unwrap();
    std::fs::remove_dir_all(&directory).unwrap();
}
