//! `/account/password`.

use axum::response::Response;
use views::pages::Field;
use views::translate;

use super::super::register::{password_issues, password_requirements};
use super::form::AccountForm;
use super::return_address;
use super::task::Task;
use super::visit::AccountPage;
use crate::account::password::{self, SetPassword};
use crate::errors::ApiError;
use crate::routes::Routes;

pub(super) const PASSWORD: &str = "/account/password";

pub(super) fn routes() -> Routes {
    Routes::new().get(PASSWORD, show).post(PASSWORD, submit)
}

async fn show(page: AccountPage<SetPassword>) -> Response {
    render(&page, None, true)
}

async fn submit(AccountForm { page, fields }: AccountForm<SetPassword>) -> Response {
    if fields.get("password") != fields.get("confirm") {
        return render(&page, None, false);
    }
    match password::set(&page.user, fields.get("password")).await.map_err(|error| page.about_form(error)) {
        Ok(()) => return_address::finish(&page.request, PASSWORD).await,
        Err(Ok(error)) => render(&page, Some(&error), true),
        Err(Err(response)) => response,
    }
}

fn render(page: &AccountPage<SetPassword>, error: Option<&ApiError>, is_confirmed: bool) -> Response {
    let language = page.request.language();
    let field = |name: &str, key: &str| Field::password(language, name, key, "new-password");
    let differ = (!is_confirmed).then(|| translate(language, "pages.input.passwords_differ", &[]));
    let confirm = Field { error: differ, ..field("confirm", "pages.input.confirm_password") };
    let has_password = page.user.user().has_password;
    page.render_task(Task {
        title: if has_password { "account_password.change_title" } else { "account_password.add_title" },
        lead: page.text("account_password.lead"),
        action: page.href(PASSWORD),
        fields: vec![field("password", "pages.input.new_password"), confirm],
        button: "account.save",
        error,
        requirements: password_requirements(&page.request),
        issues: error.map(|error| password_issues(&page.request, error)).unwrap_or_default(),
        links: vec![page.back()],
        ..Task::default()
    })
}
