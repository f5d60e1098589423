//! Pages and files that need no interaction.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use url::Url;
use views::pages::Message;
use views::{Link, Unavailable};

use super::visit::Visit;
use crate::oidc::cookies;
use crate::routing::{Access, Routes};

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/unknown-session", Access::Public, unknown_session)
        .get("/account-suspended", Access::Public, suspended)
        .get("/device", Access::Public, device)
        .get("/direct/{*target}", Access::Public, direct)
        .get("/favicon.ico", Access::Public, favicon)
        .get("/robots.txt", Access::Public, robots)
}

async fn unknown_session(visit: Visit) -> Response {
    let home = home(&visit);
    visit.show(StatusCode::OK, &Message::unknown_session(visit.locale, home.as_ref()))
}

/// Where the application that this browser signed in to last begins, as far as we know: the origin of its first redirect
/// URI. Its id is in the signed `_logto` cookie.
fn home(visit: &Visit) -> Option<Link> {
    let cookie = cookies::read(&visit.headers, &visit.config.cookie_keys, cookies::APP_CONTEXT)?;
    let seen: Value = serde_json::from_str(&cookies::percent_decode(&cookie)?).ok()?;
    let application = visit.application(seen.get("appId")?.as_str()?)?;
    let uri = application.oidc_client_metadata.get("redirectUris")?.get(0)?.as_str()?;
    Link::parse(Url::parse(uri).ok()?.join("/").ok()?.as_str()).filter(|_| !uri.contains('*'))
}

async fn suspended(visit: Visit) -> Response {
    let branding = visit.branding();
    let support = branding.support_email.as_ref().or(branding.support_website.as_ref());
    visit.show(StatusCode::OK, &Message::suspended(visit.locale, support))
}

async fn device(visit: Visit) -> Response {
    visit.show(StatusCode::OK, &Message::unavailable(visit.locale, Unavailable::Device, None))
}

/// Sign-in straight at another provider. `fallback` is the screen to offer instead.
async fn direct(visit: Visit) -> Response {
    const SCREENS: [&str; 5] = ["sign-in", "register", "reset-password", "identifier-sign-in", "identifier-register"];
    let screen = SCREENS.iter().find(|screen| visit.query("fallback") == Some(screen)).unwrap_or(&"sign-in");
    let back = visit.link(&format!("/{screen}"));
    visit.show(StatusCode::OK, &Message::unavailable(visit.locale, Unavailable::DirectSignIn, Some(&back)))
}

async fn favicon() -> Response {
    file("image/svg+xml", include_str!("../../../../assets/favicon.svg"))
}

/// Nothing here is for search engines.
async fn robots() -> Response {
    file("text/plain; charset=utf-8", "User-agent: *\nDisallow: /\n")
}

fn file(kind: &'static str, text: &'static str) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=86400"));
    (headers, text).into_response()
}
