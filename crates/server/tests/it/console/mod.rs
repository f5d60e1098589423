//! The console (issue 15): first start, sign-in, rights, and what its pages do.

mod connectors;
mod enterprise_sso;
mod experience;
mod fixture;
mod habits;
mod pages;
mod refused_requests;
mod rights;
mod settings;
mod sign_in;
mod webhooks;
mod welcome;
