//! Attack classes over all routes and flows (attacks.md): what no test of one slice can show.

mod calls;
mod cors;
mod csrf;
mod forgeries;
mod halves;
mod limits;
mod links;
mod nodes;
mod nonsense;
mod passwords;
pub mod people;
mod redirects;
mod rights;
mod routes;
mod stages;
mod tenants;
mod text;
mod urls;
