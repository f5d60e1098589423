//! The client against servers on loopback addresses.

mod addresses;
mod fake;
mod kept;
mod limits;
mod redirects;
mod tls;

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use crate::network::{Network, Resolver};
use crate::{Outbound, OutboundError, OutboundRequest};

/// A server on a loopback address. Its handler gets the connection and what was read of the request.
struct Server {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start(ip: &str, port: u16, handler: impl Fn(&mut TcpStream, &str) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((ip, port)).unwrap();
        let (connections, requests) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Vec::new())));
        let server = Self {
            address: listener.local_addr().unwrap(),
            connections: connections.clone(),
            requests: requests.clone(),
        };
        let handler = Arc::new(handler);
        std::thread::spawn(move || {
            for mut stream in listener.incoming().map_while(Result::ok) {
                connections.fetch_add(1, Ordering::SeqCst);
                let (handler, requests) = (handler.clone(), requests.clone());
                std::thread::spawn(move || {
                    let request = read_request(&mut stream);
                    requests.lock().unwrap().push(request.clone());
                    handler(&mut stream, &request);
                });
            }
        });
        server
    }

    /// A server that gives every request the same response.
    fn answering(ip: &str, port: u16, response: &str) -> Self {
        let response = response.to_owned();
        Self::start(ip, port, move |stream, _| drop(stream.write_all(response.as_bytes())))
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    fn request(&self, index: usize) -> String {
        self.requests.lock().unwrap()[index].clone()
    }
}

fn read_request(stream: &mut TcpStream) -> String {
    let (mut text, mut buffer) = (String::new(), [0; 4096]);
    while let Ok(read) = stream.read(&mut buffer) {
        text.push_str(&String::from_utf8_lossy(&buffer[..read]));
        let expected = text
            .to_lowercase()
            .split("content-length: ")
            .nth(1)
            .map_or(0, |rest| rest.split("\r\n").next().unwrap().parse::<usize>().unwrap());
        // A TLS handshake (0x16) never becomes a request.
        if read == 0
            || text.starts_with('\u{16}')
            || text.split_once("\r\n\r\n").is_some_and(|(_, body)| body.len() >= expected)
        {
            break;
        }
    }
    text
}

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

fn redirect_to(status: u16, location: &str) -> String {
    format!("HTTP/1.1 {status} Moved\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n")
}

/// A client for which `allow` is allowed and names resolve as `resolve` says.
fn client(allow: &str, resolve: impl Fn(&str) -> Vec<IpAddr> + Send + Sync + 'static) -> Outbound {
    let mut network = Network::new(allow.parse().unwrap()).unwrap();
    network.resolver = Resolver::Fixed(Box::new(resolve));
    Outbound::with_network(network)
}

fn local() -> Outbound {
    client("127.0.0.1", |_| Vec::new())
}

async fn get(client: &Outbound, url: &str) -> Result<String, OutboundError> {
    let response = client.send(OutboundRequest::get(url)?).await?;
    Ok(String::from_utf8_lossy(&response.body).into_owned())
}
