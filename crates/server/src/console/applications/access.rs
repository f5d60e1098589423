//! Who may use an application: people, holders of roles, members of organizations, and holders of roles in one. Whoever is in one of the
//! rules may, while they are switched on.

use axum::extract::Path;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};
use views::console::{Block, Cell, Dialog, Empty, Form, Row, Table};
use views::pages::Field;

use super::Applications;
use crate::callers::console::{Manage, Read};
use crate::callers::{ConsoleForm, ConsoleUser, Right};
use crate::console::api::{Api, Listed, encoded};
use crate::console::entity::{Entity, PAGE_SIZE, address, api_path, item_page, page_number, pages, text};
use crate::console::fields::{FieldKind, FieldSpec, told};
use crate::console::meanwhile;
use crate::console::organization_tabs::{PERSON, role_choice};
use crate::console::organizations::Organizations;
use crate::console::page::language;
use crate::console::roles::Roles;
use crate::console::users::{Users, choices, named_person, selection};
use crate::errors::ApiError;
use crate::pages::{FormFields, redirect};
use crate::routes::Routes;

const PATH: &str = "/console/applications/{id}/access";
const PHRASES: &str = "applications.access";
const SWITCH: &str = "appLevelAccessControlEnabled";
const SWITCH_FIELDS: &[FieldSpec] = &[FieldSpec::new(SWITCH, FieldKind::Check)];
/// How many organizations are looked through for one with a name.
const LOOKED_THROUGH: i64 = 100;
/// Kinds of rules.
const USER: &str = "user";
const ROLE: &str = "role";
const ORGANIZATION: &str = "organization";
const ORGANIZATION_ROLE: &str = "organization_role";
/// The kinds that are lists of ids in the API.
const LISTS: [(&str, &str); 3] = [(USER, "userIds"), (ROLE, "userRoleIds"), (ORGANIZATION, "organizationIds")];

pub(super) fn routes() -> Routes {
    Routes::new()
        .get(PATH, show)
        .post(PATH, add)
        .post("/console/applications/{id}/access/switch", switch)
        .post("/console/applications/{id}/access/remove", remove)
}

fn rules_path(id: &str) -> String {
    format!("{}/access-control", api_path::<Applications>(id))
}

fn tab_address(id: &str) -> String {
    format!("{}/access", address::<Applications>(id))
}

/// A rule: `kind`, `id`, and `role` for a role in an organization.
fn rule(kind: &str, id: &str, role: &str) -> Value {
    json!({"kind": kind, "id": id, "role": role})
}

fn strings<'v>(object: &'v Value, member: &str) -> impl Iterator<Item = &'v str> {
    object.get(member).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

/// The rules of the API, one after the other.
fn rules(stored: &Value) -> Vec<Value> {
    let lists = LISTS.iter().flat_map(|(kind, member)| strings(stored, member).map(move |id| rule(kind, id, "")));
    let groups = stored.get("organizationRoleRules").and_then(Value::as_array).into_iter().flatten();
    let roles = groups.flat_map(|group| {
        let organization = text(group, "organizationId");
        strings(group, "organizationRoleIds").map(move |role| rule(ORGANIZATION_ROLE, &organization, role))
    });
    lists.chain(roles).collect()
}

/// Rules as the API takes them: it puts those of one organization together.
fn to_api(rules: &[Value]) -> Value {
    let of = |kind: &str| rules.iter().filter(move |rule| rule["kind"] == kind).collect::<Vec<_>>();
    let role = |rule: &&Value| json!({"organizationId": rule["id"], "organizationRoleIds": [rule["role"]]});
    let mut body = json!({"organizationRoleRules": of(ORGANIZATION_ROLE).iter().map(role).collect::<Vec<_>>()});
    for (kind, member) in LISTS {
        body[member] = of(kind).iter().map(|rule| rule["id"].clone()).collect();
    }
    body
}

async fn change(api: &Api, id: &str, change: impl FnOnce(&mut Vec<Value>)) -> Result<(), ApiError> {
    let path = rules_path(id);
    let mut rules = rules(&api.get(&path).await?);
    change(&mut rules);
    api.send(Method::PUT, &path, to_api(&rules)).await.map(drop)
}

async fn show(user: ConsoleUser<Read>, Path(id): Path<String>) -> Result<Response, ApiError> {
    render(&user, &id, StatusCode::OK, None).await
}

/// What was refused, and in which form: that of a kind, or the switch.
struct Refusal {
    form: String,
    text: String,
}

async fn render(
    user: &ConsoleUser<Read>,
    id: &str,
    status: StatusCode,
    refusal: Option<Refusal>,
) -> Result<Response, ApiError> {
    let api = user.api();
    let item = api.get(&api_path::<Applications>(id)).await?;
    let rules = rules(&api.get(&rules_path(id)).await?);
    let may_write = user.may(Right::Manage);
    let error =
        |form: &str| refusal.as_ref().filter(|refusal| refusal.form == form).map(|refusal| refusal.text.clone());
    let is_on = item.get(SWITCH).and_then(Value::as_bool).unwrap_or(false);
    let mut blocks = Vec::new();
    if may_write {
        blocks.push(Block::Form(Form {
            title: Some(user.text(&format!("{PHRASES}.switch"))),
            lead: Some(user.text(&format!("{PHRASES}.switch_text"))),
            action: format!("{}/switch", tab_address(id)),
            fields: vec![Field {
                name: SWITCH.to_owned(),
                label: user.text(&format!("{PHRASES}.switch_label")),
                kind: "checkbox",
                value: is_on.to_string(),
                ..Field::default()
            }],
            hidden: vec![meanwhile::hidden(user, &item, SWITCH_FIELDS)],
            submit: user.text("button.save"),
            error: error(SWITCH),
            is_guarded: true,
            ..Form::default()
        }));
    }
    blocks.push(Block::Table(table(user, &api, id, &rules).await?));
    if may_write {
        for (kind, fields) in forms(user, &rules).await? {
            blocks.push(Block::Form(Form {
                title: Some(user.text(&format!("{PHRASES}.add_{kind}"))),
                action: tab_address(id),
                hidden: vec![("kind".to_owned(), kind.to_owned())],
                fields,
                submit: user.text("button.add"),
                error: error(kind),
                is_guarded: true,
                ..Form::default()
            }));
        }
    }
    Ok(user.render(status, item_page::<Applications, _>(user, &item, "access", blocks)).await)
}

/// A page of the rules, with the names of what they are about.
async fn table(user: &ConsoleUser<Read>, api: &Api, id: &str, rules: &[Value]) -> Result<Table, ApiError> {
    let size = usize::try_from(PAGE_SIZE).unwrap_or(usize::MAX);
    let before = usize::try_from(page_number(user) - 1).unwrap_or_default().saturating_mul(size);
    let items: Vec<Value> = rules.iter().skip(before).take(size).cloned().collect();
    let may_write = user.may(Right::Manage);
    let mut rows = Vec::new();
    for (number, rule) in items.iter().enumerate() {
        let kind = text(rule, "kind");
        let removal = || Dialog {
            id: format!("remove-{number}"),
            button: user.text("button.remove"),
            title: user.text(&format!("{PHRASES}.remove")),
            text: user.text(&format!("{PHRASES}.remove_text")),
            action: format!("{}/remove", tab_address(id)),
            hidden: ["kind", "id", "role"].map(|member| (member.to_owned(), text(rule, member))).to_vec(),
            is_danger: true,
            ..Dialog::default()
        };
        rows.push(Row {
            cells: vec![name(api, rule).await?, Cell::Text { text: user.text(&format!("{PHRASES}.kind_{kind}")) }],
            actions: may_write.then(removal).into_iter().collect(),
        });
    }
    let total = i64::try_from(rules.len()).unwrap_or(i64::MAX);
    Ok(Table {
        title: Some(user.text(&format!("{PHRASES}.title"))),
        columns: ["name", "kind"].map(|name| user.text(&format!("{PHRASES}.column_{name}"))).to_vec(),
        rows,
        empty: Empty { title: user.text(&format!("{PHRASES}.empty")), ..Empty::default() },
        pages: pages(user, &Listed { total, items }),
        has_actions: may_write,
        ..Table::default()
    })
}

/// What a rule is about, with its name.
async fn name(api: &Api, rule: &Value) -> Result<Cell, ApiError> {
    let id = text(rule, "id");
    match text(rule, "kind").as_str() {
        USER => name_link::<Users>(api, &id, None).await,
        ROLE => name_link::<Roles>(api, &id, None).await,
        ORGANIZATION => name_link::<Organizations>(api, &id, None).await,
        _ => {
            let role = format!("/api/organization-roles/{}", encoded(&text(rule, "role")));
            let role = api.find(&role).await?.map_or_else(|| text(rule, "role"), |role| text(&role, "name"));
            name_link::<Organizations>(api, &id, Some(role)).await
        }
    }
}

/// A link to it; its id where it was deleted meanwhile.
async fn name_link<E: Entity>(api: &Api, id: &str, note: Option<String>) -> Result<Cell, ApiError> {
    let text = api.find(&api_path::<E>(id)).await?.map_or_else(|| id.to_owned(), |item| E::title(&item));
    Ok(Cell::Link { text, href: address::<E>(id), note })
}

/// The fields that name a new rule of each kind.
async fn forms(user: &ConsoleUser<Read>, rules: &[Value]) -> Result<Vec<(&'static str, Vec<Field>)>, ApiError> {
    let typed = |name: &str| Field {
        name: name.to_owned(),
        label: user.text(&format!("{PHRASES}.{name}")),
        hint: user.text_if_any(&format!("{PHRASES}.{name}_hint")),
        kind: "text",
        autocomplete: "off",
        required: true,
        ..Field::default()
    };
    let roles = user.api().list("/api/roles?type=User&page=1&page_size=100").await?.items;
    let is_new = |role: &&Value| !rules.contains(&rule(ROLE, &text(role, "id"), ""));
    let roles = choices(roles.iter().filter(is_new));
    let mut forms = vec![
        (USER, vec![typed("user")]),
        (ROLE, selection("userRoleId", user.text(&format!("{PHRASES}.role")), roles)),
    ];
    forms.push((ORGANIZATION, vec![typed("organization")]));
    let in_one = role_choice(user, &PERSON, &[]).await?;
    if !in_one.is_empty() {
        forms.push((ORGANIZATION_ROLE, [vec![typed("in_organization")], in_one].concat()));
    }
    forms.retain(|(_, fields)| !fields.is_empty());
    Ok(forms)
}

/// The rule that a form holds.
async fn typed(api: &Api, fields: &FormFields) -> Result<Value, ApiError> {
    Ok(match fields.get("kind") {
        USER => rule(USER, &named_person(api, fields).await?, ""),
        ROLE => rule(ROLE, fields.get("userRoleId"), ""),
        ORGANIZATION => rule(ORGANIZATION, &organization(api, fields.get("organization").trim()).await?, ""),
        ORGANIZATION_ROLE => {
            let organization = organization(api, fields.get("in_organization").trim()).await?;
            rule(ORGANIZATION_ROLE, &organization, fields.get("roleId"))
        }
        _ => return Err(ApiError::not_found()),
    })
}

/// The id of the organization with this id, or with a name that no other has.
async fn organization(api: &Api, typed: &str) -> Result<String, ApiError> {
    let path = format!("/api/organizations?q={}&page=1&page_size={LOOKED_THROUGH}", encoded(typed));
    let Listed { total, items } = api.list(&path).await?;
    let mut called = items.iter().filter(|item| text(item, "name") == typed);
    let only = called.next().filter(|_| called.next().is_none() && total <= LOOKED_THROUGH);
    let found = items.iter().find(|item| text(item, "id") == typed).or(only);
    found.map(|item| text(item, "id")).ok_or_else(|| ApiError::unprocessable("entity.not_found"))
}

async fn add(form: ConsoleForm<Manage>) -> Result<Response, ApiError> {
    let id = form.id("id");
    let ConsoleForm { user, fields, .. } = form;
    let api = user.api();
    let added = match typed(&api, &fields).await {
        Ok(rule) => {
            let add = |rules: &mut Vec<Value>| {
                if !rules.contains(&rule) {
                    rules.push(rule);
                }
            };
            change(&api, &id, add).await
        }
        Err(error) => Err(error),
    };
    answer(user, &id, added, "added", fields.get("kind")).await
}

async fn remove(form: ConsoleForm<Manage>) -> Result<Response, ApiError> {
    let id = form.id("id");
    let ConsoleForm { user, fields, .. } = form;
    let gone = rule(fields.get("kind"), fields.get("id"), fields.get("role"));
    let removed = change(&user.api(), &id, |rules| rules.retain(|rule| *rule != gone)).await;
    answer(user, &id, removed, "removed", SWITCH).await
}

async fn switch(form: ConsoleForm<Manage>) -> Result<Response, ApiError> {
    let id = form.id("id");
    let ConsoleForm { user, fields, .. } = form;
    let item = user.api().get(&api_path::<Applications>(&id)).await?;
    if let Err(errors) = meanwhile::check(&user, &item, SWITCH_FIELDS, &fields) {
        let refusal = Some(Refusal { form: SWITCH.to_owned(), text: errors.whole.unwrap_or_default() });
        return render(&user.with_right(), &id, StatusCode::UNPROCESSABLE_ENTITY, refusal).await;
    }
    let body = json!({SWITCH: fields.get(SWITCH) == "true"});
    let switched = user.api().send(Method::PATCH, &api_path::<Applications>(&id), body).await.map(drop);
    answer(user, &id, switched, "saved", SWITCH).await
}

/// The page again: with what was done, or with what a person can mend beside the form.
async fn answer(
    user: ConsoleUser<Manage>,
    id: &str,
    changed: Result<(), ApiError>,
    done: &str,
    form: &str,
) -> Result<Response, ApiError> {
    match changed {
        Ok(()) => Ok(redirect(StatusCode::SEE_OTHER, &format!("{}?done={done}", tab_address(id)))),
        Err(error) if error.status().is_client_error() && error.status() != StatusCode::FORBIDDEN => {
            let user = user.with_right::<Read>();
            // Without a rule nobody could use the application.
            let text = match error.code() {
                "request.invalid_input" if form == SWITCH => user.text(&format!("{PHRASES}.needs_rule")),
                _ => told(&error, language(&user)),
            };
            let refusal = Some(Refusal { form: form.to_owned(), text });
            render(&user, id, StatusCode::UNPROCESSABLE_ENTITY, refusal).await
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_go_back_as_they_came() {
        let stored = json!({
            "organizationRoleRules": [{"organizationId": "o", "organizationRoleIds": ["p"]}],
            "userIds": ["a", "b"], "userRoleIds": ["r"], "organizationIds": [],
        });
        let rules = rules(&stored);
        assert_eq!(rules.len(), 4);
        assert_eq!(to_api(&rules), stored);
    }
}
