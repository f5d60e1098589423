//! A form of a page that nobody has to be signed in for, from this site.

use axum::extract::{FromRequest, Request};

use crate::App;
use crate::callers::{Access, Caller, require_same_origin};
use crate::errors::ApiError;
use crate::pages::{FormFields, PageRequest};

/// The caller of such a form: the route asks for what makes it harmless.
pub(super) struct OpenForm {
    pub page: PageRequest,
    pub fields: FormFields,
}

impl Caller for OpenForm {
    const ACCESS: Access = Access::Public;
}

impl FromRequest<App> for OpenForm {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        use axum::extract::FromRequestParts as _;
        let (mut parts, body) = request.into_parts();
        let page = PageRequest::from_request_parts(&mut parts, app).await?;
        require_same_origin(&page)?;
        Ok(Self { page, fields: FormFields::of(Request::from_parts(parts, body)).await })
    }
}
