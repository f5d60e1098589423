//! Passkeys on the hosted pages: signing in with one, and making one (inventory E098, E099). They need JavaScript; every page has
//! a way on without.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use views::pages::{Field, MessageLink};
use views::passkey_pages::{CreatePasskeyPage, PasskeyPrompt};
use views::{Language, translate};

use super::factor_verification::refuse_foreign_form;
use super::form_fields::FormFields;
use super::interaction_page::{InteractionPage, LoginPrompt, see_other, terms_not_accepted};
use super::missing_profile::follow_outcome;
use super::sign_in;
use super::submitted_form::{PageForm, SubmittedForm};
use crate::errors::ApiError;
use crate::interaction::{InteractionBrowser, passkey_forms};
use crate::routes::Routes;

pub(super) fn routes() -> Routes {
    Routes::new()
        .get(PATH, redirect_to_sign_in)
        .post(PATH, submit_passkey)
        .get("/create-passkey", show_create_passkey)
        .post("/create-passkey", submit_new_passkey)
}

/// Where the sign-in page sends a passkey.
const PATH: &str = "/sign-in/passkey";
/// More than any name of a key needs.
pub(super) const MAX_NAME_CHARS: usize = 64;

async fn redirect_to_sign_in(page: InteractionPage) -> Response {
    see_other(&page.request.href("/sign-in"))
}

/// What the sign-in page asks passkeys for, where they are switched on.
pub(super) fn prompt(page: &InteractionPage) -> Option<PasskeyPrompt> {
    let settings = &page.request.experience().passkey_sign_in;
    let interaction = page.interaction.as_ref().filter(|_| settings.is_enabled())?;
    let browser = InteractionBrowser::of_interaction(page.request.context(), interaction);
    Some(PasskeyPrompt {
        action: page.request.href(PATH),
        options: browser.passkey_preflight().ok()?.to_string(),
        has_button: settings.show_passkey_button != Some(false),
        has_autofill: settings.allow_autofill != Some(false),
    })
}

/// The answer of a passkey.
struct PasskeyForm {
    credential: String,
    agreed: bool,
}

impl PageForm for PasskeyForm {
    type Prompt = LoginPrompt;

    fn read(fields: &FormFields) -> Self {
        Self { credential: fields.get("credential").to_owned(), agreed: !fields.get("agree").is_empty() }
    }

    const STANDS_FOR: Option<&'static str> = Some("/sign-in");

    async fn render_error(&self, page: &InteractionPage, error: &ApiError) -> Response {
        sign_in::render_page(page, error.status(), "", Some(error), false)
    }
}

async fn submit_passkey(submitted: SubmittedForm<PasskeyForm>) -> Response {
    let SubmittedForm { page, browser, form } = submitted;
    if terms_not_accepted(&page.request, false, form.agreed) {
        return sign_in::render_page(&page, StatusCode::UNPROCESSABLE_ENTITY, "", None, true);
    }
    match passkey_forms::sign_in(&browser, &form.credential).await {
        Ok(next) => browser.with_proof(follow_outcome(&page, next)),
        Err(error) => sign_in::render_refusal(&page, &error, &form).await,
    }
}

/// A new passkey, or none.
pub(super) struct NewPasskeyForm {
    credential: String,
    pub(super) name: Option<String>,
    is_skipped: bool,
}

impl NewPasskeyForm {
    /// What the script of the page sent.
    pub(super) fn new_passkey(&self) -> passkey_forms::SentPasskey {
        passkey_forms::SentPasskey { credential: self.credential.clone(), name: self.name.clone() }
    }
}

/// What the page that makes a passkey says besides.
pub(super) struct CreatePasskey {
    pub name: Option<String>,
    /// What the form sends to go on without, where that is allowed.
    pub skip: Option<&'static str>,
    /// Whether it becomes a second factor.
    pub is_factor: bool,
    /// For how many days the device can be trusted, if it can.
    pub trust_days: Option<i64>,
    /// Other ways.
    pub links: Vec<MessageLink>,
}

impl PageForm for NewPasskeyForm {
    type Prompt = LoginPrompt;

    fn read(fields: &FormFields) -> Self {
        let name: String = fields.get("name").trim().chars().take(MAX_NAME_CHARS).collect();
        Self {
            credential: fields.get("credential").to_owned(),
            name: Some(name).filter(|name| !name.is_empty()),
            is_skipped: fields.get("choice") == "skip",
        }
    }

    async fn render_error(&self, page: &InteractionPage, error: &ApiError) -> Response {
        match refuse_foreign_form(page, error) {
            Some(refusal) => refusal,
            None => render_create_passkey(page, suggestion(self.name.clone()), Some(error)).await,
        }
    }
}

async fn show_create_passkey(page: InteractionPage) -> Response {
    render_create_passkey(&page, suggestion(None), None).await
}

async fn submit_new_passkey(submitted: SubmittedForm<NewPasskeyForm>) -> Response {
    let SubmittedForm { page, browser, form } = submitted;
    let outcome = match form.is_skipped {
        true => passkey_forms::skip(&browser).await,
        false => passkey_forms::create(&browser, form.new_passkey()).await,
    };
    match outcome {
        Ok(next) => follow_outcome(&page, next),
        Err(error) => form.refuse(&page, &error).await,
    }
}

fn suggestion(name: Option<String>) -> CreatePasskey {
    CreatePasskey { name, skip: Some("skip"), is_factor: false, trust_days: None, links: Vec::new() }
}

/// The input for what a person calls their passkey.
pub(super) fn name_field(language: Language<'_>, value: String) -> Field {
    Field {
        name: "name".to_owned(),
        label: translate(language, "pages.passkey.name", &[]),
        kind: "text",
        value,
        autocomplete: "off",
        hint: Some(translate(language, "pages.passkey.name_hint", &[])),
        ..Field::default()
    }
}

/// The page with a fresh challenge. Without a person who signed in there is nothing to make a passkey for.
pub(super) async fn render_create_passkey(
    page: &InteractionPage,
    content: CreatePasskey,
    error: Option<&ApiError>,
) -> Response {
    let Some(interaction) = &page.interaction else { return see_other(&page.request.href("/sign-in")) };
    let browser = InteractionBrowser::of_interaction(page.request.context(), interaction);
    let options = match browser.offered_passkey_registration().await {
        Ok(options) => options,
        Err(error) if error.status().is_client_error() => return see_other(&page.request.href("/sign-in")),
        Err(error) => return error.into_response(),
    };
    let language = page.request.language();
    let template = CreatePasskeyPage {
        xsrf: page.xsrf(),
        options: options.to_string(),
        name: name_field(language, content.name.unwrap_or_default()),
        skip: content.skip,
        is_factor: content.is_factor,
        trust_days: content.trust_days,
        links: content.links,
        error: error.map(|error| error.message(language)),
    };
    page.request.render(error.map_or(StatusCode::OK, ApiError::status), &template)
}
