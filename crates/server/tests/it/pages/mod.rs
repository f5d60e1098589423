//! The hosted pages.

mod still;
