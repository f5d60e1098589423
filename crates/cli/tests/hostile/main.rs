//! Real server processes where things go wrong: races between them, databases that fail, clients that misbehave, clocks
//! that jump. Each ends with clear answers, no panic, nothing lost, and without a restart.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod clients;
mod clock;
mod crowd;
mod disk;
mod load;
mod outage;
mod place;
mod races;
