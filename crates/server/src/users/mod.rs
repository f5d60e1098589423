//! People with an account in a tenant (inventory D076 to D083, M019 to M038).

mod model;
pub mod store;

pub use model::{FIELDS, UserInfo};
