//! Real server processes under faults: races between processes, failing databases, misbehaving clients, jumping clocks. Each
//! test ends with clear responses, no panic, no lost writes and no restart.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod clients;
mod clock;
mod crowd;
mod disk;
mod flood;
mod keep_alive;
mod load;
mod lockout;
mod outage;
mod place;
mod races;
