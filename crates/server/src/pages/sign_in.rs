//! The sign-in page with an identifier and a password; where codes are enabled, with the identifier alone.

use axum::http::StatusCode;
use axum::response::Response;
use flow::IdentifierType;
use flow::experience::SignInMode;
use views::code_pages::PasswordStep;
use views::pages::{Field, SignInPage, Terms};
use views::{error_message, pages::MessagePage, translate};

use super::form_fields::FormFields;
use super::identifier_first::{self, PASSWORD_PATH, SentIdentifier, asks_identifier_first, enabled_identifiers};
use super::interaction_page::{InteractionPage, LoginPrompt, see_other, terms_not_accepted, terms_prompt};
use super::page_request::PageRequest;
use super::submitted_form::{PageForm, SubmittedForm};
use super::{identifier_fields, missing_profile, one_time_token, passkeys, single_sign_on, social};
use crate::errors::ApiError;
use crate::interaction::form_flows;
use crate::routes::Routes;

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/sign-in", show_sign_in)
        .post("/sign-in", submit_sign_in)
        .get("/identifier-sign-in", show_sign_in)
        .post("/identifier-sign-in", submit_sign_in)
        .get(PASSWORD_PATH, identifier_first::show_password)
        .post(PASSWORD_PATH, submit_sign_in)
}

/// What the sign-in page sends.
struct SignInForm {
    identifier: String,
    password: String,
    agreed: bool,
    /// Whether a code is asked for in place of the password.
    wants_code: bool,
}

impl PageForm for SignInForm {
    type Prompt = LoginPrompt;
    const ASKS_CAPTCHA: bool = true;

    fn read(fields: &FormFields) -> Self {
        Self {
            // What is too long is refused; it need not be shown again.
            identifier: fields.identifier(),
            password: fields.get("password").to_owned(),
            agreed: !fields.get("agree").is_empty(),
            wants_code: fields.get("method") == "code",
        }
    }

    async fn render_error(&self, page: &InteractionPage, error: &ApiError) -> Response {
        self.render(page, error.status(), Some(error), false)
    }
}

impl SignInForm {
    /// The page that the form came from.
    fn render(
        &self,
        page: &InteractionPage,
        status: StatusCode,
        error: Option<&ApiError>,
        terms_missing: bool,
    ) -> Response {
        let has_password = !self.password.is_empty() || page.request.uri.path() == PASSWORD_PATH;
        let step = (has_password && asks_identifier_first(page))
            .then(|| identifier_first::password_step(page, &self.identifier, self.agreed));
        render(page, SignInView { status, typed: &self.identifier, error, terms_missing, step })
    }
}

async fn show_sign_in(page: InteractionPage) -> Response {
    if let Some(magic_link) = one_time_token::redirect(&page) {
        return magic_link;
    }
    if page.request.experience().sign_in_mode == SignInMode::Register {
        return see_other(&page.request.href("/register"));
    }
    let hint = login_hint(&page);
    render_page(&page, StatusCode::OK, &hint, None, false)
}

/// The identifier that the application expects.
pub(super) fn login_hint(page: &InteractionPage) -> String {
    page.request_param("login_hint").or(page.request.query("login_hint")).unwrap_or_default().to_owned()
}

async fn submit_sign_in(submitted: SubmittedForm<SignInForm>) -> Response {
    let SubmittedForm { page, browser, form } = submitted;
    if terms_not_accepted(&page.request, false, form.agreed) {
        return form.render(&page, StatusCode::UNPROCESSABLE_ENTITY, None, true);
    }
    if let Some(response) = single_sign_on::leave_by_email(&page, &browser, &form.identifier).await {
        return response;
    }
    let has_password = !form.password.is_empty() && !form.wants_code;
    if !has_password && asks_identifier_first(&page) {
        let sent = SentIdentifier { typed: &form.identifier, wants_code: form.wants_code, agreed: form.agreed };
        return match identifier_first::submit_identifier(&page, &browser, sent).await {
            Ok(response) => response,
            Err(error) => form.refuse(&page, &error).await,
        };
    }
    let identifier = form_flows::guess_identifier(&form.identifier, &identifiers_with_password(&page));
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
        return page.request.render(error.status(), &MessagePage::suspended(page.request.language(), support));
    }
    form.refuse(page, error).await
}

fn identifiers_with_password(page: &InteractionPage) -> Vec<IdentifierType> {
    enabled_identifiers(page, |method| method.password)
}

/// What a sign-in page shows.
#[derive(Default)]
pub(super) struct SignInView<'a> {
    pub status: StatusCode,
    pub typed: &'a str,
    pub error: Option<&'a ApiError>,
    pub terms_missing: bool,
    /// Of the page of the password, where another one asked for the identifier.
    pub step: Option<PasswordStep>,
}

pub(super) fn render_page(
    page: &InteractionPage,
    status: StatusCode,
    typed: &str,
    error: Option<&ApiError>,
    terms_missing: bool,
) -> Response {
    render(page, SignInView { status, typed, error, terms_missing, step: None })
}

pub(super) fn render(page: &InteractionPage, view: SignInView<'_>) -> Response {
    let request = &page.request;
    let language = request.language();
    let asks_password = view.step.is_some() || !asks_identifier_first(page);
    let identifiers = match asks_password {
        true => identifiers_with_password(page),
        false => enabled_identifiers(page, |method| method.password || method.verification_code),
    };
    let passkey = passkeys::prompt(page);
    let mut fields = Vec::new();
    if !identifiers.is_empty() {
        fields.extend(identifier_fields::fields(request, &identifiers, view.typed));
        if asks_password {
            fields.push(Field::password(language, "password", "pages.input.password", "current-password"));
        }
    }
    if let (Some(first), true) = (fields.first_mut(), passkey.as_ref().is_some_and(|passkey| passkey.has_autofill)) {
        first.autocomplete = "username webauthn";
    }
    let form_error = identifier_fields::place_error(&mut fields, view.error, language)
        .and(view.error.map(|error| error_text(request, error)));
    // A passkey and a provider are ways too; what the page says without script is in its template.
    let has_button = passkey.as_ref().is_some_and(|passkey| passkey.has_button);
    let has_no_way =
        identifiers.is_empty() && !has_button && page.social.is_empty() && !single_sign_on::is_offered(request);
    let unavailable_reason = has_no_way.then(|| translate(language, "pages.sign_in.no_method", &[]));
    let has_agreed = view.step.as_ref().is_some_and(|step| step.agreed);
    let template = SignInPage {
        application: page.application_name(),
        xsrf: page.xsrf(),
        forgot_password: is_reset_enabled(request).then(|| request.href("/forgot-password")),
        action: view.step.as_ref().map_or_else(|| request.own_href(), |step| step.action.clone()),
        asks_password,
        fields,
        error: form_error.or(unavailable_reason),
        terms: match (view.terms_missing, has_agreed) {
            (true, _) => Terms::Missing,
            (false, true) => Terms::Hidden,
            (false, false) => terms_prompt(request, false),
        },
        passkey,
        social: if view.step.is_some() { Vec::new() } else { page.social.clone() },
        one_tap: match (&view.step, view.error, view.terms_missing) {
            (None, None, false) => social::one_tap(page),
            _ => None,
        },
        single_sign_on: match view.step {
            Some(_) => None,
            None => single_sign_on::link(request),
        },
        step: view.step,
        register: (request.experience().sign_in_mode != SignInMode::SignIn).then(|| request.href("/register")),
    };
    request.render(view.status, &template)
}

/// Without a reset method the page shows no link to a reset.
fn is_reset_enabled(request: &PageRequest) -> bool {
    request.experience().forgot_password_methods.as_ref().is_none_or(|methods| !methods.is_empty())
}

/// The text of an error. An expired password can only be reset with a verification code.
fn error_text(request: &PageRequest, error: &ApiError) -> String {
    match error.code() {
        "password.expired" if !is_reset_enabled(request) => {
            error_message(request.language(), "session.password_expiration.reset_not_allowed")
        }
        _ => error.message(request.language()),
    }
}
