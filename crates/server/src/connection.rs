//! Serves one connection: HTTP/1.1 (RFC 9112), or HTTP/2 (RFC 9113) where TLS negotiated it (RFC 7301).

use std::convert::Infallible;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderValue, Uri, Version, header};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::Watcher;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::connections::Place;
use crate::router::Site;
use crate::timeout_stream::{Activity, TimeoutStream, linger};

/// Timeout of the first byte of a new connection: a silent one must not hold a place that others need.
const FIRST_BYTE_TIMEOUT: Duration = Duration::from_secs(10);
/// Timeout of a request head and of an idle connection.
const HEAD_TIMEOUT: Duration = Duration::from_secs(75);
/// Maximum size of a request head; larger ones get 431.
const MAX_HEAD_BYTES: u16 = u16::MAX;
/// Time until a connection that shall end is closed while no request is running, such as one with half a head.
const IDLE_DRAIN_TIMEOUT: Duration = Duration::from_secs(2);
/// Maximum size of the head of a request over HTTP/2, of which a connection may hold [`MAX_STREAMS`].
const MAX_HTTP2_HEAD_BYTES: u32 = 16 << 10;
/// Concurrent requests on one HTTP/2 connection; RFC 9113 section 6.5.2 recommends no fewer.
const MAX_STREAMS: u32 = 100;
/// Bytes of one request's body that a peer may send before they are read (RFC 9113 section 6.9).
const STREAM_WINDOW: u32 = 64 << 10;
/// The same for all requests of a connection together.
const CONNECTION_WINDOW: u32 = 256 << 10;
/// Requests that a peer may cancel before they are seen, and that we may: more end the connection ("rapid reset").
const MAX_RESETS: usize = 64;

/// The ALPN names (RFC 7301) of [`Protocol`], the preferred one first.
pub(crate) const ALPN_PROTOCOLS: [&[u8]; 2] = [HTTP2_NAME, b"http/1.1"];
const HTTP2_NAME: &[u8] = b"h2";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    Http1,
    Http2,
}

impl Protocol {
    /// The protocol of an ALPN name; HTTP/1.1 for clients that know no ALPN.
    pub(crate) fn negotiated(name: Option<&[u8]>) -> Self {
        if name == Some(HTTP2_NAME) { Self::Http2 } else { Self::Http1 }
    }
}

/// Serves one connection until it closes.
pub(crate) async fn serve<S>(
    protocol: Protocol,
    stream: S,
    site: Site,
    watcher: Watcher,
    mut place: Place,
    stop: impl Future<Output = ()>,
) where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (peer, activity) = (place.peer, Arc::clone(&place.activity));
    let (running, certificate) = (Arc::clone(&activity), place.client_certificate.clone());
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let mut request = like_http1(request.map(Body::new));
        request.extensions_mut().insert(ConnectInfo(peer));
        if let Some(certificate) = &certificate {
            request.extensions_mut().insert(certificate.clone());
        }
        let (site, request_guard) = (site.clone(), running.start_request());
        async move {
            let response = site.answer(request).await;
            drop(request_guard);
            Ok::<_, Infallible>(response)
        }
    });
    let (stream, returned) = TimeoutStream::new(stream, FIRST_BYTE_TIMEOUT, Arc::clone(&activity));
    let stream = TokioIo::new(stream);
    let closed = match protocol {
        Protocol::Http1 => {
            let connection = http1_builder().serve_connection(stream, service);
            run(connection, http1::Connection::graceful_shutdown, stop, &mut place).await
        }
        Protocol::Http2 => {
            let connection = http2_builder().serve_connection(stream, service);
            let end = async {
                tokio::select! { () = stop => {}, () = idle(&activity, HEAD_TIMEOUT) => {} }
            };
            run(connection, http2::Connection::graceful_shutdown, end, &mut place).await
        }
    };
    // The shutdown waited for this one's requests.
    drop(watcher);
    if closed && let Ok(stream) = returned.await {
        tokio::select! {
            () = linger(stream) => {}
            () = place.taken_back() => {}
        }
    }
}

fn http1_builder() -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).max_buf_size(MAX_HEAD_BYTES.into());
    builder
}

fn http2_builder() -> http2::Builder<TokioExecutor> {
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(MAX_HTTP2_HEAD_BYTES)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_send_buf_size(STREAM_WINDOW as usize)
        .max_pending_accept_reset_streams(MAX_RESETS)
        .max_local_error_reset_streams(MAX_RESETS);
    builder
}

/// Runs `connection` until its peer closes it. After `end` it takes no more requests. Whether the stream may linger: not after an
/// end that we forced.
async fn run<C: Future<Output = hyper::Result<()>>>(
    connection: C,
    refuse_more: fn(Pin<&mut C>),
    end: impl Future<Output = ()>,
    place: &mut Place,
) -> bool {
    let mut connection = pin!(connection);
    let activity = Arc::clone(&place.activity);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = place.taken_back() => return false,
        () = end => {
            refuse_more(connection.as_mut());
            tokio::select! {
                ended = connection.as_mut() => ended,
                () = place.taken_back() => return false,
                () = drained(&activity) => return false,
            }
        }
    };
    // A client that disconnects is normal.
    if let Err(error) = ended {
        tracing::debug!(%error, "connection ended");
    }
    true
}

/// Completes when no request has run for a while.
async fn drained(activity: &Activity) {
    tokio::time::sleep(IDLE_DRAIN_TIMEOUT).await;
    while activity.is_busy() {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Completes when no request has begun or run for `limit`, give or take a fifth. HTTP/1.1 has its own timeout for that.
async fn idle(activity: &Activity, limit: Duration) {
    let (mut started, mut quiet_checks) = (activity.started(), 0);
    while quiet_checks < 5 {
        tokio::time::sleep(limit / 5).await;
        let now = activity.started();
        quiet_checks = if now == started && !activity.is_busy() { quiet_checks + 1 } else { 0 };
        started = now;
    }
}

/// The request as HTTP/1.1 writes it: the path as its target, the authority in `Host` (RFC 9113 section 8.3.1).
fn like_http1(mut request: Request) -> Request {
    if request.version() != Version::HTTP_2 {
        return request;
    }
    let authority = request.uri().authority().and_then(|name| HeaderValue::try_from(name.as_str()).ok());
    if let Some(authority) = authority {
        request.headers_mut().insert(header::HOST, authority);
    }
    if let Some(target) = request.uri().path_and_query().cloned() {
        *request.uri_mut() = Uri::from(target);
    }
    request
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_connection_is_idle_while_no_request_runs_or_comes() {
        let activity = Arc::<Activity>::default();
        let limit = Duration::from_millis(200);
        let is_idle = async || tokio::time::timeout(limit * 3, idle(&activity, limit)).await.is_ok();
        let running = activity.start_request();
        assert!(!is_idle().await, "a request is running");
        drop(running);
        let short_requests = async {
            loop {
                drop(activity.start_request());
                tokio::time::sleep(limit / 10).await;
            }
        };
        tokio::select! {
            ended = is_idle() => assert!(!ended, "requests come"),
            () = short_requests => {}
        }
        assert!(is_idle().await);
    }
}
