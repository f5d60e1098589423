//! The page for a forgotten password. Verification codes cannot be sent yet, so the page names the support contact.

use axum::http::StatusCode;
use axum::response::Response;
use views::pages::ForgotPasswordPage;

use super::interaction_page::InteractionPage;
use crate::routes::Routes;

pub(super) fn routes() -> Routes {
    Routes::new().get("/forgot-password", show_forgot_password).get("/reset-password", show_forgot_password)
}

async fn show_forgot_password(page: InteractionPage) -> Response {
    let request = &page.request;
    let branding = request.branding();
    let link = branding.support_email.clone().or_else(|| branding.support_website.clone());
    let contact = link.as_ref().map(|link| link.as_str().trim_start_matches("mailto:").to_owned());
    let template = ForgotPasswordPage { contact, contact_link: link, sign_in: request.href("/sign-in") };
    request.render(StatusCode::OK, &template)
}
