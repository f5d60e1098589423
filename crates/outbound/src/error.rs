//! Why a request has no response.

use std::net::IpAddr;
use std::time::Duration;

/// A request that got no usable response.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutboundError {
    /// The URL can't be requested.
    #[error("the URL {url} can't be requested: {reason}")]
    InvalidUrl { url: String, reason: &'static str },
    /// All addresses of the host are refused; `kind` describes this one.
    #[error("{host} has the address {address}, which is {kind}; OUTBOUND_ALLOW can allow it")]
    Forbidden { host: String, address: IpAddr, kind: &'static str },
    /// The host has no address, or the name server did not answer.
    #[error("the address of {0} was not found")]
    Unresolvable(String),
    /// No connection, or it ended too early.
    #[error("the connection to {host} failed: {cause}")]
    Connection { host: String, cause: String },
    /// No TLS connection, mostly because of the certificate.
    #[error("TLS with {host} failed: {cause}")]
    Tls { host: String, cause: String },
    /// The whole took longer than the request allows.
    #[error("there was no complete response within {} s", .0.as_secs_f32())]
    TimedOut(Duration),
    /// The response is larger than the request allows, in bytes.
    #[error("the response is larger than {0} bytes")]
    TooLarge(usize),
    /// A redirect that is not followed.
    #[error("the redirect to {location} is not followed: {reason}")]
    Redirect { location: String, reason: &'static str },
    /// TLS could not be set up at all.
    #[error("the certificate authorities can't be used: {0}")]
    Setup(String),
}
