//! Addresses below a page, and the root: they lead to the page itself, or away without an interaction (inventory O055).

use axum::http::{StatusCode, Uri};
use axum::response::Response;
use views::Unavailable;
use views::pages::Message;

use super::entry::{Entry, onward};
use super::visit::{Visit, redirect};
use crate::oidc::interactions::Prompt;
use crate::routing::{Access, Routes};

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/", Access::Public, root)
        .get("/sign-in/{*rest}", Access::Interaction, page_above)
        .get("/register/{*rest}", Access::Interaction, page_above)
        .get("/forgot-password/{*rest}", Access::Interaction, page_above)
        .get("/single-sign-on/{*rest}", Access::Interaction, page_above)
        .get("/social/register/{*rest}", Access::Interaction, page_above)
        .get("/console", Access::Public, console)
        .get("/console/{*rest}", Access::Public, console)
}

async fn page_above(uri: Uri, visit: Visit) -> Response {
    match Entry::find(visit, Prompt::Login).await {
        Ok(entry) => {
            let first = uri.path().split('/').nth(1).unwrap_or_default();
            let page = if first == "social" { "register" } else { first };
            onward(&entry.visit.link(&format!("/{page}")))
        }
        Err(answer) => answer,
    }
}

/// The admin tenant's root is its console (trace 00-07).
async fn root(visit: Visit) -> Response {
    if visit.tenant.id() == "admin" {
        return redirect(StatusCode::FOUND, "/console");
    }
    match Entry::find(visit, Prompt::Login).await {
        Ok(entry) => onward(&entry.visit.link("/sign-in")),
        Err(answer) => answer,
    }
}

async fn console(visit: Visit) -> Response {
    visit.show(StatusCode::OK, &Message::unavailable(visit.locale, Unavailable::Console, None))
}
