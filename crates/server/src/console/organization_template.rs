//! The organization template (inventory C028): the roles that organizations give, and the permissions that those have.

use serde_json::{Value, json};
use views::console::Cell;
use views::pages::Field;

use super::api::Api;
use super::bulk::BulkAction;
use super::entity::{self, Entity, cell, link, text};
use super::fields::{FieldKind, FieldSpec};
use super::linked::{self, Linked};
use super::resources::Resources;
use super::roles::api_permissions;
use super::users::{choices, selection};
use crate::callers::ConsoleUser;
use crate::callers::console::{Manage, Read};
use crate::errors::ApiError;
use crate::pages::FormFields;
use crate::routes::Routes;

pub(super) fn routes() -> Routes {
    entity::routes::<OrganizationRoles>()
        .merge(linked::routes::<TemplateScopes>())
        .merge(linked::routes::<TemplateApiScopes>())
        .merge(entity::routes::<OrganizationScopes>())
}

pub(super) struct OrganizationRoles;

impl Entity for OrganizationRoles {
    const NAME: &'static str = "organization-roles";
    const API: &'static str = "/api/organization-roles";
    type Read = Read;
    type Write = Manage;
    const SEARCH: Option<&'static str> = Some("q={}");
    const COLUMNS: &'static [&'static str] = &["name", "type", "description", "scopes"];
    const NEW: &'static [FieldSpec] = &[
        FieldSpec::required("name", FieldKind::Text),
        FieldSpec::new("description", FieldKind::Optional),
        FieldSpec::required("type", FieldKind::Choice(&["User", "MachineToMachine"])),
    ];
    const SETTINGS: &'static [FieldSpec] =
        &[FieldSpec::required("name", FieldKind::Text), FieldSpec::new("description", FieldKind::Optional)];
    const TABS: &'static [&'static str] = &["scopes", "resource-scopes"];
    const BULK: &'static [BulkAction] = &[BulkAction::DELETE];

    fn cells(user: &ConsoleUser<Read>, item: &Value) -> Vec<Cell> {
        let kind = text(item, "type");
        let kind = user.text_if_any(&format!("organization-roles.type_{kind}")).unwrap_or(kind);
        let scopes = ["scopes", "resourceScopes"].into_iter().filter_map(|member| item.get(member)?.as_array());
        let names: Vec<String> = scopes.flatten().map(|scope| text(scope, "name")).collect();
        let names = if names.is_empty() { Cell::Nothing } else { Cell::Text { text: names.join(", ") } };
        vec![link::<Self>(item, None), Cell::Text { text: kind }, cell(item, "description"), names]
    }
}

/// What a role may do in an organization.
struct TemplateScopes;

impl Linked for TemplateScopes {
    type Of = OrganizationRoles;
    const TAB: &'static str = "scopes";
    const API: &'static str = "scopes";
    type Write = Manage;
    const COLUMNS: &'static [&'static str] = &["name", "description"];

    fn cells(_: &ConsoleUser<Read>, item: &Value) -> Vec<Cell> {
        vec![link::<OrganizationScopes>(item, None), cell(item, "description")]
    }

    async fn form(user: &ConsoleUser<Read>, _: &str) -> Result<Vec<Field>, ApiError> {
        let found = user.api().list("/api/organization-scopes?page=1&page_size=100").await?.items;
        Ok(selection("scopeId", user.text("organization-roles.scopes.scope"), choices(&found)))
    }

    async fn body(_: &Api, fields: &FormFields) -> Result<Value, ApiError> {
        Ok(json!({"organizationScopeIds": [fields.get("scopeId")]}))
    }
}

/// What a role may do at APIs, in an organization.
struct TemplateApiScopes;

impl Linked for TemplateApiScopes {
    type Of = OrganizationRoles;
    const TAB: &'static str = "resource-scopes";
    const API: &'static str = "resource-scopes";
    type Write = Manage;
    const COLUMNS: &'static [&'static str] = &["name", "resource", "description"];

    fn cells(_: &ConsoleUser<Read>, item: &Value) -> Vec<Cell> {
        let resource = item.get("resource").map(|resource| link::<Resources>(resource, None));
        vec![cell(item, "name"), resource.unwrap_or(Cell::Nothing), cell(item, "description")]
    }

    async fn complete(user: &ConsoleUser<Read>, mut items: Vec<Value>) -> Result<Vec<Value>, ApiError> {
        let resources = user.api().list("/api/resources?page=1&page_size=100").await?.items;
        for item in &mut items {
            let id = text(item, "resourceId");
            if let Some(resource) = resources.iter().find(|resource| text(resource, "id") == id) {
                item["resource"] = resource.clone();
            }
        }
        Ok(items)
    }

    async fn form(user: &ConsoleUser<Read>, _: &str) -> Result<Vec<Field>, ApiError> {
        Ok(selection("scopeId", user.text("organization-roles.scopes.scope"), api_permissions(user).await?))
    }

    async fn body(_: &Api, fields: &FormFields) -> Result<Value, ApiError> {
        Ok(json!({"scopeIds": [fields.get("scopeId")]}))
    }
}

pub(super) struct OrganizationScopes;

impl Entity for OrganizationScopes {
    const NAME: &'static str = "organization-scopes";
    const API: &'static str = "/api/organization-scopes";
    type Read = Read;
    type Write = Manage;
    const SEARCH: Option<&'static str> = Some("q={}");
    const COLUMNS: &'static [&'static str] = &["name", "description"];
    const NEW: &'static [FieldSpec] =
        &[FieldSpec::required("name", FieldKind::Text), FieldSpec::new("description", FieldKind::Optional)];
    const SETTINGS: &'static [FieldSpec] = Self::NEW;
    const BULK: &'static [BulkAction] = &[BulkAction::DELETE];

    fn cells(_: &ConsoleUser<Read>, item: &Value) -> Vec<Cell> {
        vec![link::<Self>(item, None), cell(item, "description")]
    }
}
