//! The OpenAPI documents, assembled from the routes (inventory A056, M308; docs/adr/0009-openapi-from-types.md).

mod pages;
mod reference;

use std::sync::LazyLock;

use api::document;
use api::operation::{Endpoint, Security};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use crate::callers::Anyone;
use crate::http::prepared::Prepared;
use crate::router;
use crate::routes::{Access, RouteInfo, Routes};

/// All operations. The documents are the same for all tenants: their only server is the one that they come from.
static ALL: LazyLock<Prepared> = LazyLock::new(|| prepared(|_| true));
/// Those of the Management API.
static MANAGEMENT: LazyLock<Prepared> = LazyLock::new(|| prepared(|route| route.access == Access::Management));
/// Those of people on their own account.
static USER: LazyLock<Prepared> = LazyLock::new(|| prepared(|route| matches!(route.access, Access::Account(_))));

/// Those of a sign-in.
static EXPERIENCE: LazyLock<Prepared> = LazyLock::new(|| prepared(|route| route.access == Access::Interaction));

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/api/swagger.json", get_all_operations)
        .get("/api/.well-known/management.openapi.json", get_management_operations)
        .get("/api/.well-known/user.openapi.json", get_user_operations)
        .get("/api/.well-known/experience.openapi.json", get_experience_operations)
        .merge(pages::routes())
}

async fn get_all_operations(anyone: Anyone) -> Response {
    json(&ALL, &anyone)
}

async fn get_management_operations(anyone: Anyone) -> Response {
    json(&MANAGEMENT, &anyone)
}

async fn get_user_operations(anyone: Anyone) -> Response {
    json(&USER, &anyone)
}

async fn get_experience_operations(anyone: Anyone) -> Response {
    json(&EXPERIENCE, &anyone)
}

fn prepared(is_shown: impl Fn(&RouteInfo) -> bool) -> Prepared {
    Prepared::compressed(document(is_shown).to_string().into())
}

fn json(document: &Prepared, anyone: &Anyone) -> Response {
    ([(header::CONTENT_TYPE, "application/json; charset=utf-8")], document.respond(&anyone.headers)).into_response()
}

/// The document of the declared routes that `is_shown` picks.
pub fn document(is_shown: impl Fn(&RouteInfo) -> bool) -> Value {
    let routes = router::declared();
    let shown = routes.iter().filter(|route| is_shown(route));
    document::assemble("Loggia API", "/", shown.filter_map(endpoint))
}

/// The operation of a route; none when it declares none.
pub fn endpoint(route: &RouteInfo) -> Option<Endpoint<'_>> {
    let security = match route.access {
        Access::Management => Security::Management,
        Access::Account(_) => Security::Account,
        Access::Public | Access::Interaction | Access::Me | Access::AccountPage(_) | Access::Console(_) => {
            Security::None
        }
    };
    Some(Endpoint { security, operation: route.operation.as_ref()? })
}
