//! "Why was this refused?" (issue 15): each refused request is kept under its request id, with what the check saw, for a bounded
//! time. Invariants: the answer never waits for it (rows are queued with those of the audit log); strangers fill no more than a
//! budget of their network and a number of rows of the tenant; no secret is kept.

mod api;
mod budget;
mod facts;
mod reason;
mod store;

pub(crate) use api::routes;
pub(crate) use budget::{RefusalBudgets, RefusalKind};
pub(crate) use facts::params;
pub(crate) use store::{RefusalRow, forget_user};

use axum::response::Response;
use kernel::Locale;
use kernel::ids::UserId;
use serde_json::Value;

use crate::App;
use crate::callers::console::ADMIN;
use crate::errors::ApiError;
use crate::http::{RequestInfo, redact_path};

/// Facts with a place of their own: what only operators are told of an OAuth error.
pub(crate) const DETAIL: &str = "detail";
/// The client that asked.
pub(crate) const CLIENT: &str = "clientId";
/// The person it was about.
pub(crate) const USER: &str = "userId";
/// The parameters of the request, without secrets.
pub(crate) const PARAMS: &str = "params";
/// The redirect URIs of the client.
pub(crate) const REGISTERED: &str = "registered";
/// Where an error of the authorization endpoint was sent.
pub(crate) const REDIRECT_URI: &str = "redirectUri";
/// Of the page whose script or form sent the request.
const ORIGIN: &str = "origin";
/// The member `data` of the answer.
const DATA: &str = "data";
/// Of a description, a path and an id.
const MAX_TEXT_CHARS: usize = 256;
/// Answers of protocols that go on: no check refused anything.
const USUAL: [&str; 4] = ["oidc.authorization_pending", "oidc.slow_down", "oidc.login_required", "oidc.use_dpop_nonce"];

/// The refusal behind an answer that is no [`ApiError`] itself: a page, a redirect.
#[derive(Debug, Clone)]
struct Noted(ApiError);

/// The answer to a refused request, with what was refused.
pub(crate) fn noted(mut response: Response, error: ApiError) -> Response {
    response.extensions_mut().insert(Noted(error));
    response
}

/// What was refused by an answer, to add facts to it.
pub(crate) fn of_response(response: &mut Response) -> Option<&mut ApiError> {
    let extensions = response.extensions_mut();
    if extensions.get::<Noted>().is_some() {
        return extensions.get_mut::<Noted>().map(|noted| &mut noted.0);
    }
    extensions.get_mut()
}

/// Says whom a refusal is about, if it is known.
pub(crate) fn of_person(mut response: Response, id: Option<&UserId>) -> Response {
    if let (Some(refused), Some(id)) = (of_response(&mut response), id) {
        refused.add_fact(USER, id.as_str());
    }
    response
}

/// Keeps a refusal, off the request's path; nothing for other answers, and for a network that causes very many.
pub(crate) fn keep(app: &App, tenant_id: &'static str, asked: &RequestInfo, response: &Response) {
    let extensions = response.extensions();
    let noted = extensions.get::<Noted>().map(|noted| &noted.0).or_else(|| extensions.get());
    let status = response.status().as_u16();
    let error = match noted {
        Some(error) => error,
        None if status < 400 || has_body(response) => return,
        // Without a body of its own: an address or method that nothing has.
        None => &ApiError::new(response.status(), if status == 404 { "entity.not_found" } else { "" }),
    };
    if USUAL.contains(&error.code()) {
        return;
    }
    // The pages of the console are about the tenant `default`, whose administrators look here.
    let is_console = tenant_id == ADMIN && asked.path_starts_with("/console");
    let tenant_id = if is_console { "default" } else { tenant_id };
    let network = asked.client_ip(app.settings.trust_proxy_header).network();
    let is_stray = noted.is_none() || is_stray(asked, status, error);
    let kind = if is_stray { RefusalKind::Stray } else { RefusalKind::Usual };
    app.keep_refusal(tenant_id, kind, network, || row(tenant_id, asked, status, error, app));
}

/// Whether the address has nothing, or is the page that is shown without a sign-in.
fn is_stray(asked: &RequestInfo, status: u16, error: &ApiError) -> bool {
    status == 404 && error.code() == "oidc.invalid_request" || asked.uri.path() == "/unknown-session"
}

fn has_body(response: &Response) -> bool {
    use axum::body::HttpBody as _;
    response.body().size_hint().exact() != Some(0)
}

fn row(tenant_id: &str, asked: &RequestInfo, status: u16, error: &ApiError, app: &App) -> RefusalRow {
    let text = |name: &str| error.fact(name).and_then(Value::as_str).map(cut);
    let description = error.oauth_member("error_description").map_or_else(|| error.message(Locale::En), str::to_owned);
    // The address of a sign-in is a secret, also where the answer repeats it.
    let (path, shown_path) = (asked.uri.path(), redact_path(asked.uri.path()));
    let description = match path.strip_prefix("/oidc").filter(|_| path != shown_path) {
        Some(repeated) => description.replace(&cut(repeated), ""),
        None => description,
    };
    RefusalRow {
        tenant_id: tenant_id.to_owned(),
        request_id: asked.id.0.clone(),
        method: cut(asked.method.as_str()),
        path: cut(shown_path),
        status: i64::from(status),
        code: cut(error.code()),
        description: cut(&description),
        detail: text(DETAIL),
        client_id: text(CLIENT).or_else(|| client_in_query(asked)),
        user_id: text(USER),
        facts: facts::json(error, asked),
        created_at: app.clock.now(),
    }
}

fn query(asked: &RequestInfo) -> impl Iterator<Item = (String, String)> + '_ {
    let query = asked.uri.query().unwrap_or_default();
    url::form_urlencoded::parse(query.as_bytes()).map(|(name, value)| (name.into_owned(), value.into_owned()))
}

fn client_in_query(asked: &RequestInfo) -> Option<String> {
    let named = asked.path_starts_with("/oidc/").then(|| query(asked).find(|(name, _)| name == "client_id"))?;
    named.map(|(_, id)| cut(&id))
}

/// Without NUL, which PostgreSQL can't store.
fn cut(text: &str) -> String {
    text.chars().filter(|c| *c != '\0').take(MAX_TEXT_CHARS).collect()
}
