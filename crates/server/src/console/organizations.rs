//! Organizations and their members (inventory C027).

use serde_json::{Value, json};
use views::console::{Cell, Tone};
use views::pages::Field;

use super::api::{Api, encoded};
use super::bulk::BulkAction;
use super::entity::{self, Entity, cell, link, text, time};
use super::fields::{FieldKind, FieldSpec};
use super::linked::{self, Linked};
use super::users::{self, Users};
use crate::callers::ConsoleUser;
use crate::callers::console::{Manage, Read};
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
    const TABS: &'static [&'static str] = &["members", "domains", "joining-roles"];
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

/// The people of an organization.
struct Members;

impl Linked for Members {
    type Of = Organizations;
    const TAB: &'static str = "members";
    const API: &'static str = "users";
    type Write = Manage;
    const COLUMNS: &'static [&'static str] = &["user", "email", "roles"];

    fn cells(user: &ConsoleUser<Read>, item: &Value) -> Vec<Cell> {
        let roles = item.get("organizationRoles").and_then(Value::as_array).into_iter().flatten();
        let roles: Vec<String> = roles.map(|role| text(role, "name")).collect();
        let none = || user.text("organizations.members.no_roles");
        let roles = if roles.is_empty() { none() } else { roles.join(", ") };
        // Beside this list.
        let href = format!("member?user={}", encoded(&text(item, "id")));
        vec![link::<Users>(item, None), cell(item, "primaryEmail"), Cell::Link { text: roles, href, note: None }]
    }

    async fn form(user: &ConsoleUser<Read>, _: &str) -> Result<Vec<Field>, ApiError> {
        Ok(vec![Field {
            name: "user".to_owned(),
            label: user.text("organizations.members.user"),
            hint: Some(user.text("organizations.members.user_hint")),
            kind: "text",
            autocomplete: "off",
            required: true,
            ..Field::default()
        }])
    }

    async fn body(api: &Api, fields: &FormFields) -> Result<Value, ApiError> {
        Ok(json!({"userIds": [users::called(api, fields.get("user").trim()).await?]}))
    }
}
