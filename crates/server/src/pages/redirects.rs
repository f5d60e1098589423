//! Paths below a page, and the root, redirect to the page itself, or to the page for unknown sessions without an
//! interaction (inventory O055).

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::interaction_page::{InteractionPage, redirect_to_unknown_session, see_other};
use super::page_request::{PageRequest, redirect};
use super::welcome::show_welcome;
use crate::oidc::interactions::{self, TabHints};
use crate::routes::Routes;

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/", show_root)
        .get("/sign-in/{*rest}", redirect_to_parent_page)
        .get("/register/{*rest}", redirect_to_parent_page)
        .get("/forgot-password/{*rest}", redirect_to_parent_page)
        .get("/single-sign-on/{*rest}", redirect_to_parent_page)
        .get("/social/register/{*rest}", redirect_to_parent_page)
}

async fn redirect_to_parent_page(page: InteractionPage) -> Response {
    let first = page.request.uri.path().split('/').nth(1).unwrap_or_default();
    let parent = if first == "social" { "register" } else { first };
    see_other(&page.request.href(&format!("/{parent}")))
}

/// The root: the page of an interaction if there is one, else of the server. The root of the admin tenant redirects to its
/// console (trace 00-07).
async fn show_root(request: PageRequest) -> Response {
    if request.tenant_id() == "admin" {
        return redirect(StatusCode::FOUND, "/console");
    }
    let app_id = request.query("app_id");
    match interactions::load_for_page(&request.tenant, &request.headers, TabHints { app_id, ..TabHints::default() })
        .await
    {
        Ok(_) => see_other(&request.href("/sign-in")),
        Err(error) if !error.status().is_client_error() => error.into_response(),
        // The tenant may want visitors elsewhere.
        Err(_) => match request.experience().unknown_session_redirect_url.as_deref().unwrap_or_default() {
            "" => show_welcome(&request),
            _ => redirect_to_unknown_session(&request),
        },
    }
}
