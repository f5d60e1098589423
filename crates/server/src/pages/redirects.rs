//! Paths below a page, and the root, redirect to the page itself, or to the page for unknown sessions without an
//! interaction (inventory O055).

use axum::http::{StatusCode, Uri};
use axum::response::Response;
use views::NotImplementedFeature;
use views::pages::MessagePage;

use super::interaction_page::{InteractionPage, see_other};
use super::page_request::{PageRequest, redirect};
use crate::oidc::interactions::Prompt;
use crate::routes::{Access, Routes};

pub(super) fn routes() -> Routes {
    Routes::new()
        .old_get("/", Access::Public, redirect_root)
        .old_get("/sign-in/{*rest}", Access::Interaction, redirect_to_parent_page)
        .old_get("/register/{*rest}", Access::Interaction, redirect_to_parent_page)
        .old_get("/forgot-password/{*rest}", Access::Interaction, redirect_to_parent_page)
        .old_get("/single-sign-on/{*rest}", Access::Interaction, redirect_to_parent_page)
        .old_get("/social/register/{*rest}", Access::Interaction, redirect_to_parent_page)
        .old_get("/console", Access::Public, show_console)
        .old_get("/console/{*rest}", Access::Public, show_console)
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
