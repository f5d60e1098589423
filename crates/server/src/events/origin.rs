//! Where an event comes from: the request, and the sign-in it belongs to (inventory H012, H014).

use kernel::ids::ApplicationId;
use std::sync::LazyLock;

use ::api::Operation;
use db::DbError;
use flow::InteractionEvent;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use super::EventKind;
use crate::applications;
use crate::callers::RequestFacts;
use crate::client_documents;
use crate::work::{Actor, Work};

/// The sign-in in which an event happens.
#[derive(Debug, Clone)]
pub struct InteractionOrigin {
    pub event: InteractionEvent,
    /// As in the audit log: not the handle that the browser has.
    pub session_id: String,
    pub client_id: ApplicationId,
}

/// The members of an event that say where it comes from; none for what the command line and the server itself do.
pub(crate) fn members(work: &Work<'_>, kind: EventKind) -> Result<Map<String, Value>, DbError> {
    let Some(request) = work.request() else { return Ok(Map::new()) };
    let mut members = Map::new();
    let mut put = |name: &str, value: Value| {
        members.insert(name.to_owned(), value);
    };
    let is_about_sign_in = kind.is_about_sign_in();
    let address = if is_about_sign_in { "userIp" } else { "ip" };
    put(address, request.ip.text().into());
    if !request.user_agent.is_empty() {
        put("userAgent", request.user_agent.as_str().into());
    }
    if let Some(origin) = work.interaction() {
        put("interactionEvent", origin.event.as_str().into());
        put("sessionId", origin.session_id.into());
        if let Some(application) = applications::find(work, &origin.client_id)? {
            let description = &application.description;
            let shown = json!({
                "id": application.id, "type": application.kind.name(), "name": application.name, "description": description,
            });
            put("application", shown);
        }
        if !is_about_sign_in || client_documents::is_address(&origin.client_id) {
            put(client_documents::member_of(&origin.client_id), origin.client_id.as_str().into());
        }
    } else if matches!(work.actor(), Actor::Management { .. }) {
        members.extend(route_members(request));
    }
    Ok(members)
}

/// The route of the Management API that was called, as its contract writes it.
fn route_members(request: &RequestFacts) -> Map<String, Value> {
    let (method, path) = (request.method.as_str(), request.uri.path());
    let route = request.route.as_deref().unwrap_or_default();
    let operation = operation(method, route);
    // The contract has its own names for the parameters.
    let route = operation.map_or(route, |operation| operation.path());
    let below_api = |path: &str| path.strip_prefix("/api").unwrap_or(path).to_owned();
    let mut params = Map::new();
    for (name, value) in route.split('/').zip(path.split('/')) {
        if let Some(name) = parameter(name) {
            params.insert(name.to_owned(), percent_decode_str(value).decode_utf8_lossy().into());
        }
    }
    let segment = |segment: &str| parameter(segment).map_or_else(|| segment.to_owned(), |name| format!(":{name}"));
    let matched: Vec<String> = below_api(route).split('/').map(segment).collect();
    let mut members = Map::from_iter([
        ("path".to_owned(), below_api(path).into()),
        ("method".to_owned(), method.into()),
        ("params".to_owned(), params.into()),
        ("matchedRoute".to_owned(), matched.join("/").into()),
    ]);
    // There is an event only where all went well.
    if let Some(status) = operation.and_then(Operation::success_status) {
        members.insert("status".to_owned(), status.into());
    }
    members
}

fn parameter(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

fn operation(method: &str, route: &str) -> Option<&'static Operation> {
    static OPERATIONS: LazyLock<Vec<Operation>> = LazyLock::new(::api::operations);
    OPERATIONS.iter().find(|operation| operation.is_at(method, route))
}
