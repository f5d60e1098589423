//! A forgotten password, where no code can be sent: says so and names who can help.

use axum::http::StatusCode;
use axum::response::Response;
use views::pages::ForgotPassword;

use super::entry::Entry;
use super::visit::Visit;
use crate::oidc::interactions::Prompt;
use crate::routing::{Access, Routes};

pub(super) fn routes() -> Routes {
    Routes::new().get("/forgot-password", Access::Interaction, show).get("/reset-password", Access::Interaction, show)
}

async fn show(visit: Visit) -> Response {
    let Entry { visit, .. } = match Entry::find(visit, Prompt::Login).await {
        Ok(entry) => entry,
        Err(answer) => return answer,
    };
    let branding = visit.branding();
    let link = branding.support_email.clone().or_else(|| branding.support_website.clone());
    let contact = link.as_ref().map(|link| link.as_str().trim_start_matches("mailto:").to_owned());
    let page = ForgotPassword { contact, contact_link: link, sign_in: visit.link("/sign-in") };
    visit.show(StatusCode::OK, &page)
}
