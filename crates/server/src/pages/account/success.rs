//! `/account/{task}/success`.

use axum::http::StatusCode;
use axum::response::Response;
use views::account_pages::TaskDonePage;
use views::pages::MessageLink;

use super::authenticator_app::{APP, OTHER_APP};
use super::backup_codes::CODES;
use super::contact::{EMAIL, PHONE};
use super::passkeys::PASSKEY;
use super::password::PASSWORD;
use super::social::SOCIAL;
use super::username::USERNAME;
use super::visit::AccountPage;
use super::{ROOT, return_address};
use crate::account::profile::ReadAccount;
use crate::routes::Routes;

pub(super) fn routes() -> Routes {
    let tasks = [EMAIL, PHONE, USERNAME, PASSWORD, APP, OTHER_APP, CODES, PASSKEY, SOCIAL];
    tasks.into_iter().fold(Routes::new(), |routes, task| routes.get(&format!("{task}/success"), show))
}

async fn show(page: AccountPage<ReadAccount>) -> Response {
    let path = page.request.uri.path().trim_start_matches(ROOT).trim_start_matches('/');
    let task = path.trim_end_matches("/success").replace(['-', '/'], "_");
    let link = match return_address::of(&page.request).await {
        Some(url) => MessageLink { text: page.text("account.go_back_to_application"), href: url.into() },
        None => page.back(),
    };
    let done = TaskDonePage {
        title: page.text(&format!("account_{task}.done_title")),
        text: page.text(&format!("account_{task}.done")),
        link,
        is_success: true,
    };
    page.request.render(StatusCode::OK, &done)
}
