//! One exchange over the network: resolve, check, connect to what was checked, send, read.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{CONNECTION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING, USER_AGENT};
use http::{HeaderValue, Request};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body as _, Incoming};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use url::{Host, Position};

use crate::request::MAX_HOST_BYTES;
use crate::{AllowList, OutboundError, OutboundRequest, OutboundResponse};

/// How long one address may take to accept a connection, so that the next one of the host gets its turn.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// Addresses that are tried at most.
const MAX_ADDRESSES: usize = 4;
/// Limit for the head of a response; more is an error of the connection.
const MAX_HEAD_BYTES: usize = 64 << 10;
const AGENT: &str = concat!("Loggia/", env!("CARGO_PKG_VERSION"));

pub(crate) struct Network {
    allow: AllowList,
    tls: TlsConnector,
    pub(crate) resolver: Resolver,
}

impl std::fmt::Debug for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Network").field("allow", &self.allow).finish_non_exhaustive()
    }
}

/// Where addresses come from.
pub(crate) enum Resolver {
    System,
    #[cfg(test)]
    Fixed(Box<dyn Fn(&str) -> Vec<IpAddr> + Send + Sync>),
}

/// The certificate authorities of the public web, as Mozilla keeps them.
pub fn public_authorities() -> RootCertStore {
    RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() }
}

impl Network {
    pub(crate) fn new(allow: AllowList) -> Result<Self, OutboundError> {
        Self::with_roots(allow, public_authorities())
    }

    pub(crate) fn with_roots(allow: AllowList, roots: RootCertStore) -> Result<Self, OutboundError> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| OutboundError::Setup(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { allow, tls: TlsConnector::from(Arc::new(config)), resolver: Resolver::System })
    }

    pub(crate) async fn exchange(&self, request: &OutboundRequest) -> Result<OutboundResponse, OutboundError> {
        let host = request.url.host_str().unwrap_or_default().to_owned();
        let port = request.url.port_or_known_default().unwrap_or(80);
        let addresses = self.permitted_addresses(request.url.host(), port).await?;
        let stream = connect(&host, &addresses).await?;
        if request.url.scheme() == "http" {
            return send(stream, request, &host).await;
        }
        let failed =
            |cause: &dyn std::fmt::Display| OutboundError::Tls { host: host.clone(), cause: cause.to_string() };
        // An IPv6 address stands in brackets in a URL.
        let name = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let name = ServerName::try_from(name).map_err(|error| failed(&error))?;
        let stream = self.tls.connect(name, stream).await.map_err(|error| failed(&error))?;
        send(stream, request, &host).await
    }

    /// A connection for another protocol than HTTP.
    pub(crate) async fn connect(&self, host: &str, port: u16) -> Result<TcpStream, OutboundError> {
        let parsed = parse_host(host).ok_or_else(|| OutboundError::Unresolvable(host.chars().take(256).collect()))?;
        let borrowed = match &parsed {
            Host::Ipv4(address) => Host::Ipv4(*address),
            Host::Ipv6(address) => Host::Ipv6(*address),
            Host::Domain(name) => Host::Domain(name.as_str()),
        };
        let addresses = self.permitted_addresses(Some(borrowed), port).await?;
        connect(host, &addresses).await
    }

    /// The addresses of a host that may be connected to. This is the only resolution of a request.
    async fn permitted_addresses(&self, host: Option<Host<&str>>, port: u16) -> Result<Vec<SocketAddr>, OutboundError> {
        let (host, found) = match host {
            Some(Host::Ipv4(address)) => (address.to_string(), vec![IpAddr::V4(address)]),
            Some(Host::Ipv6(address)) => (address.to_string(), vec![IpAddr::V6(address)]),
            Some(Host::Domain(name)) => (name.to_owned(), self.resolver.resolve(name, port).await),
            None => (String::new(), Vec::new()),
        };
        let mut refused = None;
        let mut permitted = Vec::new();
        for address in found {
            match self.allow.refusal(&host, address) {
                None => permitted.push(SocketAddr::new(address, port)),
                Some(kind) => refused = Some((address, kind)),
            }
        }
        match (permitted.is_empty(), refused) {
            (false, _) => Ok(permitted),
            (true, Some((address, kind))) => Err(OutboundError::Forbidden { host, address, kind }),
            (true, None) => Err(OutboundError::Unresolvable(host)),
        }
    }
}

/// A host name or an address, which may stand in brackets.
fn parse_host(text: &str) -> Option<Host> {
    match text.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => Some(Host::Ipv4(address)),
        Ok(IpAddr::V6(address)) => Some(Host::Ipv6(address)),
        Err(_) => Host::parse(text).ok().filter(|host| host.to_string().len() <= MAX_HOST_BYTES),
    }
}

impl Resolver {
    async fn resolve(&self, host: &str, port: u16) -> Vec<IpAddr> {
        match self {
            Self::System => match tokio::net::lookup_host((host, port)).await {
                Ok(found) => found.map(|socket| socket.ip()).collect(),
                Err(error) => {
                    tracing::debug!(%error, host, "a host was not resolved");
                    Vec::new()
                }
            },
            #[cfg(test)]
            Self::Fixed(answer) => answer(host),
        }
    }
}

async fn connect(host: &str, addresses: &[SocketAddr]) -> Result<TcpStream, OutboundError> {
    let mut cause = String::new();
    for address in addresses.iter().take(MAX_ADDRESSES) {
        match timeout(CONNECT_TIMEOUT, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => cause = format!("{address}: {error}"),
            Err(_) => cause = format!("{address} does not answer"),
        }
    }
    Err(OutboundError::Connection { host: host.to_owned(), cause })
}

async fn send<S>(stream: S, request: &OutboundRequest, host: &str) -> Result<OutboundResponse, OutboundError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let failed = |error: hyper::Error| {
        let cause =
            std::error::Error::source(&error).map_or_else(|| error.to_string(), |source| format!("{error}: {source}"));
        OutboundError::Connection { host: host.to_owned(), cause }
    };
    let mut client = http1::Builder::new();
    client.max_buf_size(MAX_HEAD_BYTES);
    let (mut sender, connection) = client.handshake(TokioIo::new(stream)).await.map_err(failed)?;
    // Dropped, and with it ended, together with this request.
    let mut driver = JoinSet::new();
    driver.spawn(async move {
        // Its errors are also those of the request.
        let _ = connection.await;
    });
    let response = sender.send_request(http_request(request)?).await.map_err(failed)?;
    let (head, body) = response.into_parts();
    let body = read(body, request.max_response_bytes).await?.map_err(failed)?;
    Ok(OutboundResponse { status: head.status, headers: head.headers, body, url: request.url.clone() })
}

/// Reads a body. The outer error is that of the limit.
async fn read(mut body: Incoming, limit: usize) -> Result<Result<Bytes, hyper::Error>, OutboundError> {
    let too_large = OutboundError::TooLarge(limit);
    if body.size_hint().lower() > limit as u64 {
        return Err(too_large);
    }
    let mut read = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = match frame {
            Ok(frame) => frame,
            Err(error) => return Ok(Err(error)),
        };
        let Ok(data) = frame.into_data() else { continue };
        if read.len() + data.len() > limit {
            return Err(too_large);
        }
        read.extend_from_slice(&data);
    }
    Ok(Ok(read.freeze()))
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
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    Ok(built)
}
