//! The settings of the account centre (inventory C019): what people see and change of their own accounts.

use serde_json::{Value, json};
use views::console::{Block, Cell, Facts};

use super::fields::{FieldKind, FieldSpec, Loaded};
use super::profile_fields::catalogue;
use super::settings::{self, Section, Settings, SettingsTab};
use crate::callers::ConsoleUser;
use crate::callers::console::{Manage, Read};
use crate::errors::ApiError;
use crate::routes::Routes;

pub(super) fn routes() -> Routes {
    settings::routes::<AccountCenter>()
}

struct AccountCenter;

const fn control(path: &'static str) -> FieldSpec {
    FieldSpec::required(path, FieldKind::Choice(&["Off", "ReadOnly", "Edit"]))
}

/// The parts of an account.
const CONTROLS: &[FieldSpec] = &[
    control("fields.name"),
    control("fields.avatar"),
    control("fields.profile"),
    control("fields.customData"),
    control("fields.username"),
    control("fields.email"),
    control("fields.phone"),
    control("fields.password"),
    control("fields.social"),
    control("fields.mfa"),
    control("fields.passkey"),
    control("fields.session"),
    control("fields.trustedDevice"),
];

const SECTIONS: &[Section] = &[
    Section { name: "enabled", fields: &[FieldSpec::new("enabled", FieldKind::Check)] },
    Section { name: "fields", fields: CONTROLS },
    Section {
        name: "profile-fields",
        fields: &[
            FieldSpec::required("profileFields.choice", FieldKind::Choice(&["all", "own"])),
            FieldSpec::new("profileFields.order", FieldKind::LoadedOrder),
        ],
    },
    Section {
        name: "pages",
        fields: &[
            FieldSpec::new("deleteAccountUrl", FieldKind::Url),
            FieldSpec::new("webauthnRelatedOrigins", FieldKind::Lines),
            FieldSpec::new("customCss", FieldKind::Area),
        ],
    },
];

const DATA: &[Section] = &[
    Section {
        name: "mails",
        fields: &[FieldSpec::required("mailAboutChanges", FieldKind::Choice(&["available", "on", "off"]))],
    },
    Section {
        name: "data",
        fields: &[
            FieldSpec::new("dataDownloadEnabled", FieldKind::Check),
            FieldSpec::new("deletionEnabled", FieldKind::Check),
            FieldSpec::required("deletionGraceDays", FieldKind::Number),
        ],
    },
];

/// The pages that an application may lead to, below the endpoint of the tenant.
const PAGES: [&str; 12] = [
    "security",
    "profile",
    "sessions",
    "trusted-devices",
    "email",
    "phone",
    "username",
    "password",
    "authenticator-app",
    "backup-codes/generate",
    "passkey/add",
    "data",
];

impl Settings for AccountCenter {
    const NAME: &'static str = "account-center";
    const API: &'static str = "/api/account-center";
    type Read = Read;
    type Write = Manage;
    const TABS: &'static [SettingsTab] = &[
        SettingsTab::new("account-center", SECTIONS),
        SettingsTab { api: Some("/api/configs/account"), ..SettingsTab::new("data", DATA) },
    ];

    fn to_form(mut settings: Value) -> Value {
        // The other object.
        if settings.get("fields").is_none() {
            let mails = match settings.get("mailAboutChanges").and_then(Value::as_bool) {
                Some(true) => "on",
                Some(false) => "off",
                None => "available",
            };
            settings["mailAboutChanges"] = mails.into();
            return settings;
        }
        let listed = super::profile_fields::listed(settings.get("profileFields"));
        settings["profileFields"] = listed;
        for spec in CONTROLS {
            let pointer = format!("/{}", spec.path.replace('.', "/"));
            if settings.pointer(&pointer).is_none() {
                let member = spec.path.trim_start_matches("fields.");
                settings["fields"][member] = json!("Off");
            }
        }
        settings
    }

    fn to_api(mut body: Value) -> Value {
        if let Some(listed) = body.get_mut("profileFields") {
            *listed = super::profile_fields::unlisted(listed);
        }
        if let Some(mails) = body.get_mut("mailAboutChanges") {
            *mails = match mails.as_str() {
                Some("on") => true.into(),
                Some("off") => false.into(),
                _ => Value::Null,
            };
        }
        body
    }

    async fn choices(user: &ConsoleUser<Read>, _: &SettingsTab) -> Result<Loaded, ApiError> {
        Ok(vec![("profileFields.order", catalogue(user).await?)])
    }

    async fn below(user: &ConsoleUser<Read>, tab: &SettingsTab) -> Result<Vec<Block>, ApiError> {
        if tab.name != "account-center" {
            return Ok(Vec::new());
        }
        let endpoint = user.app.tenants.endpoint("default");
        let row = |page: &str| {
            let title = user.text(&format!("account-center.page_{}", page.replace('/', "_")));
            (title, Cell::Copy { text: format!("{endpoint}/account/{page}") })
        };
        let rows = PAGES.into_iter().map(row).collect();
        Ok(vec![Block::Facts(Facts { title: Some(user.text("account-center.addresses")), rows })])
    }
}
