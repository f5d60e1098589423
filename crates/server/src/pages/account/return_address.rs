//! Where people go when a task is done (A070): to the address that the parameter `redirect` names, if it is one of the operator's own
//! applications; else to the page that says so.

use axum::response::Response;
use url::Url;

use super::super::interaction_page::see_other;
use super::super::page_request::PageRequest;
use super::href;
use crate::applications::own_addresses;

/// The parameter `redirect`, if it leads to an application of the operator. Whatever else stands there is ignored: a link to these pages
/// must not be a link to anywhere (attack A2).
pub(super) async fn of(request: &PageRequest) -> Option<Url> {
    let url = Url::parse(request.query("redirect")?).ok()?;
    let wanted = url.clone();
    let is_own = request.read_inline(move |view| own_addresses::contains(view, &wanted)).await;
    is_own.unwrap_or(false).then_some(url)
}

/// The answer to a task that is done. `page` is the page of the task.
pub(super) async fn finish(request: &PageRequest, page: &str) -> Response {
    let shows_success = matches!(request.query("show_success"), Some("1" | "true"));
    match of(request).await.filter(|_| !shows_success) {
        Some(url) => see_other(url.as_str()),
        None => see_other(&href(request, &format!("{page}/success"))),
    }
}
