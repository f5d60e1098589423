//! The contexts of the pages of second factors.

use serde::Serialize;

use crate::Template;
use crate::pages::MessageLink;

/// What a code comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CodeKind {
    /// An authenticator app.
    App,
    /// The list of backup codes.
    Backup,
}

/// Asks for a code of a bound factor.
#[derive(Debug, Clone, Serialize)]
pub struct FactorCodePage {
    pub kind: CodeKind,
    /// For how many days the device can be trusted, if it can.
    pub trust_days: Option<i64>,
    pub xsrf: String,
    pub error: Option<String>,
    /// The other factors that the account has, and where to sign in as somebody else.
    pub links: Vec<MessageLink>,
}

impl Template for FactorCodePage {
    const TEMPLATE: &'static str = "mfa_code.html";

    fn has_error(&self) -> bool {
        self.error.is_some()
    }
}

/// Suggests a second factor to somebody who has none.
#[derive(Debug, Clone, Serialize)]
pub struct FactorOnboardingPage {
    pub xsrf: String,
    pub application: Option<String>,
}

impl Template for FactorOnboardingPage {
    const TEMPLATE: &'static str = "mfa_onboarding.html";
}

/// What an authenticator app takes.
#[derive(Debug, Clone, Serialize)]
pub struct AppKey {
    /// The dark modules of the QR code, as the `d` of an SVG path.
    pub qr_path: String,
    /// The side of its view box.
    pub qr_side: usize,
    /// The seed in groups of four characters.
    pub key: String,
    /// `otpauth:` address for an app on this device.
    pub uri: String,
}

/// Sets up an authenticator app.
#[derive(Debug, Clone, Serialize)]
pub struct SetUpAppPage {
    pub xsrf: String,
    pub app: AppKey,
    /// For how many days the device can be trusted, if it can.
    pub trust_days: Option<i64>,
    pub error: Option<String>,
    /// What the form sends to go on without, where that is allowed.
    pub skip: Option<&'static str>,
    /// The other factors that can be set up, and where to sign in as somebody else.
    pub links: Vec<MessageLink>,
}

impl Template for SetUpAppPage {
    const TEMPLATE: &'static str = "mfa_app.html";

    fn has_error(&self) -> bool {
        self.error.is_some()
    }
}

/// Shows new backup codes.
#[derive(Debug, Clone, Serialize)]
pub struct BackupCodesPage {
    pub xsrf: String,
    /// Which codes these are.
    pub verification_id: String,
    pub codes: Vec<String>,
    /// Where they are as a text file.
    pub download: String,
}

impl Template for BackupCodesPage {
    const TEMPLATE: &'static str = "mfa_backup_codes.html";
}
