//! One exchange over the network: resolve, check, connect to what was checked, send, read.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use url::Host;

use crate::connection::{Answered, Connection, KeptConnections, Place};
use crate::request::MAX_HOST_BYTES;
use crate::{AllowList, OutboundError, OutboundRequest, OutboundResponse};

/// How long one address may take to accept a connection, so that the next one of the host gets its turn.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// Addresses that are tried at most.
const MAX_ADDRESSES: usize = 4;

pub(crate) struct Network {
    allow: AllowList,
    tls: TlsConnector,
    kept: KeptConnections,
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

    /// Whether private addresses are refused, but for those that the list names.
    pub(crate) fn is_guarded(&self) -> bool {
        !self.allow.allows_everything()
    }

    pub(crate) fn with_roots(allow: AllowList, roots: RootCertStore) -> Result<Self, OutboundError> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| OutboundError::Setup(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self {
            allow,
            tls: TlsConnector::from(Arc::new(config)),
            kept: KeptConnections::default(),
            resolver: Resolver::System,
        })
    }

    pub(crate) async fn exchange(&self, request: &OutboundRequest) -> Result<OutboundResponse, OutboundError> {
        let place = Place::of(request);
        if request.keeps_alive
            && let Some(mut connection) = self.kept.take(&place)
        {
            // The other side may have closed it meanwhile: then the request goes out on a new one.
            if let Ok(answered) = connection.send(request, &place.host).await {
                return self.finish(answered, connection, place);
            }
        }
        let mut connection = self.open(request, &place).await?;
        let answered = connection.send(request, &place.host).await?;
        self.finish(answered, connection, place)
    }

    async fn open(&self, request: &OutboundRequest, place: &Place) -> Result<Connection, OutboundError> {
        let host = &place.host;
        let addresses = self.permitted_addresses(request.url.host(), place.port).await?;
        let stream = connect(host, &addresses).await?;
        if !place.is_tls {
            return Connection::over(stream, host).await;
        }
        let failed =
            |cause: &dyn std::fmt::Display| OutboundError::Tls { host: host.clone(), cause: cause.to_string() };
        // An IPv6 address stands in brackets in a URL.
        let name = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let name = ServerName::try_from(name).map_err(|error| failed(&error))?;
        let stream = self.tls.connect(name, stream).await.map_err(|error| failed(&error))?;
        Connection::over(stream, host).await
    }

    fn finish(
        &self,
        answered: Result<Answered, OutboundError>,
        connection: Connection,
        place: Place,
    ) -> Result<OutboundResponse, OutboundError> {
        let Answered { response, is_complete } = answered?;
        if is_complete {
            self.kept.put(place, connection);
        }
        Ok(response)
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
