//! The Rust SDK: relying party and Management API client.
