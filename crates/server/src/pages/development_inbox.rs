//! The messages that were kept on a developer's machine ([`crate::connectors::Inbox`]).

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use views::pages::{InboxMessage, InboxPage};

use super::page_request::PageRequest;
use crate::connectors;
use crate::errors::ApiError;
use crate::routes::Routes;

pub(super) fn routes() -> Routes {
    Routes::new().get("/development/inbox", show_inbox)
}

async fn show_inbox(request: PageRequest) -> Response {
    let Some(kept) = connectors::read_inbox(&request, request.query("to")) else {
        return ApiError::not_found().into_response();
    };
    let to_row = |kept: connectors::KeptMessage| {
        let is_number = kept.to.chars().all(|c| c.is_ascii_digit());
        let to = if is_number { format!("+{}", kept.to) } else { kept.to };
        InboxMessage { to, subject: kept.subject, text: kept.text }
    };
    request.render(StatusCode::OK, &InboxPage { messages: kept.into_iter().map(to_row).collect() })
}
