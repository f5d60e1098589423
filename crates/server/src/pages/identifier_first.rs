//! Signing in where codes are enabled: one page asks for the identifier, the next for a password or a code, as the tenant's
//! methods say (inventory E098, E099).

use axum::response::Response;
use flow::experience::SignInMethod;
use flow::{IdentifierType, InteractionEvent};
use views::code_pages::PasswordStep;

use super::identifier_fields;
use super::interaction_page::{InteractionPage, see_other};
use super::sent_code::code_path;
use super::sign_in::{self, SignInView};
use super::single_sign_on;
use crate::errors::ApiError;
use crate::interaction::code_forms::{self, CodePurpose};
use crate::interaction::{InteractionBrowser, form_flows};

pub(super) const PASSWORD_PATH: &str = "/sign-in/password";

/// What a page of a sign-in with an identifier sent.
pub(super) struct SentIdentifier<'a> {
    pub typed: &'a str,
    /// Whether a code is asked for in place of the tenant's first method.
    pub wants_code: bool,
    pub agreed: bool,
}

/// Whether the identifier decides how the sign-in goes on.
pub(super) fn asks_identifier_first(page: &InteractionPage) -> bool {
    // An address of an enterprise leads to its provider, so nobody is asked for a password before it is known.
    let has_code = page.request.experience().sign_in.methods.iter().any(|method| method.verification_code);
    has_code || single_sign_on::is_offered(&page.request)
}

/// The types of identifiers that can sign in: those of the tenant, restricted by the request.
pub(super) fn enabled_identifiers(page: &InteractionPage, accepts: fn(&SignInMethod) -> bool) -> Vec<IdentifierType> {
    let methods = &page.request.experience().sign_in.methods;
    let all: Vec<_> = methods.iter().filter(|method| accepts(method)).map(|method| method.identifier).collect();
    identifier_fields::restrict_to_requested(&all, page.request.query("identifier"))
}

fn method_of(page: &InteractionPage, kind: IdentifierType) -> Option<SignInMethod> {
    page.request.experience().sign_in.methods.iter().find(|method| method.identifier == kind).copied()
}

/// Goes on with the identifier: asks for its password, or sends a code.
///
/// # Errors
/// As [`code_forms::begin`].
pub(super) async fn submit_identifier(
    page: &InteractionPage,
    browser: &InteractionBrowser,
    sent: SentIdentifier<'_>,
) -> Result<Response, ApiError> {
    let enabled = enabled_identifiers(page, |method| method.password || method.verification_code);
    let identifier = form_flows::guess_identifier(sent.typed, &enabled);
    let method = method_of(page, identifier.kind);
    let by_code = method.is_some_and(|method| {
        method.verification_code && (sent.wants_code || !method.is_password_primary || !method.password)
    });
    if !by_code {
        return Ok(render_password(page, &sent));
    }
    let identifier = identifier_fields::require_address(identifier)?;
    code_forms::begin(browser, InteractionEvent::SignIn, identifier).await?;
    Ok(browser.with_proof(see_other(&page.request.href(code_path(CodePurpose::SignIn)))))
}

/// The page of the password, after the one of the identifier.
fn render_password(page: &InteractionPage, sent: &SentIdentifier<'_>) -> Response {
    let step = Some(password_step(page, sent.typed, sent.agreed));
    sign_in::render(page, SignInView { typed: sent.typed, step, ..SignInView::default() })
}

/// What the page of the password has beside its fields.
pub(super) fn password_step(page: &InteractionPage, typed: &str, agreed: bool) -> PasswordStep {
    let by_code = enabled_identifiers(page, |method| method.verification_code);
    let identifier = form_flows::guess_identifier(typed, &by_code);
    let has_code = by_code.contains(&identifier.kind) && identifier_fields::require_address(identifier).is_ok();
    PasswordStep {
        action: page.request.href(PASSWORD_PATH),
        agreed,
        code: has_code.then(|| page.request.href("/sign-in")),
    }
}

/// The page of the password with the identifier to which a code was sent, or that the application hints at.
pub(super) async fn show_password(page: InteractionPage) -> Response {
    if !asks_identifier_first(&page) {
        return see_other(&page.request.href("/sign-in"));
    }
    let sent = match &page.interaction {
        Some(interaction) => {
            let browser = InteractionBrowser::of_interaction(page.request.context(), interaction);
            code_forms::sent_code(&browser).await.ok().flatten().filter(|sent| sent.purpose == CodePurpose::SignIn)
        }
        None => None,
    };
    let typed = sent.map(|sent| sent.identifier.value).unwrap_or_else(|| sign_in::login_hint(&page));
    let step = Some(password_step(&page, &typed, false));
    sign_in::render(&page, SignInView { typed: &typed, step, ..SignInView::default() })
}
