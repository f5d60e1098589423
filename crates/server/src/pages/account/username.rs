//! `/account/username`.

use ::api::Patch;
use ::api::account::UpdateMyAccount;
use ::api::format::{Username, is_username};
use axum::response::Response;
use views::account_pages::OtherForm;
use views::pages::{Field, IdentifierKind};

use super::super::form_fields::MAX_SHOWN_CHARS;
use super::form::AccountForm;
use super::return_address;
use super::task::Task;
use super::visit::AccountPage;
use crate::account::profile::{self, ChangeUsername};
use crate::errors::ApiError;
use crate::interaction::to_api_error;
use crate::routes::Routes;

pub(super) const USERNAME: &str = "/account/username";

pub(super) fn routes() -> Routes {
    Routes::new().get(USERNAME, show).post(USERNAME, submit)
}

async fn show(page: AccountPage<ChangeUsername>) -> Response {
    let typed = page.request.query("identifier").or(page.user.user().info.username.as_deref());
    let typed = typed.unwrap_or_default().to_owned();
    render(&page, &typed, None)
}

async fn submit(AccountForm { page, fields }: AccountForm<ChangeUsername>) -> Response {
    let typed: String = fields.get("identifier").trim().chars().take(MAX_SHOWN_CHARS).collect();
    let removes = fields.get("choice") == "remove";
    match change(&page, &typed, removes).await.map_err(|error| page.about_form(error)) {
        Ok(()) => return_address::finish(&page.request, USERNAME).await,
        Err(Ok(error)) => render(&page, &typed, Some(&error)),
        Err(Err(response)) => response,
    }
}

async fn change(page: &AccountPage<ChangeUsername>, typed: &str, removes: bool) -> Result<(), ApiError> {
    let username = match removes {
        true => Patch::Null,
        false => {
            // The policy says best what is wrong; the form of a username is what the API takes.
            let policy = page.request.experience().username_policy;
            policy.check(typed).map_err(|error| to_api_error(&error))?;
            if !is_username(typed) {
                return Err(ApiError::unprocessable("user.username_invalid_charset_hard"));
            }
            Patch::Value(Username(typed.to_owned()))
        }
    };
    profile::change(&page.user, UpdateMyAccount { username, ..UpdateMyAccount::default() }).await.map(drop)
}

fn render(page: &AccountPage<ChangeUsername>, typed: &str, error: Option<&ApiError>) -> Response {
    let language = page.request.language();
    let own = error.filter(|error| error.code().starts_with("user.username_"));
    let field = Field {
        error: own.map(|error| error.message(language)),
        ..Field::identifier(language, &[IdentifierKind::Username], typed)
    };
    let current = page.user.user().info.username.is_some();
    let removal =
        OtherForm { action: page.href(USERNAME), choice: "remove", text: page.text("account_username.remove") };
    page.render_task(Task {
        title: if current { "account_username.change_title" } else { "account_username.add_title" },
        lead: page.text("account_username.lead"),
        action: page.href(USERNAME),
        fields: vec![field],
        button: "account.save",
        error,
        is_placed: own.is_some(),
        others: current.then_some(removal).into_iter().collect(),
        links: vec![page.back()],
        ..Task::default()
    })
}
