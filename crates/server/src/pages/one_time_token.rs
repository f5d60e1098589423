//! The page of magic links (O046, E098): the authorization request brings `one_time_token` and, as `login_hint`, the address.

use axum::http::StatusCode;
use axum::response::Response;
use views::pages::Terms;
use views::token_pages::OneTimeTokenPage;

use super::form_fields::FormFields;
use super::interaction_page::{InteractionPage, LoginPrompt, see_other, terms_not_accepted, terms_prompt};
use super::missing_profile;
use super::sign_in;
use super::submitted_form::{PageForm, SubmittedForm};
use crate::errors::ApiError;
use crate::interaction::InteractionBrowser;
use crate::interaction::one_time_token::{self, MagicLink};
use crate::routes::Routes;

const PATH: &str = "/one-time-token";

pub(super) fn routes() -> Routes {
    Routes::new().get(PATH, show_link).post(PATH, submit_link).get("/one-time-token/error", show_link)
}

/// What the link of this authorization request held.
fn link_of(page: &InteractionPage) -> Option<MagicLink> {
    let (token, email) = (page.request_param("one_time_token")?, page.request_param("login_hint")?);
    let is_one = !token.is_empty() && !email.is_empty();
    is_one.then(|| MagicLink { email: email.to_owned(), token: token.to_owned() })
}

/// Where a first page sends whoever followed a magic link. The link to sign in otherwise leaves the token out.
pub(super) fn redirect(page: &InteractionPage) -> Option<Response> {
    page.request.query("one_time_token")?;
    link_of(page).map(|_| see_other(&page.request.href(PATH)))
}

/// The button was pressed.
struct LinkForm {
    agreed: bool,
}

impl PageForm for LinkForm {
    type Prompt = LoginPrompt;
    const ASKS_CAPTCHA: bool = true;

    fn read(fields: &FormFields) -> Self {
        Self { agreed: !fields.get("agree").is_empty() }
    }

    async fn render_error(&self, page: &InteractionPage, error: &ApiError) -> Response {
        let view = LinkView { link: link_of(page), terms: terms_prompt(&page.request, true) };
        render_page(page, error.status(), view, Some(error))
    }
}

async fn show_link(page: InteractionPage) -> Response {
    let (Some(link), Some(interaction)) = (link_of(&page), &page.interaction) else {
        return see_other(&page.request.href("/sign-in"));
    };
    let browser = InteractionBrowser::of_interaction(page.request.context(), interaction);
    match browser.look_at_link(&link).await {
        Ok(purpose) => {
            let view = LinkView { link: Some(link), terms: terms_prompt(&page.request, purpose.is_newcomer) };
            render_page(&page, StatusCode::OK, view, None)
        }
        Err(error) => render_page(&page, error.status(), LinkView::default(), Some(&error)),
    }
}

async fn submit_link(submitted: SubmittedForm<LinkForm>) -> Response {
    let SubmittedForm { page, browser, form } = submitted;
    let Some(link) = link_of(&page) else { return see_other(&page.request.href("/sign-in")) };
    let is_newcomer = match browser.look_at_link(&link).await {
        Ok(purpose) => purpose.is_newcomer,
        Err(error) => return render_page(&page, error.status(), LinkView::default(), Some(&error)),
    };
    if terms_not_accepted(&page.request, is_newcomer, form.agreed) {
        let view = LinkView { link: Some(link), terms: Terms::Missing };
        return render_page(&page, StatusCode::UNPROCESSABLE_ENTITY, view, None);
    }
    match one_time_token::follow_link(&browser, link).await {
        Ok(next) => browser.with_proof(missing_profile::follow_outcome(&page, next)),
        Err(error) if error.code() == "user.suspended" => sign_in::render_refusal(&page, &error, &form).await,
        Err(error) => render_page(&page, error.status(), LinkView::default(), Some(&error)),
    }
}

/// The link, if it holds, and how its form asks for the terms.
struct LinkView {
    link: Option<MagicLink>,
    terms: Terms,
}

impl Default for LinkView {
    fn default() -> Self {
        Self { link: None, terms: Terms::Hidden }
    }
}

/// The page with its button, or what is wrong with the link.
fn render_page(page: &InteractionPage, status: StatusCode, view: LinkView, error: Option<&ApiError>) -> Response {
    let request = &page.request;
    let template = OneTimeTokenPage {
        application: page.application_name(),
        xsrf: page.xsrf(),
        email: view.link.map(|link| link.email),
        terms: view.terms,
        error: error.map(|error| error.message(request.language())),
        sign_in: request.href("/sign-in"),
    };
    request.render(status, &template)
}
