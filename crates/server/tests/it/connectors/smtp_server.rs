//! A small SMTP server for tests: greeting, EHLO, STARTTLS, AUTH PLAIN, one message.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use rcgen::generate_simple_self_signed;
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    None,
    StartTls,
    Implicit,
}

/// How the server behaves.
#[derive(Clone, Copy)]
pub struct Behaviour {
    pub tls: Encryption,
    /// The answer to credentials and to a recipient.
    pub auth: &'static str,
    pub recipient: &'static str,
    /// Whether it accepts a connection, and then says nothing.
    pub silent: bool,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self { tls: Encryption::StartTls, auth: "235 ok", recipient: "250 ok", silent: false }
    }
}

/// A running server for the name `smtp.example.com`. It ends with the test.
pub struct SmtpServer {
    pub address: SocketAddr,
    /// Its certificate authority.
    pub pem: String,
    /// Every line that it got; those that came over TLS begin with `tls `.
    pub lines: Arc<Mutex<Vec<String>>>,
}

impl SmtpServer {
    pub async fn start(behaviour: Behaviour) -> Self {
        let certificate = generate_simple_self_signed(["smtp.example.com".to_owned()]).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(certificate.signing_key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.cert.der().clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let lines = Arc::new(Mutex::new(Vec::new()));
        let seen = lines.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, acceptor.clone(), behaviour, seen.clone()));
            }
        });
        Self { address, pem: certificate.cert.pem(), lines }
    }

    /// Whether some line contains this.
    pub fn saw(&self, text: &str) -> bool {
        self.lines.lock().unwrap().iter().any(|line| line.contains(text))
    }

    /// All lines.
    pub fn transcript(&self) -> String {
        self.lines.lock().unwrap().join("\n")
    }
}

type Lines = Arc<Mutex<Vec<String>>>;

async fn serve(stream: TcpStream, acceptor: TlsAcceptor, behaviour: Behaviour, lines: Lines) {
    if behaviour.silent {
        tokio::time::sleep(std::time::Duration::from_secs(60)).await;
        return;
    }
    match behaviour.tls {
        Encryption::Implicit => {
            let Ok(stream) = acceptor.accept(stream).await else { return };
            converse(stream, behaviour, "tls ", true, &lines).await;
        }
        Encryption::None | Encryption::StartTls => {
            let Some(stream) = converse(stream, behaviour, "", true, &lines).await else { return };
            let Ok(stream) = acceptor.accept(stream).await else { return };
            converse(stream, behaviour, "tls ", false, &lines).await;
        }
    }
}

/// Returns the stream when TLS begins.
async fn converse<S>(stream: S, behaviour: Behaviour, mark: &str, greets: bool, lines: &Lines) -> Option<S>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut stream = BufReader::new(stream);
    if greets {
        stream.write_all(b"220 smtp.example.com ready\r\n").await.ok()?;
    }
    let mut is_data = false;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let line = line.trim_end_matches(['\r', '\n']).to_owned();
        lines.lock().unwrap().push(format!("{mark}{line}"));
        if is_data {
            is_data = line != ".";
            if !is_data {
                stream.write_all(b"250 taken\r\n").await.ok()?;
            }
            continue;
        }
        let offers_tls = behaviour.tls == Encryption::StartTls && mark.is_empty();
        let answer = match line.split(' ').next().unwrap() {
            "EHLO" if offers_tls => "250-smtp.example.com\r\n250 STARTTLS".to_owned(),
            "EHLO" => "250-smtp.example.com\r\n250 AUTH PLAIN XOAUTH2".to_owned(),
            "STARTTLS" => {
                stream.write_all(b"220 go\r\n").await.ok()?;
                return Some(stream.into_inner());
            }
            "AUTH" => behaviour.auth.to_owned(),
            "MAIL" => "250 ok".to_owned(),
            "RCPT" => behaviour.recipient.to_owned(),
            "DATA" => {
                is_data = true;
                "354 go on".to_owned()
            }
            "QUIT" => "221 bye".to_owned(),
            _ => "500 what?".to_owned(),
        };
        stream.write_all(format!("{answer}\r\n").as_bytes()).await.ok()?;
    }
}
