//! Connectors: services that send messages.

mod entity;
mod http_senders;
mod inbox;
mod smtp;
mod smtp_server;
