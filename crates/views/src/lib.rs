//! Pages: templates with typed contexts, forms, the phrase catalogue.

mod branding;
mod color;
mod csp;
mod engine;
mod link;
mod message;
pub mod pages;
mod phrases;

pub use branding::Branding;
pub use color::Color;
pub use csp::{Forms, content_security_policy};
pub use engine::{Frame, Page, RenderError, render};
pub use link::{Image, Link};
pub use message::{Failure, Unavailable};
pub use phrases::{Catalogue, error_message, fill, has_phrase, phrase, read_phrases};
