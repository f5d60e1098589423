//! The contexts of the pages of codes that are sent to an address or number.

use serde::Serialize;

use crate::Template;
use crate::pages::{Field, MessageLink, Terms, has_wrong};

/// Asks for an address or number to send a code to.
#[derive(Debug, Clone, Serialize)]
pub struct AddressPage {
    pub title: String,
    pub lead: String,
    /// Path of the form's handler.
    pub action: String,
    pub xsrf: String,
    pub fields: Vec<Field>,
    pub error: Option<String>,
    /// Whether the form begins an interaction, which a captcha may guard.
    pub begins: bool,
    /// What the form sends to go on without, where that is allowed.
    pub skip: Option<&'static str>,
    /// Other ways.
    pub links: Vec<MessageLink>,
}

impl Template for AddressPage {
    const TEMPLATE: &'static str = "address.html";
    const ASKS_CAPTCHA: bool = true;

    fn has_error(&self) -> bool {
        self.error.is_some() || has_wrong(&self.fields)
    }
}

/// Asks for the code that was sent.
#[derive(Debug, Clone, Serialize)]
pub struct SentCodePage {
    pub title: String,
    /// Path of the form's handler.
    pub action: String,
    pub xsrf: String,
    /// Where the code was sent, with most of it hidden.
    pub destination: String,
    /// Whether another code was sent just now.
    pub is_resent: bool,
    pub error: Option<String>,
    /// Other ways: a password, another address.
    pub links: Vec<MessageLink>,
}

impl Template for SentCodePage {
    const TEMPLATE: &'static str = "sent_code.html";

    fn has_error(&self) -> bool {
        self.error.is_some()
    }
}

/// Asks whether to go on another way: the proven address has an account already, or none yet.
#[derive(Debug, Clone, Serialize)]
pub struct OtherWayPage {
    pub title: String,
    pub text: String,
    /// Path of the form's handler.
    pub action: String,
    pub xsrf: String,
    /// What the button sends, and says.
    pub choice: &'static str,
    pub button: String,
    pub terms: Terms,
    pub back: MessageLink,
}

impl Template for OtherWayPage {
    const TEMPLATE: &'static str = "other_way.html";

    fn has_error(&self) -> bool {
        self.terms == Terms::Missing
    }
}

/// Asks for the new password of a forgotten one.
#[derive(Debug, Clone, Serialize)]
pub struct NewPasswordPage {
    pub xsrf: String,
    pub fields: Vec<Field>,
    pub error: Option<String>,
    pub requirements: Vec<String>,
    pub issues: Vec<String>,
}

impl Template for NewPasswordPage {
    const TEMPLATE: &'static str = "new_password.html";

    fn has_error(&self) -> bool {
        self.error.is_some() || !self.issues.is_empty() || has_wrong(&self.fields)
    }
}

/// The second step of a sign-in that asks for the identifier first.
#[derive(Debug, Clone, Default, Serialize)]
pub struct PasswordStep {
    /// Path of the form's handler.
    pub action: String,
    /// Whether the terms were agreed to in the step before.
    pub agreed: bool,
    /// Where the form goes for a code instead, if one can be sent to the identifier.
    pub code: Option<String>,
}

/// Asks for a code to the own address or number, or whether to send one.
#[derive(Debug, Clone, Serialize)]
pub struct FactorAddressPage {
    /// Path of the form's handler.
    pub action: String,
    pub xsrf: String,
    /// Where codes go, with most of it hidden.
    pub destination: String,
    /// Whether one was sent.
    pub is_sent: bool,
    /// For how many days the device can be trusted, if it can.
    pub trust_days: Option<i64>,
    pub error: Option<String>,
    /// The other factors that the account has, and where to sign in as somebody else.
    pub links: Vec<MessageLink>,
}

impl Template for FactorAddressPage {
    const TEMPLATE: &'static str = "mfa_address_code.html";

    fn has_error(&self) -> bool {
        self.error.is_some()
    }
}
