//! Shared code of the load and crash programs: `loggia-bench` prints the performance table, `loggia-crash` kills the server
//! under load and checks its data.

pub mod authenticator;
pub mod bounds;
pub mod flows;
pub mod goals;
pub mod http;
pub mod load;
pub mod machine;
pub mod pgbench;
pub mod plan;
pub mod process;
pub mod scenarios;
pub mod seed;
pub mod server;
pub mod storage;
pub mod table;
pub mod target;

/// Any error.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;
