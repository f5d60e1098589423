//! Where a request comes from.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, HeaderValue};

use crate::Tenant;
use crate::errors::ApiError;
use crate::fair_share::ClientNetwork;

/// The client's address. `X-Forwarded-For` counts only with `TRUST_PROXY_HEADER`, and then only its last entry: the
/// one that the trusted proxy itself wrote. An unparsable entry falls back to the connection's address (attack E12).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientIp(pub IpAddr);

impl ClientIp {
    /// The address of the request with these parts.
    pub fn of(parts: &Parts) -> Self {
        let trusted = parts.extensions.get::<Tenant>().is_some_and(|tenant| tenant.app().settings.trust_proxy_header);
        Self::from_parts(peer(&parts.extensions), forwarded(&parts.headers).filter(|_| trusted))
    }

    /// The address by the connection's, and by the header of a trusted proxy.
    pub(super) fn from_parts(peer: Option<IpAddr>, forwarded: Option<&HeaderValue>) -> Self {
        let last = forwarded.and_then(|value| value.as_bytes().rsplit(|byte| *byte == b',').next());
        let named = last.and_then(parse_forwarded);
        Self(named.or(peer).unwrap_or(IpAddr::from([127, 0, 0, 1])))
    }

    /// Whose share of what is limited the client uses.
    pub fn network(self) -> ClientNetwork {
        self.0.into()
    }

    /// As the audit log and interactions show it: IPv4 in its IPv6-mapped form.
    pub fn text(self) -> String {
        match self.0 {
            IpAddr::V4(v4) => format!("::ffff:{v4}"),
            IpAddr::V6(v6) => v6.to_string(),
        }
    }
}

/// The address of the connection.
pub(super) fn peer(extensions: &Extensions) -> Option<IpAddr> {
    extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip())
}

/// The last header of a proxy.
pub(super) fn forwarded(headers: &HeaderMap) -> Option<&HeaderValue> {
    headers.get_all("x-forwarded-for").iter().next_back()
}

/// One entry of `X-Forwarded-For`. Some proxies add the port, and then put IPv6 addresses in brackets.
fn parse_forwarded(entry: &[u8]) -> Option<IpAddr> {
    let entry = str::from_utf8(entry).ok()?.trim();
    let bare = entry.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(entry);
    bare.parse().ok().or_else(|| entry.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

impl<S: Sync> FromRequestParts<S> for ClientIp {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Ok(Self::of(parts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e12_a_forwarded_address_is_read_with_and_without_a_port() {
        for (entry, expected) in [
            ("203.0.113.7", Some("203.0.113.7")),
            (" 203.0.113.7:51234 ", Some("203.0.113.7")),
            ("2001:db8::7", Some("2001:db8::7")),
            ("[2001:db8::7]", Some("2001:db8::7")),
            ("[2001:db8::7]:443", Some("2001:db8::7")),
            ("::ffff:203.0.113.7", Some("::ffff:203.0.113.7")),
            ("203.0.113.7:99999", None),
            ("[203.0.113.7", None),
            ("unknown", None),
            ("_hidden:1", None),
            ("", None),
        ] {
            let expected = expected.map(|text| text.parse::<IpAddr>().unwrap());
            assert_eq!(parse_forwarded(entry.as_bytes()), expected, "{entry:?}");
        }
        assert_eq!(parse_forwarded(b"203.0.113.7\xff"), None);
    }
}
