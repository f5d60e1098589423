//! What a machine-to-machine application holds: roles, and membership in organizations.

use serde_json::{Value, json};
use views::console::Cell;
use views::pages::Field;

use super::Applications;
use crate::callers::ConsoleUser;
use crate::callers::console::{Manage, Read};
use crate::console::api::{Api, encoded};
use crate::console::entity::{cell, link};
use crate::console::linked::{self, Linked};
use crate::console::organizations::{Organizations, role_names};
use crate::console::roles::Roles;
use crate::console::users::{choices, selection};
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
        Ok(selection("roleId", user.text("applications.roles.role"), choices(&roles)))
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
        let roles = role_names(item).map_or(Cell::Nothing, |text| Cell::Text { text });
        vec![link::<Organizations>(item, None), roles]
    }
}
