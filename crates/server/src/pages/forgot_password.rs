//! The page for a forgotten password. Verification codes cannot be sent yet, so the page names the support contact.

use axum::http::StatusCode;
use axum::response::Response;
use views::pages::ForgotPasswordPage;

use super::interaction_page::InteractionPage;
use super::page_request::PageRequest;
use crate::oidc::interactions::Prompt;
use crate::routes::{Access, Routes};

pub(super) fn routes() -> Routes {
    Routes::new().old_get("/forgot-password", Access::Interaction, show_forgot_password).old_get(
        "/reset-password",
        Access::Interaction,
        show_forgot_password,
    )
}

async fn show_forgot_password(request: PageRequest) -> Response {
    let InteractionPage { request, .. } = match InteractionPage::load(request, Prompt::Login).await {
        Ok(page) => page,
        Err(answer) => return answer,
    };
    let branding = request.branding();
    let link = branding.support_email.clone().or_else(|| branding.support_website.clone());
    let contact = link.as_ref().map(|link| link.as_str().trim_start_matches("mailto:").to_owned());
    let template = ForgotPasswordPage { contact, contact_link: link, sign_in: request.href("/sign-in") };
    request.render(StatusCode::OK, &template)
}
