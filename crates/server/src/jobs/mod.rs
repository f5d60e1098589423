//! Background jobs of a running server.

pub mod sweep;
