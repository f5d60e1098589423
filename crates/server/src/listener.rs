//! Accepts connections with limits of number, header size and time (attack G1), and shuts down gracefully.

use std::future::Future;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hyper_util::server::graceful::GracefulShutdown;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use crate::connection::{self, Protocol};
use crate::connections::Connections;
use crate::router::Site;
use crate::timeout_stream::linger;
use crate::tls::TlsPort;
use crate::{Settings, rlimit};

/// Concurrent connections on all ports together, if the limit of open files allows it.
const MAX_CONNECTIONS: u64 = 20_000;
/// Open files reserved for the database, the log and rejected connections.
const RESERVED_FILES: u64 = 256;
/// Concurrent connections that receive a 503.
const MAX_REJECTIONS: usize = 64;
/// Timeout of a TLS handshake. The time for a first byte begins after it.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// Time for running requests to end at shutdown.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(30);

/// Opens a port on the configured address: by default [::], which takes IPv4 as well, or 0.0.0.0 without IPv6.
///
/// # Errors
/// The error of the system.
pub async fn listen(settings: &Settings, port: u16) -> std::io::Result<TcpListener> {
    if let Some(host) = settings.host {
        return TcpListener::bind((host, port)).await;
    }
    match TcpListener::bind((Ipv6Addr::UNSPECIFIED, port)).await {
        Err(error) if error.kind() != std::io::ErrorKind::AddrInUse => {
            TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).await
        }
        other => other,
    }
}

/// The limits of connections on all ports together.
#[derive(Clone)]
pub struct ConnectionLimits {
    connections: Connections,
    rejections: Arc<Semaphore>,
}

impl ConnectionLimits {
    /// As many connections as open files are allowed, up to [`MAX_CONNECTIONS`], shared fairly by client network unless they all
    /// come from a proxy.
    pub fn from_rlimit(settings: &Settings) -> Self {
        let connections = rlimit::raise_open_file_limit().saturating_sub(RESERVED_FILES).clamp(1, MAX_CONNECTIONS);
        let connections = usize::try_from(connections).unwrap_or(1);
        Self {
            connections: Connections::new(connections, settings.trust_proxy_header),
            rejections: Arc::new(Semaphore::new(MAX_REJECTIONS)),
        }
    }
}

/// An open port.
pub struct Port {
    pub listener: TcpListener,
    /// None serves without TLS.
    pub tls: Option<TlsPort>,
}

/// Serves `site` on `port` until `stop`, then lets running requests end.
pub async fn serve(
    port: Port,
    site: Site,
    limits: ConnectionLimits,
    stop: impl Future<Output = ()> + Clone + Send + 'static,
) {
    let Port { listener, tls } = port;
    let graceful = GracefulShutdown::new();
    let mut stopped = std::pin::pin!(stop.clone());
    let mut full = false;
    loop {
        let accepted = tokio::select! {
            () = &mut stopped => break,
            accepted = accept(&listener) => accepted,
        };
        let Some((stream, peer)) = accepted else { continue };
        let Some(mut place) = limits.connections.enter(peer) else {
            // Log once per overload, not once per connection.
            if !std::mem::replace(&mut full, true) {
                tracing::warn!("too many connections; further ones are refused");
            }
            reject_overload(stream, tls.is_some(), &limits.rejections);
            continue;
        };
        full = false;
        let site = site.clone();
        let watcher = graceful.watcher();
        match tls.clone() {
            None => {
                drop(tokio::spawn(connection::serve(Protocol::Http1, stream, site, watcher, place, stop.clone())));
            }
            Some(tls) => {
                let stop = stop.clone();
                drop(tokio::spawn(async move {
                    // No request is running during the handshake, so the shutdown does not wait for it.
                    let accepted = tokio::select! {
                        () = stop.clone() => return,
                        () = place.taken_back() => return,
                        accepted = tokio::time::timeout(HANDSHAKE_TIMEOUT, tls.acceptor.accept(stream)) => accepted,
                    };
                    match accepted {
                        Ok(Ok(stream)) => {
                            if let Some(asked) = &tls.client_certificates {
                                let shown = stream.get_ref().1.peer_certificates();
                                place.client_certificate = asked.of(shown, site.now());
                            }
                            let protocol = Protocol::negotiated(stream.get_ref().1.alpn_protocol());
                            connection::serve(protocol, stream, site, watcher, place, stop).await;
                        }
                        Ok(Err(error)) => tracing::debug!(%error, "TLS handshake failed"),
                        Err(_) => tracing::debug!("TLS handshake took too long"),
                    }
                }));
            }
        }
    }
    drop(listener);
    if tokio::time::timeout(DRAIN_TIMEOUT, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests did not end in time");
    }
}

/// Sends 503 to a connection above the limit. With TLS, or when too many connections are being rejected, it only closes
/// the connection.
fn reject_overload(mut stream: TcpStream, is_tls: bool, rejections: &Arc<Semaphore>) {
    const RESPONSE: &[u8] =
        b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
    if is_tls {
        return;
    }
    if let Ok(permit) = Arc::clone(rejections).try_acquire_owned() {
        tokio::spawn(async move {
            // This short response always fits into the socket buffer.
            if stream.write_all(RESPONSE).await.is_ok() {
                linger(stream).await;
            }
            drop(permit);
        });
    }
}

async fn accept(listener: &TcpListener) -> Option<(TcpStream, SocketAddr)> {
    match listener.accept().await {
        Ok((stream, peer)) => {
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "TCP_NODELAY refused");
            }
            Some((stream, peer))
        }
        Err(error) => {
            // Usually there are no file descriptors left: without a pause this loop would spin.
            tracing::warn!(%error, "a connection could not be accepted");
            tokio::time::sleep(Duration::from_millis(50)).await;
            None
        }
    }
}
