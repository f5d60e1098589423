//! The first page of an installation: whoever has read the setup code in the server's log makes the first administrator, by the
//! ordinary registration at the tenant `admin`.

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use views::console::{Block, ConsolePage, Form, Notice, Tone};
use views::pages::Field;
use views::translate;

use super::open_form::OpenForm;
use super::page::{language, render_alone};
use super::setup;
use crate::callers::console::ADMIN;
use crate::errors::ApiError;
use crate::pages::{PageRequest, redirect};
use crate::routes::Routes;

pub(super) const PATH: &str = "/console/welcome";

pub(super) fn routes() -> Routes {
    Routes::new().get(PATH, show_welcome).post(PATH, submit_code)
}

/// Whether the page is of use.
///
/// # Errors
/// 404 outside the tenant `admin`; a failure of the database.
async fn is_open(page: &PageRequest) -> Result<bool, ApiError> {
    if page.tenant_id() != ADMIN {
        return Err(ApiError::not_found());
    }
    setup::is_open(&page.tenant, &page.config).await
}

async fn show_welcome(page: PageRequest) -> Result<Response, ApiError> {
    match is_open(&page).await? {
        true => Ok(render(&page, StatusCode::OK, false)),
        false => Ok(redirect(StatusCode::FOUND, "/console")),
    }
}

async fn submit_code(OpenForm { page, fields }: OpenForm) -> Result<Response, ApiError> {
    if !is_open(&page).await? {
        return Ok(redirect(StatusCode::SEE_OTHER, "/console"));
    }
    if !setup::is_code(&page.config.keys.cookie_keys, fields.get("code")) {
        return Ok(render(&page, StatusCode::UNPROCESSABLE_ENTITY, true));
    }
    let mut cookies = page.set_cookies();
    setup::remember(&page, &mut cookies);
    let mut response = redirect(StatusCode::SEE_OTHER, "/console/sign-in").into_response();
    cookies.apply(response.headers_mut());
    Ok(response)
}

fn render(request: &PageRequest, status: StatusCode, is_wrong: bool) -> Response {
    let text = |key: &str| translate(language(request), &format!("console.welcome.{key}"), &[]);
    let field = Field {
        name: "code".to_owned(),
        label: text("code"),
        kind: "text",
        autocomplete: "off",
        required: true,
        hint: Some(text("hint")),
        error: is_wrong.then(|| text("wrong")),
        placeholder: "XXXXX-XXXXX-XXXXX-XXXXX".to_owned(),
        ..Field::default()
    };
    let form = Form { action: PATH.to_owned(), fields: vec![field], submit: text("next"), ..Form::default() };
    let page = ConsolePage {
        title: text("title"),
        lead: Some(text("lead")),
        blocks: vec![Block::Form(form), Block::Notice(Notice { text: text("other_way"), tone: Tone::Neutral })],
        ..ConsolePage::default()
    };
    render_alone(request, status, &page)
}
