//! Applications (inventory C009, C011 and C012): list, create, settings, and what belongs to one application, each in a tab.

mod access;
mod consent;
mod form_tabs;
mod links;
mod secrets;

use serde_json::Value;
use views::console::{Block, Cell, Facts};

use super::api::encoded;
use super::bulk::BulkAction;
use super::entity::{self, Entity, link, text, time};
use super::fields::{FieldKind, FieldSpec};
use crate::callers::console::{Manage, Read};
use crate::callers::{ConsoleUser, Right};
use crate::routes::Routes;

pub(super) use consent::ConsentScopes;

pub(super) fn routes() -> Routes {
    entity::routes::<Applications>()
        .merge(access::routes())
        .merge(consent::routes())
        .merge(form_tabs::routes())
        .merge(links::routes())
        .merge(secrets::routes())
}

pub(super) struct Applications;

const KINDS: &[&str] = &["Traditional", "SPA", "Native", "MachineToMachine"];

impl Entity for Applications {
    const NAME: &'static str = "applications";
    const API: &'static str = "/api/applications";
    type Read = Read;
    type Write = Manage;
    const SEARCH: Option<&'static str> = Some("search=%25{}%25");
    const FILTERS: &'static [(&'static str, &'static [&'static str])] = &[("isThirdParty", &["false", "true"])];
    const COLUMNS: &'static [&'static str] = &["name", "type", "id", "created"];
    const NEW: &'static [FieldSpec] = &[
        FieldSpec::required("name", FieldKind::Text),
        FieldSpec::required("type", FieldKind::Choice(KINDS)),
        FieldSpec::new("description", FieldKind::Optional),
        FieldSpec::new("oidcClientMetadata.redirectUris", FieldKind::Lines),
        FieldSpec::new("oidcClientMetadata.postLogoutRedirectUris", FieldKind::Lines),
        FieldSpec::new("isThirdParty", FieldKind::Check),
        FieldSpec::new("customClientMetadata.isDeviceFlow", FieldKind::Check),
    ];
    const SETTINGS: &'static [FieldSpec] = &[
        FieldSpec::required("name", FieldKind::Text),
        FieldSpec::new("description", FieldKind::Optional),
        FieldSpec::new("oidcClientMetadata.redirectUris", FieldKind::Lines),
        FieldSpec::new("oidcClientMetadata.postLogoutRedirectUris", FieldKind::Lines),
        FieldSpec::new("customClientMetadata.corsAllowedOrigins", FieldKind::Lines),
        FieldSpec::new("customClientMetadata.alwaysIssueRefreshToken", FieldKind::Check),
        FieldSpec::new("customClientMetadata.rotateRefreshToken", FieldKind::Check),
        FieldSpec::new("customClientMetadata.refreshTokenTtlInDays", FieldKind::Number),
        FieldSpec::new("customClientMetadata.maxAllowedGrants", FieldKind::Number),
        FieldSpec::new("customClientMetadata.allowTokenExchange", FieldKind::Check),
        FieldSpec::new("oidcClientMetadata.backchannelLogoutUri", FieldKind::Url),
        FieldSpec::new("oidcClientMetadata.backchannelLogoutSessionRequired", FieldKind::Check),
        FieldSpec::new("customData", FieldKind::Object),
    ];
    const TABS: &'static [&'static str] =
        &["secrets", "roles", "organizations", "permissions", "branding", "access", "security"];
    const BULK: &'static [BulkAction] = &[BulkAction::DELETE];
    const EXPORT: &'static [&'static str] = &["id", "name", "type", "isThirdParty", "description", "createdAt"];

    fn right_of_tab(tab: &str) -> Right {
        if tab == "secrets" { Right::Manage } else { Right::Read }
    }

    fn has_tab(item: &Value, tab: &str) -> bool {
        let kind = text(item, "type");
        let is_machine = kind == "MachineToMachine";
        match tab {
            "secrets" => is_machine || kind == "Traditional",
            "roles" | "organizations" => is_machine,
            "permissions" => is_third_party(item),
            // Nobody signs in at a machine.
            "branding" | "access" => !is_machine,
            _ => true,
        }
    }

    /// Refresh tokens rotate unless it says that they do not.
    fn to_form(mut item: Value) -> Value {
        if let Some(Value::Object(metadata)) = item.get_mut("customClientMetadata") {
            metadata.entry("rotateRefreshToken").or_insert(Value::Bool(true));
        }
        item
    }

    fn cells(user: &ConsoleUser<Read>, item: &Value) -> Vec<Cell> {
        let kind = text(item, "type");
        let kind = user.text_if_any(&format!("applications.type_{kind}")).unwrap_or(kind);
        let kind = match is_third_party(item) {
            true => user.text_with("applications.of_third_party", &[("type", &kind)]),
            false => kind,
        };
        vec![
            link::<Self>(item, Some(text(item, "description")).filter(|text| !text.is_empty())),
            Cell::Text { text: kind },
            Cell::Copy { text: text(item, "id") },
            time(item, "createdAt"),
        ]
    }

    fn above(user: &ConsoleUser<Read>, item: &Value) -> Vec<Block> {
        let id = text(item, "id");
        let logs = Cell::Link {
            text: user.text("applications.logs"),
            href: format!("/console/logs?applicationId={}", encoded(&id)),
            note: None,
        };
        let mut rows = vec![(user.text("applications.endpoint.id"), Cell::Copy { text: id })];
        rows.extend(endpoints(user));
        rows.push((user.text("navigation.logs"), logs));
        vec![Block::Facts(Facts { title: Some(user.text("applications.endpoints")), rows })]
    }
}

fn is_third_party(item: &Value) -> bool {
    item.get("isThirdParty").and_then(Value::as_bool).unwrap_or(false)
}

/// The addresses that clients ask.
pub(super) fn endpoints<R>(user: &ConsoleUser<R>) -> Vec<(String, Cell)> {
    let issuer = user.app.tenants.issuer("default");
    let paths = [
        ("issuer", ""),
        ("authorization", "/auth"),
        ("token", "/token"),
        ("userinfo", "/me"),
        ("device", "/device/auth"),
        ("jwks", "/jwks"),
    ];
    let row = |(name, path)| {
        (user.text(&format!("applications.endpoint.{name}")), Cell::Copy { text: format!("{issuer}{path}") })
    };
    paths.map(row).to_vec()
}
