//! Further tabs of an organization (inventory C027): its machines and its looks, who becomes a member by themselves, with which roles, and
//! the roles of one member.

use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};
use views::console::{Action, Block, Cell, ConsolePage, Dialog, Empty, Form, Row, Table};
use views::pages::{Choice, Field};

use super::api::{Api, encoded};
use super::applications::Applications;
use super::entity::{Entity as _, address, api_path, cell, link, page_below, shown_beside, text};
use super::fields::{FieldKind, FieldSpec};
use super::form_tab::{self, FormTab};
use super::linked::{self, Linked};
use super::organizations::{self, Organizations};
use super::pictures::LOGOS;
use super::roles::machines;
use super::users::{Users, choices, selection};
use crate::callers::console::{Manage, Read};
use crate::callers::{ConsoleForm, ConsoleUser, Right};
use crate::errors::ApiError;
use crate::pages::{FormFields, redirect};
use crate::routes::Routes;

const MEMBER: &str = "/console/organizations/{id}/member";

pub(super) fn routes() -> Routes {
    linked::routes::<JoiningDomains>()
        .merge(linked::routes::<JoiningConnectors>())
        .merge(linked::routes::<JoiningRoles>())
        .merge(linked::routes::<Machines>())
        .merge(form_tab::routes::<Branding>())
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

/// Enterprise connectors whose people become members as they sign in for the first time.
struct JoiningConnectors;

impl Linked for JoiningConnectors {
    type Of = Organizations;
    const TAB: &'static str = "joining-connectors";
    const API: &'static str = "jit/sso-connectors";
    type Write = Manage;
    const COLUMNS: &'static [&'static str] = &["name", "domains"];

    fn cells(_: &ConsoleUser<Read>, item: &Value) -> Vec<Cell> {
        let domains = item.get("domains").and_then(Value::as_array).into_iter().flatten();
        let domains: Vec<&str> = domains.filter_map(Value::as_str).collect();
        let domains = if domains.is_empty() { Cell::Nothing } else { Cell::Text { text: domains.join(", ") } };
        vec![cell(item, "connectorName"), domains]
    }

    async fn form(user: &ConsoleUser<Read>, _: &str) -> Result<Vec<Field>, ApiError> {
        let found = user.api().list("/api/sso-connectors?page=1&page_size=100").await?.items;
        let choice = |item: &Value| Choice { value: text(item, "id"), label: text(item, "connectorName") };
        let choices = found.iter().map(choice).collect();
        Ok(selection("connectorId", user.text("organizations.joining-connectors.connector"), choices))
    }

    async fn body(_: &Api, fields: &FormFields) -> Result<Value, ApiError> {
        Ok(json!({"ssoConnectorIds": [fields.get("connectorId")]}))
    }
}

/// The machine-to-machine applications of an organization.
struct Machines;

impl Linked for Machines {
    type Of = Organizations;
    const TAB: &'static str = "applications";
    const API: &'static str = "applications";
    type Write = Manage;
    const COLUMNS: &'static [&'static str] = &["application", "roles"];

    fn cells(user: &ConsoleUser<Read>, item: &Value) -> Vec<Cell> {
        vec![link::<Applications>(item, None), organizations::roles_link(user, item, MACHINE.name)]
    }

    async fn form(user: &ConsoleUser<Read>, id: &str) -> Result<Vec<Field>, ApiError> {
        let choices = machines(user, &format!("excludeOrganizationId={}", encoded(id))).await?;
        Ok(selection("applicationId", user.text("organizations.applications.application"), choices))
    }

    async fn body(_: &Api, fields: &FormFields) -> Result<Value, ApiError> {
        Ok(json!({"applicationIds": [fields.get("applicationId")]}))
    }
}

/// How the hosted pages look to who signs in for the organization.
struct Branding;

impl FormTab for Branding {
    type Of = Organizations;
    const TAB: &'static str = "branding";
    const FIELDS: &'static [FieldSpec] = &[
        FieldSpec::new("branding.logoUrl", FieldKind::Url),
        FieldSpec::new("branding.darkLogoUrl", FieldKind::Url),
        FieldSpec::new("branding.favicon", FieldKind::Url),
        FieldSpec::new("branding.darkFavicon", FieldKind::Url),
        FieldSpec::new("color.primaryColor", FieldKind::TextIfAny),
        FieldSpec::new("color.darkPrimaryColor", FieldKind::TextIfAny),
        FieldSpec::new("customCss", FieldKind::Area),
    ];
    const PICTURES: &'static [&'static str] = LOGOS;
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
        role_choice(user, &PERSON, &[]).await
    }

    async fn body(_: &Api, fields: &FormFields) -> Result<Value, ApiError> {
        Ok(json!({"organizationRoleIds": [fields.get("roleId")]}))
    }
}

/// What can be a member of an organization.
pub(super) struct Kind {
    /// In the address of the member's page.
    name: &'static str,
    /// The tab of such members, and the part of the API's path.
    tab: &'static str,
    api: &'static str,
    /// The type of their roles.
    roles: &'static str,
}

pub(super) const PERSON: Kind = Kind { name: "user", tab: "members", api: "users", roles: "User" };
const MACHINE: Kind = Kind { name: "application", tab: "applications", api: "applications", roles: "MachineToMachine" };

/// A field to choose one of the roles of a kind of members, but those.
pub(super) async fn role_choice(user: &ConsoleUser<Read>, kind: &Kind, held: &[Value]) -> Result<Vec<Field>, ApiError> {
    let roles = user.api().list("/api/organization-roles?page=1&page_size=100").await?.items;
    let is_offered = |role: &&Value| {
        text(role, "type") == kind.roles && !held.iter().any(|known| text(known, "id") == text(role, "id"))
    };
    let offered = choices(roles.iter().filter(is_offered));
    Ok(selection("roleId", user.text("organizations.member.role"), offered))
}

/// Somebody in an organization, or a machine.
struct Member {
    organization: String,
    kind: &'static Kind,
    id: String,
}

impl Member {
    /// The one whom a page or a form names.
    fn of<'a>(organization: String, named: impl Fn(&str) -> Option<&'a str>) -> Self {
        let kind = if named(MACHINE.name).is_some() { &MACHINE } else { &PERSON };
        let id = named(kind.name).unwrap_or_default().to_owned();
        Self { organization, kind, id }
    }

    fn roles_path(&self) -> String {
        let (organization, id) = (api_path::<Organizations>(&self.organization), encoded(&self.id));
        format!("{organization}/{}/{id}/roles", self.kind.api)
    }

    fn address(&self) -> String {
        format!("{}/member?{}={}", address::<Organizations>(&self.organization), self.kind.name, encoded(&self.id))
    }

    async fn title(&self, api: &Api) -> Result<String, ApiError> {
        Ok(match self.kind.name == PERSON.name {
            true => Users::title(&api.get(&api_path::<Users>(&self.id)).await?),
            false => Applications::title(&api.get(&api_path::<Applications>(&self.id)).await?),
        })
    }
}

async fn show_member(
    user: ConsoleUser<Read>,
    axum::extract::Path(id): axum::extract::Path<String>,
) -> Result<Response, ApiError> {
    let member = Member::of(id, |name| user.query(name));
    render_member(&user, &member, StatusCode::OK, None).await
}

async fn render_member(
    user: &ConsoleUser<Read>,
    member: &Member,
    status: StatusCode,
    error: Option<String>,
) -> Result<Response, ApiError> {
    let api = user.api();
    let organization = api.get(&api_path::<Organizations>(&member.organization)).await?;
    let title = member.title(&api).await?;
    let held = api.list(&member.roles_path()).await?.items;
    let may_write = user.may(Right::Manage);
    let own = format!("{}/member", address::<Organizations>(&member.organization));
    let hidden = || (member.kind.name.to_owned(), member.id.clone());
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
    let fields = if may_write { role_choice(user, member.kind, &held).await? } else { Vec::new() };
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
        href: format!("{}/{}", address::<Organizations>(&member.organization), member.kind.tab),
    };
    let page = ConsolePage { back: Some(back), ..page_below::<Organizations, _>(user, title, blocks) };
    Ok(user.render(status, page).await)
}

async fn add_role(form: ConsoleForm<Manage>) -> Result<Response, ApiError> {
    let member = Member::of(form.id("id"), |name| form.fields.first(name));
    let body = json!({"organizationRoleIds": [form.fields.get("roleId")]});
    let user = form.user.with_right::<Read>();
    match user.api().send(Method::POST, &member.roles_path(), body).await {
        Ok(_) => Ok(redirect(StatusCode::SEE_OTHER, &format!("{}&done=added", member.address()))),
        Err(error) => {
            let errors = shown_beside(&user, error, &[])?;
            render_member(&user, &member, StatusCode::UNPROCESSABLE_ENTITY, errors.whole).await
        }
    }
}

async fn remove_role(form: ConsoleForm<Manage>) -> Result<Response, ApiError> {
    let member = Member::of(form.id("id"), |name| form.fields.first(name));
    let path = format!("{}/{}", member.roles_path(), encoded(form.fields.get("roleId")));
    form.user.api().delete(&path).await?;
    Ok(redirect(StatusCode::SEE_OTHER, &format!("{}&done=removed", member.address())))
}
