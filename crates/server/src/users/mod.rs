//! People with an account in a tenant (inventory D076 to D083).

pub mod store;
