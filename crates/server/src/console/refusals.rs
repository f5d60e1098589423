//! Pages for who may not see a page.

use axum::http::StatusCode;
use axum::response::Response;
use views::console::{Action, Block, ConsolePage, Notice, Tone};
use views::translate;

use super::page::{language, render_alone};
use crate::errors::ApiError;
use crate::oidc::clients::CONSOLE;
use crate::pages::PageRequest;

/// The person is signed in, but lacks the right; without any role there is no page for them at all.
pub(crate) fn without_right(request: &PageRequest, has_role: bool) -> Response {
    let text = |key: &str| translate(language(request), &format!("console.refused.{key}"), &[]);
    let (text_key, action) = match has_role {
        true => ("right", Action { title: text("home"), href: "/console".to_owned() }),
        false => ("role", other_account(request)),
    };
    let page = ConsolePage {
        title: text("title"),
        actions: vec![action],
        blocks: vec![Block::Notice(Notice { text: text(text_key), tone: Tone::Neutral })],
        ..ConsolePage::default()
    };
    let refused = ApiError::new(StatusCode::FORBIDDEN, "auth.forbidden");
    crate::refusals::noted(render_alone(request, StatusCode::FORBIDDEN, &page), refused)
}

/// Ends the sign-in, so that another account can be used.
fn other_account(request: &PageRequest) -> Action {
    let endpoint = request.tenant.endpoint();
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", CONSOLE)
        .append_pair("post_logout_redirect_uri", &format!("{endpoint}/console"))
        .finish();
    let title = translate(language(request), "console.refused.switch", &[]);
    Action { title, href: format!("/oidc/session/end?{query}") }
}
