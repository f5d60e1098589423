//! Organizations and their members (inventory C027).

use serde_json::{Value, json};
use views::console::{Cell, Tone};
use views::pages::Field;

use super::api::{Api, encoded};
use super::bulk::BulkAction;
use super::entity::{self, Entity, cell, link, text, time};
use super::fields::{FieldKind, FieldSpec};
use super::linked::{self, Linked};
use super::users::{Users, named_person, person_field};
use crate::callers::console::{Manage, Read};
use crate::callers::{ConsoleUser, Right};
use crate::errors::ApiError;
use crate::pages::FormFields;
use crate::routes::Routes;

pub(super) fn routes() -> Routes {
    entity::routes::<Organizations>().merge(linked::routes::<Members>())
}

pub(super) struct Organizations;

impl Entity for Organizations {
    const NAME: &'static str = "organizations";
    const API: &'static str = "/api/organizations";
    type Read = Read;
    type Write = Manage;
    const SEARCH: Option<&'static str> = Some("q={}");
    const COLUMNS: &'static [&'static str] = &["name", "id", "mfa", "created"];
    const NEW: &'static [FieldSpec] =
        &[FieldSpec::required("name", FieldKind::Text), FieldSpec::new("description", FieldKind::Optional)];
    const SETTINGS: &'static [FieldSpec] = &[
        FieldSpec::required("name", FieldKind::Text),
        FieldSpec::new("description", FieldKind::Optional),
        FieldSpec::new("isMfaRequired", FieldKind::Check),
        FieldSpec::new("customData", FieldKind::Object),
    ];
    const TABS: &'static [&'static str] =
        &["members", "applications", "branding", "domains", "joining-connectors", "joining-roles"];

    /// The API answers the connectors with their secrets.
    fn right_of_tab(tab: &str) -> Right {
        if tab == "joining-connectors" { Right::Manage } else { Right::Read }
    }

    const BULK: &'static [BulkAction] = &[BulkAction::DELETE];
    const EXPORT: &'static [&'static str] = &["id", "name", "description", "isMfaRequired", "createdAt"];

    fn cells(user: &ConsoleUser<Read>, item: &Value) -> Vec<Cell> {
        let mfa = match item.get("isMfaRequired").and_then(Value::as_bool) {
            Some(true) => Cell::Badge { text: user.text("organizations.mfa_required"), tone: Tone::Good },
            _ => Cell::Nothing,
        };
        vec![
            link::<Self>(item, Some(text(item, "description")).filter(|text| !text.is_empty())),
            Cell::Copy { text: text(item, "id") },
            mfa,
            time(item, "createdAt"),
        ]
    }
}

/// The names of a member's roles in the organization; none without a role.
pub(super) fn role_names(item: &Value) -> Option<String> {
    let roles = item.get("organizationRoles").and_then(Value::as_array).into_iter().flatten();
    let names: Vec<String> = roles.map(|role| text(role, "name")).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

/// The roles of a member, which lead to their page.
pub(super) fn roles_link(user: &ConsoleUser<Read>, item: &Value, kind: &str) -> Cell {
    let text_shown = role_names(item).unwrap_or_else(|| user.text("organizations.members.no_roles"));
    // Beside this list.
    Cell::Link { text: text_shown, href: format!("member?{kind}={}", encoded(&text(item, "id"))), note: None }
}

/// The people of an organization.
struct Members;

impl Linked for Members {
    type Of = Organizations;
    const TAB: &'static str = "members";
    const API: &'static str = "users";
    type Write = Manage;
    const COLUMNS: &'static [&'static str] = &["user", "email", "roles"];

    fn cells(user: &ConsoleUser<Read>, item: &Value) -> Vec<Cell> {
        vec![link::<Users>(item, None), cell(item, "primaryEmail"), roles_link(user, item, "user")]
    }

    async fn form(user: &ConsoleUser<Read>, _: &str) -> Result<Vec<Field>, ApiError> {
        let phrase = |name: &str| user.text(&format!("organizations.members.{name}"));
        Ok(vec![person_field(phrase("user"), phrase("user_hint"))])
    }

    async fn body(api: &Api, fields: &FormFields) -> Result<Value, ApiError> {
        Ok(json!({"userIds": [named_person(api, fields).await?]}))
    }
}
