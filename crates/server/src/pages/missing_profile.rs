//! The page for what an account lacks before sign-in can finish: a username, a password.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use flow::error::MissingProfile;
use views::pages::{ContinuePage, Field, IdentifierKind};
use views::translate;

use super::form_data::FormData;
use super::interaction_page::{InteractionPage, csrf_token_matches, see_other};
use super::page_request::PageRequest;
use super::register::password_issues;
use crate::errors::ApiError;
use crate::interaction::form_flows::{self, FormOutcome, MissingPart};
use crate::interaction::{self};
use crate::oidc::interactions::Prompt;
use crate::routes::{Access, Routes};

pub(super) fn routes() -> Routes {
    Routes::new().old_get("/continue", Access::Interaction, redirect_to_sign_in).old_post(
        "/continue",
        Access::Interaction,
        submit_missing_parts,
    )
}

/// The page is only a response to a form. A direct request starts a sign-in.
async fn redirect_to_sign_in(request: PageRequest) -> Response {
    match InteractionPage::load(request, Prompt::Login).await {
        Ok(page) => see_other(&page.request.href("/sign-in")),
        Err(answer) => answer,
    }
}

async fn submit_missing_parts(request: PageRequest, form: FormData) -> Response {
    let page = match InteractionPage::load_for_post(request, Prompt::Login).await {
        Ok(page) => page,
        Err(answer) => return answer,
    };
    let requested: Vec<MissingProfile> =
        [("username", MissingProfile::Username), ("password", MissingProfile::Password)]
            .into_iter()
            .filter(|(name, _)| form.has(name))
            .map(|(_, part)| part)
            .collect();
    if !csrf_token_matches(&page, &form) {
        return render_page(&page, &requested, &form, Some(&ApiError::bad_request("session.csrf_token_mismatch")));
    }
    let browser = match page.browser().await {
        Ok(browser) => browser,
        Err(error) => return error.into_response(),
    };
    match submit_parts(&browser, &requested, &form).await {
        Ok(outcome) => follow_outcome(&page, &browser, outcome).await,
        // The verification record is gone, because the interaction ended or another window restarted it.
        Err(error) if error.status() == StatusCode::NOT_FOUND => see_other(&page.request.href("/sign-in")),
        Err(error) => render_page(&page, &requested, &form, Some(&error)),
    }
}

/// Submits the parts in order and returns the last outcome.
async fn submit_parts(
    browser: &interaction::InteractionBrowser,
    requested: &[MissingProfile],
    form: &FormData,
) -> Result<FormOutcome, ApiError> {
    let mut outcome = FormOutcome::MissingParts(Vec::new());
    for part in requested {
        let part = match part {
            MissingProfile::Username => MissingPart::Username(form.get("username").trim().to_owned()),
            _ => MissingPart::Password(form.get("password").to_owned()),
        };
        outcome = form_flows::submit_missing_part(browser, part).await?;
        if matches!(outcome, FormOutcome::Redirect(_)) {
            break;
        }
    }
    Ok(outcome)
}

/// Responds to an accepted form.
pub(super) async fn follow_outcome(
    page: &InteractionPage,
    browser: &interaction::InteractionBrowser,
    outcome: FormOutcome,
) -> Response {
    // There is no page to set up a second factor yet, so a suggested one is declined.
    let outcome = match outcome {
        FormOutcome::SuggestMfa => match form_flows::skip_mfa(browser).await {
            Ok(outcome) => outcome,
            Err(error) => return error.into_response(),
        },
        outcome => outcome,
    };
    match outcome {
        FormOutcome::Redirect(to) => see_other(&to),
        FormOutcome::MissingParts(parts) => render_page(page, &parts, &FormData::default(), None),
        FormOutcome::SuggestMfa => ApiError::unprocessable("user.suggest_mfa").into_response(),
    }
}

/// Renders the form for the missing parts. An e-mail address or phone number needs a verification code, which cannot be
/// sent yet.
fn render_page(
    page: &InteractionPage,
    missing: &[MissingProfile],
    form: &FormData,
    error: Option<&ApiError>,
) -> Response {
    let request = &page.request;
    let locale = request.locale;
    let code = error.map(ApiError::code).unwrap_or_default();
    let mut notice = None;
    let mut fields = Vec::new();
    if missing.contains(&MissingProfile::Username) {
        let field = Field::identifier(locale, &[IdentifierKind::Username], form.get("username"));
        let username_error = error.filter(|_| code.starts_with("user.username_")).map(|error| error.message(locale));
        fields.push(Field { name: "username".to_owned(), error: username_error, ..field });
    }
    if missing.contains(&MissingProfile::Password) {
        fields.push(Field::password(locale, "password", "pages.input.new_password", "new-password"));
    }
    let issues = error.map(|error| password_issues(request, error)).unwrap_or_default();
    if fields.is_empty() || missing.len() > fields.len() {
        fields.clear();
        notice = Some(translate(locale, "pages.continue.impossible", &[]));
    } else if issues.is_empty() && fields.iter().all(|field| field.error.is_none()) {
        notice = error.map(|error| error.message(locale));
    }
    let template = ContinuePage {
        action: request.href("/continue"),
        application: page.application_name(),
        xsrf: page.xsrf(),
        fields,
        error: notice,
        issues,
    };
    request.render(error.map_or(StatusCode::OK, ApiError::status), &template)
}
