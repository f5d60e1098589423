//! Validated types of body members.

pub use ::api::{BoundedText, IdList, Patch};
