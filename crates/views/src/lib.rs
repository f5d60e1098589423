//! Pages: templates with typed contexts, forms, the phrase catalogue.

pub mod account_pages;
mod branding;
pub mod captcha;
pub mod code_pages;
mod color;
pub mod console;
mod console_chart;
mod console_table;
mod csp;
pub mod demo_pages;
pub mod device_pages;
pub mod docs_pages;
mod engine;
pub mod factor_pages;
mod language;
mod link;
mod message;
pub mod pages;
pub mod passkey_pages;
mod phrases;
pub mod social_pages;
pub mod token_pages;

pub use branding::Branding;
pub use color::Color;
pub use csp::{FormActionPolicy, PageNeeds, content_security_policy};
pub use engine::{DEMO_SCRIPT, PageFrame, RenderError, Template, render};
pub use language::{Language, Languages};
pub use link::{Image, Link};
pub use message::{ErrorDetails, NotImplementedFeature};
pub use phrases::{Catalogue, error_message, interpolate, key_exists, phrase_keys, read_phrases, translate};
