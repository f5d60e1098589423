//! Pages and files that need no interaction.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use url::Url;
use views::pages::MessagePage;
use views::{Link, NotImplementedFeature};

use super::page_request::PageRequest;
use crate::callers::Anyone;
use crate::errors::ApiError;
use crate::oidc::{cookies, sessions};
use crate::refusals;
use crate::routes::Routes;

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/unknown-session", show_unknown_session)
        .get("/account-suspended", show_account_suspended)
        .get("/favicon.ico", get_favicon)
        .get("/robots.txt", get_robots)
}

async fn show_unknown_session(request: PageRequest) -> Response {
    let home = application_home(&request).await;
    if has_user(&request).await {
        return request.render(StatusCode::OK, &MessagePage::already_signed_in(request.language(), home.as_ref()));
    }
    let refused = ApiError::new(StatusCode::NOT_FOUND, "session.not_found").with_fact("cookies", own_cookies(&request));
    let request_id = Some(request.id.0.clone()).filter(|id| !id.is_empty());
    let page = MessagePage { request_id, ..MessagePage::unknown_session(request.language(), home.as_ref()) };
    refusals::noted(request.render(StatusCode::OK, &page), refused)
}

/// The names of the cookies of a sign-in that the browser sent: without any it may block them.
fn own_cookies(request: &PageRequest) -> Vec<&'static str> {
    let names = [cookies::INTERACTION, cookies::BROWSER_PROOFS, cookies::APP_CONTEXT, cookies::SESSION];
    names.into_iter().filter(|name| request.cookie(name).is_some()).collect()
}

/// Whether somebody is signed in: the page that was left behind in another tab needs no sign-in any more.
async fn has_user(request: &PageRequest) -> bool {
    let Some(handle) = request.cookie(cookies::SESSION) else { return false };
    let session = request.read_inline(move |view| sessions::find_by_cookie(view, &handle)).await.ok().flatten();
    session.is_some_and(|session| session.user_id.is_some())
}

/// The origin of the first redirect URI of the application that this browser signed in to last. The signed `_logto`
/// cookie holds the application's id.
async fn application_home(request: &PageRequest) -> Option<Link> {
    let cookie = cookies::read(&request.headers, &request.config.keys.cookie_keys, cookies::APP_CONTEXT)?;
    let app_context: Value = serde_json::from_str(&cookies::percent_decode(&cookie)?).ok()?;
    let registered = request.registered(app_context.get("appId")?.as_str()?).await?;
    let uri = registered.client.oidc.redirect_uris.first()?;
    Link::parse(Url::parse(uri).ok()?.join("/").ok()?.as_str()).filter(|_| !uri.contains('*'))
}

async fn show_account_suspended(request: PageRequest) -> Response {
    let branding = request.branding();
    let support = branding.support_email.as_ref().or(branding.support_website.as_ref());
    request.render(StatusCode::OK, &MessagePage::suspended(request.language(), support))
}

/// The path of the screen that `fallback` names, which is offered instead of a provider.
pub(super) fn fallback_screen(request: &PageRequest) -> &'static str {
    const SCREENS: [&str; 6] =
        ["/sign-in", "/register", "/reset-password", "/identifier-sign-in", "/identifier-register", "/single-sign-on"];
    let named = request.query("fallback").unwrap_or_default();
    SCREENS.into_iter().find(|screen| screen.strip_prefix('/') == Some(named)).unwrap_or("/sign-in")
}

/// The application asked for a provider that there is not.
pub(super) fn direct_sign_in_unavailable(request: &PageRequest) -> Response {
    let back = request.href(fallback_screen(request));
    request.render(
        StatusCode::OK,
        &MessagePage::unavailable(request.language(), NotImplementedFeature::DirectSignIn, Some(&back)),
    )
}

async fn get_favicon(_: Anyone) -> Response {
    static_file("image/svg+xml", FOR_A_DAY, include_str!("../../../../assets/favicon.svg"))
}

/// Search engines must not index the pages.
async fn get_robots(_: Anyone) -> Response {
    static_file("text/plain; charset=utf-8", FOR_A_DAY, "User-agent: *\nDisallow: /\n")
}

const FOR_A_DAY: &str = "public, max-age=86400";

pub(super) fn static_file(kind: &'static str, caching: &'static str, text: &'static str) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    (headers, text).into_response()
}
