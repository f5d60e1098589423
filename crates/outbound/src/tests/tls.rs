//! HTTPS: the certificate must be valid for the host.

use std::io::Write as _;
use std::net::{IpAddr, TcpListener};
use std::sync::Arc;

use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};

use super::{OK, Server, get, redirect_to};
use crate::network::{Network, Resolver};
use crate::{Outbound, OutboundError, OutboundRequest};

/// A server with a certificate for `name`, signed by itself: its port and the certificate.
fn https_server(name: &str, response: String) -> (u16, CertificateDer<'static>) {
    let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    let certificate = made.cert.der().clone();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .unwrap();
    let (config, listener) = (Arc::new(config), TcpListener::bind("127.0.0.1:0").unwrap());
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let mut stream = StreamOwned::new(ServerConnection::new(config.clone()).unwrap(), stream);
            let mut buffer = [0; 4096];
            if std::io::Read::read(&mut stream, &mut buffer).is_ok_and(|read| read > 0) {
                let _ = stream.write_all(response.as_bytes());
                stream.conn.send_close_notify();
                let _ = stream.flush();
            }
        }
    });
    (port, certificate)
}

fn trusting(certificate: CertificateDer<'static>) -> Outbound {
    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    let mut network = Network::with_roots("127.0.0.1".parse().unwrap(), roots).unwrap();
    network.resolver = Resolver::Fixed(Box::new(|_| vec![IpAddr::from([127, 0, 0, 1])]));
    Outbound::with_network(network)
}

#[tokio::test]
async fn a_certificate_must_be_trusted_and_name_the_host() {
    let (port, certificate) = https_server("idp.example", OK.into());
    let client = trusting(certificate);
    assert_eq!(get(&client, &format!("https://idp.example:{port}/")).await, Ok("hello".into()));
    for host in ["other.example", "127.0.0.1"] {
        let result = get(&client, &format!("https://{host}:{port}/")).await;
        assert!(matches!(result, Err(OutboundError::Tls { .. })), "{host}: {result:?}");
    }
    let mut network = Network::new("127.0.0.1".parse().unwrap()).unwrap();
    network.resolver = Resolver::Fixed(Box::new(|_| vec![IpAddr::from([127, 0, 0, 1])]));
    let public_roots = get(&Outbound::with_network(network), &format!("https://idp.example:{port}/")).await;
    assert!(matches!(public_roots, Err(OutboundError::Tls { .. })), "{public_roots:?}");
}

#[tokio::test]
async fn a_server_without_tls_is_an_error() {
    let plain = Server::answering("127.0.0.1", 0, OK);
    let (_, certificate) = https_server("idp.example", OK.into());
    let result = get(&trusting(certificate), &plain.url("/").replace("http", "https")).await;
    assert!(matches!(result, Err(OutboundError::Tls { .. })), "{result:?}");
}

#[tokio::test]
async fn a_redirect_does_not_lead_from_https_to_http() {
    let plain = Server::answering("127.0.0.1", 0, OK);
    let (port, certificate) = https_server("idp.example", redirect_to(302, &plain.url("/")));
    let request = OutboundRequest::get(&format!("https://idp.example:{port}/")).unwrap().follow_redirects(1);
    let result = trusting(certificate).send(request).await;
    assert!(matches!(result, Err(OutboundError::Redirect { .. })), "{result:?}");
    assert_eq!(plain.connections(), 0);
}
