//! `/api/captcha-provider`: who checks that a person is there.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::members::BoundedText;
use crate::operation::Operation;

const TAG: &str = "Captcha provider";
const PATH: &str = "/api/captcha-provider";

/// How reCAPTCHA Enterprise shows itself, by the kind of its key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RecaptchaMode {
    /// A score, which must be 0.5 or more.
    #[default]
    Invisible,
    Checkbox,
}

/// The settings of a provider.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type")]
pub enum CaptchaProviderConfig {
    #[serde(rename_all = "camelCase")]
    Turnstile { site_key: BoundedText<1, 256>, secret_key: BoundedText<1, 256> },
    #[serde(rename_all = "camelCase")]
    RecaptchaEnterprise {
        site_key: BoundedText<1, 256>,
        /// An API key.
        secret_key: BoundedText<1, 256>,
        project_id: BoundedText<1, 64>,
        /// The host of the script: `www.google.com` unless it is given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        domain: Option<BoundedText<0, 253>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mode: Option<RecaptchaMode>,
    },
    /// A proof of work by the browser, which needs nobody else. Logto has no such provider.
    ProofOfWork {},
}

/// The provider of a tenant.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CaptchaProvider {
    pub tenant_id: String,
    pub id: String,
    pub config: CaptchaProviderConfig,
    /// Milliseconds since 1970.
    pub created_at: i64,
    /// Milliseconds since 1970.
    pub updated_at: i64,
}

/// A provider to take the place of the one before.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UpdateCaptchaProvider {
    pub config: CaptchaProviderConfig,
}

/// The operations of these types.
pub fn operations() -> Vec<Operation> {
    vec![
        Operation::get(PATH, "GetCaptchaProvider", TAG).returns::<CaptchaProvider>(200).statuses(&[404]),
        Operation::put(PATH, "UpdateCaptchaProvider", TAG)
            .body::<UpdateCaptchaProvider>()
            .returns::<CaptchaProvider>(200),
        Operation::delete(PATH, "DeleteCaptchaProvider", TAG).statuses(&[204, 404]),
    ]
}
