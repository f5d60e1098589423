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
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_rustls::TlsAcceptor;

use crate::Settings;
use crate::router::Site;

/// Connections at the same time and port; further ones wait in the system's backlog.
const CONNECTIONS: usize = 20_000;
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

/// Serves `site` on `listener`, behind TLS if given, until `stop`, then lets running requests end.
pub async fn serve((listener, tls): (TcpListener, Option<TlsAcceptor>), site: Site, stop: impl Future<Output = ()>) {
    let permits = Arc::new(Semaphore::new(CONNECTIONS));
    let graceful = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = accept(&listener, &permits) => accepted,
        };
        let Some((stream, peer, permit)) = accepted else { continue };
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
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    // A client that breaks off is no news.
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "connection ended");
    }
    drop(permit);
}

type Accepted = (TcpStream, SocketAddr, OwnedSemaphorePermit);

async fn accept(listener: &TcpListener, permits: &Arc<Semaphore>) -> Option<Accepted> {
    let permit = Arc::clone(permits).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => {
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "TCP_NODELAY refused");
            }
            Some((stream, peer, permit))
        }
        Err(error) => {
            // Out of file descriptors, mostly: accepting at once again would only spin.
            tracing::warn!(%error, "a connection could not be accepted");
            tokio::time::sleep(Duration::from_millis(50)).await;
            None
        }
    }
}
