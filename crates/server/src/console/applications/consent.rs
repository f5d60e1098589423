//! What third-party applications may ask people for: one application, or all clients that nobody registered.

use ::api::applications::UserScope;
use axum::extract::Path;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};
use views::console::{Block, Cell, Dialog, Empty, Form, Row, Table};
use views::pages::{Choice, Permission};

use super::Applications;
use crate::callers::console::{Manage, Read};
use crate::callers::{ConsoleForm, ConsoleUser, Right};
use crate::console::api::encoded;
use crate::console::entity::{address, api_path, cell, item_page, shown_beside, text};
use crate::console::page::language;
use crate::console::users::selection;
use crate::errors::ApiError;
use crate::pages::{FormFields, redirect};
use crate::resources::is_management_api;
use crate::routes::Routes;

const PATH: &str = "/console/applications/{id}/permissions";
const PHRASES: &str = "applications.permissions";

/// A kind of scope, as paths of the API name it, with its member in bodies.
const KINDS: [(&str, &str); 4] = [
    (USER, "userScopes"),
    (RESOURCE, "resourceScopes"),
    (ORGANIZATION, "organizationScopes"),
    (ORGANIZATION_RESOURCE, "organizationResourceScopes"),
];
const USER: &str = "user-scopes";
const RESOURCE: &str = "resource-scopes";
const ORGANIZATION: &str = "organization-scopes";
const ORGANIZATION_RESOURCE: &str = "organization-resource-scopes";

const USER_SCOPES: [UserScope; 11] = [
    UserScope::Profile,
    UserScope::Email,
    UserScope::Phone,
    UserScope::Address,
    UserScope::CustomData,
    UserScope::Identities,
    UserScope::Roles,
    UserScope::Organizations,
    UserScope::OrganizationRoles,
    UserScope::Sessions,
    UserScope::TrustedDevices,
];

pub(super) fn routes() -> Routes {
    Routes::new().get(PATH, show).post(PATH, add).post("/console/applications/{id}/permissions/remove", remove)
}

/// The scopes of one client, or of several that have the same: their path in the API, and that of their page.
pub(in crate::console) struct ConsentScopes {
    api: String,
    page: String,
}

impl ConsentScopes {
    /// Those at a path of the API, shown at a page whose forms are sent to `{page}/permissions` and `{page}/permissions/remove`.
    pub fn new(api: &str, page: &str) -> Self {
        Self { api: api.to_owned(), page: format!("{page}/permissions") }
    }

    fn of(id: &str) -> Self {
        Self::new(&format!("{}/user-consent-scopes", api_path::<Applications>(id)), &address::<Applications>(id))
    }

    /// The list, and for who may change it the form that adds to it.
    ///
    /// # Errors
    /// Those of the API.
    pub async fn blocks<R>(&self, user: &ConsoleUser<R>, error: Option<String>) -> Result<Vec<Block>, ApiError> {
        let held = scopes(user, &user.api().get(&self.api).await?);
        let may_write = user.may(Right::Manage);
        let row = |(number, scope): (usize, &Value)| {
            let removal = || Dialog {
                id: format!("remove-{number}"),
                button: user.text("button.remove"),
                title: user.text_with(&format!("{PHRASES}.remove"), &[("name", &text(scope, "name"))]),
                text: user.text(&format!("{PHRASES}.remove_text")),
                action: format!("{}/remove", self.page),
                hidden: vec![("scope".to_owned(), text(scope, "value"))],
                is_danger: true,
                ..Dialog::default()
            };
            Row {
                cells: vec![cell(scope, "name"), Cell::Text { text: text(scope, "of") }, cell(scope, "description")],
                actions: may_write.then(removal).into_iter().collect(),
            }
        };
        let table = Table {
            title: Some(user.text(&format!("{PHRASES}.title"))),
            columns: ["name", "of", "description"].map(|name| user.text(&format!("{PHRASES}.column_{name}"))).to_vec(),
            rows: held.iter().enumerate().map(row).collect(),
            empty: Empty {
                title: user.text(&format!("{PHRASES}.empty")),
                text: Some(user.text(&format!("{PHRASES}.empty_text"))),
                action: None,
            },
            has_actions: may_write,
            ..Table::default()
        };
        let mut blocks = vec![Block::Table(table)];
        let choices = if may_write { choices(user, &held).await? } else { Vec::new() };
        let fields = selection("scope", user.text(&format!("{PHRASES}.column_name")), choices);
        if !fields.is_empty() {
            blocks.push(Block::Form(Form {
                title: Some(user.text(&format!("{PHRASES}.add"))),
                action: self.page.clone(),
                fields,
                submit: user.text("button.add"),
                error,
                is_guarded: true,
                ..Form::default()
            }));
        }
        Ok(blocks)
    }

    /// Adds the scope that was chosen.
    ///
    /// # Errors
    /// Those of the API.
    pub async fn add<R>(&self, user: &ConsoleUser<R>, fields: &FormFields) -> Result<(), ApiError> {
        let (kind, id) = chosen(fields);
        let member = KINDS.iter().find(|(name, _)| *name == kind).map(|(_, member)| *member);
        let member = member.ok_or_else(|| ApiError::unprocessable("application.user_consent_scopes_not_found"))?;
        user.api().send(Method::POST, &self.api, json!({member: [id]})).await.map(drop)
    }

    /// Takes it away.
    ///
    /// # Errors
    /// Those of the API.
    pub async fn remove<R>(&self, user: &ConsoleUser<R>, fields: &FormFields) -> Result<(), ApiError> {
        let (kind, id) = chosen(fields);
        user.api().delete(&format!("{}/{}/{}", self.api, encoded(kind), encoded(id))).await
    }
}

/// Kind and id, as the value of a choice has them.
fn chosen(fields: &FormFields) -> (&str, &str) {
    fields.get("scope").split_once('/').unwrap_or_default()
}

/// What the API answers, one after the other: each with `name`, `description`, what it is `of`, and the `value` of its choice.
fn scopes<R>(user: &ConsoleUser<R>, answer: &Value) -> Vec<Value> {
    let list = |member: &str| answer.get(member).and_then(Value::as_array).cloned().unwrap_or_default();
    let mut found: Vec<Value> =
        list("userScopes").iter().filter_map(Value::as_str).map(|name| user_scope(user, name)).collect();
    found.extend(list("organizationScopes").iter().map(|scope| organization_scope(user, scope)));
    for (kind, member) in KINDS.into_iter().filter(|(kind, _)| kind.ends_with(RESOURCE)) {
        for group in list(member) {
            found.extend(resource_scopes(user, kind, group.get("resource").unwrap_or(&Value::Null), &group));
        }
    }
    found
}

fn user_scope<R>(user: &ConsoleUser<R>, name: &str) -> Value {
    let Permission { name, description } = Permission::user_scope(language(user), name);
    json!({
        "value": format!("{USER}/{name}"), "name": name, "description": description,
        "of": user.text(&format!("{PHRASES}.of_person")),
    })
}

fn organization_scope<R>(user: &ConsoleUser<R>, scope: &Value) -> Value {
    json!({
        "value": format!("{ORGANIZATION}/{}", text(scope, "id")), "name": scope["name"],
        "description": scope["description"], "of": user.text(&format!("{PHRASES}.of_organization")),
    })
}

fn resource_scopes<R>(user: &ConsoleUser<R>, kind: &str, resource: &Value, group: &Value) -> Vec<Value> {
    let name = text(resource, "name");
    let of = match kind {
        RESOURCE => name,
        _ => user.text_with(&format!("{PHRASES}.of_organization_resource"), &[("name", &name)]),
    };
    let scope = |scope: &Value| {
        json!({
            "value": format!("{kind}/{}", text(scope, "id")), "name": scope["name"],
            "description": scope["description"], "of": of,
        })
    };
    group.get("scopes").and_then(Value::as_array).into_iter().flatten().map(scope).collect()
}

/// What can be added.
async fn choices<R>(user: &ConsoleUser<R>, held: &[Value]) -> Result<Vec<Choice>, ApiError> {
    let api = user.api();
    let mut all: Vec<Value> = USER_SCOPES.iter().map(|scope| user_scope(user, scope.as_str())).collect();
    let organization = api.list("/api/organization-scopes?page=1&page_size=100").await?.items;
    all.extend(organization.iter().map(|scope| organization_scope(user, scope)));
    let mut resources = api.list("/api/resources?includeScopes=true&page=1&page_size=100").await?.items;
    // No third party gets a permission of it.
    resources.retain(|resource| !is_management_api("default", &text(resource, "indicator")));
    for kind in [RESOURCE, ORGANIZATION_RESOURCE] {
        all.extend(resources.iter().flat_map(|resource| resource_scopes(user, kind, resource, resource)));
    }
    all.retain(|scope| !held.iter().any(|known| known["value"] == scope["value"]));
    let choice = |scope: &Value| Choice {
        value: text(scope, "value"),
        label: format!("{} · {}", text(scope, "of"), text(scope, "name")),
    };
    Ok(all.iter().map(choice).collect())
}

async fn show(user: ConsoleUser<Read>, Path(id): Path<String>) -> Result<Response, ApiError> {
    render(&user, &id, StatusCode::OK, None).await
}

async fn render(
    user: &ConsoleUser<Read>,
    id: &str,
    status: StatusCode,
    error: Option<String>,
) -> Result<Response, ApiError> {
    let item = user.api().get(&api_path::<Applications>(id)).await?;
    let blocks = ConsentScopes::of(id).blocks(user, error).await?;
    Ok(user.render(status, item_page::<Applications, _>(user, &item, "permissions", blocks)).await)
}

async fn add(form: ConsoleForm<Manage>) -> Result<Response, ApiError> {
    let (id, scopes) = (form.id("id"), ConsentScopes::of(&form.id("id")));
    match scopes.add(&form.user, &form.fields).await {
        Ok(()) => Ok(redirect(StatusCode::SEE_OTHER, &format!("{}?done=added", scopes.page))),
        Err(error) => {
            let user = form.user.with_right::<Read>();
            let errors = shown_beside(&user, error, &[])?;
            render(&user, &id, StatusCode::UNPROCESSABLE_ENTITY, errors.whole).await
        }
    }
}

async fn remove(form: ConsoleForm<Manage>) -> Result<Response, ApiError> {
    let scopes = ConsentScopes::of(&form.id("id"));
    scopes.remove(&form.user, &form.fields).await?;
    Ok(redirect(StatusCode::SEE_OTHER, &format!("{}?done=removed", scopes.page)))
}
