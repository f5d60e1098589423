//! Paths below a page, and the root, redirect to the page itself, or to the page for unknown sessions without an
//! interaction (inventory O055).

use axum::http::{StatusCode, Uri};
use axum::response::Response;
use views::NotImplementedFeature;
use views::pages::MessagePage;

use super::interaction_page::{InteractionPage, see_other};
use super::page_request::{PageRequest, redirect};
use crate::oidc::interactions::Prompt;
use crate::routing::{Access, Routes};

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/", Access::Public, redirect_root)
        .get("/sign-in/{*rest}", Access::Interaction, redirect_to_parent_page)
        .get("/register/{*rest}", Access::Interaction, redirect_to_parent_page)
        .get("/forgot-password/{*rest}", Access::Interaction, redirect_to_parent_page)
        .get("/single-sign-on/{*rest}", Access::Interaction, redirect_to_parent_page)
        .get("/social/register/{*rest}", Access::Interaction, redirect_to_parent_page)
        .get("/console", Access::Public, show_console)
        .get("/console/{*rest}", Access::Public, show_console)
}

async fn redirect_to_parent_page(uri: Uri, request: PageRequest) -> Response {
    match InteractionPage::load(request, Prompt::Login).await {
        Ok(page) => {
            let first = uri.path().split('/').nth(1).unwrap_or_default();
            let parent = if first == "social" { "register" } else { first };
            see_other(&page.request.href(&format!("/{parent}")))
        }
        Err(answer) => answer,
    }
}

/// The root of the admin tenant redirects to its console (trace 00-07).
async fn redirect_root(request: PageRequest) -> Response {
    if request.tenant.id() == "admin" {
        return redirect(StatusCode::FOUND, "/console");
    }
    match InteractionPage::load(request, Prompt::Login).await {
        Ok(page) => see_other(&page.request.href("/sign-in")),
        Err(answer) => answer,
    }
}

async fn show_console(request: PageRequest) -> Response {
    request.render(StatusCode::OK, &MessagePage::unavailable(request.locale, NotImplementedFeature::Console, None))
}
