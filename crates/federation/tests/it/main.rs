//! The client side of sign-in at other providers, against programmed endpoints.
#![allow(clippy::unwrap_used)]

mod config;
mod documents;
mod enterprise;
mod oidc;
mod services;
mod world;
