//! The contexts of social sign-in on pages.

use serde::Serialize;

use crate::Template;
use crate::pages::Terms;

/// A button that leads to a social provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SocialButton {
    pub connector_id: String,
    /// The provider's name.
    pub name: String,
    /// URLs of images; the second on dark pages.
    pub logo: String,
    pub logo_dark: Option<String>,
}

/// Asks somebody whom a provider sent back, and whom nobody here knows, what to do.
#[derive(Debug, Clone, Serialize)]
pub struct SocialLinkPage {
    pub xsrf: String,
    /// The provider's name.
    pub provider: String,
    /// The verified address or number of an account that exists.
    pub related: Option<String>,
    pub can_register: bool,
    pub terms: Terms,
    pub error: Option<String>,
    /// Where to sign in another way.
    pub sign_in: String,
}

impl Template for SocialLinkPage {
    const TEMPLATE: &'static str = "social_link.html";

    fn has_error(&self) -> bool {
        self.error.is_some() || self.terms == Terms::Missing
    }
}
