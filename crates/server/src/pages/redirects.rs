//! Paths below a page, and the root, redirect to the page itself, or to the page for unknown sessions without an
//! interaction (inventory O055).

use axum::http::StatusCode;
use axum::response::Response;
use views::NotImplementedFeature;
use views::pages::MessagePage;

use super::interaction_page::{InteractionPage, LoginPrompt, see_other};
use super::page_request::{PageRequest, redirect};
use crate::routes::Routes;

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/", redirect_root)
        .get("/sign-in/{*rest}", redirect_to_parent_page)
        .get("/register/{*rest}", redirect_to_parent_page)
        .get("/forgot-password/{*rest}", redirect_to_parent_page)
        .get("/single-sign-on/{*rest}", redirect_to_parent_page)
        .get("/social/register/{*rest}", redirect_to_parent_page)
        .get("/console", show_console)
        .get("/console/{*rest}", show_console)
}

async fn redirect_to_parent_page(page: InteractionPage) -> Response {
    let first = page.request.uri.path().split('/').nth(1).unwrap_or_default();
    let parent = if first == "social" { "register" } else { first };
    see_other(&page.request.href(&format!("/{parent}")))
}

/// The root of the admin tenant redirects to its console (trace 00-07).
async fn redirect_root(request: PageRequest) -> Response {
    if request.tenant_id() == "admin" {
        return redirect(StatusCode::FOUND, "/console");
    }
    match InteractionPage::<LoginPrompt>::load(request, None).await {
        Ok(page) => see_other(&page.request.href("/sign-in")),
        Err(answer) => answer,
    }
}

async fn show_console(request: PageRequest) -> Response {
    request.render(StatusCode::OK, &MessagePage::unavailable(request.locale, NotImplementedFeature::Console, None))
}
