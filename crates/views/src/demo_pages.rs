//! The contexts of the demo applications: pages that are clients of this server, with a script of their own.

use serde::Serialize;

use crate::{FormActionPolicy, Template};

/// A sign-in as an application in the browser does it.
#[derive(Debug, Clone, Serialize)]
pub struct DemoAppPage {
    /// The id of the client.
    pub client: String,
    pub issuer: String,
    /// The absolute URL of this page, which is its redirect URI.
    pub address: String,
}

impl Template for DemoAppPage {
    const TEMPLATE: &'static str = "demo_app.html";
    const FORM_ACTION: FormActionPolicy = FormActionPolicy::None;
    const CALLS_SERVER: bool = true;
}

/// A device without a browser.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct DeviceDemoAppPage(pub DemoAppPage);

impl Template for DeviceDemoAppPage {
    const TEMPLATE: &'static str = "device_demo_app.html";
    const FORM_ACTION: FormActionPolicy = FormActionPolicy::None;
    const CALLS_SERVER: bool = true;
}
