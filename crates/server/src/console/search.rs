//! One search for everything: pages, entities by name or id, entries of the audit log, and the request id of a refusal. Each is
//! found by who may see it.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::Value;
use views::console::{Block, Cell, ConsolePage, Empty, Row, Table};

use super::api::encoded;
use super::applications::Applications;
use super::entity::{Entity, address, api_path, search_form, text};
use super::navigation;
use super::organization_template::{OrganizationRoles, OrganizationScopes};
use super::organizations::Organizations;
use super::resources::Resources;
use super::roles::Roles;
use super::users::Users;
use crate::callers::console::SignedIn;
use crate::callers::{ConsoleRight, ConsoleUser, Right};
use crate::errors::ApiError;
use crate::pages::redirect;
use crate::routes::Routes;

/// Of each kind.
const MAX_HITS: usize = 5;
/// What is looked through where the API has no search.
const LOOKED_THROUGH: usize = 100;
const MAX_TYPED_CHARS: usize = 200;
/// Letters and digits of a request id.
const REQUEST_ID_CHARS: usize = 16;

pub(super) fn routes() -> Routes {
    Routes::new().get("/console/search", search)
}

/// What is found, of each entity in turn.
macro_rules! of_each {
    ($user:expr, $typed:expr, $($entity:ty),* $(,)?) => {{
        let mut rows = Vec::new();
        $( rows.extend(of::<$entity, _>($user, $typed).await?); )*
        rows
    }};
}

async fn search(user: ConsoleUser<SignedIn>) -> Result<Response, ApiError> {
    let typed: String = user.query("q").unwrap_or_default().trim().chars().take(MAX_TYPED_CHARS).collect();
    let may_be_request = typed.len() == REQUEST_ID_CHARS && typed.chars().all(|c| c.is_ascii_alphanumeric());
    if may_be_request && user.may(Right::Read) {
        let path = format!("/api/refusals/{typed}");
        if found_or_refused(user.api().get(&path).await)?.is_some() {
            return Ok(redirect(StatusCode::SEE_OTHER, &format!("/console/refusals/{typed}")));
        }
    }
    let mut rows = pages(&user, &typed);
    if !typed.is_empty() {
        rows.extend(of_each!(&user, &typed, Users, Applications, Organizations, Roles, Resources));
        rows.extend(of_each!(&user, &typed, OrganizationRoles, OrganizationScopes));
        rows.extend(log_entry(&user, &typed).await?);
    }
    let hint = if may_be_request { "search.no_request" } else { "list.search_again" };
    let table = Table {
        search: Some(search_form(&user, Some(user.text("search.label")), Vec::new())),
        columns: ["found", "kind"].map(|name| user.text(&format!("search.column_{name}"))).to_vec(),
        rows,
        empty: Empty { title: user.text("list.nothing_found"), text: Some(user.text(hint)), action: None },
        ..Table::default()
    };
    let page = ConsolePage {
        title: user.text("search.title"),
        lead: Some(user.text("search.lead")),
        blocks: vec![Block::Table(table)],
        ..ConsolePage::default()
    };
    Ok(user.render(StatusCode::OK, page).await)
}

fn hit(title: String, href: String, kind: String) -> Row {
    Row { cells: vec![Cell::Link { text: title, href, note: None }, Cell::Text { text: kind }], ..Row::default() }
}

fn contains(text: &str, typed: &str) -> bool {
    text.to_lowercase().contains(&typed.to_lowercase())
}

fn pages<R>(user: &ConsoleUser<R>, typed: &str) -> Vec<Row> {
    let links = navigation::groups(user).into_iter().flat_map(|group| group.links);
    let fitting = links.filter(|link| contains(&link.title, typed));
    fitting.map(|link| hit(link.title, link.href, user.text("search.page"))).collect()
}

/// None for what is not there, or what the API does not take for an id.
fn found_or_refused(answer: Result<Value, ApiError>) -> Result<Option<Value>, ApiError> {
    match answer {
        Ok(item) => Ok(Some(item)),
        Err(error) if error.status().is_client_error() => Ok(None),
        Err(error) => Err(error),
    }
}

async fn of<E: Entity, R>(user: &ConsoleUser<R>, typed: &str) -> Result<Vec<Row>, ApiError> {
    if !user.may(<E::Read as ConsoleRight>::RIGHT) {
        return Ok(Vec::new());
    }
    let mut items = by_name::<E, R>(user, typed).await?;
    let is_known = items.iter().any(|item| text(item, "id") == typed);
    if !is_known && !typed.contains(char::is_whitespace) {
        items.extend(found_or_refused(user.api().get(&api_path::<E>(typed)).await)?);
    }
    let name = E::NAME;
    let kind = user.text(&format!("navigation.{name}"));
    let row = |item: &Value| hit(E::title(item), address::<E>(&text(item, "id")), kind.clone());
    let mut rows: Vec<Row> = items.iter().map(row).collect();
    let new = user.text(&format!("{name}.new"));
    if !E::NEW.is_empty() && user.may(<E::Write as ConsoleRight>::RIGHT) && contains(&new, typed) {
        rows.push(hit(new, format!("/console/{name}/new"), kind));
    }
    Ok(rows)
}

async fn by_name<E: Entity, R>(user: &ConsoleUser<R>, typed: &str) -> Result<Vec<Value>, ApiError> {
    let (api, size) = (E::API, if E::SEARCH.is_some() { MAX_HITS } else { LOOKED_THROUGH });
    let query = E::SEARCH.map(|query| format!("&{}", query.replace("{}", &encoded(typed)))).unwrap_or_default();
    let listed = match user.api().list(&format!("{api}?page=1&page_size={size}{query}")).await {
        Ok(listed) => listed.items,
        // What the search does not take finds nothing.
        Err(error) if error.status().is_client_error() => Vec::new(),
        Err(error) => return Err(error),
    };
    let fits = |item: &Value| {
        E::SEARCH.is_some() || contains(&E::title(item), typed) || contains(&text(item, "indicator"), typed)
    };
    Ok(listed.into_iter().filter(fits).take(MAX_HITS).collect())
}

async fn log_entry<R>(user: &ConsoleUser<R>, typed: &str) -> Result<Option<Row>, ApiError> {
    if !user.may(Right::Read) || typed.contains(char::is_whitespace) {
        return Ok(None);
    }
    let path = encoded(typed);
    let entry = found_or_refused(user.api().get(&format!("/api/logs/{path}")).await)?;
    Ok(entry.map(|item| hit(text(&item, "key"), format!("/console/logs/{path}"), user.text("navigation.logs"))))
}
