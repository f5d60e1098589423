//! The pages of signing in and registering outside of any interaction, to look at: their forms lead nowhere.

use axum::http::StatusCode;
use axum::response::Response;

use super::interaction_page::InteractionPage;
use super::page_request::PageRequest;
use super::{register, sign_in};
use crate::callers::RequestContext;

/// A page to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PreviewedPage {
    SignIn,
    Register,
}

impl PreviewedPage {
    /// Its path.
    pub fn path(self) -> &'static str {
        match self {
            Self::SignIn => "/sign-in",
            Self::Register => "/register",
        }
    }
}

/// The page by the settings in the configuration of the request.
pub(crate) async fn preview(request: RequestContext, page: PreviewedPage) -> Response {
    let outside = InteractionPage::outside(PageRequest::new(request).await).await;
    match page {
        PreviewedPage::SignIn => sign_in::render_page(&outside, StatusCode::OK, "", None, false),
        PreviewedPage::Register => register::render_empty(&outside),
    }
}
