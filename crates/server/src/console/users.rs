//! Users of the tenant `default` (inventory C026): list, one person with roles, sessions and factors, and what can be done with
//! them.

use axum::http::{Method, StatusCode};
use axum::response::Response;
use kernel::id;
use serde_json::{Value, json};
use views::console::{Block, Cell, Dialog, Facts, ShownSecret, Tone};
use views::pages::{Choice, Field};

use super::api::{Api, encoded};
use super::bulk::BulkAction;
use super::entity::{self, Entity, address, api_path, cell, item_page, link, settings_page, shown_beside, text, time};
use super::fields::{FieldKind, FieldSpec, Filled};
use super::linked::{self, Linked};
use crate::callers::console::{Manage, ManageUsers, ReadUsers};
use crate::callers::{ConsoleForm, ConsoleUser, Right};
use crate::errors::ApiError;
use crate::pages::{FormFields, redirect};
use crate::routes::Routes;

pub(super) fn routes() -> Routes {
    entity::routes::<Users>()
        .merge(linked::routes::<UserRoles>())
        .merge(linked::routes::<UserSessions>())
        .merge(linked::routes::<UserFactors>())
        .post("/console/users/{id}/suspension", change_suspension)
        .post("/console/users/{id}/password", set_password)
        .post("/console/users/{id}/password-expiration", expire_password)
}

pub(super) struct Users;

impl Entity for Users {
    const NAME: &'static str = "users";
    const API: &'static str = "/api/users";
    type Read = ReadUsers;
    type Write = ManageUsers;
    const SEARCH: Option<&'static str> = Some("search=%25{}%25");
    const COLUMNS: &'static [&'static str] = &["user", "email", "created", "last_sign_in", "status"];
    const NEW: &'static [FieldSpec] = &[
        FieldSpec::new("username", FieldKind::Optional),
        FieldSpec::new("primaryEmail", FieldKind::Email),
        FieldSpec::new("primaryPhone", FieldKind::Optional),
        FieldSpec::new("name", FieldKind::Optional),
        FieldSpec::new("password", FieldKind::Password),
    ];
    const SETTINGS: &'static [FieldSpec] = &[
        FieldSpec::new("name", FieldKind::Optional),
        FieldSpec::new("username", FieldKind::Optional),
        FieldSpec::new("primaryEmail", FieldKind::Email),
        FieldSpec::new("primaryPhone", FieldKind::Optional),
        FieldSpec::new("avatar", FieldKind::Url),
        FieldSpec::new("customData", FieldKind::Object),
    ];
    const TABS: &'static [&'static str] =
        &["profile", "roles", "organizations", "identities", "sessions", "factors", "devices", "grants", "tokens"];
    const BULK: &'static [BulkAction] = &[
        BulkAction { name: "suspend", path: "/is-suspended", body: Some("{\"isSuspended\":true}") },
        BulkAction { name: "reactivate", path: "/is-suspended", body: Some("{\"isSuspended\":false}") },
        BulkAction::DELETE,
    ];
    const EXPORT: &'static [&'static str] =
        &["id", "username", "primaryEmail", "primaryPhone", "name", "isSuspended", "createdAt", "lastSignInAt"];

    fn right_of_tab(tab: &str) -> Right {
        if tab == "tokens" { Right::Manage } else { Right::ReadUsers }
    }

    fn cells(user: &ConsoleUser<ReadUsers>, item: &Value) -> Vec<Cell> {
        let username = Some(text(item, "username")).filter(|name| !name.is_empty() && *name != Self::title(item));
        vec![
            link::<Self>(item, username),
            cell(item, "primaryEmail"),
            time(item, "createdAt"),
            time(item, "lastSignInAt"),
            status(user, item),
        ]
    }

    fn title(item: &Value) -> String {
        let names = ["name", "username", "primaryEmail", "primaryPhone", "id"].map(|member| text(item, member));
        names.into_iter().find(|name| !name.is_empty()).unwrap_or_default()
    }

    fn above(user: &ConsoleUser<ReadUsers>, item: &Value) -> Vec<Block> {
        let rows = [
            ("id", Cell::Copy { text: text(item, "id") }),
            ("status", status(user, item)),
            ("password", password_status(user, item)),
            ("created", time(item, "createdAt")),
            ("last_sign_in", time(item, "lastSignInAt")),
        ];
        let mut rows = rows.map(|(name, cell)| (user.text(&format!("users.column.{name}")), cell)).to_vec();
        if user.may(Right::Read) {
            let href = format!("/console/logs?userId={}", encoded(&text(item, "id")));
            let logs = Cell::Link { text: user.text("users.logs"), href, note: None };
            rows.push((user.text("navigation.logs"), logs));
        }
        vec![Block::Facts(Facts { title: None, rows })]
    }

    fn dialogs(user: &ConsoleUser<ReadUsers>, item: &Value) -> Vec<Dialog> {
        let address = address::<Self>(&text(item, "id"));
        let (verb, is_suspended) = match is_suspended(item) {
            true => ("reactivate", "false"),
            false => ("suspend", "true"),
        };
        let can_expire = item.get("hasPassword") == Some(&json!(true)) && !is_expired(item);
        let expiry = || Dialog {
            id: "expire".to_owned(),
            button: user.text("users.expire_password"),
            title: user.text("users.expire_password"),
            text: user.text("users.expire_password_text"),
            action: format!("{address}/password-expiration"),
            ..Dialog::default()
        };
        let mut dialogs = vec![
            Dialog {
                id: "password".to_owned(),
                button: user.text("users.reset_password"),
                title: user.text("users.reset_password"),
                text: user.text("users.reset_password_text"),
                action: format!("{address}/password"),
                ..Dialog::default()
            },
            Dialog {
                id: verb.to_owned(),
                button: user.text(&format!("users.{verb}")),
                title: user.text_with(&format!("users.{verb}_title"), &[("name", &Self::title(item))]),
                text: user.text(&format!("users.{verb}_text")),
                action: format!("{address}/suspension"),
                hidden: vec![("isSuspended".to_owned(), is_suspended.to_owned())],
                ..Dialog::default()
            },
        ];
        dialogs.extend(can_expire.then(expiry));
        dialogs
    }
}

fn is_expired(item: &Value) -> bool {
    item.get("isPasswordExpired").and_then(Value::as_bool).unwrap_or(false)
}

fn is_suspended(item: &Value) -> bool {
    item.get("isSuspended").and_then(Value::as_bool).unwrap_or(false)
}

fn status(user: &ConsoleUser<ReadUsers>, item: &Value) -> Cell {
    match is_suspended(item) {
        true => Cell::Badge { text: user.text("users.suspended"), tone: Tone::Bad },
        false => Cell::Badge { text: user.text("users.active"), tone: Tone::Good },
    }
}

/// Whether there is a password, and whether it is to be replaced.
fn password_status(user: &ConsoleUser<ReadUsers>, item: &Value) -> Cell {
    let has_password = item.get("hasPassword").and_then(Value::as_bool).unwrap_or(false);
    match (has_password, is_expired(item)) {
        (true, true) => Cell::Badge { text: user.text("users.password_expired"), tone: Tone::Bad },
        (true, false) => Cell::Text { text: user.text("users.password_set") },
        (false, _) => Cell::Nothing,
    }
}

async fn change_suspension(form: ConsoleForm<ManageUsers>) -> Result<Response, ApiError> {
    let (id, suspends) = (form.id("id"), form.fields.get("isSuspended") == "true");
    let path = format!("{}/is-suspended", api_path::<Users>(&id));
    form.user.api().send(Method::PATCH, &path, json!({"isSuspended": suspends})).await?;
    let done = if suspends { "suspended" } else { "reactivated" };
    Ok(redirect(StatusCode::SEE_OTHER, &format!("{}?done={done}", address::<Users>(&id))))
}

/// The person chooses a new password at the next sign-in with the old one.
async fn expire_password(form: ConsoleForm<ManageUsers>) -> Result<Response, ApiError> {
    let id = form.id("id");
    let (user, path) = (form.user.with_right::<ReadUsers>(), api_path::<Users>(&id));
    let expiration = format!("{path}/password/expiration");
    match user.api().send(Method::PATCH, &expiration, json!({"isExpired": true})).await {
        Ok(_) => Ok(redirect(StatusCode::SEE_OTHER, &format!("{}?done=saved", address::<Users>(&id)))),
        Err(error) => {
            let (errors, item) = (shown_beside(&user, error, &[])?, user.api().get(&path).await?);
            let page = settings_page::<Users>(&user, &item, &Filled::Entity(&item), errors);
            Ok(user.render(StatusCode::UNPROCESSABLE_ENTITY, page).await)
        }
    }
}

/// Sets a password that nobody chose, and shows it this once.
async fn set_password(form: ConsoleForm<ManageUsers>) -> Result<Response, ApiError> {
    let id = form.id("id");
    let user = form.user.with_right::<ReadUsers>();
    let secret = id::client_secret(&user.app.rng);
    let path = api_path::<Users>(&id);
    let changed = user.api().send(Method::PATCH, &format!("{path}/password"), json!({"password": &secret})).await?;
    let shown = Block::Secret(ShownSecret {
        title: user.text("users.new_password"),
        text: user.text("users.new_password_text"),
        secret,
    });
    Ok(user.render(StatusCode::OK, item_page::<Users, _>(&user, &changed, "", vec![shown])).await)
}

/// The roles of a person.
struct UserRoles;

impl Linked for UserRoles {
    type Of = Users;
    const TAB: &'static str = "roles";
    const API: &'static str = "roles";
    type Write = Manage;
    const COLUMNS: &'static [&'static str] = &["name", "description"];

    fn cells(_: &ConsoleUser<ReadUsers>, item: &Value) -> Vec<Cell> {
        let href = format!("/console/roles/{}", encoded(&text(item, "id")));
        vec![Cell::Link { text: text(item, "name"), href, note: None }, cell(item, "description")]
    }

    async fn form(user: &ConsoleUser<ReadUsers>, id: &str) -> Result<Vec<Field>, ApiError> {
        let path = format!("/api/roles?type=User&excludeUserId={}&page_size=100&page=1", encoded(id));
        let roles = user.api().list(&path).await?.items;
        Ok(selection("roleId", user.text("users.roles.role"), choices(&roles)))
    }

    async fn body(_: &Api, fields: &FormFields) -> Result<Value, ApiError> {
        Ok(json!({"roleIds": [fields.get("roleId")]}))
    }
}

/// The field that names a person.
pub(super) fn person_field(label: String, hint: String) -> Field {
    Field {
        name: "user".to_owned(),
        label,
        hint: Some(hint),
        kind: "text",
        autocomplete: "off",
        required: true,
        ..Field::default()
    }
}

/// Entities as choices: id and name.
pub(super) fn choices<'a>(items: impl IntoIterator<Item = &'a Value>) -> Vec<Choice> {
    let choice = |item: &Value| Choice { value: text(item, "id"), label: text(item, "name") };
    items.into_iter().map(choice).collect()
}

/// A field to choose from what there is; none if there is nothing.
pub(super) fn selection(name: &str, label: String, choices: Vec<Choice>) -> Vec<Field> {
    if choices.is_empty() {
        return Vec::new();
    }
    let name = name.to_owned();
    vec![Field { name, label, kind: "select", required: true, autocomplete: "off", choices, ..Field::default() }]
}

/// The id of the person that a form names: by exactly their id, or by a username, e-mail address or phone number that nobody else has.
/// The id comes first, because somebody may choose the id of another as a username.
///
/// # Errors
/// 422 `entity.not_found`; those of the API.
pub(super) async fn named_person(api: &Api, fields: &FormFields) -> Result<String, ApiError> {
    let typed = fields.get("user").trim();
    let by_id = api.find(&api_path::<Users>(typed)).await?.filter(|user| text(user, "id") == typed);
    if let Some(user) = by_id {
        return Ok(text(&user, "id"));
    }
    let names = ["username", "primaryEmail", "primaryPhone"];
    let searched = names.map(|name| format!("search.{name}={}", encoded(typed))).join("&");
    let found = api.list(&format!("/api/users?{searched}&mode=exact&joint=or&page=1&page_size=100")).await?.items;
    let mut named = found.iter().filter(|user| names.iter().any(|name| text(user, name) == typed));
    let only = named.next().filter(|_| named.next().is_none());
    only.map(|user| text(user, "id")).ok_or_else(|| ApiError::unprocessable("entity.not_found"))
}

/// The sign-ins of a person that have not ended.
struct UserSessions;

impl Linked for UserSessions {
    type Of = Users;
    const TAB: &'static str = "sessions";
    const API: &'static str = "sessions";
    type Write = ManageUsers;
    const COLUMNS: &'static [&'static str] = &["signed_in", "application", "expires"];
    const IS_PAGED: bool = false;

    fn items(mut answer: Value) -> Vec<Value> {
        match answer.get_mut("sessions").map(Value::take) {
            Some(Value::Array(items)) => items,
            _ => Vec::new(),
        }
    }

    fn cells(_: &ConsoleUser<ReadUsers>, item: &Value) -> Vec<Cell> {
        let begun = item.pointer("/payload/loginTs").and_then(Value::as_i64).unwrap_or_default();
        vec![time(&json!({"at": begun.saturating_mul(1000)}), "at"), cell(item, "clientId"), time(item, "expiresAt")]
    }

    fn id(item: &Value) -> String {
        item.pointer("/payload/uid").and_then(Value::as_str).unwrap_or_default().to_owned()
    }
}

/// The additional factors of a person.
struct UserFactors;

impl Linked for UserFactors {
    type Of = Users;
    const TAB: &'static str = "factors";
    const API: &'static str = "mfa-verifications";
    type Write = ManageUsers;
    const COLUMNS: &'static [&'static str] = &["kind", "name", "created"];
    const IS_PAGED: bool = false;

    fn cells(user: &ConsoleUser<ReadUsers>, item: &Value) -> Vec<Cell> {
        let kind = text(item, "type");
        let name = user.text_if_any(&format!("users.factors.kind_{kind}")).unwrap_or(kind);
        let created = text(item, "createdAt");
        let day = created.get(..10).unwrap_or_default().to_owned();
        vec![Cell::Text { text: name }, factor_name(user, item), Cell::Time { iso: created, text: day }]
    }
}

/// What the person called a passkey, else the browser that made it; of backup codes how many are left.
fn factor_name(user: &ConsoleUser<ReadUsers>, item: &Value) -> Cell {
    let named = ["name", "agent"].into_iter().map(|member| text(item, member)).find(|text| !text.is_empty());
    let left = || Some(user.text_with("users.factors.left", &[("count", &item.get("remainCodes")?.to_string())]));
    named.or_else(left).map_or(Cell::Nothing, |text| Cell::Text { text })
}
