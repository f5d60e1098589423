//! Pages: templates with typed contexts, forms, the phrase catalogue.

mod phrases;

pub use phrases::{error_message, has_phrase, phrase};
