//! Forms of the pages. No handler sees what a form holds before its CSRF token was compared (attack F11).

use std::future::Future;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::{IntoResponse, Response};
use kernel::id;

use super::form_fields::FormFields;
use super::interaction_page::{InteractionPage, PagePrompt, redirect_to_unknown_session};
use super::page_request::PageRequest;
use crate::callers::{Access, Caller, require_same_origin};
use crate::interaction::InteractionBrowser;
use crate::{ApiError, App};

/// The form of a page.
pub trait PageForm: Sized + Send {
    /// The prompt of its page.
    type Prompt: PagePrompt;

    /// Takes what the page needs from the form.
    fn read(fields: &FormFields) -> Self;

    /// The page again, with what was typed and what is wrong.
    fn render_error(
        &self,
        page: &InteractionPage<Self::Prompt>,
        error: &ApiError,
    ) -> impl Future<Output = Response> + Send;
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
        let fields = FormFields::of(Request::from_parts(parts, body)).await;
        let page = InteractionPage::load(request, Some(fields.get("xsrf"))).await?;
        // The form of a preview does nothing.
        let Some(interaction) = &page.interaction else { return Err(redirect_to_unknown_session(&page.request)) };
        let browser = InteractionBrowser::of_interaction(page.request.context(), interaction);
        let form = F::read(&fields);
        if !id::constant_time_eq(fields.get("xsrf"), &interaction.xsrf) {
            return Err(form.render_error(&page, &ApiError::bad_request("session.csrf_token_mismatch")).await);
        }
        Ok(Self { page, browser, form })
    }
}
