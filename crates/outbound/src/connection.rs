//! HTTP/1.1 on one connection, and connections that are kept for the next request to the same place.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use http::header::{CONNECTION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING, USER_AGENT};
use http::{HeaderValue, Request};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body as _, Incoming};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinSet;
use tokio::time::timeout;
use url::Position;

use crate::{OutboundError, OutboundRequest, OutboundResponse};

/// Limit for the head of a response; more is an error of the connection.
const MAX_HEAD_BYTES: usize = 64 << 10;
const AGENT: &str = concat!("Loggia/", env!("CARGO_PKG_VERSION"));
/// Connections that are kept for one place, and for all.
const MAX_KEPT_OF_PLACE: usize = 32;
const MAX_KEPT: usize = 256;
/// How long a connection without a request takes the next one: many servers close theirs after 5 s. It is closed when another
/// one is kept, or at [`MAX_AGE`].
const MAX_IDLE: Duration = Duration::from_secs(4);
/// How long a connection takes new requests. After that the host is resolved and its address checked anew.
const MAX_REUSE: Duration = Duration::from_secs(60);
/// A connection ends after this time in any case.
const MAX_AGE: Duration = Duration::from_secs(180);

/// Where a request goes, as its URL says.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    pub is_tls: bool,
    pub host: String,
    pub port: u16,
}

impl Place {
    pub(crate) fn of(request: &OutboundRequest) -> Self {
        let url = &request.url;
        Self {
            is_tls: url.scheme() == "https",
            host: url.host_str().unwrap_or_default().to_owned(),
            port: url.port_or_known_default().unwrap_or(80),
        }
    }
}

/// A connection to an address that was checked. Dropped, it ends.
pub(crate) struct Connection {
    sender: http1::SendRequest<Full<Bytes>>,
    _driver: JoinSet<()>,
    opened: Instant,
    idle_since: Instant,
}

/// A response, and whether the connection can take another request.
pub(crate) struct Answered {
    pub response: OutboundResponse,
    pub is_complete: bool,
}

impl Connection {
    pub(crate) async fn over<S>(stream: S, host: &str) -> Result<Self, OutboundError>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let mut client = http1::Builder::new();
        client.max_buf_size(MAX_HEAD_BYTES);
        let handshake = client.handshake(TokioIo::new(stream)).await;
        let (sender, connection) = handshake.map_err(|error| failed(host, &error))?;
        let mut driver = JoinSet::new();
        driver.spawn(async move {
            // Its errors are also those of the request.
            let _ = timeout(MAX_AGE, connection).await;
        });
        let now = Instant::now();
        Ok(Self { sender, _driver: driver, opened: now, idle_since: now })
    }

    /// Sends a request. The outer error means that nothing of a response came; the inner one is one that another connection
    /// would not mend.
    pub(crate) async fn send(
        &mut self,
        request: &OutboundRequest,
        host: &str,
    ) -> Result<Result<Answered, OutboundError>, OutboundError> {
        let built = match http_request(request) {
            Ok(built) => built,
            Err(error) => return Ok(Err(error)),
        };
        self.sender.ready().await.map_err(|error| failed(host, &error))?;
        let response = self.sender.send_request(built).await.map_err(|error| failed(host, &error))?;
        let (head, body) = response.into_parts();
        let (body, is_complete) = match read(body, request).await {
            Ok(Ok(read)) => read,
            Ok(Err(error)) => return Ok(Err(failed(host, &error))),
            Err(error) => return Ok(Err(error)),
        };
        let response = OutboundResponse { status: head.status, headers: head.headers, body, url: request.url.clone() };
        let is_complete = is_complete && request.keeps_alive;
        Ok(Ok(Answered { response, is_complete }))
    }

    fn is_usable(&self, now: Instant) -> bool {
        !self.sender.is_closed()
            && now.duration_since(self.idle_since) < MAX_IDLE
            && now.duration_since(self.opened) < MAX_REUSE
    }
}

/// Connections without a request, by place.
#[derive(Default)]
pub(crate) struct KeptConnections(Mutex<HashMap<Place, Vec<Connection>>>);

impl KeptConnections {
    pub(crate) fn take(&self, place: &Place) -> Option<Connection> {
        let now = Instant::now();
        let mut all = self.lock();
        let of_place = all.get_mut(place)?;
        let found = std::iter::from_fn(|| of_place.pop()).find(|connection| connection.is_usable(now));
        if of_place.is_empty() {
            all.remove(place);
        }
        found
    }

    pub(crate) fn put(&self, place: Place, mut connection: Connection) {
        let now = Instant::now();
        connection.idle_since = now;
        if !connection.is_usable(now) {
            return;
        }
        let mut all = self.lock();
        all.retain(|_, of_place| {
            of_place.retain(|connection| connection.is_usable(now));
            !of_place.is_empty()
        });
        if all.values().map(Vec::len).sum::<usize>() >= MAX_KEPT {
            return;
        }
        let of_place = all.entry(place).or_default();
        if of_place.len() < MAX_KEPT_OF_PLACE {
            of_place.push(connection);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Place, Vec<Connection>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn failed(host: &str, error: &hyper::Error) -> OutboundError {
    let cause =
        std::error::Error::source(error).map_or_else(|| error.to_string(), |source| format!("{error}: {source}"));
    OutboundError::Connection { host: host.to_owned(), cause }
}

/// Reads a body, and says whether all of it was read. The outer error is that of the limit.
async fn read(
    mut body: Incoming,
    request: &OutboundRequest,
) -> Result<Result<(Bytes, bool), hyper::Error>, OutboundError> {
    let limit = request.max_response_bytes;
    let too_large = OutboundError::TooLarge(limit);
    if body.size_hint().lower() > limit as u64 && !request.cuts_response {
        return Err(too_large);
    }
    let mut read = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = match frame {
            Ok(frame) => frame,
            Err(error) => return Ok(Err(error)),
        };
        let Ok(data) = frame.into_data() else { continue };
        if read.len() + data.len() <= limit {
            read.extend_from_slice(&data);
            continue;
        }
        if !request.cuts_response {
            return Err(too_large);
        }
        read.extend_from_slice(data.get(..limit - read.len()).unwrap_or_default());
        return Ok(Ok((read.freeze(), false)));
    }
    Ok(Ok((read.freeze(), true)))
}

fn http_request(request: &OutboundRequest) -> Result<Request<Full<Bytes>>, OutboundError> {
    let url = &request.url;
    let invalid = |reason| OutboundError::InvalidUrl { url: url.as_str().chars().take(256).collect(), reason };
    let mut built = Request::builder()
        .method(request.method.clone())
        .uri(&url[Position::BeforePath..Position::AfterQuery])
        .body(Full::new(request.body.clone()))
        .map_err(|_| invalid("its path can't be sent"))?;
    let headers = built.headers_mut();
    headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
    headers.extend(request.headers.clone());
    headers.remove(TRANSFER_ENCODING);
    headers.remove(CONTENT_LENGTH);
    let authority = &url[Position::BeforeHost..Position::AfterPort];
    headers.insert(HOST, HeaderValue::from_str(authority).map_err(|_| invalid("its host can't be sent"))?);
    if request.keeps_alive {
        headers.remove(CONNECTION);
    } else {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    Ok(built)
}
