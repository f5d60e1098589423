//! Enterprise single sign-on on the hosted pages (inventory E098, E099): an e-mail address leads to the provider of its domain, and an
//! application can lead there directly (O045).

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use flow::experience::SignInMode;
use flow::identifier::is_email;
use serde_json::Value;
use views::NotImplementedFeature;
use views::pages::{Field, IdentifierKind, MessagePage, Terms};
use views::social_pages::{SingleSignOnPage, SocialButton};

use super::factor_verification::refuse_foreign_form;
use super::form_fields::FormFields;
use super::interaction_page::{InteractionPage, LoginPrompt, see_other, terms_prompt};
use super::page_request::PageRequest;
use super::sign_in::login_hint;
use super::submitted_form::{PageForm, SubmittedForm};
use super::{social, static_pages};
use crate::errors::ApiError;
use crate::interaction::{InteractionBrowser, ProviderKind, provider_forms};
use crate::routes::Routes;

const EMAIL_PATH: &str = "/single-sign-on/email";
const CONNECTORS_PATH: &str = "/single-sign-on/connectors";

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/single-sign-on", redirect_to_email)
        .get(EMAIL_PATH, show_email)
        .post(EMAIL_PATH, submit_email)
        .get(CONNECTORS_PATH, redirect_to_email)
        .post(CONNECTORS_PATH, submit_connector)
        .get("/direct/{method}/{target}", leave_directly)
}

/// Whether an enterprise can sign people in here.
pub(super) fn is_offered(request: &PageRequest) -> bool {
    request.experience().single_sign_on_enabled && !request.config.policy.sso_connectors.is_empty()
}

/// The page that asks for an address, if an enterprise can sign people in here.
pub(super) fn link(request: &PageRequest) -> Option<String> {
    is_offered(request).then(|| request.href(EMAIL_PATH))
}

/// The name of a connector on pages.
pub(super) fn name_of(request: &PageRequest, connector_id: &str) -> Option<String> {
    let connector = request.config.policy.sso_connectors.iter().find(|connector| connector.id == connector_id)?;
    connector.public.get("connectorName")?.as_str().map(str::to_owned)
}

/// Where an address leads whose domain belongs to an enterprise: to its provider, or to the choice between several. None for any
/// other identifier.
pub(super) async fn leave_by_email(
    page: &InteractionPage,
    browser: &InteractionBrowser,
    typed: &str,
) -> Option<Response> {
    let buttons = buttons_of(&page.request, typed);
    match buttons.as_slice() {
        [] => None,
        [one] => Some(leave(page, browser, one.connector_id.clone(), typed).await),
        // Whoever comes here has agreed to the terms, if that is asked for.
        _ => Some(render(page, Shown { connectors: buttons, has_agreed: true, ..Shown::asking(typed) })),
    }
}

fn buttons_of(request: &PageRequest, typed: &str) -> Vec<SocialButton> {
    let typed = typed.trim();
    if !is_email(typed) {
        return Vec::new();
    }
    let button = |connector: &&flow::SsoConnector| {
        let text = |member: &str| connector.public.get(member).and_then(Value::as_str).unwrap_or_default().to_owned();
        SocialButton {
            one_tap: None,
            connector_id: connector.id.clone(),
            target: String::new(),
            name: text("connectorName"),
            logo: text("logo"),
            logo_dark: Some(text("darkLogo")).filter(|logo| !logo.is_empty()),
        }
    };
    request.config.policy.sso_connectors_of(typed).iter().map(button).collect()
}

/// Whoever leaves has agreed to the terms, if that is asked for.
async fn leave(page: &InteractionPage, browser: &InteractionBrowser, connector_id: String, typed: &str) -> Response {
    match social::leave(page, browser, ProviderKind::Enterprise, connector_id).await {
        Ok(response) => response,
        Err(error) => render(page, Shown { error: Some(&error), has_agreed: true, ..Shown::asking(typed) }),
    }
}

async fn redirect_to_email(page: InteractionPage) -> Response {
    see_other(&page.request.href(EMAIL_PATH))
}

async fn show_email(page: InteractionPage) -> Response {
    render(&page, Shown::asking(&login_hint(&page)))
}

/// An address.
struct EmailForm {
    email: String,
    agreed: bool,
}

impl PageForm for EmailForm {
    type Prompt = LoginPrompt;

    fn read(fields: &FormFields) -> Self {
        Self { email: fields.identifier(), agreed: !fields.get("agree").is_empty() }
    }

    async fn render_error(&self, page: &InteractionPage, error: &ApiError) -> Response {
        if let Some(refusal) = refuse_foreign_form(page, error) {
            return refusal;
        }
        render(page, Shown { error: Some(error), has_agreed: self.agreed, ..Shown::asking(&self.email) })
    }
}

async fn submit_email(submitted: SubmittedForm<EmailForm>) -> Response {
    let SubmittedForm { page, browser, form } = submitted;
    if social::terms_come_first(&page.request, form.agreed) {
        return render(&page, Shown { terms_missing: true, ..Shown::asking(&form.email) });
    }
    if let Some(response) = leave_by_email(&page, &browser, &form.email).await {
        return response;
    }
    let phrase = if is_email(&form.email) { "general.no_enterprise" } else { "general.invalid_email" };
    form.refuse(&page, &ApiError::unprocessable("guard.invalid_input").with_phrase(phrase)).await
}

/// One of several connectors.
struct ConnectorForm {
    connector_id: String,
    agreed: bool,
}

impl PageForm for ConnectorForm {
    type Prompt = LoginPrompt;
    const STANDS_FOR: Option<&'static str> = Some(EMAIL_PATH);

    fn read(fields: &FormFields) -> Self {
        Self { connector_id: fields.get("connector").to_owned(), agreed: !fields.get("agree").is_empty() }
    }

    async fn render_error(&self, page: &InteractionPage, error: &ApiError) -> Response {
        if let Some(refusal) = refuse_foreign_form(page, error) {
            return refusal;
        }
        render(page, Shown { error: Some(error), has_agreed: self.agreed, ..Shown::asking("") })
    }
}

async fn submit_connector(submitted: SubmittedForm<ConnectorForm>) -> Response {
    let SubmittedForm { page, browser, form } = submitted;
    if social::terms_come_first(&page.request, form.agreed) {
        return render(&page, Shown { terms_missing: true, ..Shown::asking("") });
    }
    leave(&page, &browser, form.connector_id, "").await
}

/// `direct_sign_in` of the authorization request (O045): `/direct/sso/{connector id}` or `/direct/social/{target}` leads straight to the
/// provider, once. Who goes back from there, and who must agree to the terms first, sees the page with the other ways. Only the
/// request itself leads away: a link to here does not.
async fn leave_directly(mut page: InteractionPage, Path((method, target)): Path<(String, String)>) -> Response {
    let is_asked = page.request_param("direct_sign_in") == Some(format!("{method}:{target}").as_str());
    let chosen = match method.as_str() {
        "sso" if is_offered(&page.request) => {
            name_of(&page.request, &target).map(|_| (ProviderKind::Enterprise, target))
        }
        "social" => page.social_connector(&target).map(|id| (ProviderKind::Social, id)),
        _ => None,
    };
    let Some((kind, connector_id)) = chosen else { return static_pages::direct_sign_in_unavailable(&page.request) };
    let fallback = || see_other(&page.request.href(static_pages::fallback_screen(&page.request)));
    let Some(interaction) = page.interaction.as_ref().filter(|_| is_asked) else { return fallback() };
    let browser = InteractionBrowser::of_interaction(page.request.context(), interaction);
    if social::terms_come_first(&page.request, false) || !provider_forms::is_fresh(&browser).await {
        return fallback();
    }
    match social::leave(&page, &browser, kind, connector_id).await {
        Ok(response) => response,
        Err(error) => {
            page.request.stands_for = Some("/sign-in");
            super::sign_in::render_page(&page, error.status(), "", Some(&error), false)
        }
    }
}

/// What the page shows.
struct Shown<'a> {
    typed: &'a str,
    /// The connectors to choose from; none where the address is asked for.
    connectors: Vec<SocialButton>,
    has_agreed: bool,
    terms_missing: bool,
    error: Option<&'a ApiError>,
}

impl<'a> Shown<'a> {
    fn asking(typed: &'a str) -> Self {
        Self { typed, connectors: Vec::new(), has_agreed: false, terms_missing: false, error: None }
    }

    fn status(&self) -> StatusCode {
        match self.error {
            Some(error) => error.status(),
            None if self.terms_missing => StatusCode::UNPROCESSABLE_ENTITY,
            None => StatusCode::OK,
        }
    }
}

fn render(page: &InteractionPage, view: Shown<'_>) -> Response {
    let request = &page.request;
    let back = request.href("/sign-in");
    if !is_offered(request) {
        let template = MessagePage::unavailable(request.language(), NotImplementedFeature::SingleSignOn, Some(&back));
        return request.render(StatusCode::OK, &template);
    }
    let status = view.status();
    let field = Field::identifier(request.language(), &[IdentifierKind::Email], view.typed);
    let template = SingleSignOnPage {
        xsrf: page.xsrf(),
        action: request.href(if view.connectors.is_empty() { EMAIL_PATH } else { CONNECTORS_PATH }),
        fields: if view.connectors.is_empty() { vec![field] } else { Vec::new() },
        connectors: view.connectors,
        has_agreed: view.has_agreed,
        terms: match (view.terms_missing, view.has_agreed) {
            (true, _) => Terms::Missing,
            (false, false) if request.experience().sign_in_mode != SignInMode::Register => terms_prompt(request, false),
            (false, _) => Terms::Hidden,
        },
        error: view.error.map(|error| error.message(request.language())),
        back,
    };
    request.render(status, &template)
}
