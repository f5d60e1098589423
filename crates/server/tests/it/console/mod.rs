//! The console (issue 15): first start, sign-in, rights, and what its pages do.

mod administrators;
mod fixture;
mod get_started;
mod keys;
mod pages;
mod people;
mod rights;
mod scripts;
mod sign_in;
mod welcome;
