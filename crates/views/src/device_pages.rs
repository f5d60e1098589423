//! The contexts of the pages of the device flow.

use serde::Serialize;

use crate::pages::MessagePage;
use crate::{FormActionPolicy, Language, Template, translate};

/// Sends a user code back that came in a link, so that the link alone enters nothing.
#[derive(Debug, Clone, Serialize)]
pub struct DeviceForwardPage {
    /// Absolute URL of `/oidc/device`.
    pub action: String,
    pub xsrf: String,
    pub user_code: String,
}

impl Template for DeviceForwardPage {
    const TEMPLATE: &'static str = "device_forward.html";
    const FORM_ACTION: FormActionPolicy = FormActionPolicy::SameOrigin;
}

/// Asks for the code that a device shows.
#[derive(Debug, Clone, Serialize)]
pub struct DeviceCodePage {
    pub action: String,
    pub xsrf: String,
    /// What was typed before.
    pub user_code: String,
    pub error: Option<String>,
}

impl Template for DeviceCodePage {
    const TEMPLATE: &'static str = "device_code.html";
    const FORM_ACTION: FormActionPolicy = FormActionPolicy::SameOrigin;

    fn has_error(&self) -> bool {
        self.error.is_some()
    }
}

/// Asks whether the device is the person's own.
#[derive(Debug, Clone, Serialize)]
pub struct DeviceConfirmPage {
    pub action: String,
    pub xsrf: String,
    pub application: String,
    /// As the device shows it.
    pub user_code: String,
    /// The network address that the device asked from.
    pub address: String,
    /// What the device calls itself; empty if it says nothing.
    pub agent: String,
}

impl Template for DeviceConfirmPage {
    const TEMPLATE: &'static str = "device_confirm.html";
}

impl MessagePage {
    /// The device gets its tokens with its next question.
    pub fn device_connected(language: Language<'_>) -> Self {
        let text = |key: &str| translate(language, key, &[]);
        Self {
            title: text("pages.device.done_title"),
            is_success: true,
            paragraphs: vec![text("pages.device.done"), text("pages.device.close")],
            ..Self::default()
        }
    }
}
