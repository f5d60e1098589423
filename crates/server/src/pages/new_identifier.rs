//! The pages that ask for an e-mail address or phone number which an account lacks; a code proves it (inventory E098).

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use flow::IdentifierType;
use flow::error::MissingProfile;
use kernel::text::isolate;
use views::code_pages::AddressPage;
use views::pages::MessageLink;
use views::translate;

use super::factor_verification::{factor_path, other_bindings, refuse_foreign_form, waiting};
use super::form_fields::FormFields;
use super::identifier_fields::{self, require_address};
use super::interaction_page::{InteractionPage, LoginPrompt, redirect_to_unknown_session, see_other};
use super::missing_profile::follow_outcome;
use super::sent_code::code_path;
use super::submitted_form::{PageForm, SubmittedForm};
use crate::errors::ApiError;
use crate::interaction::code_forms::{self, CodePurpose};
use crate::interaction::form_flows::{FactorChoice, choose_factors, guess_identifier};
use crate::interaction::{CodeFactor, InteractionBrowser};
use crate::routes::Routes;

const EMAIL_PATH: &str = "/continue/email";
const PHONE_PATH: &str = "/continue/phone";
const EITHER_PATH: &str = "/continue/emailOrPhone";
// Codes are a factor of every account that has an address, so binding them means adding one (E066).
const EMAIL_FACTOR_PATH: &str = "/mfa-binding/EmailVerificationCode";
const PHONE_FACTOR_PATH: &str = "/mfa-binding/PhoneVerificationCode";

pub(super) fn routes() -> Routes {
    let mut routes = Routes::new();
    for path in [EMAIL_PATH, PHONE_PATH, EITHER_PATH, EMAIL_FACTOR_PATH, PHONE_FACTOR_PATH] {
        routes = routes.get(path, show_address).post(path, submit_address);
    }
    routes
}

/// The page that adds an address or number for the codes of a factor.
pub(super) fn binding_path(factor: CodeFactor) -> &'static str {
    match factor {
        CodeFactor::Email => EMAIL_FACTOR_PATH,
        CodeFactor::Phone => PHONE_FACTOR_PATH,
    }
}

/// The page for the first of the parts, none of which can be typed without proof.
pub(super) fn path_for(parts: &[MissingProfile]) -> &'static str {
    match parts.first() {
        Some(MissingProfile::Phone) => PHONE_PATH,
        Some(MissingProfile::EmailOrPhone) => EITHER_PATH,
        _ => EMAIL_PATH,
    }
}

/// The page for another address or number of this kind.
pub(super) fn path_of(kind: IdentifierType) -> &'static str {
    match kind {
        IdentifierType::Phone => PHONE_PATH,
        IdentifierType::Email | IdentifierType::Username => EMAIL_PATH,
    }
}

/// A typed address or number, or a choice against it.
struct NewAddressForm {
    typed: String,
    choice: Option<FactorChoice>,
}

impl PageForm for NewAddressForm {
    type Prompt = LoginPrompt;

    fn read(fields: &FormFields) -> Self {
        Self { typed: fields.identifier(), choice: FactorChoice::of_form(fields.get("choice")) }
    }

    async fn render_error(&self, page: &InteractionPage, error: &ApiError) -> Response {
        if let Some(refusal) = refuse_foreign_form(page, error) {
            return refusal;
        }
        match requested_address(page).await {
            Ok(requested) => render_page(page, &requested, &self.typed, Some(error)),
            Err(response) => response,
        }
    }
}

/// What the page asks for.
struct RequestedAddress {
    kinds: Vec<IdentifierType>,
    lead: String,
    /// What the form sends to go on without.
    skip: Option<&'static str>,
    links: Vec<MessageLink>,
}

/// What this page can add to the account.
///
/// # Errors
/// Where the browser goes if the account lacks something else, or nothing.
async fn requested_address(page: &InteractionPage) -> Result<RequestedAddress, Response> {
    match page.request.uri.path() {
        EMAIL_FACTOR_PATH => requested_by_factor(page, CodeFactor::Email).await,
        PHONE_FACTOR_PATH => requested_by_factor(page, CodeFactor::Phone).await,
        _ => {
            let application = page.application_name().map(|name| isolate(&name));
            let lead = match &application {
                Some(name) => text(page, "pages.continue.code_lead", &[("application", name)]),
                None => text(page, "pages.continue.code_lead_plain", &[]),
            };
            Ok(RequestedAddress { kinds: missing_kinds(page).await?, lead, skip: None, links: Vec::new() })
        }
    }
}

fn text(page: &InteractionPage, key: &str, values: &[(&str, &str)]) -> String {
    translate(page.request.language(), key, values)
}

async fn requested_by_factor(page: &InteractionPage, factor: CodeFactor) -> Result<RequestedAddress, Response> {
    let step = waiting(page).await?.1;
    let Some((available, skip)) = step.bindable() else {
        return Err(see_other(&page.request.href(factor_path(&step))));
    };
    let kind = match factor {
        CodeFactor::Email => IdentifierType::Email,
        CodeFactor::Phone => IdentifierType::Phone,
    };
    if !available.contains(&factor.factor()) {
        return Err(see_other(&page.request.href("/mfa-binding")));
    }
    let lead = text(page, "pages.continue.factor_lead", &[]);
    let links = other_bindings(page, available, factor.factor());
    Ok(RequestedAddress { kinds: vec![kind], lead, skip, links })
}

/// The kinds of addresses that the account lacks and the page asks for.
async fn missing_kinds(page: &InteractionPage) -> Result<Vec<IdentifierType>, Response> {
    let Some(interaction) = &page.interaction else { return Err(redirect_to_unknown_session(&page.request)) };
    let browser = InteractionBrowser::of_interaction(page.request.context(), interaction);
    let parts = match code_forms::missing_parts(&browser).await {
        Ok(parts) => parts,
        Err(error) if error.status().is_client_error() => Vec::new(),
        Err(error) => return Err(error.into_response()),
    };
    let mut missing = Vec::new();
    for part in &parts {
        match part {
            MissingProfile::Email => missing.push(IdentifierType::Email),
            MissingProfile::Phone => missing.push(IdentifierType::Phone),
            MissingProfile::EmailOrPhone => missing.extend([IdentifierType::Email, IdentifierType::Phone]),
            MissingProfile::Username | MissingProfile::Password | MissingProfile::ExtraProfile => {}
        }
    }
    let candidates = match page.request.uri.path() {
        PHONE_PATH => &[IdentifierType::Phone][..],
        EMAIL_PATH => &[IdentifierType::Email],
        _ => &[IdentifierType::Email, IdentifierType::Phone],
    };
    let kinds: Vec<_> = candidates.iter().copied().filter(|kind| missing.contains(kind)).collect();
    match (kinds.is_empty(), missing.is_empty()) {
        (false, _) => Ok(kinds),
        (true, false) => Err(see_other(&page.request.href(path_for(&parts)))),
        (true, true) => Err(see_other(&page.request.href("/sign-in"))),
    }
}

async fn show_address(page: InteractionPage) -> Response {
    match requested_address(&page).await {
        Ok(requested) => render_page(&page, &requested, "", None),
        Err(response) => response,
    }
}

async fn submit_address(submitted: SubmittedForm<NewAddressForm>) -> Response {
    let SubmittedForm { page, browser, form } = submitted;
    let requested = match requested_address(&page).await {
        Ok(requested) => requested,
        Err(response) => return response,
    };
    if let Some(choice) = form.choice {
        return match choose_factors(&browser, choice).await {
            Ok(outcome) => follow_outcome(&page, outcome),
            Err(error) => render_page(&page, &requested, &form.typed, Some(&error)),
        };
    }
    let sent = match require_address(guess_identifier(&form.typed, &requested.kinds)) {
        Ok(identifier) => code_forms::send_to_new_identifier(&browser, identifier).await,
        Err(error) => Err(error),
    };
    match sent {
        Ok(()) => see_other(&page.request.href(code_path(CodePurpose::AddIdentifier))),
        Err(error) => render_page(&page, &requested, &form.typed, Some(&error)),
    }
}

fn render_page(
    page: &InteractionPage,
    requested: &RequestedAddress,
    typed: &str,
    error: Option<&ApiError>,
) -> Response {
    let title = match requested.kinds.as_slice() {
        [IdentifierType::Email] => "pages.continue.email_title",
        [IdentifierType::Phone] => "pages.continue.phone_title",
        _ => "pages.continue.either_title",
    };
    let mut fields = identifier_fields::fields(&page.request, &requested.kinds, typed);
    let template = AddressPage {
        title: text(page, title, &[]),
        lead: requested.lead.clone(),
        action: page.request.href(page.request.uri.path()),
        xsrf: page.xsrf(),
        error: identifier_fields::place_error(&mut fields, error, page.request.language()),
        fields,
        begins: false,
        skip: requested.skip,
        links: requested.links.clone(),
    };
    page.request.render(error.map_or(StatusCode::OK, ApiError::status), &template)
}
