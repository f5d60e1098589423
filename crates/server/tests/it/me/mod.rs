//! The Me API (inventory A074 to A082; trace 50-06).

mod access;
mod account;
mod fixture;
mod password;
mod social;
