//! The parts of a request that are needed after its handler consumed it.

use std::net::IpAddr;
use std::time::Instant;

use axum::extract::Request;
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, Uri, header};
use kernel::{Locale, Rng};

use super::client::{self, ClientIp};

const ID_ALPHABET: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The id in the header `Logto-Core-Request-Id` and in the log (inventory M011).
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

impl RequestId {
    /// The request's id from its extensions, empty outside the server.
    pub fn of(extensions: &Extensions) -> Self {
        extensions.get::<Self>().cloned().unwrap_or_else(|| Self(String::new()))
    }
}

/// The parts of a request that the response depends on after the handler.
pub(crate) struct RequestInfo {
    pub id: RequestId,
    pub method: Method,
    pub uri: Uri,
    pub origin: Option<HeaderValue>,
    pub if_none_match: Option<HeaderValue>,
    pub started: Instant,
    accept_language: Option<HeaderValue>,
    peer: Option<IpAddr>,
    forwarded: Option<HeaderValue>,
}

impl RequestInfo {
    pub(crate) fn from_request(request: &Request, rng: &Rng) -> Self {
        let header = |name: HeaderName| request.headers().get(name).cloned();
        Self {
            id: RequestId(rng.text(ID_ALPHABET, 16)),
            method: request.method().clone(),
            uri: request.uri().clone(),
            origin: header(header::ORIGIN),
            if_none_match: header(header::IF_NONE_MATCH),
            started: Instant::now(),
            accept_language: header(header::ACCEPT_LANGUAGE),
            peer: client::peer(request.extensions()),
            forwarded: client::forwarded(request.headers()).cloned(),
        }
    }

    /// Where the request comes from; `trusted` says whether a proxy stands in front.
    pub(crate) fn client_ip(&self, trusted: bool) -> ClientIp {
        ClientIp::from_parts(self.peer, self.forwarded.as_ref().filter(|_| trusted))
    }

    pub(crate) fn locale(&self) -> Locale {
        locale(&self.uri, self.accept_language.as_ref())
    }

    pub(crate) fn path_starts_with(&self, prefix: &str) -> bool {
        self.uri.path().starts_with(prefix)
    }
}

/// The language for messages of a request: `?locale`, then `Accept-Language`, then English (inventory H112).
pub fn request_locale(uri: &Uri, headers: &HeaderMap) -> Locale {
    locale(uri, headers.get(header::ACCEPT_LANGUAGE))
}

fn locale(uri: &Uri, accept_language: Option<&HeaderValue>) -> Locale {
    let requested = uri.query().and_then(|query| {
        url::form_urlencoded::parse(query.as_bytes())
            .find(|(name, _)| name == "locale")
            .and_then(|(_, value)| Locale::from_tag(&value))
    });
    let accepted = || Locale::from_accept_language(accept_language?.to_str().ok()?);
    requested.or_else(accepted).unwrap_or_default()
}
