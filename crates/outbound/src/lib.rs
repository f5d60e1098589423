//! The only HTTP client of the server side: for URLs that come from configuration or from requests, and that must not reach
//! into the network in which the server runs (docs/adr/0009-outbound.md).
//!
//! Each request resolves its host once, refuses addresses that are not globally reachable unless [`AllowList`] names them, and
//! connects to the address that it checked. It follows no redirects unless asked, and checks each of them like a first request.
//! Time and size are bounded. Proxies from the environment are ignored.

mod address;
mod allow;
mod client;
mod connection;
mod error;
mod fake;
mod network;
mod request;
#[cfg(test)]
mod tests;

pub use allow::{AllowList, AllowListError};
pub use client::{Connected, Outbound};
pub use error::OutboundError;
pub use fake::{FakeResponse, FakeServer, ReceivedRequest};
pub use network::public_authorities;
pub use request::{OutboundRequest, OutboundResponse};
