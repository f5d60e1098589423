//! Tests of the server through [`testkit::TestApp`], one binary for all: a module per subject.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod foundation;
mod pages;
mod roles;
