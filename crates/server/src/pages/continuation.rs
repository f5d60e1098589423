//! What an account still lacks before a sign-in can finish: a username, a password.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use flow::error::MissingProfile;
use views::pages::{Continue, Field, Identifier};
use views::phrase;

use super::entry::{Entry, is_own, onward};
use super::form::Posted;
use super::register::issues;
use super::visit::Visit;
use crate::errors::ApiError;
use crate::interaction::forms::{self, Next, Part};
use crate::interaction::{self};
use crate::oidc::interactions::Prompt;
use crate::routing::{Access, Routes};

pub(super) fn routes() -> Routes {
    Routes::new().get("/continue", Access::Interaction, begin).post("/continue", Access::Interaction, submit)
}

/// The page follows a sign-in; by itself it starts one.
async fn begin(visit: Visit) -> Response {
    match Entry::find(visit, Prompt::Login).await {
        Ok(entry) => onward(&entry.visit.link("/sign-in")),
        Err(answer) => answer,
    }
}

async fn submit(visit: Visit, form: Posted) -> Response {
    let entry = match Entry::posted(visit, Prompt::Login).await {
        Ok(entry) => entry,
        Err(answer) => return answer,
    };
    let asked: Vec<MissingProfile> = [("username", MissingProfile::Username), ("password", MissingProfile::Password)]
        .into_iter()
        .filter(|(name, _)| form.has(name))
        .map(|(_, part)| part)
        .collect();
    if !is_own(&entry, &form) {
        return page(&entry, &asked, &form, Some(&ApiError::bad_request("session.csrf_token_mismatch")));
    }
    let sender = match entry.sender().await {
        Ok(sender) => sender,
        Err(error) => return error.into_response(),
    };
    match complete(&sender, &asked, &form).await {
        Ok(next) => proceed(&entry, &sender, next).await,
        // The proof of who this is has gone, with the interaction or through a second window: begin again.
        Err(error) if error.status() == StatusCode::NOT_FOUND => onward(&entry.visit.link("/sign-in")),
        Err(error) => page(&entry, &asked, &form, Some(&error)),
    }
}

/// Adds the parts one after the other; the last answer counts.
async fn complete(sender: &interaction::Visit, asked: &[MissingProfile], form: &Posted) -> Result<Next, ApiError> {
    let mut next = Next::Missing(Vec::new());
    for part in asked {
        let part = match part {
            MissingProfile::Username => Part::Username(form.get("username").trim().to_owned()),
            _ => Part::Password(form.get("password").to_owned()),
        };
        next = forms::complete(sender, part).await?;
        if matches!(next, Next::Redirect(_)) {
            break;
        }
    }
    Ok(next)
}

/// Follows a form that was accepted.
pub(super) async fn proceed(entry: &Entry, sender: &interaction::Visit, next: Next) -> Response {
    // There is no page to set up a second factor yet; where it is only suggested, going on without it is the way.
    let next = match next {
        Next::SuggestMfa => match forms::skip_mfa(sender).await {
            Ok(next) => next,
            Err(error) => return error.into_response(),
        },
        next => next,
    };
    match next {
        Next::Redirect(to) => onward(&to),
        Next::Missing(parts) => page(entry, &parts, &Posted::default(), None),
        Next::SuggestMfa => ApiError::unprocessable("user.suggest_mfa").into_response(),
    }
}

/// The form for the missing parts. An address or a number must be proven by a code, which cannot be sent yet.
fn page(entry: &Entry, missing: &[MissingProfile], form: &Posted, error: Option<&ApiError>) -> Response {
    let visit = &entry.visit;
    let locale = visit.locale;
    let code = error.map(ApiError::code).unwrap_or_default();
    let mut told = None;
    let mut fields = Vec::new();
    if missing.contains(&MissingProfile::Username) {
        let field = Field::identifier(locale, &[Identifier::Username], form.get("username"));
        let wrong = error.filter(|_| code.starts_with("user.username_")).map(|error| error.message(locale));
        fields.push(Field { name: "username".to_owned(), error: wrong, ..field });
    }
    if missing.contains(&MissingProfile::Password) {
        fields.push(Field::password(locale, "password", "pages.input.new_password", "new-password"));
    }
    let issues = error.map(|error| issues(visit, error)).unwrap_or_default();
    if fields.is_empty() || missing.len() > fields.len() {
        fields.clear();
        told = Some(phrase(locale, "pages.continue.impossible", &[]));
    } else if issues.is_empty() && fields.iter().all(|field| field.error.is_none()) {
        told = error.map(|error| error.message(locale));
    }
    let page = Continue {
        action: visit.link("/continue"),
        application: entry.application(),
        xsrf: entry.xsrf(),
        fields,
        error: told,
        issues,
    };
    visit.show(error.map_or(StatusCode::OK, ApiError::status), &page)
}
