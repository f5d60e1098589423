//! The pages that ask for a code to the own address or number as a second factor (inventory E066, E098). The code is sent when the
//! person asks for it: showing a page sends nothing.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use views::code_pages::FactorAddressPage;

use super::factor_verification::{factor_path, other_factors, refuse_foreign_form, trust_days, trusts_device, waiting};
use super::form_fields::FormFields;
use super::identifier_fields::mask;
use super::interaction_page::{InteractionPage, LoginPrompt, see_other};
use super::missing_profile::follow_outcome;
use super::sent_code::{MAX_CODE_CHARS, digits};
use super::submitted_form::{PageForm, SubmittedForm};
use crate::errors::ApiError;
use crate::interaction::form_flows::FactorStep;
use crate::interaction::{CodeFactor, code_forms};
use crate::routes::Routes;

const EMAIL_PATH: &str = "/mfa-verification/EmailVerificationCode";
const PHONE_PATH: &str = "/mfa-verification/PhoneVerificationCode";

pub(super) fn routes() -> Routes {
    Routes::new()
        .get(EMAIL_PATH, show_code)
        .post(EMAIL_PATH, submit_code)
        .get(PHONE_PATH, show_code)
        .post(PHONE_PATH, submit_code)
}

/// The page of a factor.
pub(super) fn path_of(factor: CodeFactor) -> &'static str {
    match factor {
        CodeFactor::Email => EMAIL_PATH,
        CodeFactor::Phone => PHONE_PATH,
    }
}

fn factor_of(page: &InteractionPage) -> CodeFactor {
    if page.request.uri.path() == PHONE_PATH { CodeFactor::Phone } else { CodeFactor::Email }
}

/// What the page sends: a code, or that one should be sent.
struct FactorCodeForm {
    code: String,
    asks_for_code: bool,
    trusts_device: bool,
}

impl PageForm for FactorCodeForm {
    type Prompt = LoginPrompt;

    fn read(fields: &FormFields) -> Self {
        Self {
            code: fields.get("code").chars().take(MAX_CODE_CHARS).collect(),
            asks_for_code: fields.get("choice") == "send",
            trusts_device: trusts_device(fields),
        }
    }

    async fn render_error(&self, page: &InteractionPage, error: &ApiError) -> Response {
        match refuse_foreign_form(page, error) {
            Some(refusal) => refusal,
            None => render_page(page, Some(error)).await,
        }
    }
}

async fn show_code(page: InteractionPage) -> Response {
    render_page(&page, None).await
}

async fn submit_code(submitted: SubmittedForm<FactorCodeForm>) -> Response {
    let SubmittedForm { page, browser, form } = submitted;
    let factor = factor_of(&page);
    if form.asks_for_code {
        return match code_forms::send_factor(&browser, factor).await {
            Ok(()) => see_other(&page.request.href(path_of(factor))),
            Err(error) => form.refuse(&page, &error).await,
        };
    }
    match code_forms::verify_factor(&browser, factor, &digits(&form.code), form.trusts_device).await {
        Ok(outcome) => follow_outcome(&page, outcome),
        Err(error) => form.refuse(&page, &error).await,
    }
}

async fn render_page(page: &InteractionPage, error: Option<&ApiError>) -> Response {
    let factor = factor_of(page);
    let (browser, available) = match waiting(page).await {
        Ok((browser, FactorStep::Verify(available))) if available.contains(&factor.factor()) => (browser, available),
        Ok((_, step)) => return see_other(&page.request.href(factor_path(&step))),
        Err(response) => return response,
    };
    let (destination, is_sent) = match code_forms::factor_state(&browser, factor).await {
        Ok(Some(state)) => (mask(&state.destination), state.is_sent),
        Ok(None) => return see_other(&page.request.href("/mfa-verification")),
        Err(error) => return error.into_response(),
    };
    let template = FactorAddressPage {
        action: page.request.href(path_of(factor)),
        xsrf: page.xsrf(),
        destination,
        is_sent,
        trust_days: trust_days(&browser).await,
        error: error.map(|error| error.message(page.request.language())),
        links: other_factors(page, &available, factor.factor()),
    };
    page.request.render(error.map_or(StatusCode::OK, ApiError::status), &template)
}
