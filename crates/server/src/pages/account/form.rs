//! Forms of the account pages. No handler sees what a form holds before its token was compared (attack F11).

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::{IntoResponse, Response};

use super::super::form_fields::FormFields;
use super::super::page_request::PageRequest;
use super::visit::{AccountPage, is_own_form};
use crate::App;
use crate::assets::{Picture, PictureForm};
use crate::callers::{Access, AccountOperation, Caller, Field, require_same_origin};
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
        let (page, request) = find_page::<O>(request, app).await?;
        let fields = FormFields::of(request).await;
        require_own_form(&page, &fields)?;
        Ok(Self { page: page.checked()?, fields })
    }
}

/// The same with a picture, where one was chosen.
pub(super) struct AccountPictureForm<O> {
    pub form: AccountForm<O>,
    /// Or why the file is none.
    pub picture: Result<Option<Picture>, ApiError>,
}

impl<O: AccountOperation> Caller for AccountPictureForm<O> {
    const ACCESS: Access = Access::AccountPage(O::NEEDS);
}

impl<O: AccountOperation> FromRequest<App> for AccountPictureForm<O> {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        if !PictureForm::is_sent(request.headers()) {
            let form = AccountForm::from_request(request, app).await?;
            return Ok(Self { form, picture: Ok(None) });
        }
        let (page, request) = find_page::<O>(request, app).await?;
        // Before the file is read: who may not upload need not send it.
        let page = page.checked()?;
        if !page.user.edits(Field::Avatar) {
            return Err(ApiError::bad_request("account_center.field_not_editable").into_response());
        }
        let received = PictureForm::receive(&page.request, request).await.map_err(IntoResponse::into_response)?;
        let fields = FormFields::of_pairs(received.fields());
        require_own_form(&page, &fields)?;
        let picture = received.picture().await;
        Ok(Self { form: AccountForm { page, fields }, picture })
    }
}

async fn find_page<O: AccountOperation>(request: Request, app: &App) -> Result<(AccountPage<O>, Request), Response> {
    let (mut parts, body) = request.into_parts();
    let request = PageRequest::from_request_parts(&mut parts, app).await.map_err(IntoResponse::into_response)?;
    require_same_origin(&request).map_err(IntoResponse::into_response)?;
    let page = AccountPage::<O>::find(request).await?;
    Ok((page, Request::from_parts(parts, body)))
}

fn require_own_form<O: AccountOperation>(page: &AccountPage<O>, fields: &FormFields) -> Result<(), Response> {
    match is_own_form(page, fields.get("xsrf")) {
        true => Ok(()),
        false => Err(ApiError::bad_request("session.csrf_token_mismatch").into_response()),
    }
}
