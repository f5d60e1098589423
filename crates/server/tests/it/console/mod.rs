//! The console (issue 15): first start, sign-in, rights, and what its pages do.

mod fixture;
mod habits;
mod pages;
mod refused_requests;
mod rights;
mod sign_in;
mod welcome;
