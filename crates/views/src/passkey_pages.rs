//! The contexts of passkeys on pages.

use serde::Serialize;

use crate::Template;
use crate::pages::{Field, MessageLink};

/// What the sign-in page needs to take a passkey.
#[derive(Debug, Clone, Serialize)]
pub struct PasskeyPrompt {
    /// Where its form leads.
    pub action: String,
    /// `PublicKeyCredentialRequestOptionsJSON` of WebAuthn section 5.1.
    pub options: String,
    pub has_button: bool,
    pub has_autofill: bool,
}

/// Suggests a passkey to somebody who has none.
#[derive(Debug, Clone, Serialize)]
pub struct CreatePasskeyPage {
    pub xsrf: String,
    /// `PublicKeyCredentialCreationOptionsJSON` of WebAuthn section 5.1.
    pub options: String,
    /// What the person calls it.
    pub name: Field,
    /// What the form sends to go on without, where that is allowed.
    pub skip: Option<&'static str>,
    /// Whether it becomes a second factor, so that the password stays.
    pub is_factor: bool,
    /// For how many days the device can be trusted, if it can.
    pub trust_days: Option<i64>,
    /// The other factors that can be set up, and where to sign in as somebody else.
    pub links: Vec<MessageLink>,
    pub error: Option<String>,
}

impl Template for CreatePasskeyPage {
    const TEMPLATE: &'static str = "create_passkey.html";

    fn has_error(&self) -> bool {
        self.error.is_some()
    }
}

/// Asks for a bound passkey as a second factor.
#[derive(Debug, Clone, Serialize)]
pub struct PasskeyFactorPage {
    pub xsrf: String,
    /// `PublicKeyCredentialRequestOptionsJSON` of WebAuthn section 5.1.
    pub options: String,
    /// For how many days the device can be trusted, if it can.
    pub trust_days: Option<i64>,
    pub error: Option<String>,
    /// The other factors that the account has, and where to sign in as somebody else.
    pub links: Vec<MessageLink>,
}

impl Template for PasskeyFactorPage {
    const TEMPLATE: &'static str = "mfa_passkey.html";

    fn has_error(&self) -> bool {
        self.error.is_some()
    }
}
