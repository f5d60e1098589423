//! Signing in with an identifier and a password.

use axum::http::StatusCode;
use axum::response::Response;
use flow::IdentifierType;
use flow::experience::SignInMode;
use views::pages::{Field, SignIn, Terms};
use views::{Unavailable, error_message, pages::Message, phrase};

use super::entry::{Entry, disagrees, is_own, onward, terms};
use super::form::Posted;
use super::visit::Visit;
use super::{continuation, identifiers};
use crate::errors::ApiError;
use crate::interaction::forms;
use crate::oidc::interactions::Prompt;
use crate::routing::{Access, Routes};

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/sign-in", Access::Interaction, show)
        .post("/sign-in", Access::Interaction, submit)
        .get("/identifier-sign-in", Access::Interaction, show)
        .post("/identifier-sign-in", Access::Interaction, submit)
        .get("/single-sign-on", Access::Interaction, single_sign_on)
}

async fn show(visit: Visit) -> Response {
    match Entry::find(visit, Prompt::Login).await {
        Ok(entry) if entry.visit.experience().sign_in_mode == SignInMode::Register => {
            onward(&entry.visit.link("/register"))
        }
        Ok(entry) => {
            let hint = entry.parameter("login_hint").or(entry.visit.query("login_hint")).unwrap_or_default().to_owned();
            page(&entry, StatusCode::OK, &hint, None, false)
        }
        Err(answer) => answer,
    }
}

async fn submit(visit: Visit, form: Posted) -> Response {
    let entry = match Entry::posted(visit, Prompt::Login).await {
        Ok(entry) => entry,
        Err(answer) => return answer,
    };
    let typed = form.get("identifier").trim().to_owned();
    let again = |error: &ApiError| page(&entry, error.status(), &typed, Some(error), false);
    if !is_own(&entry, &form) {
        return again(&ApiError::bad_request("session.csrf_token_mismatch"));
    }
    if disagrees(&entry.visit, false, &form) {
        return page(&entry, StatusCode::UNPROCESSABLE_ENTITY, &typed, None, true);
    }
    let identifier = forms::identifier_of(&typed, &offered(&entry));
    let sender = match entry.sender().await {
        Ok(sender) => sender,
        Err(error) => return again(&error),
    };
    match forms::sign_in(&sender, identifier, form.get("password")).await {
        Ok(next) => continuation::proceed(&entry, &sender, next).await,
        Err(error) if error.code() == "user.suspended" => {
            let support = entry.visit.branding().support_email.as_ref();
            entry.visit.show(error.status(), &Message::suspended(entry.visit.locale, support))
        }
        Err(error) => again(&error),
    }
}

/// The identifiers that may be typed here with a password: those of the tenant, less what the request leaves out.
fn offered(entry: &Entry) -> Vec<IdentifierType> {
    let methods = &entry.visit.experience().sign_in.methods;
    let all: Vec<_> = methods.iter().filter(|m| m.password).map(|m| m.identifier).collect();
    identifiers::narrow(&all, entry.visit.query("identifier"))
}

fn page(entry: &Entry, status: StatusCode, typed: &str, error: Option<&ApiError>, terms_missing: bool) -> Response {
    let visit = &entry.visit;
    let locale = visit.locale;
    let offered = offered(entry);
    let fields = match offered.is_empty() {
        true => Vec::new(),
        false => vec![
            Field::identifier(locale, &identifiers::shown(&offered), typed),
            Field::password(locale, "password", "pages.input.password", "current-password"),
        ],
    };
    let refusal = error.map(|error| message(visit, error));
    let closed = offered.is_empty().then(|| phrase(locale, "pages.sign_in.no_method", &[]));
    let page = SignIn {
        application: entry.application(),
        xsrf: entry.xsrf(),
        forgot_password: can_reset(visit).then(|| visit.link("/forgot-password")),
        fields,
        error: refusal.or(closed),
        terms: if terms_missing { Terms::Missing } else { terms(visit, false) },
        register: (visit.experience().sign_in_mode != SignInMode::SignIn).then(|| visit.link("/register")),
    };
    visit.show(status, &page)
}

/// Whether a reset of the password is offered: a link that can only disappoint is worse than none.
fn can_reset(visit: &Visit) -> bool {
    visit.experience().forgot_password_methods.as_ref().is_some_and(|methods| !methods.is_empty())
}

/// What a refusal means here. An expired password can be replaced only through a channel that proves the person, and
/// this server has none yet.
fn message(visit: &Visit, error: &ApiError) -> String {
    match error.code() {
        "password.expired" => error_message(visit.locale, "session.password_expiration.reset_not_allowed"),
        _ => error.message(visit.locale),
    }
}

async fn single_sign_on(visit: Visit) -> Response {
    match Entry::find(visit, Prompt::Login).await {
        Ok(entry) => {
            let back = entry.visit.link("/sign-in");
            let page = Message::unavailable(entry.visit.locale, Unavailable::SingleSignOn, Some(&back));
            entry.visit.show(StatusCode::OK, &page)
        }
        Err(answer) => answer,
    }
}
