//! The console (issue 15): first start, sign-in, rights, and what its pages do.

mod access;
mod administrators;
mod applications;
mod connectors;
mod enterprise_sso;
mod experience;
mod fixture;
mod get_started;
mod habits;
mod keys;
mod meanwhile;
mod own_rights;
mod owners;
mod pages;
mod people;
mod pictures;
mod refused_requests;
mod rights;
mod scripts;
mod settings;
mod sign_in;
mod times;
mod webhooks;
mod welcome;
