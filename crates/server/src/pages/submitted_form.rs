//! Forms of the pages. No handler sees what a form holds before its CSRF token was compared (attack F11).

use std::future::Future;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::{IntoResponse, Response};
use kernel::id;

use super::form_fields::{COUNTRY, FormFields};
use super::interaction_page::{InteractionPage, PagePrompt, redirect_to_unknown_session};
use super::page_request::PageRequest;
use crate::assets::{Picture, PictureForm};
use crate::callers::{Access, Caller, require_same_origin};
use crate::captcha;
use crate::interaction::{InteractionBrowser, avatar};
use crate::oidc::interactions::{self, TabHints};
use crate::{ApiError, App, refusals};

/// The form of a page.
pub trait PageForm: Sized + Send + Sync {
    /// The prompt of its page.
    type Prompt: PagePrompt;
    /// Whether it counts only with the proof of a captcha, where one is asked for. Its page shows
    /// [`views::Template::ASKS_CAPTCHA`].
    const ASKS_CAPTCHA: bool = false;

    /// The page whose form the person sees where this one is refused, if another's.
    const STANDS_FOR: Option<&'static str> = None;

    /// Whether a picture may be in it, in a form of several parts.
    const TAKES_PICTURE: bool = false;

    /// Takes what the page needs from the form.
    fn read(fields: &FormFields) -> Self;

    /// Takes the picture that was sent, or why the file is none.
    fn take_picture(&mut self, _: Result<Option<Picture>, ApiError>) {}

    /// The page again, with what was typed and what is wrong.
    fn render_error(
        &self,
        page: &InteractionPage<Self::Prompt>,
        error: &ApiError,
    ) -> impl Future<Output = Response> + Send;

    /// As [`Self::render_error`]; what was refused is kept.
    fn refuse(&self, page: &InteractionPage<Self::Prompt>, error: &ApiError) -> impl Future<Output = Response> + Send {
        async {
            let mut refused = error.clone();
            if let Some(interaction) = &page.interaction {
                refused.add_fact(refusals::CLIENT, interaction.client_id.as_str());
            }
            refusals::noted(self.render_error(page, error).await, refused)
        }
    }
}

/// A form that the page of this very interaction sent: the caller of every route that takes a form.
pub struct SubmittedForm<F: PageForm> {
    pub page: InteractionPage<F::Prompt>,
    /// The sender.
    pub browser: InteractionBrowser,
    pub form: F,
}

impl<F: PageForm> Caller for SubmittedForm<F> {
    const ACCESS: Access = Access::Interaction;
}

impl<F: PageForm> FromRequest<App> for SubmittedForm<F> {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let request = PageRequest::from_request_parts(&mut parts, app).await.map_err(IntoResponse::into_response)?;
        require_same_origin(&request).map_err(IntoResponse::into_response)?;
        let (context, sent) = (request.context(), Request::from_parts(parts, body));
        let (fields, file) = match F::TAKES_PICTURE && PictureForm::is_sent(sent.headers()) {
            false => (FormFields::of(sent).await, None),
            true => {
                // Before the file is read: who is in no interaction need not send it.
                let hints = TabHints { app_id: None, xsrf: None, prompt: None };
                if interactions::load_for_page(&context.tenant, &context.headers, hints).await.is_err() {
                    return Err(redirect_to_unknown_session(&request));
                }
                let received = PictureForm::receive(&context, sent).await.map_err(IntoResponse::into_response)?;
                (FormFields::of_pairs(received.fields()), Some(received))
            }
        };
        let mut page = InteractionPage::load(request, Some(fields.get("xsrf"))).await?;
        page.request.stands_for = F::STANDS_FOR;
        page.request.country = fields.first(COUNTRY).map(str::to_owned);
        // The form of a preview does nothing.
        let Some(interaction) = &page.interaction else { return Err(redirect_to_unknown_session(&page.request)) };
        let browser = InteractionBrowser::of_interaction(page.request.context(), interaction);
        let mut form = F::read(&fields);
        if !id::constant_time_eq(fields.get("xsrf"), &interaction.xsrf) {
            return Err(form.refuse(&page, &ApiError::bad_request("session.csrf_token_mismatch")).await);
        }
        if let Some(file) = file.filter(PictureForm::has_file) {
            let picture = match avatar::require_upload(&browser).await {
                Ok(()) => file.picture().await,
                Err(error) => Err(error),
            };
            form.take_picture(picture);
        }
        if !F::ASKS_CAPTCHA {
            return Ok(Self { page, browser, form });
        }
        match solved(browser, &fields).await {
            Ok(browser) => Ok(Self { page, browser, form }),
            Err(error) => {
                keep_waiting(&mut page, &fields, &error);
                Err(form.refuse(&page, &error).await)
            }
        }
    }
}

/// Checks the captcha of a form that needs one, before anything that costs more.
async fn solved(browser: InteractionBrowser, fields: &FormFields) -> Result<InteractionBrowser, ApiError> {
    // The last is the name that the box of reCAPTCHA gives to its own field.
    let token = ["captcha", "g-recaptcha-response"].into_iter().find_map(|name| fields.first(name));
    let browser = browser.with_captcha(token).await?;
    match browser.lacks_captcha() {
        true => Err(ApiError::unprocessable("session.captcha_required")),
        false => Ok(browser),
    }
}

/// Who sent a form too early goes on waiting, rather than anew.
fn keep_waiting<P: PagePrompt>(page: &mut InteractionPage<P>, fields: &FormFields, error: &ApiError) {
    let waits = error.data_ref().is_some_and(|data| data.get("waitSeconds").is_some());
    let challenge = fields.get("captcha").strip_prefix(captcha::WAIT_PREFIX).filter(|_| waits);
    if let (Some(challenge), Some(interaction)) = (challenge, &page.interaction) {
        page.request.captcha = captcha::prompt(&page.request, &interaction.uid, Some(challenge));
    }
}
