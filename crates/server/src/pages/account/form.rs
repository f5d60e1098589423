//! Forms of the account pages. No handler sees what a form holds before its token was compared (attack F11).

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::{IntoResponse, Response};

use super::super::form_fields::FormFields;
use super::super::page_request::PageRequest;
use super::visit::{AccountPage, is_own_form};
use crate::App;
use crate::callers::{Access, AccountOperation, Caller, require_same_origin};
use crate::errors::ApiError;

/// A form that a page of this very person sent, to do what the operation `O` does.
pub(super) struct AccountForm<O> {
    pub page: AccountPage<O>,
    pub fields: FormFields,
}

impl<O: AccountOperation> Caller for AccountForm<O> {
    const ACCESS: Access = Access::AccountPage(O::NEEDS);
}

impl<O: AccountOperation> FromRequest<App> for AccountForm<O> {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let request = PageRequest::from_request_parts(&mut parts, app).await.map_err(IntoResponse::into_response)?;
        require_same_origin(&request).map_err(IntoResponse::into_response)?;
        let page = AccountPage::<O>::find(request).await?;
        let fields = FormFields::of(Request::from_parts(parts, body)).await;
        if !is_own_form(&page, fields.get("xsrf")) {
            return Err(ApiError::bad_request("session.csrf_token_mismatch").into_response());
        }
        Ok(Self { page: page.checked()?, fields })
    }
}
