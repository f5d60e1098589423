//! The console (issue 15): first start, sign-in, rights, and what its pages do.

mod connectors;
mod enterprise_sso;
mod fixture;
mod pages;
mod rights;
mod sign_in;
mod webhooks;
mod welcome;
