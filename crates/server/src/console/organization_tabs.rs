//! Further tabs of an organization (inventory C027): who becomes a member by themselves, with which roles, and the roles of one member.

use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};
use views::console::{Action, Block, Cell, ConsolePage, Dialog, Empty, Form, Row, Table};
use views::pages::{Choice, Field};

use super::api::{Api, encoded};
use super::entity::{Entity as _, address, api_path, cell, page_below, shown_beside, text};
use super::linked::{self, Linked};
use super::organizations::Organizations;
use super::users::{Users, selection};
use crate::callers::console::{Manage, Read};
use crate::callers::{ConsoleForm, ConsoleUser, Right};
use crate::errors::ApiError;
use crate::pages::{FormFields, redirect};
use crate::routes::Routes;

const MEMBER: &str = "/console/organizations/{id}/member";

pub(super) fn routes() -> Routes {
    linked::routes::<JoiningDomains>()
        .merge(linked::routes::<JoiningRoles>())
        .get(MEMBER, show_member)
        .post(MEMBER, add_role)
        .post("/console/organizations/{id}/member/remove", remove_role)
}

/// Domains of e-mail addresses whose people become members as they register.
struct JoiningDomains;

impl Linked for JoiningDomains {
    type Of = Organizations;
    const TAB: &'static str = "domains";
    const API: &'static str = "jit/email-domains";
    type Write = Manage;
    const COLUMNS: &'static [&'static str] = &["domain"];

    fn cells(_: &ConsoleUser<Read>, item: &Value) -> Vec<Cell> {
        vec![cell(item, "emailDomain")]
    }

    fn id(item: &Value) -> String {
        text(item, "emailDomain")
    }

    async fn form(user: &ConsoleUser<Read>, _: &str) -> Result<Vec<Field>, ApiError> {
        Ok(vec![Field {
            name: "emailDomain".to_owned(),
            label: user.text("organizations.domains.domain"),
            hint: Some(user.text("organizations.domains.domain_hint")),
            kind: "text",
            autocomplete: "off",
            required: true,
            ..Field::default()
        }])
    }

    async fn body(_: &Api, fields: &FormFields) -> Result<Value, ApiError> {
        Ok(json!({"emailDomain": fields.get("emailDomain").trim()}))
    }
}

/// The roles that they get.
struct JoiningRoles;

impl Linked for JoiningRoles {
    type Of = Organizations;
    const TAB: &'static str = "joining-roles";
    const API: &'static str = "jit/roles";
    type Write = Manage;
    const COLUMNS: &'static [&'static str] = &["name", "description"];

    fn cells(_: &ConsoleUser<Read>, item: &Value) -> Vec<Cell> {
        vec![cell(item, "name"), cell(item, "description")]
    }

    async fn form(user: &ConsoleUser<Read>, _: &str) -> Result<Vec<Field>, ApiError> {
        role_choice(user, &[]).await
    }

    async fn body(_: &Api, fields: &FormFields) -> Result<Value, ApiError> {
        Ok(json!({"organizationRoleIds": [fields.get("roleId")]}))
    }
}

/// A field to choose one of the roles of people, but those.
pub(super) async fn role_choice(user: &ConsoleUser<Read>, held: &[Value]) -> Result<Vec<Field>, ApiError> {
    let roles = user.api().list("/api/organization-roles?page=1&page_size=100").await?.items;
    let is_offered =
        |role: &&Value| text(role, "type") == "User" && !held.iter().any(|known| text(known, "id") == text(role, "id"));
    let choice = |role: &Value| Choice { value: text(role, "id"), label: text(role, "name") };
    let choices = roles.iter().filter(is_offered).map(choice).collect();
    Ok(selection("roleId", user.text("organizations.member.role"), choices))
}

fn roles_path(id: &str, member: &str) -> String {
    format!("{}/users/{}/roles", api_path::<Organizations>(id), encoded(member))
}

fn member_address(id: &str, member: &str) -> String {
    format!("{}/member?user={}", address::<Organizations>(id), encoded(member))
}

async fn show_member(
    user: ConsoleUser<Read>,
    axum::extract::Path(id): axum::extract::Path<String>,
) -> Result<Response, ApiError> {
    let member = user.query("user").unwrap_or_default().to_owned();
    render_member(&user, &Member { organization: &id, id: &member }, StatusCode::OK, None).await
}

/// Somebody in an organization.
struct Member<'a> {
    organization: &'a str,
    id: &'a str,
}

async fn render_member(
    user: &ConsoleUser<Read>,
    member: &Member<'_>,
    status: StatusCode,
    error: Option<String>,
) -> Result<Response, ApiError> {
    let api = user.api();
    let organization = api.get(&api_path::<Organizations>(member.organization)).await?;
    let person = api.get(&api_path::<Users>(member.id)).await?;
    let held = api.list(&roles_path(member.organization, member.id)).await?.items;
    let may_write = user.may(Right::Manage);
    let own = format!("{}/member", address::<Organizations>(member.organization));
    let hidden = || ("user".to_owned(), member.id.to_owned());
    let row = |(number, role): (usize, &Value)| {
        let removal = || Dialog {
            id: format!("remove-{number}"),
            button: user.text("button.remove"),
            title: user.text("organizations.member.remove"),
            text: user.text("organizations.member.remove_text"),
            action: format!("{own}/remove"),
            hidden: vec![hidden(), ("roleId".to_owned(), text(role, "id"))],
            is_danger: true,
            ..Dialog::default()
        };
        Row {
            cells: vec![cell(role, "name"), cell(role, "description")],
            actions: may_write.then(removal).into_iter().collect(),
        }
    };
    let table = Table {
        title: Some(user.text("organizations.member.roles")),
        columns: ["name", "description"].map(|name| user.text(&format!("organizations.member.column_{name}"))).to_vec(),
        rows: held.iter().enumerate().map(row).collect(),
        empty: Empty { title: user.text("organizations.member.empty"), ..Empty::default() },
        has_actions: may_write,
        ..Table::default()
    };
    let mut blocks = vec![Block::Table(table)];
    let fields = if may_write { role_choice(user, &held).await? } else { Vec::new() };
    if !fields.is_empty() {
        blocks.push(Block::Form(Form {
            title: Some(user.text("organizations.member.add")),
            action: own,
            hidden: vec![hidden()],
            fields,
            submit: user.text("button.add"),
            error,
            ..Form::default()
        }));
    }
    let back = Action {
        title: Organizations::title(&organization),
        href: format!("{}/members", address::<Organizations>(member.organization)),
    };
    let page = ConsolePage { back: Some(back), ..page_below::<Organizations, _>(user, Users::title(&person), blocks) };
    Ok(user.render(status, page).await)
}

async fn add_role(form: ConsoleForm<Manage>) -> Result<Response, ApiError> {
    let (id, member) = (form.id("id"), form.fields.get("user").to_owned());
    let body = json!({"organizationRoleIds": [form.fields.get("roleId")]});
    let user = form.user.with_right::<Read>();
    match user.api().send(Method::POST, &roles_path(&id, &member), body).await {
        Ok(_) => Ok(redirect(StatusCode::SEE_OTHER, &format!("{}&done=added", member_address(&id, &member)))),
        Err(error) => {
            let errors = shown_beside(&user, error, &[])?;
            let member = Member { organization: &id, id: &member };
            render_member(&user, &member, StatusCode::UNPROCESSABLE_ENTITY, errors.whole).await
        }
    }
}

async fn remove_role(form: ConsoleForm<Manage>) -> Result<Response, ApiError> {
    let (id, member) = (form.id("id"), form.fields.get("user"));
    let path = format!("{}/{}", roles_path(&id, member), encoded(form.fields.get("roleId")));
    form.user.api().delete(&path).await?;
    Ok(redirect(StatusCode::SEE_OTHER, &format!("{}&done=removed", member_address(&id, member))))
}
