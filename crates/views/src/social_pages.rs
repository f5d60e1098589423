//! The contexts of social sign-in on pages.

use serde::Serialize;

use crate::Template;
use crate::pages::{Field, Terms};

/// A button that leads to a social provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SocialButton {
    pub connector_id: String,
    /// How applications name the provider; empty of enterprises.
    pub target: String,
    /// The provider's name.
    pub name: String,
    /// URLs of images; the second on dark pages.
    pub logo: String,
    pub logo_dark: Option<String>,
    /// Of the page, not of the button.
    #[serde(skip)]
    pub one_tap: Option<OneTapPrompt>,
}

/// What Google's script is told to ask for One Tap, by <https://developers.google.com/identity/gsi/web/reference/html-reference>. What is
/// left out is Google's to decide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OneTapPrompt {
    pub connector_id: String,
    pub client_id: String,
    pub auto_select: Option<bool>,
    pub close_on_tap_outside: Option<bool>,
    pub itp_support: Option<bool>,
}

/// Leads to the provider of an enterprise: by an address, or by the choice between several.
#[derive(Debug, Clone, Serialize)]
pub struct SingleSignOnPage {
    pub xsrf: String,
    /// Path of the form's handler.
    pub action: String,
    /// The address, unless there are connectors.
    pub fields: Vec<Field>,
    pub connectors: Vec<SocialButton>,
    /// Whether the person agreed to the terms on the page before.
    pub has_agreed: bool,
    pub terms: Terms,
    pub error: Option<String>,
    /// Where to sign in another way.
    pub back: String,
}

impl Template for SingleSignOnPage {
    const TEMPLATE: &'static str = "single_sign_on.html";

    fn has_error(&self) -> bool {
        self.error.is_some()
    }
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
