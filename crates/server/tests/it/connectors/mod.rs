//! Connectors: services that send messages.

mod entity;
mod http_senders;
mod inbox;
mod smtp;
pub mod smtp_server;
pub mod social;
