//! What keeps attackers out (inventory C025): rules for passwords, the captcha, refused addresses, and locks after failures.

use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::{Map, Value, json};
use views::console::{Block, Dialog, Dialogs, Form};
use views::pages::Field;

use super::entity::shown_beside;
use super::fields::{self, FieldKind, FieldSpec, Filled, FormErrors};
use super::settings::{self, Section, Settings, SettingsTab};
use super::{experience, meanwhile};
use crate::callers::console::{Manage, Read};
use crate::callers::{ConsoleForm, ConsoleUser, Right};
use crate::errors::ApiError;
use crate::pages::redirect;
use crate::routes::Routes;

const PROVIDER: &str = "/console/security/captcha/provider";
const UNLOCK: &str = "/console/security/unlock";
const PROVIDER_API: &str = "/api/captcha-provider";

pub(super) fn routes() -> Routes {
    settings::routes::<Security>()
        .post(PROVIDER, save_provider)
        .post("/console/security/captcha/provider/delete", delete_provider)
        .post(UNLOCK, unlock)
}

struct Security;

impl Settings for Security {
    const NAME: &'static str = "security";
    const API: &'static str = experience::API;
    type Read = Read;
    type Write = Manage;
    const TABS: &'static [SettingsTab] = &[
        SettingsTab::new("passwords", PASSWORDS),
        SettingsTab::new("captcha", CAPTCHA_POLICY),
        SettingsTab::new("blocklist", BLOCKLIST),
        SettingsTab::new("limits", LIMITS),
    ];

    fn to_form(settings: Value) -> Value {
        experience::to_form(settings)
    }

    fn to_api(body: Value) -> Value {
        experience::to_api(body)
    }

    async fn below(user: &ConsoleUser<Read>, tab: &SettingsTab) -> Result<Vec<Block>, ApiError> {
        // The keys of a provider are for nobody else.
        if !user.may(Right::Manage) {
            return Ok(Vec::new());
        }
        match tab.name {
            "captcha" => {
                let provider = provider(user).await?;
                let shown = provider.as_ref().map_or(Filled::Nothing, Filled::Entity);
                Ok(provider_blocks(user, provider.as_ref(), &shown, FormErrors::default()))
            }
            "limits" => Ok(vec![unlock_form(user)]),
            _ => Ok(Vec::new()),
        }
    }
}

const PASSWORDS: &[Section] = &[
    Section {
        name: "passwords",
        fields: &[
            FieldSpec::required("passwordPolicy.length.min", FieldKind::Number),
            FieldSpec::required("passwordPolicy.length.max", FieldKind::Number),
            FieldSpec::required("passwordPolicy.characterTypes.min", FieldKind::Number),
        ],
    },
    Section {
        name: "rejects",
        fields: &[
            FieldSpec::new("passwordPolicy.rejects.pwned", FieldKind::Check),
            FieldSpec::new("passwordPolicy.rejects.repetitionAndSequence", FieldKind::Check),
            FieldSpec::new("passwordPolicy.rejects.userInfo", FieldKind::Check),
            FieldSpec::new("passwordPolicy.rejects.words", FieldKind::Lines),
        ],
    },
    Section {
        name: "expiration",
        fields: &[
            FieldSpec::new("passwordExpiration.enabled", FieldKind::Check),
            FieldSpec::new("passwordExpiration.validPeriodDays", FieldKind::Number),
        ],
    },
];

const CAPTCHA_POLICY: &[Section] =
    &[Section { name: "captcha", fields: &[FieldSpec::new("captchaPolicy.enabled", FieldKind::Check)] }];

const BLOCKLIST: &[Section] = &[Section {
    name: "blocklist",
    fields: &[
        FieldSpec::new("emailBlocklistPolicy.blockSubaddressing", FieldKind::Check),
        FieldSpec::new("emailBlocklistPolicy.blockDisposableAddresses", FieldKind::Check),
        FieldSpec::new("emailBlocklistPolicy.customBlocklist", FieldKind::Lines),
        FieldSpec::new("emailBlocklistPolicy.customAllowlist", FieldKind::Lines),
    ],
}];

const LIMITS: &[Section] = &[
    Section {
        name: "lock",
        fields: &[
            FieldSpec::required("sentinelPolicy.maxAttempts", FieldKind::Number),
            FieldSpec::required("sentinelPolicy.lockoutDuration", FieldKind::Number),
        ],
    },
    Section {
        name: "codes",
        fields: &[
            FieldSpec::required("verificationCodePolicy.expirationDuration", FieldKind::Number),
            FieldSpec::required("verificationCodePolicy.maxRetryAttempts", FieldKind::Number),
        ],
    },
];

const CAPTCHA: &[FieldSpec] = &[
    FieldSpec::required("config.type", FieldKind::Choice(&["ProofOfWork", "Turnstile", "RecaptchaEnterprise"])),
    FieldSpec::new("config.siteKey", FieldKind::Optional),
    FieldSpec::new("config.secretKey", FieldKind::Password),
    FieldSpec::new("config.projectId", FieldKind::Optional),
    FieldSpec::new("config.domain", FieldKind::Optional),
    FieldSpec::new("config.mode", FieldKind::Choice(&["invisible", "checkbox"])),
];

/// The provider of captchas, if one was chosen.
async fn provider<R>(user: &ConsoleUser<R>) -> Result<Option<Value>, ApiError> {
    user.api().find(PROVIDER_API).await
}

fn provider_blocks(
    user: &ConsoleUser<Read>,
    current: Option<&Value>,
    filled: &Filled<'_>,
    errors: FormErrors,
) -> Vec<Block> {
    let form = Block::Form(Form {
        title: Some(user.text("security.provider")),
        lead: Some(user.text("security.provider_lead")),
        action: PROVIDER.to_owned(),
        fields: fields::shown(user, "security", CAPTCHA, filled, &errors),
        hidden: vec![meanwhile::hidden(user, current.unwrap_or(&Value::Null), CAPTCHA)],
        submit: user.text("button.save"),
        error: errors.whole,
        is_guarded: true,
        ..Form::default()
    });
    let deletion = || {
        let dialog = Dialog {
            id: "delete".to_owned(),
            button: user.text("button.delete"),
            title: user.text("security.delete_provider"),
            text: user.text("security.delete_provider_text"),
            action: format!("{PROVIDER}/delete"),
            is_danger: true,
            ..Dialog::default()
        };
        Block::Dialogs(Dialogs { title: user.text("dialog.danger"), items: vec![dialog] })
    };
    std::iter::once(form).chain(current.map(|_| deletion())).collect()
}

/// What a provider of its kind takes. A secret that is not typed again stays.
fn provider_body(typed: Value, current: Option<&Value>) -> Value {
    let Value::Object(config) = typed.get("config").cloned().unwrap_or_default() else { return typed };
    let kind = config.get("type").and_then(Value::as_str).unwrap_or_default();
    let taken: &[&str] = match kind {
        "Turnstile" => &["type", "siteKey", "secretKey"],
        "RecaptchaEnterprise" => &["type", "siteKey", "secretKey", "projectId", "domain", "mode"],
        _ => &["type"],
    };
    let before = current.and_then(|current| current.get("config")).filter(|before| before["type"] == kind);
    let secret = before.and_then(|before| before.get("secretKey")).filter(|_| taken.contains(&"secretKey"));
    let is_taken = |(name, value): &(String, Value)| taken.contains(&name.as_str()) && !value.is_null();
    let mut kept: Map<String, Value> = config.into_iter().filter(is_taken).collect();
    if let Some(secret) = secret {
        kept.entry("secretKey").or_insert_with(|| secret.clone());
    }
    json!({"config": kept})
}

async fn save_provider(form: ConsoleForm<Manage>) -> Result<Response, ApiError> {
    let ConsoleForm { user, fields, .. } = form;
    let current = provider(&user).await?;
    let is_same = meanwhile::check(&user, current.as_ref().unwrap_or(&Value::Null), CAPTCHA, &fields);
    let saved = match is_same.and_then(|()| fields::body(&user, CAPTCHA, &fields, None)) {
        Ok(typed) => {
            let body = provider_body(typed, current.as_ref());
            let sent = user.api().send(Method::PUT, PROVIDER_API, body).await;
            sent.map_err(|error| shown_beside(&user, error, CAPTCHA))
        }
        Err(errors) => Err(Ok(errors)),
    };
    match saved {
        Ok(_) => Ok(redirect(StatusCode::SEE_OTHER, "/console/security/captcha?done=saved")),
        Err(errors) => {
            let (errors, user) = (errors?, user.with_right::<Read>());
            let below = provider_blocks(&user, current.as_ref(), &Filled::Form(&fields), errors);
            let tab = settings::tab::<Security>("captcha")?;
            settings::render::<Security>(&user, tab, StatusCode::UNPROCESSABLE_ENTITY, below).await
        }
    }
}

/// Nobody is asked for a captcha any more.
async fn delete_provider(form: ConsoleForm<Manage>) -> Result<Response, ApiError> {
    form.user.api().delete(PROVIDER_API).await?;
    Ok(redirect(StatusCode::SEE_OTHER, "/console/security/captcha?done=deleted"))
}

fn unlock_form(user: &ConsoleUser<Read>) -> Block {
    let targets = Field {
        name: "targets".to_owned(),
        label: user.text("security.targets"),
        kind: "textarea",
        autocomplete: "off",
        required: true,
        hint: Some(user.text("security.targets_hint")),
        ..Field::default()
    };
    Block::Form(Form {
        title: Some(user.text("security.unlock")),
        lead: Some(user.text("security.unlock_lead")),
        action: UNLOCK.to_owned(),
        fields: vec![targets],
        submit: user.text("security.unlock"),
        ..Form::default()
    })
}

async fn unlock(form: ConsoleForm<Manage>) -> Result<Response, ApiError> {
    let targets = form.fields.get("targets").lines().map(str::trim).filter(|line| !line.is_empty());
    let body = json!({"targetType": "User", "targets": targets.collect::<Vec<_>>()});
    form.user.api().send(Method::POST, "/api/sentinel-activities/delete", body).await?;
    Ok(redirect(StatusCode::SEE_OTHER, "/console/security/limits?done=unlocked"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_stays_with_its_provider_alone() {
        let current = json!({"config": {"type": "Turnstile", "siteKey": "a", "secretKey": "s"}});
        let typed = json!({"config": {"type": "Turnstile", "siteKey": "b", "projectId": null}});
        assert_eq!(
            provider_body(typed.clone(), Some(&current)),
            json!({"config": {"type": "Turnstile", "siteKey": "b", "secretKey": "s"}})
        );
        assert_eq!(provider_body(typed, None), json!({"config": {"type": "Turnstile", "siteKey": "b"}}));
        let other = json!({"config": {"type": "RecaptchaEnterprise", "siteKey": "b", "projectId": "p"}});
        assert_eq!(provider_body(other.clone(), Some(&current)), other);
        let work = json!({"config": {"type": "ProofOfWork", "siteKey": "b"}});
        assert_eq!(provider_body(work, Some(&current)), json!({"config": {"type": "ProofOfWork"}}));
    }
}
