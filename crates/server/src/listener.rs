//! Accepting connections: bounded in number, in header size and in time (attacks G1, slow clients), ended gracefully.

use std::convert::Infallible;
use std::future::Future;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_rustls::TlsAcceptor;

use crate::connection::{Patient, linger};
use crate::router::Site;
use crate::{Settings, files};

/// Connections at the same time, on all ports together, if the system lets us have as many.
const CONNECTIONS: u64 = 20_000;
/// Files that connections leave to the database, the log and the refusals.
const RESERVED: u64 = 256;
/// Connections that are being told that there are too many.
const REFUSALS: usize = 64;
/// Time for the head of a request to arrive, and for an idle connection to be kept.
const HEAD_TIME: Duration = Duration::from_secs(75);
/// Bytes of a request's head; more is 431.
const HEAD_BYTES: usize = 64 << 10;
/// Time for running requests to end once the server stops.
const DRAIN: Duration = Duration::from_secs(30);

/// Opens a port on the configured address: by default [::], which takes IPv4 as well, or 0.0.0.0 without IPv6.
///
/// # Errors
/// Why the port can't be had.
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

/// The places for connections, shared by all ports.
#[derive(Clone)]
pub struct Places {
    connections: Arc<Semaphore>,
    refusals: Arc<Semaphore>,
}

impl Places {
    /// As many as this process may have open files, up to a limit.
    pub fn of_this_process() -> Self {
        let connections = files::raise().saturating_sub(RESERVED).clamp(1, CONNECTIONS);
        let connections = usize::try_from(connections).unwrap_or(1);
        Self { connections: Arc::new(Semaphore::new(connections)), refusals: Arc::new(Semaphore::new(REFUSALS)) }
    }
}

/// Serves `site` on `listener`, behind TLS if given, until `stop`, then lets running requests end.
pub async fn serve(
    (listener, tls): (TcpListener, Option<TlsAcceptor>),
    site: Site,
    places: Places,
    stop: impl Future<Output = ()>,
) {
    let graceful = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    let mut full = false;
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = accept(&listener) => accepted,
        };
        let Some((stream, peer)) = accepted else { continue };
        let Ok(permit) = Arc::clone(&places.connections).try_acquire_owned() else {
            // Once each time, not for each of thousands.
            if !std::mem::replace(&mut full, true) {
                tracing::warn!("too many connections; further ones are refused");
            }
            refuse(stream, tls.is_some(), &places.refusals);
            continue;
        };
        full = false;
        let site = site.clone();
        let watcher = graceful.watcher();
        match tls.clone() {
            None => drop(tokio::spawn(converse((stream, peer), site, watcher, permit))),
            Some(tls) => drop(tokio::spawn(async move {
                // A stranger that never finishes the handshake holds its place no longer than a slow head does.
                match tokio::time::timeout(HEAD_TIME, tls.accept(stream)).await {
                    Ok(Ok(stream)) => converse((stream, peer), site, watcher, permit).await,
                    Ok(Err(error)) => tracing::debug!(%error, "TLS handshake failed"),
                    Err(_) => tracing::debug!("TLS handshake took too long"),
                }
            })),
        }
    }
    drop(listener);
    if tokio::time::timeout(DRAIN, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests did not end in time");
    }
}

/// Says 503 to a connection for which there is no place. Behind TLS, and when even those who are told are many, it is
/// closed without a word.
fn refuse(mut stream: TcpStream, is_tls: bool, refusals: &Arc<Semaphore>) {
    const ANSWER: &[u8] =
        b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
    if is_tls {
        return;
    }
    if let Ok(permit) = Arc::clone(refusals).try_acquire_owned() {
        tokio::spawn(async move {
            // So short an answer always fits into the socket's buffer.
            if stream.write_all(ANSWER).await.is_ok() {
                linger(stream).await;
            }
            drop(permit);
        });
    }
}

/// Speaks HTTP/1.1 on one connection to its end.
async fn converse<S>((stream, peer): (S, SocketAddr), site: Site, watcher: Watcher, permit: OwnedSemaphorePermit)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        let site = site.clone();
        async move { Ok::<_, Infallible>(site.answer(request).await) }
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_TIME).max_buf_size(HEAD_BYTES);
    let (stream, returned) = Patient::new(stream);
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    // A client that breaks off is no news.
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "connection ended");
    }
    if let Ok(stream) = returned.await {
        linger(stream).await;
    }
    drop(permit);
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
            // Out of file descriptors, mostly: accepting at once again would only spin.
            tracing::warn!(%error, "a connection could not be accepted");
            tokio::time::sleep(Duration::from_millis(50)).await;
            None
        }
    }
}
