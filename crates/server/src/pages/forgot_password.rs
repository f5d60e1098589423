//! A forgotten password: a code to the address of the account, then a new password (E045, attacks C8 and C11). Where no code
//! can be sent, the page names the support contact.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use flow::experience::ForgotPasswordMethod;
use flow::{IdentifierType, InteractionEvent};
use views::code_pages::{AddressPage, NewPasswordPage};
use views::pages::{Field, ForgotPasswordPage, MessageLink, MessagePage};
use views::translate;

use super::factor_verification::refuse_foreign_form;
use super::form_fields::FormFields;
use super::identifier_fields::{self, require_address, restrict_to_requested};
use super::interaction_page::{InteractionPage, LoginPrompt, redirect_to_unknown_session, see_other};
use super::register::{password_issues, password_requirements};
use super::sent_code::code_path;
use super::sign_in::login_hint;
use super::submitted_form::{PageForm, SubmittedForm};
use crate::connectors::AvailableConnectors;
use crate::errors::ApiError;
use crate::interaction::InteractionBrowser;
use crate::interaction::code_forms::{self, CodePurpose};
use crate::interaction::form_flows::guess_identifier;
use crate::routes::Routes;

const PATH: &str = "/forgot-password";
const RESET_PATH: &str = "/forgot-password/reset";

pub(super) fn routes() -> Routes {
    Routes::new()
        .get(PATH, show_forgot_password)
        .post(PATH, submit_address)
        .get("/reset-password", show_forgot_password)
        .post("/reset-password", submit_address)
        .get(RESET_PATH, show_new_password)
        .post(RESET_PATH, submit_new_password)
}

/// The kinds of addresses that a code for a new password can be sent to.
async fn kinds(page: &InteractionPage) -> Result<Vec<IdentifierType>, ApiError> {
    use ForgotPasswordMethod::{EmailVerificationCode, PhoneVerificationCode};
    let request = &page.request;
    let methods = request.experience().forgot_password_methods.as_ref();
    if methods.is_some_and(Vec::is_empty) {
        return Ok(Vec::new());
    }
    let has_inbox = request.app.inbox.is_open();
    let connectors = request.read_inline(move |view| AvailableConnectors::of(view, has_inbox)).await?;
    let is_enabled = |method| methods.is_none_or(|methods| methods.contains(&method));
    let email = (is_enabled(EmailVerificationCode) && connectors.email).then_some(IdentifierType::Email);
    let phone = (is_enabled(PhoneVerificationCode) && connectors.sms).then_some(IdentifierType::Phone);
    let kinds: Vec<_> = email.into_iter().chain(phone).collect();
    Ok(restrict_to_requested(&kinds, request.query("identifier")))
}

/// The address of the account.
struct ResetAddressForm {
    typed: String,
}

impl PageForm for ResetAddressForm {
    type Prompt = LoginPrompt;
    const ASKS_CAPTCHA: bool = true;

    fn read(fields: &FormFields) -> Self {
        Self { typed: fields.identifier() }
    }

    async fn render_error(&self, page: &InteractionPage, error: &ApiError) -> Response {
        render_address(page, &self.typed, Some(error)).await
    }
}

async fn show_forgot_password(page: InteractionPage) -> Response {
    render_address(&page, &login_hint(&page), None).await
}

async fn submit_address(submitted: SubmittedForm<ResetAddressForm>) -> Response {
    let SubmittedForm { page, browser, form } = submitted;
    match send_code(&page, &browser, &form).await {
        Ok(()) => browser.with_proof(see_other(&page.request.href(code_path(CodePurpose::ResetPassword)))),
        Err(error) => form.refuse(&page, &error).await,
    }
}

async fn send_code(
    page: &InteractionPage,
    browser: &InteractionBrowser,
    form: &ResetAddressForm,
) -> Result<(), ApiError> {
    let kinds = kinds(page).await?;
    if kinds.is_empty() {
        return Err(ApiError::unprocessable("session.not_supported_for_forgot_password"));
    }
    let identifier = require_address(guess_identifier(&form.typed, &kinds))?;
    code_forms::begin(browser, InteractionEvent::ForgotPassword, identifier).await
}

async fn render_address(page: &InteractionPage, typed: &str, error: Option<&ApiError>) -> Response {
    let request = &page.request;
    let kinds = match kinds(page).await {
        Ok(kinds) => kinds,
        Err(error) => return error.into_response(),
    };
    if kinds.is_empty() {
        return render_unavailable(page, error.map_or(StatusCode::OK, ApiError::status));
    }
    let text = |key: &str| translate(request.language(), key, &[]);
    let lead = match kinds.as_slice() {
        [IdentifierType::Email] => "pages.forgot_password.lead_email",
        [IdentifierType::Phone] => "pages.forgot_password.lead_phone",
        _ => "pages.forgot_password.lead_either",
    };
    let mut fields = identifier_fields::fields(request, &kinds, typed);
    let template = AddressPage {
        title: text("pages.forgot_password.title"),
        lead: text(lead),
        action: request.href(PATH),
        xsrf: page.xsrf(),
        error: identifier_fields::place_error(&mut fields, error, request.language()),
        fields,
        begins: true,
        skip: None,
        links: vec![MessageLink { href: request.href("/sign-in"), text: text("pages.action.back_to_sign_in") }],
    };
    request.render(error.map_or(StatusCode::OK, ApiError::status), &template)
}

fn render_unavailable(page: &InteractionPage, status: StatusCode) -> Response {
    let request = &page.request;
    let branding = request.branding();
    let link = branding.support_email.clone().or_else(|| branding.support_website.clone());
    let contact = link.as_ref().map(|link| link.as_str().trim_start_matches("mailto:").to_owned());
    let template = ForgotPasswordPage { contact, contact_link: link, sign_in: request.href("/sign-in") };
    request.render(status, &template)
}

struct NewPasswordForm {
    password: String,
    /// Whether it was typed twice alike.
    is_confirmed: bool,
}

impl PageForm for NewPasswordForm {
    type Prompt = LoginPrompt;

    fn read(fields: &FormFields) -> Self {
        Self {
            password: fields.get("password").to_owned(),
            is_confirmed: fields.get("password") == fields.get("confirm"),
        }
    }

    async fn render_error(&self, page: &InteractionPage, error: &ApiError) -> Response {
        if let Some(refusal) = refuse_foreign_form(page, error) {
            return refusal;
        }
        match require_proven(page).await {
            Ok(()) => render_new_password(page, Some(error), self.is_confirmed),
            Err(response) => response,
        }
    }
}

/// Only the code of the account opens the page of the new password (C8).
///
/// # Errors
/// Where the browser goes without.
async fn require_proven(page: &InteractionPage) -> Result<(), Response> {
    let Some(interaction) = &page.interaction else { return Err(redirect_to_unknown_session(&page.request)) };
    let browser = InteractionBrowser::of_interaction(page.request.context(), interaction);
    match code_forms::may_reset_password(&browser).await {
        Ok(true) => Ok(()),
        Err(error) if error.status().is_server_error() => Err(error.into_response()),
        Ok(false) | Err(_) => Err(see_other(&page.request.href(PATH))),
    }
}

async fn show_new_password(page: InteractionPage) -> Response {
    match require_proven(&page).await {
        Ok(()) => render_new_password(&page, None, true),
        Err(response) => response,
    }
}

async fn submit_new_password(submitted: SubmittedForm<NewPasswordForm>) -> Response {
    let SubmittedForm { page, browser, form } = submitted;
    if let Err(response) = require_proven(&page).await {
        return response;
    }
    if !form.is_confirmed {
        return render_new_password(&page, None, false);
    }
    match code_forms::reset_password(&browser, &form.password).await {
        Ok(()) => {
            let sign_in = page.request.href("/sign-in");
            page.request.render(StatusCode::OK, &MessagePage::password_changed(page.request.language(), &sign_in))
        }
        Err(error) => form.refuse(&page, &error).await,
    }
}

fn render_new_password(page: &InteractionPage, error: Option<&ApiError>, is_confirmed: bool) -> Response {
    let request = &page.request;
    let language = request.language();
    let issues = error.map(|error| password_issues(request, error)).unwrap_or_default();
    let password = |name: &str, key: &str| Field::password(language, name, key, "new-password");
    let differ = (!is_confirmed).then(|| translate(language, "pages.input.passwords_differ", &[]));
    let confirm = Field { error: differ, ..password("confirm", "pages.input.confirm_password") };
    let template = NewPasswordPage {
        xsrf: page.xsrf(),
        fields: vec![password("password", "pages.input.new_password"), confirm],
        error: error.filter(|_| issues.is_empty()).map(|error| error.message(language)),
        requirements: password_requirements(request),
        issues,
    };
    let status = if is_confirmed { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    request.render(error.map_or(status, ApiError::status), &template)
}
