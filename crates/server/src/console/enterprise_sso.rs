//! Enterprise SSO (inventory C024): the providers of enterprises, at which the people of their e-mail domains sign in. A connector gets
//! its name first, because its provider asks for the redirect URI before it gives credentials.

use ::api::connectors::FormItem;
use ::api::sso_connectors::{SsoConnectorProvider, SsoProviderType};
use serde_json::Value;
use views::console::{Block, Cell, Notice, Picture, Tone};

use super::configured::{self, Configured, Kind};
use super::entity::{self, Entity, address, text, time};
use super::fields::{FieldKind, FieldSpec};
use super::form_tab::{self, FormTab};
use crate::callers::ConsoleUser;
use crate::callers::console::Manage;
use crate::errors::ApiError;
use crate::routes::Routes;

pub(super) fn routes() -> Routes {
    configured::routes::<EnterpriseSso>()
        .get("/console/enterprise-sso", entity::list::<EnterpriseSso>)
        .merge(form_tab::routes::<Experience>())
}

struct EnterpriseSso;

impl Entity for EnterpriseSso {
    const NAME: &'static str = "enterprise-sso";
    const API: &'static str = "/api/sso-connectors";
    type Read = Manage;
    type Write = Manage;
    const SEARCH: Option<&'static str> = None;
    const COLUMNS: &'static [&'static str] = &["name", "domains", "status", "created"];
    const NEW: &'static [FieldSpec] = &[FieldSpec::required("connectorName", FieldKind::Text)];
    /// Those of the tab Experience.
    const SETTINGS: &'static [FieldSpec] = &[
        FieldSpec::required("connectorName", FieldKind::Text),
        FieldSpec::new("domains", FieldKind::Lines),
        FieldSpec::new("branding.displayName", FieldKind::TextIfAny),
        FieldSpec::new("branding.logo", FieldKind::TextIfAny),
        FieldSpec::new("branding.darkLogo", FieldKind::TextIfAny),
        FieldSpec::new("syncProfile", FieldKind::Check),
        FieldSpec::new("enableTokenStorage", FieldKind::Check),
    ];
    const TABS: &'static [&'static str] = &["experience"];

    fn cells(user: &ConsoleUser<Manage>, item: &Value) -> Vec<Cell> {
        let domains = item.get("domains").and_then(Value::as_array).into_iter().flatten();
        let domains: Vec<&str> = domains.filter_map(Value::as_str).collect();
        let dark = Some(text(item, "providerLogoDark")).filter(|logo| !logo.is_empty());
        vec![
            Cell::Pictured {
                picture: Picture { light: text(item, "providerLogo"), dark },
                text: Self::title(item),
                href: address::<Self>(&text(item, "id")),
                note: Some(text(item, "name")),
            },
            if domains.is_empty() { Cell::Nothing } else { Cell::Text { text: domains.join(", ") } },
            status(user, item, !domains.is_empty()),
            time(item, "createdAt"),
        ]
    }

    fn title(item: &Value) -> String {
        text(item, "connectorName")
    }

    /// What the provider asks for, and what it says of itself.
    fn above(user: &ConsoleUser<Manage>, item: &Value) -> Vec<Block> {
        let own = vec![configured::redirect_uri(user, &text(item, "id"))];
        let mut blocks = vec![configured::facts(user, "register", own)];
        let known = item.get("providerConfig").and_then(Value::as_object);
        let row = |name: &str| {
            let text = known?.get(name)?.as_str()?.to_owned();
            Some((user.text(&format!("enterprise-sso.provider_{name}")), Cell::Copy { text }))
        };
        let names = ["issuer", "authorizationEndpoint", "tokenEndpoint", "userinfoEndpoint", "jwksUri", "scope"];
        let rows: Vec<(String, Cell)> = names.into_iter().filter_map(row).collect();
        if !rows.is_empty() {
            blocks.push(configured::facts(user, "provider", rows));
        } else if has_settings(item) {
            let text = user.text("enterprise-sso.provider_silent");
            blocks.push(Block::Notice(Notice { text, tone: Tone::Bad }));
        }
        blocks
    }
}

impl Configured for EnterpriseSso {
    const KIND: &'static str = "providerName";
    const HAS_CHOSEN_ID: bool = false;
    const GROUPS: &'static [&'static str] = &["oidc", "saml"];

    async fn kinds(user: &ConsoleUser<Manage>) -> Result<Vec<Kind>, ApiError> {
        let unreadable = |error: serde_json::Error| ApiError::internal(error.to_string());
        let listed = user.api().list("/api/sso-connector-providers").await?;
        let items: Vec<FormItem> = serde_json::from_str(include_str!("enterprise_items.json")).map_err(unreadable)?;
        let providers = listed.items.into_iter().map(serde_json::from_value::<SsoConnectorProvider>);
        let providers: Vec<SsoConnectorProvider> = providers.collect::<Result<_, _>>().map_err(unreadable)?;
        Ok(providers.into_iter().map(|provider| kind(provider, &items)).collect())
    }

    async fn above_new(_: &ConsoleUser<Manage>, _: &Kind, _: &str) -> Result<Vec<Block>, ApiError> {
        Ok(Vec::new())
    }
}

fn kind(provider: SsoConnectorProvider, items: &[FormItem]) -> Kind {
    // Google has one issuer for all its customers, and a parameter, not a scope, that asks for refresh tokens.
    let is_google = provider.provider_name == "GoogleWorkspace";
    let is_taken = |item: &&FormItem| match item.key.as_str() {
        "issuer" => !is_google,
        "offlineAccess" => is_google,
        _ => true,
    };
    let is_built = provider.provider_type == SsoProviderType::Oidc;
    Kind {
        id: provider.provider_name,
        group: if is_built { "oidc" } else { "saml" },
        picture: Picture { light: provider.logo, dark: Some(provider.logo_dark) },
        title: provider.name,
        text: provider.description,
        is_built,
        items: items.iter().filter(is_taken).cloned().collect(),
        new: EnterpriseSso::NEW.to_vec(),
        ..Kind::default()
    }
}

fn has_settings(item: &Value) -> bool {
    item.get("config").and_then(Value::as_object).is_some_and(|config| !config.is_empty())
}

/// Whether the connector signs people in, and what it lacks.
fn status(user: &ConsoleUser<Manage>, item: &Value, has_domains: bool) -> Cell {
    let (name, tone) = match (has_settings(item), has_domains) {
        (true, true) => ("ready", Tone::Good),
        (false, _) => ("needs_settings", Tone::Neutral),
        (true, false) => ("needs_domains", Tone::Neutral),
    };
    Cell::Badge { text: user.text(&format!("enterprise-sso.{name}")), tone }
}

/// Name, domains and looks, on the hosted pages.
struct Experience;

impl FormTab for Experience {
    type Of = EnterpriseSso;
    const TAB: &'static str = "experience";
    const FIELDS: &'static [FieldSpec] = EnterpriseSso::SETTINGS;
    const PICTURES: &'static [&'static str] = &["branding.logo", "branding.darkLogo"];
}
