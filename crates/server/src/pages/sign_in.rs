//! The sign-in page with an identifier and a password.

use axum::http::StatusCode;
use axum::response::Response;
use flow::IdentifierType;
use flow::experience::SignInMode;
use views::pages::{Field, SignInPage, Terms};
use views::{NotImplementedFeature, error_message, pages::MessagePage, translate};

use super::form_fields::FormFields;
use super::interaction_page::{InteractionPage, LoginPrompt, see_other, terms_not_accepted, terms_prompt};
use super::page_request::PageRequest;
use super::submitted_form::{PageForm, SubmittedForm};
use super::{identifier_fields, missing_profile, passkeys};
use crate::errors::ApiError;
use crate::interaction::form_flows;
use crate::routes::Routes;

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/sign-in", show_sign_in)
        .post("/sign-in", submit_sign_in)
        .get("/identifier-sign-in", show_sign_in)
        .post("/identifier-sign-in", submit_sign_in)
        .get("/single-sign-on", show_single_sign_on)
}

/// More than any identifier has.
pub(super) const MAX_SHOWN_CHARS: usize = 300;

/// What the sign-in page sends.
struct SignInForm {
    identifier: String,
    password: String,
    agreed: bool,
}

impl PageForm for SignInForm {
    type Prompt = LoginPrompt;

    fn read(fields: &FormFields) -> Self {
        Self {
            // What is too long is refused; it need not be shown again.
            identifier: fields.get("identifier").trim().chars().take(MAX_SHOWN_CHARS).collect(),
            password: fields.get("password").to_owned(),
            agreed: !fields.get("agree").is_empty(),
        }
    }

    async fn render_error(&self, page: &InteractionPage, error: &ApiError) -> Response {
        render_page(page, error.status(), &self.identifier, Some(error), false)
    }
}

async fn show_sign_in(page: InteractionPage) -> Response {
    if page.request.experience().sign_in_mode == SignInMode::Register {
        return see_other(&page.request.href("/register"));
    }
    let hint = page.request_param("login_hint").or(page.request.query("login_hint")).unwrap_or_default().to_owned();
    render_page(&page, StatusCode::OK, &hint, None, false)
}

async fn submit_sign_in(submitted: SubmittedForm<SignInForm>) -> Response {
    let SubmittedForm { page, browser, form } = submitted;
    if terms_not_accepted(&page.request, false, form.agreed) {
        return render_page(&page, StatusCode::UNPROCESSABLE_ENTITY, &form.identifier, None, true);
    }
    let identifier = form_flows::guess_identifier(&form.identifier, &enabled_identifiers(&page));
    match form_flows::sign_in(&browser, identifier, &form.password).await {
        Ok(next) => browser.with_proof(missing_profile::follow_outcome(&page, next)),
        Err(error) => render_refusal(&page, &error, &form).await,
    }
}

/// The page again, or for somebody who is suspended the one that says so.
pub(super) async fn render_refusal<F>(page: &InteractionPage, error: &ApiError, form: &F) -> Response
where
    F: PageForm<Prompt = LoginPrompt> + Sync,
{
    if error.code() == "user.suspended" {
        let support = page.request.branding().support_email.as_ref();
        return page.request.render(error.status(), &MessagePage::suspended(page.request.locale, support));
    }
    form.render_error(page, error).await
}

/// The types of identifiers that can sign in with a password: those of the tenant, restricted by the request.
fn enabled_identifiers(page: &InteractionPage) -> Vec<IdentifierType> {
    let methods = &page.request.experience().sign_in.methods;
    let all: Vec<_> = methods.iter().filter(|m| m.password).map(|m| m.identifier).collect();
    identifier_fields::restrict_to_requested(&all, page.request.query("identifier"))
}

pub(super) fn render_page(
    page: &InteractionPage,
    status: StatusCode,
    typed: &str,
    error: Option<&ApiError>,
    terms_missing: bool,
) -> Response {
    let request = &page.request;
    let locale = request.locale;
    let identifiers = enabled_identifiers(page);
    let passkey = passkeys::prompt(page);
    let mut fields = match identifiers.is_empty() {
        true => Vec::new(),
        false => vec![
            Field::identifier(locale, &identifier_fields::to_view(&identifiers), typed),
            Field::password(locale, "password", "pages.input.password", "current-password"),
        ],
    };
    if let (Some(first), true) = (fields.first_mut(), passkey.as_ref().is_some_and(|passkey| passkey.has_autofill)) {
        first.autocomplete = "username webauthn";
    }
    let form_error = error.map(|error| error_text(request, error));
    let unavailable_reason = identifiers.is_empty().then(|| translate(locale, "pages.sign_in.no_method", &[]));
    let template = SignInPage {
        application: page.application_name(),
        xsrf: page.xsrf(),
        forgot_password: is_reset_enabled(request).then(|| request.href("/forgot-password")),
        fields,
        error: form_error.or(unavailable_reason),
        terms: if terms_missing { Terms::Missing } else { terms_prompt(request, false) },
        passkey,
        register: (request.experience().sign_in_mode != SignInMode::SignIn).then(|| request.href("/register")),
    };
    request.render(status, &template)
}

/// Without a reset method the page shows no link to a reset.
fn is_reset_enabled(request: &PageRequest) -> bool {
    request.experience().forgot_password_methods.as_ref().is_some_and(|methods| !methods.is_empty())
}

/// The text of an error. An expired password can only be reset with a verification code, which cannot be sent yet.
fn error_text(request: &PageRequest, error: &ApiError) -> String {
    match error.code() {
        "password.expired" => error_message(request.locale, "session.password_expiration.reset_not_allowed"),
        _ => error.message(request.locale),
    }
}

async fn show_single_sign_on(page: InteractionPage) -> Response {
    let back = page.request.href("/sign-in");
    let template = MessagePage::unavailable(page.request.locale, NotImplementedFeature::SingleSignOn, Some(&back));
    page.request.render(StatusCode::OK, &template)
}
