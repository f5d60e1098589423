//! The binary as an operator meets it: started as a process, with its exit codes and its sentences.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod commands;
mod installation;
mod keys;
mod log;
mod output;
mod silence;
mod start;
mod test_server;
mod user_export;
mod user_import;
mod user_import_docs;
mod user_import_interrupted;
