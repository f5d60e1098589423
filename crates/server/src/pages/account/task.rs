//! A page with one thing to do.

use axum::http::StatusCode;
use axum::response::Response;
use views::account_pages::{OtherForm, TaskPage};
use views::pages::{Field, MessageLink};

use super::SECURITY;
use super::visit::{AccountPage, refusal};
use crate::callers::AccountOperation;
use crate::errors::ApiError;

/// What differs between tasks; title and button are phrases below `pages`.
#[derive(Default)]
pub(super) struct Task<'a> {
    pub title: &'a str,
    pub lead: String,
    /// Path of the form's handler.
    pub action: String,
    pub fields: Vec<Field>,
    pub asks_code: bool,
    pub button: &'a str,
    pub notice: Option<String>,
    pub error: Option<&'a ApiError>,
    /// Whether the error stands beside a field already.
    pub is_placed: bool,
    pub requirements: Vec<String>,
    pub issues: Vec<String>,
    pub others: Vec<OtherForm>,
    pub links: Vec<MessageLink>,
}

impl<O: AccountOperation> AccountPage<O> {
    /// Shows a task.
    pub fn render_task(&self, task: Task<'_>) -> Response {
        let language = self.request.language();
        let is_said = task.is_placed || !task.issues.is_empty();
        let has_fault = task.fields.iter().any(|field| field.error.is_some());
        let status = match task.error {
            Some(error) => error.status(),
            None if has_fault => StatusCode::UNPROCESSABLE_ENTITY,
            None => StatusCode::OK,
        };
        let page = TaskPage {
            title: self.text(task.title),
            lead: task.lead,
            action: task.action,
            xsrf: self.xsrf.clone(),
            fields: task.fields,
            asks_code: task.asks_code,
            button: self.text(task.button),
            notice: task.notice,
            error: task.error.filter(|_| !is_said).map(|error| error.message(language)),
            requirements: task.requirements,
            issues: task.issues,
            others: task.others,
            links: task.links,
        };
        self.request.render(status, &page)
    }

    /// The way back to the overview.
    pub fn back(&self) -> MessageLink {
        MessageLink { href: self.href(SECURITY), text: self.text("account.back") }
    }

    /// The error of a form, if it is about what the form holds.
    ///
    /// # Errors
    /// What the browser is answered instead: a proof that is too old leads to the page that asks for one.
    pub fn about_form(&self, error: ApiError) -> Result<ApiError, Response> {
        let code = error.code();
        let is_refused = code.starts_with("account_center.")
            || code.starts_with("auth.")
            || code == "verification_record.permission_denied";
        match matches!(error.status().as_u16(), 400 | 422 | 429 | 501 | 503) && !is_refused {
            true => Ok(error),
            false => Err(refusal(&self.request, &error)),
        }
    }
}
