//! The pages of passkeys as second factors: showing a bound one, and binding one (inventory E098). They need JavaScript; each
//! links to the other factors.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use flow::mfa::MfaFactor;
use views::passkey_pages::PasskeyFactorPage;

use super::factor_verification::{
    factor_path, other_bindings, other_factors, refuse_foreign_form, trust_days, trusts_device, waiting,
};
use super::form_fields::FormFields;
use super::interaction_page::{InteractionPage, LoginPrompt, see_other};
use super::missing_profile::follow_outcome;
use super::passkeys::{self, CreatePasskey};
use super::submitted_form::{PageForm, SubmittedForm};
use crate::errors::ApiError;
use crate::interaction::form_flows::{self, FactorChoice, FactorStep};
use crate::interaction::passkey_forms;
use crate::routes::Routes;

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/mfa-verification/WebAuthn", show_verification)
        .post("/mfa-verification/WebAuthn", submit_verification)
        .get("/mfa-binding/WebAuthn", show_binding)
        .post("/mfa-binding/WebAuthn", submit_binding)
}

/// The answer of a bound passkey.
struct PasskeyFactorForm {
    credential: String,
    trusts_device: bool,
}

impl PageForm for PasskeyFactorForm {
    type Prompt = LoginPrompt;

    fn read(fields: &FormFields) -> Self {
        Self { credential: fields.get("credential").to_owned(), trusts_device: trusts_device(fields) }
    }

    async fn render_error(&self, page: &InteractionPage, error: &ApiError) -> Response {
        match refuse_foreign_form(page, error) {
            Some(refusal) => refusal,
            None => render_verification(page, Some(error)).await,
        }
    }
}

async fn show_verification(page: InteractionPage) -> Response {
    render_verification(&page, None).await
}

async fn submit_verification(submitted: SubmittedForm<PasskeyFactorForm>) -> Response {
    let SubmittedForm { page, browser, form } = submitted;
    match passkey_forms::verify_factor(&browser, &form.credential, form.trusts_device).await {
        Ok(outcome) => follow_outcome(&page, outcome),
        Err(error) => form.refuse(&page, &error).await,
    }
}

async fn render_verification(page: &InteractionPage, error: Option<&ApiError>) -> Response {
    let (browser, available) = match waiting(page).await {
        Ok((browser, FactorStep::Verify(available))) if available.contains(&MfaFactor::WebAuthn) => {
            (browser, available)
        }
        Ok((_, step)) => return see_other(&page.request.href(factor_path(&step))),
        Err(response) => return response,
    };
    let options = match browser.offered_passkey_factor().await {
        Ok(options) => options,
        Err(error) => return error.into_response(),
    };
    let template = PasskeyFactorPage {
        xsrf: page.xsrf(),
        options: options.to_string(),
        trust_days: trust_days(&browser).await,
        error: error.map(|error| error.message(page.request.language())),
        links: other_factors(page, &available, MfaFactor::WebAuthn),
    };
    page.request.render(error.map_or(StatusCode::OK, ApiError::status), &template)
}

/// A new passkey, or a choice against it.
struct NewPasskeyFactorForm {
    new: passkeys::NewPasskeyForm,
    choice: Option<FactorChoice>,
    trusts_device: bool,
}

impl PageForm for NewPasskeyFactorForm {
    type Prompt = LoginPrompt;

    fn read(fields: &FormFields) -> Self {
        Self {
            new: passkeys::NewPasskeyForm::read(fields),
            choice: FactorChoice::of_form(fields.get("choice")),
            trusts_device: trusts_device(fields),
        }
    }

    async fn render_error(&self, page: &InteractionPage, error: &ApiError) -> Response {
        match refuse_foreign_form(page, error) {
            Some(refusal) => refusal,
            None => render_binding(page, self.new.name.clone(), Some(error)).await,
        }
    }
}

async fn show_binding(page: InteractionPage) -> Response {
    render_binding(&page, None, None).await
}

async fn submit_binding(submitted: SubmittedForm<NewPasskeyFactorForm>) -> Response {
    let SubmittedForm { page, browser, form } = submitted;
    let outcome = match form.choice {
        Some(choice) => form_flows::choose_factors(&browser, choice).await,
        None => passkey_forms::bind_factor(&browser, form.new.new_passkey(), form.trusts_device).await,
    };
    match outcome {
        Ok(outcome) => follow_outcome(&page, outcome),
        Err(error) => form.refuse(&page, &error).await,
    }
}

async fn render_binding(page: &InteractionPage, name: Option<String>, error: Option<&ApiError>) -> Response {
    let (browser, step) = match waiting(page).await {
        Ok(waiting) => waiting,
        Err(response) => return response,
    };
    let Some((available, skip)) = step.bindable() else { return see_other(&page.request.href(factor_path(&step))) };
    if !available.contains(&MfaFactor::WebAuthn) {
        return see_other(&page.request.href(factor_path(&step)));
    }
    let links = other_bindings(page, available, MfaFactor::WebAuthn);
    let trust_days = trust_days(&browser).await;
    passkeys::render_create_passkey(page, CreatePasskey { name, skip, is_factor: true, trust_days, links }, error).await
}
