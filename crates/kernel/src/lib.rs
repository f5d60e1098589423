//! Typed ids, time, randomness, secrets, locales: what every crate shares and nothing more.

pub mod assurance;
pub mod clock;
pub mod hex;
pub mod id;
pub mod ids;
pub mod locale;
pub mod page;
pub mod rng;
pub mod secret;
pub mod text;

pub use assurance::{Assurance, Authentication};
pub use clock::{Clock, Timestamp};
pub use locale::Locale;
pub use page::Pagination;
pub use rng::Rng;
pub use secret::Secret;
