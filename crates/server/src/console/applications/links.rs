//! What a machine-to-machine application holds: roles, and membership in organizations.

use serde_json::{Value, json};
use views::console::Cell;
use views::pages::{Choice, Field};

use super::Applications;
use crate::callers::ConsoleUser;
use crate::callers::console::{Manage, Read};
use crate::console::api::{Api, encoded};
use crate::console::entity::{cell, link, text};
use crate::console::linked::{self, Linked};
use crate::console::organizations::Organizations;
use crate::console::roles::Roles;
use crate::console::users::selection;
use crate::errors::ApiError;
use crate::pages::FormFields;
use crate::routes::Routes;

pub(super) fn routes() -> Routes {
    linked::routes::<ApplicationRoles>().merge(linked::routes::<ApplicationOrganizations>())
}

/// The roles of an application.
struct ApplicationRoles;

impl Linked for ApplicationRoles {
    type Of = Applications;
    const TAB: &'static str = "roles";
    const API: &'static str = "roles";
    type Write = Manage;
    const COLUMNS: &'static [&'static str] = &["name", "description"];

    fn cells(_: &ConsoleUser<Read>, item: &Value) -> Vec<Cell> {
        vec![link::<Roles>(item, None), cell(item, "description")]
    }

    async fn form(user: &ConsoleUser<Read>, id: &str) -> Result<Vec<Field>, ApiError> {
        let held = encoded(id);
        let path = format!("/api/roles?type=MachineToMachine&excludeApplicationId={held}&page_size=100&page=1");
        let roles = user.api().list(&path).await?.items;
        let choice = |role: &Value| Choice { value: text(role, "id"), label: text(role, "name") };
        Ok(selection("roleId", user.text("applications.roles.role"), roles.iter().map(choice).collect()))
    }

    async fn body(_: &Api, fields: &FormFields) -> Result<Value, ApiError> {
        Ok(json!({"roleIds": [fields.get("roleId")]}))
    }
}

/// The organizations of an application, with its roles there.
struct ApplicationOrganizations;

impl Linked for ApplicationOrganizations {
    type Of = Applications;
    const TAB: &'static str = "organizations";
    const API: &'static str = "organizations";
    type Write = Manage;
    const COLUMNS: &'static [&'static str] = &["name", "roles"];
    const IS_EDITABLE: bool = false;

    fn cells(_: &ConsoleUser<Read>, item: &Value) -> Vec<Cell> {
        let roles = item.get("organizationRoles").and_then(Value::as_array).into_iter().flatten();
        let roles: Vec<String> = roles.map(|role| text(role, "name")).collect();
        let roles = if roles.is_empty() { Cell::Nothing } else { Cell::Text { text: roles.join(", ") } };
        vec![link::<Organizations>(item, None), roles]
    }
}
