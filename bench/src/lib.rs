//! Load and crash programs: what they share. `loggia-bench` prints the performance table, `loggia-crash` kills the server
//! under load and checks what is left.

pub mod bounds;
pub mod flows;
pub mod goals;
pub mod http;
pub mod load;
pub mod machine;
pub mod plan;
pub mod process;
pub mod scenarios;
pub mod seed;
pub mod server;
pub mod storage;
pub mod table;
pub mod target;

/// Anything that stops a program.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;
