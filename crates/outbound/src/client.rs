//! Requests and redirects.

use std::sync::Arc;
use std::time::Duration;

use http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, COOKIE, LOCATION, PROXY_AUTHORIZATION};
use http::{HeaderMap, Method, StatusCode};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use url::Url;

use crate::fake::FakeServer;
use crate::network::Network;
use crate::request::check_url;
use crate::{AllowList, OutboundError, OutboundRequest, OutboundResponse};

/// Requests that run at the same time; further ones wait, within their own deadlines.
const MAX_CONCURRENT: usize = 128;

/// The HTTP client. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Outbound {
    transport: Arc<Transport>,
    permits: Arc<Semaphore>,
}

#[derive(Debug)]
enum Transport {
    Network(Network),
    Fake(FakeServer),
}

/// A connection for another protocol than HTTP. While it is held it counts as one of the requests that run at the same time.
#[derive(Debug)]
pub struct Connected {
    pub stream: TcpStream,
    _permit: Option<OwnedSemaphorePermit>,
}

impl Outbound {
    /// A client that may reach global addresses, and those that `allow` names.
    ///
    /// # Errors
    /// [`OutboundError::Setup`].
    pub fn new(allow: AllowList) -> Result<Self, OutboundError> {
        Ok(Self::over(Transport::Network(Network::new(allow)?)))
    }

    /// A client whose requests are all answered by `fake`, for tests. Limits and redirects work as usual.
    pub fn with_fake(fake: FakeServer) -> Self {
        Self::over(Transport::Fake(fake))
    }

    #[cfg(test)]
    pub(crate) fn with_network(network: Network) -> Self {
        Self::over(Transport::Network(network))
    }

    fn over(transport: Transport) -> Self {
        Self { transport: Arc::new(transport), permits: Arc::new(Semaphore::new(MAX_CONCURRENT)) }
    }

    /// Whether requests to private addresses are refused, but for those that the operator named.
    pub fn is_guarded(&self) -> bool {
        match &*self.transport {
            Transport::Network(network) => network.is_guarded(),
            Transport::Fake(_) => true,
        }
    }

    /// The same client with an own number of requests at the same time: those that wait for slow servers take no place of
    /// others.
    #[must_use]
    pub fn apart(&self, max_concurrent: usize) -> Self {
        Self { transport: Arc::clone(&self.transport), permits: Arc::new(Semaphore::new(max_concurrent)) }
    }

    /// Sends a request and reads its response completely.
    ///
    /// # Errors
    /// Everything but a response; a response with status 404 or 500 is one.
    pub async fn send(&self, request: OutboundRequest) -> Result<OutboundResponse, OutboundError> {
        let deadline = request.deadline;
        let result = timeout(deadline, self.follow(request)).await.unwrap_or(Err(OutboundError::TimedOut(deadline)));
        if let Err(error) = &result {
            tracing::debug!(%error, "an outbound request failed");
        }
        result
    }

    /// Connects to a host by name or address, whose addresses are checked like those of a request. The caller bounds what
    /// follows in time and size.
    ///
    /// # Errors
    /// No permitted address, or no connection within `deadline`.
    pub async fn connect(&self, host: &str, port: u16, deadline: Duration) -> Result<Connected, OutboundError> {
        let connect = async {
            let permit = Arc::clone(&self.permits).acquire_owned().await.ok();
            let stream = match &*self.transport {
                Transport::Network(network) => network.connect(host, port).await?,
                Transport::Fake(fake) => fake.connect(host, port).await?,
            };
            Ok(Connected { stream, _permit: permit })
        };
        timeout(deadline, connect).await.unwrap_or(Err(OutboundError::TimedOut(deadline)))
    }

    async fn follow(&self, mut request: OutboundRequest) -> Result<OutboundResponse, OutboundError> {
        let _permit = self.permits.acquire().await;
        let mut left = request.max_redirects;
        loop {
            let response = match &*self.transport {
                Transport::Network(network) => network.exchange(&request).await?,
                Transport::Fake(fake) => fake.exchange(&request).await?,
            };
            let Some(target) = redirect_target(&response).filter(|_| request.max_redirects > 0) else {
                return Ok(response);
            };
            if left == 0 {
                return Err(refused(&target, "there are too many redirects"));
            }
            left -= 1;
            redirect(&mut request, response.status, &target).map_err(|reason| refused(&target, reason))?;
        }
    }
}

fn refused(target: &str, reason: &'static str) -> OutboundError {
    OutboundError::Redirect { location: target.chars().take(256).collect(), reason }
}

/// The location of a redirect, as far as a URL may reach.
fn redirect_target(response: &OutboundResponse) -> Option<String> {
    let redirects = matches!(response.status.as_u16(), 301 | 302 | 303 | 307 | 308);
    let location = response.headers.get(LOCATION).filter(|_| redirects)?;
    Some(String::from_utf8_lossy(location.as_bytes()).chars().take(8192).collect())
}

/// Changes a request into the one that follows a redirect (RFC 9110, section 15.4).
fn redirect(request: &mut OutboundRequest, status: StatusCode, location: &str) -> Result<(), &'static str> {
    let target: Url = request.url.join(location).map_err(|_| "it is not a URL")?;
    check_url(&target)?;
    if request.url.scheme() == "https" && target.scheme() == "http" {
        return Err("it leads from https to http");
    }
    let to_get = status == StatusCode::SEE_OTHER || request.method == Method::POST && status.as_u16() < 303;
    if to_get && request.method != Method::HEAD {
        request.method = Method::GET;
        request.body.clear();
        request.headers.remove(CONTENT_TYPE);
        request.headers.remove(CONTENT_ENCODING);
    }
    if target.origin() != request.url.origin() {
        if !request.body.is_empty() {
            return Err("it would send the body to another origin");
        }
        remove_credentials(&mut request.headers);
    }
    request.url = target;
    Ok(())
}

fn remove_credentials(headers: &mut HeaderMap) {
    for name in [AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION] {
        headers.remove(name);
    }
}
