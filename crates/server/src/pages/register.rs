//! Creating an account with a username and a password.

use axum::http::StatusCode;
use axum::response::Response;
use flow::IdentifierType;
use flow::experience::{SignInMode, SignUpIdentifier};
use serde_json::Value;
use views::pages::{Field, Register, Terms};
use views::phrase;

use super::continuation;
use super::entry::{Entry, disagrees, is_own, onward, terms};
use super::form::Posted;
use super::visit::Visit;
use crate::errors::ApiError;
use crate::interaction::forms;
use crate::oidc::interactions::Prompt;
use crate::routing::{Access, Routes};

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/register", Access::Interaction, show)
        .post("/register", Access::Interaction, submit)
        .get("/identifier-register", Access::Interaction, show)
        .post("/identifier-register", Access::Interaction, submit)
}

/// What the page says about a form that was refused.
#[derive(Default)]
struct Refusal {
    username: String,
    username_error: Option<String>,
    confirm_error: Option<String>,
    error: Option<String>,
    issues: Vec<String>,
    terms_missing: bool,
}

async fn show(visit: Visit) -> Response {
    match Entry::find(visit, Prompt::Login).await {
        Ok(entry) if entry.visit.experience().sign_in_mode == SignInMode::SignIn => {
            onward(&entry.visit.link("/sign-in"))
        }
        Ok(entry) => {
            let hint = entry.parameter("login_hint").unwrap_or_default().to_owned();
            let username = if flow::has_username_form(&hint) { hint } else { String::new() };
            page(&entry, StatusCode::OK, Refusal { username, ..Refusal::default() })
        }
        Err(answer) => answer,
    }
}

async fn submit(visit: Visit, form: Posted) -> Response {
    let entry = match Entry::posted(visit, Prompt::Login).await {
        Ok(entry) => entry,
        Err(answer) => return answer,
    };
    let visit = &entry.visit;
    let username = form.get("identifier").trim().to_owned();
    let refused = |error: ApiError| page(&entry, error.status(), refusal(visit, &username, &error));
    if !is_own(&entry, &form) {
        return refused(ApiError::bad_request("session.csrf_token_mismatch"));
    }
    let terms_missing = disagrees(visit, true, &form);
    let differ = form.get("password") != form.get("confirm");
    if terms_missing || differ {
        let confirm_error = differ.then(|| phrase(visit.locale, "pages.input.passwords_differ", &[]));
        let refusal = Refusal { username, confirm_error, terms_missing, ..Refusal::default() };
        return page(&entry, StatusCode::UNPROCESSABLE_ENTITY, refusal);
    }
    let sender = match entry.sender().await {
        Ok(sender) => sender,
        Err(error) => return refused(error),
    };
    match forms::register(&sender, &username, form.get("password"), None).await {
        Ok(next) => continuation::proceed(&entry, &sender, next).await,
        Err(error) => refused(error),
    }
}

/// Puts a refusal where it belongs: under the username, beside the password, or above the form.
fn refusal(visit: &Visit, username: &str, error: &ApiError) -> Refusal {
    let text = error.message(visit.locale);
    let mut out = Refusal { username: username.to_owned(), ..Refusal::default() };
    match error.code() {
        "password.rejected" => out.issues = issues(visit, error),
        code if code.starts_with("user.username_") => out.username_error = Some(text),
        _ => out.error = Some(text),
    }
    if out.issues.is_empty() && error.code() == "password.rejected" {
        out.error = Some(error.message(visit.locale));
    }
    out
}

/// The rejections of a password policy, `[{code, interpolation?}]`, in words.
pub(super) fn issues(visit: &Visit, error: &ApiError) -> Vec<String> {
    let data = error.data_ref().filter(|_| error.code() == "password.rejected");
    let issue = |issue: &Value| {
        let key = format!("errors.{}", issue.get("code")?.as_str()?);
        let numbers = issue.get("interpolation").and_then(Value::as_object);
        let values: Vec<(String, String)> = numbers
            .map(|numbers| numbers.iter().map(|(name, value)| (name.clone(), value.to_string())).collect())
            .unwrap_or_default();
        let args: Vec<(&str, &str)> = values.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        views::has_phrase(&key).then(|| phrase(visit.locale, &key, &args))
    };
    data.and_then(Value::as_array).map(|list| list.iter().filter_map(issue).collect()).unwrap_or_default()
}

/// What the policy asks for, before anything was typed.
fn requirements(visit: &Visit) -> Vec<String> {
    let policy = &visit.experience().password_policy;
    let types = policy.least_character_types();
    let line = |key: &str, min: i64| phrase(visit.locale, key, &[("min", &min.to_string())]);
    let mut out = vec![line("pages.register.requirement_length", policy.length().min)];
    if types > 1 {
        out.push(line("pages.register.requirement_types", types));
    }
    out
}

/// Why nobody can register here, if so: an address or a number must be proven by a code, which cannot be sent yet.
fn closed(visit: &Visit) -> Option<String> {
    let sign_up = &visit.experience().sign_up;
    let by_username = sign_up.identifiers.contains(&IdentifierType::Username) && sign_up.password;
    let others = sign_up.secondary_identifiers.as_deref().unwrap_or_default();
    let possible = by_username && others.iter().all(|other| other.identifier == SignUpIdentifier::Username);
    (!possible).then(|| phrase(visit.locale, "pages.register.verification_unavailable", &[]))
}

fn page(entry: &Entry, status: StatusCode, refusal: Refusal) -> Response {
    let visit = &entry.visit;
    let locale = visit.locale;
    let closed = closed(visit);
    let password = |name: &str, key: &str| Field::password(locale, name, key, "new-password");
    let mut fields = Vec::new();
    if closed.is_none() {
        let username = Field::identifier(locale, &[views::pages::Identifier::Username], &refusal.username);
        fields.push(Field { error: refusal.username_error, ..username });
        fields.push(password("password", "pages.input.new_password"));
        fields.push(Field { error: refusal.confirm_error, ..password("confirm", "pages.input.confirm_password") });
    }
    let page = Register {
        application: entry.application(),
        xsrf: entry.xsrf(),
        fields,
        error: closed.or(refusal.error),
        requirements: requirements(visit),
        issues: refusal.issues,
        terms: if refusal.terms_missing { Terms::Missing } else { terms(visit, true) },
        sign_in: (visit.experience().sign_in_mode != SignInMode::Register).then(|| visit.link("/sign-in")),
    };
    visit.show(status, &page)
}
