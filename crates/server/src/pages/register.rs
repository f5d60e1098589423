//! The registration page: a username and a password, or an address or number that a code proves.

use axum::http::StatusCode;
use axum::response::Response;
use flow::experience::SignInMode;
use flow::{IdentifierType, InteractionEvent};
use serde_json::Value;
use views::pages::{Field, RegisterPage, Terms};
use views::translate;

use super::form_fields::FormFields;
use super::identifier_fields::{self, require_address, restrict_to_requested};
use super::interaction_page::{InteractionPage, LoginPrompt, see_other, terms_not_accepted, terms_prompt};
use super::missing_profile;
use super::one_time_token;
use super::page_request::PageRequest;
use super::sent_code::code_path;
use super::submitted_form::{PageForm, SubmittedForm};
use super::{single_sign_on, social};
use crate::errors::ApiError;
use crate::interaction::code_forms::{self, CodePurpose};
use crate::interaction::form_flows;
use crate::routes::Routes;

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/register", show_register)
        .post("/register", submit_register)
        .get("/identifier-register", show_register)
        .post("/identifier-register", submit_register)
}

/// The values and errors of a rejected form.
#[derive(Default)]
struct FormErrors {
    username: String,
    username_error: Option<String>,
    confirm_error: Option<String>,
    error: Option<String>,
    issues: Vec<String>,
    terms_missing: bool,
}

/// What the registration page sends.
struct RegisterForm {
    username: String,
    password: String,
    /// Whether the password was typed twice alike.
    is_confirmed: bool,
    agreed: bool,
}

impl PageForm for RegisterForm {
    type Prompt = LoginPrompt;
    const ASKS_CAPTCHA: bool = true;

    fn read(fields: &FormFields) -> Self {
        Self {
            username: fields.identifier(),
            password: fields.get("password").to_owned(),
            is_confirmed: fields.get("password") == fields.get("confirm"),
            agreed: !fields.get("agree").is_empty(),
        }
    }

    async fn render_error(&self, page: &InteractionPage, error: &ApiError) -> Response {
        render_page(page, error.status(), to_form_errors(&page.request, &self.username, error))
    }
}

async fn show_register(page: InteractionPage) -> Response {
    if let Some(magic_link) = one_time_token::redirect(&page) {
        return magic_link;
    }
    if page.request.experience().sign_in_mode == SignInMode::SignIn {
        return see_other(&page.request.href("/sign-in"));
    }
    let hint = page.request_param("login_hint").unwrap_or_default().to_owned();
    let fits = flow::has_username_form(&hint) || matches!(Registration::of(&page), Registration::ByCode(_));
    let username = if fits { hint } else { String::new() };
    render_page(&page, StatusCode::OK, FormErrors { username, ..FormErrors::default() })
}

/// The page before anything was typed.
pub(super) fn render_empty(page: &InteractionPage) -> Response {
    render_page(page, StatusCode::OK, FormErrors::default())
}

async fn submit_register(submitted: SubmittedForm<RegisterForm>) -> Response {
    let SubmittedForm { page, browser, form } = submitted;
    let terms_missing = terms_not_accepted(&page.request, true, form.agreed);
    if terms_missing || !form.is_confirmed {
        let confirm_error =
            (!form.is_confirmed).then(|| translate(page.request.language(), "pages.input.passwords_differ", &[]));
        let errors = FormErrors { username: form.username, confirm_error, terms_missing, ..FormErrors::default() };
        return render_page(&page, StatusCode::UNPROCESSABLE_ENTITY, errors);
    }
    if let Some(response) = single_sign_on::leave_by_email(&page, &browser, &form.username).await {
        return response;
    }
    if let Registration::ByCode(kinds) = Registration::of(&page) {
        let sent = match require_address(form_flows::guess_identifier(&form.username, &kinds)) {
            Ok(identifier) => code_forms::begin(&browser, InteractionEvent::Register, identifier).await,
            Err(error) => Err(error),
        };
        return match sent {
            Ok(()) => browser.with_proof(see_other(&page.request.href(code_path(CodePurpose::Register)))),
            Err(error) => form.refuse(&page, &error).await,
        };
    }
    match form_flows::register(&browser, &form.username, &form.password, None).await {
        Ok(next) => browser.with_proof(missing_profile::follow_outcome(&page, next)),
        Err(error) => form.refuse(&page, &error).await,
    }
}

/// Assigns an error to its place: under the username, beside the password, or above the form.
fn to_form_errors(request: &PageRequest, username: &str, error: &ApiError) -> FormErrors {
    let text = error.message(request.language());
    let mut errors = FormErrors { username: username.to_owned(), ..FormErrors::default() };
    match error.code() {
        "password.rejected" => errors.issues = password_issues(request, error),
        code if code.starts_with("user.username_") => errors.username_error = Some(text),
        _ if identifier_fields::is_malformed(error) => errors.username_error = Some(text),
        _ => errors.error = Some(text),
    }
    if errors.issues.is_empty() && error.code() == "password.rejected" {
        errors.error = Some(error.message(request.language()));
    }
    errors
}

/// Translates the issues of the password policy, `[{code, interpolation?}]`.
pub(crate) fn password_issues(request: &PageRequest, error: &ApiError) -> Vec<String> {
    let data = error.data_ref().filter(|_| error.code() == "password.rejected");
    let issue = |issue: &Value| {
        let key = format!("errors.{}", issue.get("code")?.as_str()?);
        let numbers = issue.get("interpolation").and_then(Value::as_object);
        let values: Vec<(String, String)> = numbers
            .map(|numbers| numbers.iter().map(|(name, value)| (name.clone(), value.to_string())).collect())
            .unwrap_or_default();
        let args: Vec<(&str, &str)> = values.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        views::key_exists(&key).then(|| translate(request.language(), &key, &args))
    };
    data.and_then(Value::as_array).map(|list| list.iter().filter_map(issue).collect()).unwrap_or_default()
}

/// The requirements of the password policy.
pub(super) fn password_requirements(request: &PageRequest) -> Vec<String> {
    let policy = &request.experience().password_policy;
    let types = policy.least_character_types();
    let line = |key: &str, min: i64| translate(request.language(), key, &[("min", &min.to_string())]);
    let mut requirements = vec![line("pages.register.requirement_length", policy.length().min)];
    if types > 1 {
        requirements.push(line("pages.register.requirement_types", types));
    }
    requirements
}

/// How an account is made here, by the tenant's `signUp` (E056). What else it needs is asked for afterwards.
enum Registration {
    ByPassword,
    /// By an address or number of one of these types.
    ByCode(Vec<IdentifierType>),
    Unavailable,
}

impl Registration {
    fn of(page: &InteractionPage) -> Self {
        let sign_up = &page.request.experience().sign_up;
        if sign_up.identifiers.contains(&IdentifierType::Username) {
            return if sign_up.password { Self::ByPassword } else { Self::Unavailable };
        }
        match sign_up.identifiers.is_empty() {
            true => Self::Unavailable,
            false => Self::ByCode(restrict_to_requested(&sign_up.identifiers, page.request.query("identifier"))),
        }
    }
}

fn render_page(page: &InteractionPage, status: StatusCode, errors: FormErrors) -> Response {
    let request = &page.request;
    let language = request.language();
    let registration = Registration::of(page);
    let asks_password = matches!(registration, Registration::ByPassword);
    let mut unavailable_reason = None;
    let mut requirements = Vec::new();
    let password = |name: &str, key: &str| Field::password(language, name, key, "new-password");
    let mut fields = Vec::new();
    match registration {
        Registration::ByPassword => {
            let username = Field::identifier(language, &[views::pages::IdentifierKind::Username], &errors.username);
            fields.push(Field { error: errors.username_error, ..username });
            fields.push(password("password", "pages.input.new_password"));
            fields.push(Field { error: errors.confirm_error, ..password("confirm", "pages.input.confirm_password") });
            requirements = password_requirements(request);
        }
        Registration::ByCode(kinds) => {
            fields = identifier_fields::fields(request, &kinds, &errors.username);
            if let Some(identifier) = fields.first_mut() {
                identifier.error = errors.username_error;
            }
        }
        Registration::Unavailable => {
            unavailable_reason = Some(translate(language, "pages.register.unavailable", &[]));
        }
    }
    let template = RegisterPage {
        application: page.application_name(),
        xsrf: page.xsrf(),
        fields,
        asks_password,
        error: errors.error.or(unavailable_reason.filter(|_| page.social.is_empty())),
        requirements,
        issues: errors.issues,
        terms: if errors.terms_missing { Terms::Missing } else { terms_prompt(request, true) },
        social: page.social.clone(),
        one_tap: social::one_tap(page).filter(|_| status == StatusCode::OK),
        sign_in: (request.experience().sign_in_mode != SignInMode::Register).then(|| request.href("/sign-in")),
    };
    request.render(status, &template)
}
