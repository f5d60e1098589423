//! Second factors (inventory C022): which there are, when people are asked for one, and which devices stand for it.

use serde_json::Value;

use super::experience;
use super::fields::{FieldKind, FieldSpec};
use super::settings::{self, Section, Settings, SettingsTab};
use crate::callers::console::{Manage, Read};
use crate::routes::Routes;

pub(super) fn routes() -> Routes {
    settings::routes::<Mfa>()
}

struct Mfa;

const FACTORS: &[&str] = &["WebAuthn", "Totp", "EmailVerificationCode", "PhoneVerificationCode", "BackupCode"];
const POLICIES: &[&str] = &[
    "PromptOnlyAtSignIn",
    "PromptAtSignInAndSignUp",
    "NoPrompt",
    "UserControlled",
    "Mandatory",
    "PromptOnlyAtSignInMandatory",
    "PromptAtSignInAndSignUpMandatory",
];

const SECTIONS: &[Section] = &[
    Section { name: "factors", fields: &[FieldSpec::new("mfa.factors", FieldKind::Set(FACTORS))] },
    Section {
        name: "policy",
        fields: &[
            FieldSpec::required("mfa.policy", FieldKind::Choice(POLICIES)),
            FieldSpec::new("adaptiveMfa.enabled", FieldKind::Check),
            FieldSpec::required("mfa.organizationRequiredMfaPolicy", FieldKind::Choice(&["NoPrompt", "Mandatory"])),
            FieldSpec::new("mfa.requireMfaAfterSso", FieldKind::Check),
        ],
    },
    Section {
        name: "devices",
        fields: &[
            FieldSpec::new("trustedDevice.enabled", FieldKind::Check),
            FieldSpec::new("trustedDevice.durationDays", FieldKind::Number),
        ],
    },
];

impl Settings for Mfa {
    const NAME: &'static str = "mfa";
    const API: &'static str = experience::API;
    type Read = Read;
    type Write = Manage;
    const TABS: &'static [SettingsTab] = &[SettingsTab::new("mfa", SECTIONS)];

    fn to_form(settings: Value) -> Value {
        experience::to_form(settings)
    }

    fn to_api(body: Value) -> Value {
        experience::to_api(body)
    }
}
