//! Attack classes over all routes and flows (attacks.md), which the tests of one module cannot cover.

mod cors;
mod csrf;
pub mod fixtures;
pub mod forgeries;
mod further_tenants;
mod interleavings;
mod limits;
mod links;
mod malformed_input;
pub mod management_rights;
mod multi_node;
mod partial_failures;
mod passwords;
mod redirects;
pub mod requests;
mod rights;
pub mod routes;
mod searches;
mod tenants;
mod text;
mod urls;
