//! Programmed responses instead of the network, for tests.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use tokio::net::TcpStream;
use url::Position;

use crate::{OutboundError, OutboundRequest, OutboundResponse};

/// Answers requests with what was programmed, and keeps them. Clones share both.
#[derive(Debug, Clone, Default)]
pub struct FakeServer(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    programmed: Vec<Programmed>,
    received: Vec<ReceivedRequest>,
    forwards: Vec<Forward>,
}

/// Where connections of other protocols than HTTP lead.
#[derive(Debug)]
struct Forward {
    host: String,
    port: u16,
    to: SocketAddr,
}

#[derive(Debug)]
struct Programmed {
    method: Method,
    url: String,
    once: bool,
    response: FakeResponse,
}

/// A response, or a failure.
#[derive(Debug, Clone)]
pub struct FakeResponse {
    result: Result<(StatusCode, HeaderMap, Bytes), OutboundError>,
    delay: Duration,
}

/// A request that a [`FakeServer`] has answered.
#[derive(Debug, Clone)]
pub struct ReceivedRequest {
    pub method: Method,
    pub url: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl FakeResponse {
    /// A response without body.
    pub fn status(status: StatusCode) -> Self {
        Self { result: Ok((status, HeaderMap::new(), Bytes::new())), delay: Duration::ZERO }
    }

    /// A JSON response with status 200.
    pub fn json(value: &serde_json::Value) -> Self {
        Self::status(StatusCode::OK)
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .body(value.to_string())
    }

    /// A failure of the connection or of anything before it.
    pub fn failure(error: OutboundError) -> Self {
        Self { result: Err(error), delay: Duration::ZERO }
    }

    /// The same with this status.
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        if let Ok((own, ..)) = &mut self.result {
            *own = status;
        }
        self
    }

    /// The same with this header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        if let Ok((_, headers, _)) = &mut self.result {
            headers.insert(name, value);
        }
        self
    }

    /// The same with this body.
    #[must_use]
    pub fn body(mut self, text: impl Into<Bytes>) -> Self {
        if let Ok((_, _, body)) = &mut self.result {
            *body = text.into();
        }
        self
    }

    /// The same after a delay.
    #[must_use]
    pub fn after(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }
}

impl FakeServer {
    /// Answers every request with this method and URL (compared without query). The latest programmed response counts.
    pub fn respond(&self, method: Method, url: &str, response: FakeResponse) {
        self.program(Programmed { method, url: url.to_owned(), once: false, response });
    }

    /// Answers only the next such request; several are used in the order in which they were programmed.
    pub fn respond_once(&self, method: Method, url: &str, response: FakeResponse) {
        self.program(Programmed { method, url: url.to_owned(), once: true, response });
    }

    /// Leads connections for other protocols than HTTP to a listener of the test.
    pub fn forward(&self, host: &str, port: u16, to: SocketAddr) {
        self.lock().forwards.push(Forward { host: host.to_owned(), port, to });
    }

    /// The requests so far, oldest first.
    pub fn received(&self) -> Vec<ReceivedRequest> {
        self.lock().received.clone()
    }

    pub(crate) async fn exchange(&self, request: &OutboundRequest) -> Result<OutboundResponse, OutboundError> {
        let FakeResponse { result, delay } = self.take(request);
        tokio::time::sleep(delay).await;
        let (status, headers, body) = result?;
        let limit = request.max_response_bytes;
        let body = if request.cuts_response { body.slice(..body.len().min(limit)) } else { body };
        match body.len() > limit {
            true => Err(OutboundError::TooLarge(request.max_response_bytes)),
            false => Ok(OutboundResponse { status, headers, body, url: request.url.clone() }),
        }
    }

    pub(crate) async fn connect(&self, host: &str, port: u16) -> Result<TcpStream, OutboundError> {
        let failed = |cause: String| OutboundError::Connection { host: host.to_owned(), cause };
        let to = {
            let state = self.lock();
            state.forwards.iter().rfind(|known| known.host == host && known.port == port).map(|known| known.to)
        };
        let to = to.ok_or_else(|| failed("the test leads this connection nowhere".into()))?;
        TcpStream::connect(to).await.map_err(|error| failed(error.to_string()))
    }

    fn program(&self, programmed: Programmed) {
        self.lock().programmed.push(programmed);
    }

    fn take(&self, request: &OutboundRequest) -> FakeResponse {
        let mut state = self.lock();
        state.received.push(ReceivedRequest {
            method: request.method.clone(),
            url: request.url.to_string(),
            headers: request.headers.clone(),
            body: request.body.clone(),
        });
        let url = &request.url[..Position::AfterPath];
        let fits = |programmed: &Programmed| programmed.method == request.method && programmed.url == url;
        if let Some(next) = state.programmed.iter().position(|programmed| programmed.once && fits(programmed)) {
            return state.programmed.remove(next).response;
        }
        state.programmed.iter().rfind(|programmed| fits(programmed)).map_or_else(
            || {
                let cause = format!("no response is programmed for {} {url}", request.method);
                FakeResponse::failure(OutboundError::Connection { host: url.to_owned(), cause })
            },
            |found| found.response.clone(),
        )
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
