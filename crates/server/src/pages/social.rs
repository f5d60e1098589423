//! Social sign-in on the hosted pages (inventory E087, E098): away to the provider, back from it, and what to do with an account
//! that nobody has linked.

use axum::body::Bytes;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use flow::experience::SignInMode;
use serde_json::Value;
use views::pages::Terms;
use views::social_pages::{OneTapPrompt, SocialButton, SocialLinkPage};
use views::translate;

use super::factor_verification::refuse_foreign_form;
use super::form_fields::FormFields;
use super::interaction_page::{InteractionPage, LoginPrompt, see_other, terms_not_accepted, terms_prompt};
use super::missing_profile::follow_outcome;
use super::page_request::{PageRequest, redirect};
use super::submitted_form::{PageForm, SubmittedForm};
use super::{sign_in, single_sign_on};
use crate::connectors::social;
use crate::errors::ApiError;
use crate::interaction::provider_forms::{self, ProviderChoices, ProviderOutcome};
use crate::interaction::provider_sign_in::ProviderResponse;
use crate::interaction::{InteractionBrowser, ProviderKind};
use crate::oidc::interactions;
use crate::routes::Routes;
use crate::work::View;

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/social/sign-in", redirect_to_sign_in)
        .post("/social/sign-in", submit_button)
        .get("/social/one-tap", redirect_to_sign_in)
        .post("/social/one-tap", submit_one_tap)
        .get("/callback/{connector_id}", come_back)
        .post("/callback/{connector_id}", convert_to_get)
        .post("/account/callback/social/{connector_id}", convert_to_get)
        .get("/social/link", show_choices)
        .post("/social/link", submit_choice)
}

/// The longest body of a callback, in bytes.
const MAX_CALLBACK: usize = 16 << 10;

/// What a provider answers (RFC 6749 section 4.1.2, RFC 9207, OpenID Connect Core section 3.2.2.5; `user` is Apple's). Nothing else gets
/// into an address.
const ANSWER_PARAMETERS: [&str; 8] =
    ["code", "state", "error", "error_description", "error_uri", "iss", "id_token", "user"];

async fn redirect_to_sign_in(page: InteractionPage) -> Response {
    see_other(&page.request.href("/sign-in"))
}

/// The buttons of a page, in the order of the settings. A page does without those that can't be read now.
pub(super) async fn buttons(request: &PageRequest) -> Vec<SocialButton> {
    let targets = request.experience().social_sign_in_connector_targets.clone();
    if targets.is_empty() {
        return Vec::new();
    }
    let offered = request.read_inline(move |view: &View<'_>| social::offered(view, &targets)).await;
    let language = request.language().tag();
    let button = |connector: social::PublicConnector| SocialButton {
        one_tap: connector.one_tap.as_ref().map(|settings| OneTapPrompt {
            connector_id: connector.id.clone(),
            client_id: settings.client_id.clone(),
            auto_select: settings.auto_select,
            close_on_tap_outside: settings.close_on_tap_outside,
            itp_support: settings.itp_support,
        }),
        name: connector.name_in(language).to_owned(),
        connector_id: connector.id,
        target: connector.target,
        logo: connector.logo,
        logo_dark: connector.logo_dark,
    };
    offered.unwrap_or_default().into_iter().map(button).collect()
}

/// What Google's script is told to ask over a page on which nothing went wrong: one that signs in by itself would else do it again and
/// again. Nobody is asked who must agree to something first.
pub(super) fn one_tap(page: &InteractionPage) -> Option<OneTapPrompt> {
    let interaction = page.interaction.as_ref().filter(|_| !terms_come_first(&page.request, false))?;
    let mut prompt = page.social.iter().find_map(|button| button.one_tap.clone())?;
    let asked = interaction.request();
    if asked.prompts.login || asked.max_age.is_some() {
        // The application wants the person to do something (OpenID Connect Core section 3.1.2.1).
        prompt.auto_select = Some(false);
    }
    Some(prompt)
}

/// What Google's script gave to the page (E089).
struct OneTapForm {
    connector_id: String,
    credential: String,
}

impl PageForm for OneTapForm {
    type Prompt = LoginPrompt;
    const STANDS_FOR: Option<&'static str> = Some("/sign-in");

    fn read(fields: &FormFields) -> Self {
        Self { connector_id: fields.get("connector").to_owned(), credential: fields.get("credential").to_owned() }
    }

    async fn render_error(&self, page: &InteractionPage, error: &ApiError) -> Response {
        sign_in::render_page(page, error.status(), "", Some(error), false)
    }
}

async fn submit_one_tap(submitted: SubmittedForm<OneTapForm>) -> Response {
    let SubmittedForm { page, browser, form } = submitted;
    if terms_come_first(&page.request, false) {
        return sign_in::render_page(&page, StatusCode::UNPROCESSABLE_ENTITY, "", None, true);
    }
    let may_register = !terms_not_accepted(&page.request, true, false);
    let tapped = provider_forms::one_tap(&browser, form.connector_id.clone(), form.credential.clone(), may_register);
    match tapped.await {
        Ok(ProviderOutcome::Form(outcome)) => browser.with_proof(follow_outcome(&page, outcome)),
        Ok(ProviderOutcome::Ask) => browser.with_proof(see_other("/social/link")),
        Err(error) => sign_in::render_refusal(&page, &error, &form).await,
    }
}

/// A button that was pressed.
struct LeaveForm {
    connector_id: String,
    agreed: bool,
}

impl PageForm for LeaveForm {
    type Prompt = LoginPrompt;
    const STANDS_FOR: Option<&'static str> = Some("/sign-in");

    fn read(fields: &FormFields) -> Self {
        Self { connector_id: fields.get("connector").to_owned(), agreed: !fields.get("agree").is_empty() }
    }

    async fn render_error(&self, page: &InteractionPage, error: &ApiError) -> Response {
        sign_in::render_page(page, error.status(), "", Some(error), false)
    }
}

async fn submit_button(submitted: SubmittedForm<LeaveForm>) -> Response {
    let SubmittedForm { page, browser, form } = submitted;
    if terms_come_first(&page.request, form.agreed) {
        return sign_in::render_page(&page, StatusCode::UNPROCESSABLE_ENTITY, "", None, true);
    }
    match leave(&page, &browser, ProviderKind::Social, form.connector_id.clone()).await {
        Ok(response) => response,
        Err(error) => form.refuse(&page, &error).await,
    }
}

/// Whether people who are known must agree before they are sent away. Newcomers are asked when they come back.
pub(super) fn terms_come_first(request: &PageRequest, agreed: bool) -> bool {
    request.experience().sign_in_mode != SignInMode::Register && terms_not_accepted(request, false, agreed)
}

/// Sends the browser to a provider.
///
/// # Errors
/// As [`provider_forms::begin`].
pub(super) async fn leave(
    page: &InteractionPage,
    browser: &InteractionBrowser,
    kind: ProviderKind,
    connector_id: String,
) -> Result<Response, ApiError> {
    // Without the connector's id nobody could register the address at the provider beforehand.
    let callback = format!("{}/callback/{connector_id}", page.request.tenant.endpoint());
    let uri = provider_forms::begin(browser, kind, connector_id, callback).await?;
    Ok(browser.with_proof(see_other(&uri)))
}

/// A provider that answers by a form (Apple). Its request comes from another site, without our cookies: the browser comes again
/// with them.
async fn convert_to_get(request: PageRequest, body: Bytes) -> Response {
    let pairs = url::form_urlencoded::parse(&body)
        .filter(|(name, _)| body.len() <= MAX_CALLBACK && ANSWER_PARAMETERS.contains(&name.as_ref()));
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    redirect(StatusCode::SEE_OTHER, &format!("{}?{query}", request.uri.path()))
}

async fn come_back(mut page: InteractionPage, Path(connector_id): Path<String>) -> Response {
    page.request.stands_for = LeaveForm::STANDS_FOR;
    match complete(&mut page, connector_id).await {
        Ok(ProviderOutcome::Form(outcome)) => follow_outcome(&page, outcome),
        Ok(ProviderOutcome::Ask) => see_other("/social/link"),
        Err(error) => {
            sign_in::render_refusal(&page, &error, &LeaveForm { connector_id: String::new(), agreed: false }).await
        }
    }
}

async fn complete(page: &mut InteractionPage, connector_id: String) -> Result<ProviderOutcome, ApiError> {
    let interaction = page.interaction.as_ref().ok_or_else(|| ApiError::bad_request("session.not_found"))?;
    let parameters = provider_forms::read_parameters(page.request.uri.query().unwrap_or_default())?;
    let state = parameters.get("state").and_then(Value::as_str).unwrap_or_default();
    let newest = InteractionBrowser::of_interaction(page.request.context(), interaction);
    let (browser, verification_id) = provider_forms::tab_of(newest, state).await?;
    let uid = browser.uid.clone();
    let interaction = browser.read_inline(move |view: &View<'_>| interactions::find(view, &uid)).await?;
    page.interaction = interaction.or(page.interaction.take());
    let may_register = !terms_not_accepted(&page.request, true, false);
    let response = ProviderResponse { kind: None, connector_id, verification_id, parameters };
    provider_forms::come_back(&browser, response, may_register).await
}

/// What to do with the account.
struct ChoiceForm {
    links: bool,
    agreed: bool,
}

impl PageForm for ChoiceForm {
    type Prompt = LoginPrompt;

    fn read(fields: &FormFields) -> Self {
        Self { links: fields.get("choice") == "link", agreed: !fields.get("agree").is_empty() }
    }

    async fn render_error(&self, page: &InteractionPage, error: &ApiError) -> Response {
        if let Some(refusal) = refuse_foreign_form(page, error) {
            return refusal;
        }
        match page_choices(page).await {
            Some(choices) => render_page(page, &choices, Some(error), false).await,
            None => see_other(&page.request.href("/sign-in")),
        }
    }
}

async fn page_choices(page: &InteractionPage) -> Option<ProviderChoices> {
    let browser = InteractionBrowser::of_interaction(page.request.context(), page.interaction.as_ref()?);
    provider_forms::choices(&browser).await.ok().flatten()
}

async fn show_choices(page: InteractionPage) -> Response {
    match page_choices(&page).await {
        Some(choices) => render_page(&page, &choices, None, false).await,
        None => see_other(&page.request.href("/sign-in")),
    }
}

async fn submit_choice(submitted: SubmittedForm<ChoiceForm>) -> Response {
    let SubmittedForm { page, browser, form } = submitted;
    let choices = match provider_forms::choices(&browser).await {
        Ok(Some(choices)) => choices,
        Ok(None) => return see_other(&page.request.href("/sign-in")),
        Err(error) => return form.refuse(&page, &error).await,
    };
    if !form.links && terms_not_accepted(&page.request, true, form.agreed) {
        return render_page(&page, &choices, None, true).await;
    }
    let decided = match form.links {
        true => provider_forms::link(&browser, choices.verification_id).await,
        false => provider_forms::register(&browser, choices.verification_id).await,
    };
    match decided {
        Ok(outcome) => follow_outcome(&page, outcome),
        Err(error) => sign_in::render_refusal(&page, &error, &form).await,
    }
}

async fn render_page(
    page: &InteractionPage,
    choices: &ProviderChoices,
    error: Option<&ApiError>,
    terms_missing: bool,
) -> Response {
    let request = &page.request;
    let buttons = buttons(request).await;
    let provider = buttons.into_iter().find(|button| button.connector_id == choices.connector_id);
    let status = match (error, terms_missing) {
        (Some(error), _) => error.status(),
        (None, true) => StatusCode::UNPROCESSABLE_ENTITY,
        (None, false) => StatusCode::OK,
    };
    let template = SocialLinkPage {
        xsrf: page.xsrf(),
        provider: provider
            .map(|button| button.name)
            .or_else(|| single_sign_on::name_of(request, &choices.connector_id))
            .unwrap_or_else(|| translate(request.language(), "pages.social.provider", &[])),
        related: choices.related.as_ref().map(|identifier| identifier.value.clone()),
        can_register: choices.can_register,
        terms: if terms_missing { Terms::Missing } else { terms_prompt(request, true) },
        error: error.map(|error| error.message(request.language())),
        sign_in: request.href("/sign-in"),
    };
    request.render(status, &template)
}
