//! API resources and their permissions (inventory C015).

use serde_json::{Value, json};
use views::console::Cell;
use views::pages::Field;

use super::api::Api;
use super::bulk::BulkAction;
use super::entity::{self, Entity, cell, link, text, time};
use super::fields::{FieldKind, FieldSpec};
use super::linked::{self, Linked};
use crate::callers::ConsoleUser;
use crate::callers::console::{Manage, Read};
use crate::errors::ApiError;
use crate::pages::FormFields;
use crate::routes::Routes;

pub(super) fn routes() -> Routes {
    entity::routes::<Resources>().merge(linked::routes::<ResourceScopes>())
}

pub(super) struct Resources;

impl Entity for Resources {
    const NAME: &'static str = "resources";
    const API: &'static str = "/api/resources";
    type Read = Read;
    type Write = Manage;
    const SEARCH: Option<&'static str> = None;
    const COLUMNS: &'static [&'static str] = &["name", "indicator", "ttl"];
    const NEW: &'static [FieldSpec] = &[
        FieldSpec::required("name", FieldKind::Text),
        FieldSpec::required("indicator", FieldKind::Url),
        FieldSpec::new("accessTokenTtl", FieldKind::Number),
    ];
    const SETTINGS: &'static [FieldSpec] =
        &[FieldSpec::required("name", FieldKind::Text), FieldSpec::new("accessTokenTtl", FieldKind::Number)];
    const TABS: &'static [&'static str] = &["scopes"];
    const BULK: &'static [BulkAction] = &[BulkAction::DELETE];
    const EXPORT: &'static [&'static str] = &["id", "name", "indicator", "accessTokenTtl"];

    fn cells(_: &ConsoleUser<Read>, item: &Value) -> Vec<Cell> {
        let ttl = item.get("accessTokenTtl").map(Value::to_string).unwrap_or_default();
        vec![link::<Self>(item, None), Cell::Copy { text: text(item, "indicator") }, Cell::Text { text: ttl }]
    }
}

/// The permissions of a resource.
struct ResourceScopes;

impl Linked for ResourceScopes {
    type Of = Resources;
    const TAB: &'static str = "scopes";
    const API: &'static str = "scopes";
    type Write = Manage;
    const COLUMNS: &'static [&'static str] = &["name", "description", "created"];

    fn cells(_: &ConsoleUser<Read>, item: &Value) -> Vec<Cell> {
        vec![cell(item, "name"), cell(item, "description"), time(item, "createdAt")]
    }

    async fn form(user: &ConsoleUser<Read>, _: &str) -> Result<Vec<Field>, ApiError> {
        let field = |name: &str, required| Field {
            name: name.to_owned(),
            label: user.text(&format!("resources.scopes.column_{name}")),
            kind: "text",
            autocomplete: "off",
            required,
            ..Field::default()
        };
        Ok(vec![field("name", true), field("description", false)])
    }

    async fn body(_: &Api, fields: &FormFields) -> Result<Value, ApiError> {
        Ok(json!({"name": fields.get("name").trim(), "description": fields.get("description").trim()}))
    }
}
