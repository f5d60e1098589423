//! Roles, their permissions, and who holds them (inventory C029).

use serde_json::{Value, json};
use views::console::Cell;
use views::pages::{Choice, Field};

use super::api::{Api, encoded};
use super::applications::Applications;
use super::bulk::BulkAction;
use super::entity::{self, Entity, cell, link, text};
use super::fields::{FieldKind, FieldSpec};
use super::linked::{self, Linked};
use super::users::{Users, choices, named_person, person_field, selection};
use crate::callers::ConsoleUser;
use crate::callers::console::{Manage, Read};
use crate::errors::ApiError;
use crate::pages::FormFields;
use crate::routes::Routes;

pub(super) fn routes() -> Routes {
    entity::routes::<Roles>()
        .merge(linked::routes::<RoleScopes>())
        .merge(linked::routes::<RoleUsers>())
        .merge(linked::routes::<RoleApplications>())
}

pub(super) struct Roles;

impl Entity for Roles {
    const NAME: &'static str = "roles";
    const API: &'static str = "/api/roles";
    type Read = Read;
    type Write = Manage;
    const SEARCH: Option<&'static str> = Some("search=%25{}%25");
    const COLUMNS: &'static [&'static str] = &["name", "type", "description", "users"];
    const NEW: &'static [FieldSpec] = &[
        FieldSpec::required("name", FieldKind::Text),
        FieldSpec::required("description", FieldKind::Text),
        FieldSpec::required("type", FieldKind::Choice(&["User", "MachineToMachine"])),
    ];
    const SETTINGS: &'static [FieldSpec] = &[
        FieldSpec::required("name", FieldKind::Text),
        FieldSpec::required("description", FieldKind::Text),
        FieldSpec::new("isDefault", FieldKind::Check),
    ];
    const TABS: &'static [&'static str] = &["scopes", "users", "applications"];
    const BULK: &'static [BulkAction] = &[BulkAction::DELETE];
    const EXPORT: &'static [&'static str] = &["id", "name", "type", "description", "usersCount"];

    /// A role is for people or for machines.
    fn has_tab(item: &Value, tab: &str) -> bool {
        match tab {
            "users" => text(item, "type") == "User",
            "applications" => text(item, "type") == "MachineToMachine",
            _ => true,
        }
    }

    fn cells(user: &ConsoleUser<Read>, item: &Value) -> Vec<Cell> {
        let kind = text(item, "type");
        let kind = user.text_if_any(&format!("roles.type_{kind}")).unwrap_or(kind);
        let users = item.get("usersCount").map(Value::to_string).unwrap_or_default();
        vec![link::<Self>(item, None), Cell::Text { text: kind }, cell(item, "description"), Cell::Text { text: users }]
    }
}

/// The permissions of a role.
struct RoleScopes;

impl Linked for RoleScopes {
    type Of = Roles;
    const TAB: &'static str = "scopes";
    const API: &'static str = "scopes";
    type Write = Manage;
    const COLUMNS: &'static [&'static str] = &["name", "resource", "description"];

    fn cells(_: &ConsoleUser<Read>, item: &Value) -> Vec<Cell> {
        let resource = item.get("resource").map(|resource| cell(resource, "name"));
        vec![cell(item, "name"), resource.unwrap_or(Cell::Nothing), cell(item, "description")]
    }

    async fn form(user: &ConsoleUser<Read>, _: &str) -> Result<Vec<Field>, ApiError> {
        Ok(selection("scopeId", user.text("roles.scopes.scope"), api_permissions(user).await?))
    }

    async fn body(_: &Api, fields: &FormFields) -> Result<Value, ApiError> {
        Ok(json!({"scopeIds": [fields.get("scopeId")]}))
    }
}

/// The permissions of all APIs, as choices.
pub(super) async fn api_permissions<R>(user: &ConsoleUser<R>) -> Result<Vec<Choice>, ApiError> {
    let resources = user.api().list("/api/resources?includeScopes=true&page_size=100&page=1").await?.items;
    let mut choices = Vec::new();
    for resource in &resources {
        for scope in resource.get("scopes").and_then(Value::as_array).into_iter().flatten() {
            let label = format!("{} · {}", text(resource, "name"), text(scope, "name"));
            choices.push(Choice { value: text(scope, "id"), label });
        }
    }
    Ok(choices)
}

/// The people who hold a role.
struct RoleUsers;

impl Linked for RoleUsers {
    type Of = Roles;
    const TAB: &'static str = "users";
    const API: &'static str = "users";
    type Write = Manage;
    const COLUMNS: &'static [&'static str] = &["user", "email"];

    fn cells(_: &ConsoleUser<Read>, item: &Value) -> Vec<Cell> {
        vec![link::<Users>(item, None), cell(item, "primaryEmail")]
    }

    async fn form(user: &ConsoleUser<Read>, _: &str) -> Result<Vec<Field>, ApiError> {
        Ok(vec![person_field(user.text("roles.users.user"), user.text("organizations.members.user_hint"))])
    }

    async fn body(api: &Api, fields: &FormFields) -> Result<Value, ApiError> {
        Ok(json!({"userIds": [named_person(api, fields).await?]}))
    }
}

/// The machine-to-machine applications that hold a role.
struct RoleApplications;

impl Linked for RoleApplications {
    type Of = Roles;
    const TAB: &'static str = "applications";
    const API: &'static str = "applications";
    type Write = Manage;
    const COLUMNS: &'static [&'static str] = &["application", "id"];

    fn cells(_: &ConsoleUser<Read>, item: &Value) -> Vec<Cell> {
        vec![link::<Applications>(item, None), Cell::Copy { text: text(item, "id") }]
    }

    async fn form(user: &ConsoleUser<Read>, id: &str) -> Result<Vec<Field>, ApiError> {
        let choices = machines(user, &format!("excludeRoleId={}", encoded(id))).await?;
        Ok(selection("applicationId", user.text("roles.applications.application"), choices))
    }

    async fn body(_: &Api, fields: &FormFields) -> Result<Value, ApiError> {
        Ok(json!({"applicationIds": [fields.get("applicationId")]}))
    }
}

/// Machine-to-machine applications as choices: those that the query of the API leaves.
pub(super) async fn machines<R>(user: &ConsoleUser<R>, but: &str) -> Result<Vec<Choice>, ApiError> {
    let path = format!("/api/applications?types=MachineToMachine&{but}&page_size=100&page=1");
    let found = user.api().list(&path).await?.items;
    Ok(choices(&found))
}
