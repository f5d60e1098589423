//! The page that asks for a code which was sent to an address or number: to sign in, to register, to reset a password, and to add
//! the address to an account (inventory E098).

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use flow::experience::{SignInExperience, SignInMode};
use flow::unicode::normalize_identifier;
use flow::{IdentifierType, InteractionEvent};
use views::code_pages::{OtherWayPage, SentCodePage};
use views::pages::{MessageLink, MessagePage, Terms};
use views::translate;

use super::factor_verification::refuse_foreign_form;
use super::form_fields::FormFields;
use super::identifier_fields::mask;
use super::identifier_first::PASSWORD_PATH;
use super::interaction_page::{
    InteractionPage, LoginPrompt, redirect_to_unknown_session, see_other, terms_not_accepted, terms_prompt,
};
use super::missing_profile::follow_outcome;
use super::new_identifier;
use super::submitted_form::{PageForm, SubmittedForm};
use crate::errors::ApiError;
use crate::interaction::InteractionBrowser;
use crate::interaction::code_forms::{self, CodePurpose, SentCode};
use crate::interaction::form_flows::FormOutcome;
use crate::routes::Routes;

pub(super) fn routes() -> Routes {
    let mut routes = Routes::new();
    for purpose in [CodePurpose::SignIn, CodePurpose::Register, CodePurpose::ResetPassword, CodePurpose::AddIdentifier]
    {
        routes = routes.get(code_path(purpose), show_code).post(code_path(purpose), submit_code);
    }
    routes
}

/// More than a code has with the signs that people paste around it.
pub(super) const MAX_CODE_CHARS: usize = 16;

/// The page that asks for a code with this purpose.
pub(super) fn code_path(purpose: CodePurpose) -> &'static str {
    match purpose {
        CodePurpose::SignIn => "/sign-in/verification-code",
        CodePurpose::Register => "/register/verification-code",
        CodePurpose::ResetPassword => "/forgot-password/verification-code",
        CodePurpose::AddIdentifier => "/continue/verification-code",
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CodeChoice {
    Resend,
    /// Signs in instead of registering, or the other way round.
    OtherWay(InteractionEvent),
}

/// What the page sends.
struct SentCodeForm {
    code: String,
    choice: Option<CodeChoice>,
    agreed: bool,
}

impl PageForm for SentCodeForm {
    type Prompt = LoginPrompt;

    fn read(fields: &FormFields) -> Self {
        Self {
            code: fields.get("code").chars().take(MAX_CODE_CHARS).collect(),
            choice: match fields.get("choice") {
                "resend" => Some(CodeChoice::Resend),
                "register" => Some(CodeChoice::OtherWay(InteractionEvent::Register)),
                "sign-in" => Some(CodeChoice::OtherWay(InteractionEvent::SignIn)),
                _ => None,
            },
            agreed: !fields.get("agree").is_empty(),
        }
    }

    async fn render_error(&self, page: &InteractionPage, error: &ApiError) -> Response {
        if let Some(refusal) = refuse_foreign_form(page, error) {
            return refusal;
        }
        if error.code() == "user.suspended" {
            let support = page.request.branding().support_email.as_ref();
            return page.request.render(error.status(), &MessagePage::suspended(page.request.language(), support));
        }
        match sent_here(page).await {
            Ok(sent) => match other_way(page, &sent, error) {
                Some(to) => page.request.render(error.status(), &offer_other_way(page, &sent, to, false)),
                None => render_code(page, &sent, &CodeState { error: Some(error), is_resent: false }),
            },
            Err(response) => response,
        }
    }
}

/// The code that the page at this address asks for.
///
/// # Errors
/// Where the browser goes if it is another one, or none.
async fn sent_here(page: &InteractionPage) -> Result<SentCode, Response> {
    let Some(interaction) = &page.interaction else { return Err(redirect_to_unknown_session(&page.request)) };
    let browser = InteractionBrowser::of_interaction(page.request.context(), interaction);
    let path = page.request.uri.path();
    let parent = path.strip_suffix("/verification-code").filter(|parent| *parent != "/continue").unwrap_or("/sign-in");
    match code_forms::sent_code(&browser).await {
        Ok(Some(sent)) if code_path(sent.purpose) == path => Ok(sent),
        Ok(Some(sent)) => Err(see_other(&page.request.href(code_path(sent.purpose)))),
        Ok(None) => Err(see_other(&page.request.href(parent))),
        Err(error) if error.status().is_client_error() => Err(see_other(&page.request.href(parent))),
        Err(error) => Err(error.into_response()),
    }
}

/// What the page says beside where the code went.
#[derive(Default)]
struct CodeState<'a> {
    error: Option<&'a ApiError>,
    is_resent: bool,
}

async fn show_code(page: InteractionPage) -> Response {
    match sent_here(&page).await {
        Ok(sent) if sent.is_verified && sent.purpose == CodePurpose::ResetPassword => {
            see_other(&page.request.href("/forgot-password/reset"))
        }
        Ok(sent) => render_code(&page, &sent, &CodeState::default()),
        Err(response) => response,
    }
}

async fn submit_code(submitted: SubmittedForm<SentCodeForm>) -> Response {
    let SubmittedForm { page, browser, form } = submitted;
    // The form of another page of this interaction does nothing here.
    let sent = match sent_here(&page).await {
        Ok(sent) => sent,
        Err(response) => return response,
    };
    match form.choice {
        Some(CodeChoice::Resend) => match code_forms::resend(&browser).await {
            Ok(()) => render_code(&page, &sent, &CodeState { error: None, is_resent: true }),
            Err(error) => form.refuse(&page, &error).await,
        },
        Some(CodeChoice::OtherWay(to)) => go_other_way(&page, &browser, &sent, &form, to).await,
        None => follow(&page, &form, code_forms::verify(&browser, &digits(&form.code)).await).await,
    }
}

/// Signs in to the account that there is, or makes the one that there is not.
async fn go_other_way(
    page: &InteractionPage,
    browser: &InteractionBrowser,
    sent: &SentCode,
    form: &SentCodeForm,
    to: InteractionEvent,
) -> Response {
    let registers = to == InteractionEvent::Register;
    if terms_not_accepted(&page.request, registers, form.agreed) {
        return page.request.render(StatusCode::UNPROCESSABLE_ENTITY, &offer_other_way(page, sent, to, true));
    }
    follow(page, form, code_forms::go_other_way(browser, to).await).await
}

async fn follow(page: &InteractionPage, form: &SentCodeForm, outcome: Result<FormOutcome, ApiError>) -> Response {
    match outcome {
        Ok(outcome) => follow_outcome(page, outcome),
        Err(error) => form.refuse(page, &error).await,
    }
}

/// The digits of what was typed or pasted, in whatever script and with spaces or hyphens between.
pub(super) fn digits(typed: &str) -> String {
    normalize_identifier(typed).chars().filter(|c| !c.is_whitespace() && *c != '-').collect()
}

/// The other way, if the proven address makes this one impossible.
fn other_way(page: &InteractionPage, sent: &SentCode, error: &ApiError) -> Option<InteractionEvent> {
    let experience = page.request.experience();
    let is_in_use = matches!(error.code(), "user.email_already_in_use" | "user.phone_already_in_use");
    match sent.purpose {
        CodePurpose::Register if is_in_use && may_sign_in(experience, sent.identifier.kind) => {
            Some(InteractionEvent::SignIn)
        }
        CodePurpose::SignIn if error.code() == "user.user_not_exist" && may_register(experience, sent) => {
            Some(InteractionEvent::Register)
        }
        _ => None,
    }
}

fn may_sign_in(experience: &SignInExperience, kind: IdentifierType) -> bool {
    let accepts = experience.sign_in.methods.iter().any(|m| m.identifier == kind && m.verification_code);
    accepts && experience.sign_in_mode != SignInMode::Register
}

fn may_register(experience: &SignInExperience, sent: &SentCode) -> bool {
    experience.sign_in_mode != SignInMode::SignIn && experience.sign_up.identifiers.contains(&sent.identifier.kind)
}

fn offer_other_way(page: &InteractionPage, sent: &SentCode, to: InteractionEvent, terms_missing: bool) -> OtherWayPage {
    let text = |key: &str| translate(page.request.language(), key, &[("destination", &mask(&sent.identifier))]);
    let registers = to == InteractionEvent::Register;
    let (choice, title, explanation, button) = match registers {
        true => ("register", "pages.code.no_account_title", "pages.code.no_account", "pages.code.register"),
        false => ("sign-in", "pages.code.has_account_title", "pages.code.has_account", "pages.code.sign_in"),
    };
    OtherWayPage {
        title: text(title),
        text: text(explanation),
        action: page.request.href(code_path(sent.purpose)),
        xsrf: page.xsrf(),
        choice,
        button: text(button),
        terms: if terms_missing { Terms::Missing } else { terms_prompt(&page.request, registers) },
        back: change_link(page, sent),
    }
}

/// Where another address or number can be entered.
fn change_link(page: &InteractionPage, sent: &SentCode) -> MessageLink {
    let path = match sent.purpose {
        CodePurpose::SignIn => "/sign-in",
        CodePurpose::Register => "/register",
        CodePurpose::ResetPassword => "/forgot-password",
        CodePurpose::AddIdentifier => new_identifier::path_of(sent.identifier.kind),
    };
    let phrase = match sent.identifier.kind {
        IdentifierType::Phone => "pages.code.other_phone",
        IdentifierType::Email | IdentifierType::Username => "pages.code.other_email",
    };
    MessageLink { href: page.request.href(path), text: translate(page.request.language(), phrase, &[]) }
}

fn render_code(page: &InteractionPage, sent: &SentCode, state: &CodeState<'_>) -> Response {
    let language = page.request.language();
    let methods = &page.request.experience().sign_in.methods;
    let has_password = methods.iter().any(|m| m.identifier == sent.identifier.kind && m.password);
    let mut links = Vec::new();
    if sent.purpose == CodePurpose::SignIn && has_password {
        let text = translate(language, "pages.code.password_instead", &[]);
        links.push(MessageLink { href: page.request.href(PASSWORD_PATH), text });
    }
    links.push(change_link(page, sent));
    let template = SentCodePage {
        title: translate(language, "pages.code.title", &[]),
        action: page.request.href(code_path(sent.purpose)),
        xsrf: page.xsrf(),
        destination: mask(&sent.identifier),
        is_resent: state.is_resent,
        error: state.error.map(|error| error.message(language)),
        links,
    };
    page.request.render(state.error.map_or(StatusCode::OK, ApiError::status), &template)
}

#[cfg(test)]
mod tests {
    use super::digits;

    #[test]
    fn a_code_may_be_pasted_with_spaces_and_in_wide_digits() {
        assert_eq!(digits(" 123 456 "), "123456");
        assert_eq!(digits("123-456"), "123456");
        assert_eq!(digits("１２３４５６"), "123456");
    }
}
