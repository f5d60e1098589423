//! Where a request comes from.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;

use crate::Tenant;
use crate::errors::ApiError;

/// The client's address. `X-Forwarded-For` counts only with `TRUST_PROXY_HEADER`, and then only its last entry: the
/// one that the trusted proxy itself wrote. An unparsable entry falls back to the connection's address (attack E12).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientIp(pub IpAddr);

impl ClientIp {
    /// The address of the request with these parts.
    pub fn of(parts: &Parts) -> Self {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        let peer = peer.unwrap_or(IpAddr::from([127, 0, 0, 1]));
        let trusted = parts.extensions.get::<Tenant>().is_some_and(|tenant| tenant.app().settings.trust_proxy_header);
        let forwarded = || {
            let last = parts.headers.get_all("x-forwarded-for").iter().next_back()?;
            last.to_str().ok()?.rsplit(',').next()?.trim().parse().ok()
        };
        Self(if trusted { forwarded().unwrap_or(peer) } else { peer })
    }

    /// As the audit log and interactions show it: IPv4 in its IPv6-mapped form.
    pub fn text(self) -> String {
        match self.0 {
            IpAddr::V4(v4) => format!("::ffff:{v4}"),
            IpAddr::V6(v6) => v6.to_string(),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for ClientIp {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Ok(Self::of(parts))
    }
}
