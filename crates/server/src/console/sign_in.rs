//! Signing in to the console: an ordinary sign-in at the tenant `admin` by OpenID Connect (code, PKCE, `state`, `nonce`), of which the
//! server is its own client ([`redeem_own_code`]); and signing out.
//!
//! What an attempt needs is derived from a secret of the browser and a number of the attempt, so that several tabs may begin at once.

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::id;
use oauth::OAuthError;
use views::console::{Action, Block, ConsolePage, Notice, Tone};
use views::translate;

use super::page::{language, render_alone};
use super::{setup, welcome};
use crate::callers::console::{ADMIN, CONSOLE_COOKIE, ConsoleSession, MAX_SESSION_SECONDS, SignedIn};
use crate::callers::{ConsoleForm, RequestContext};
use crate::errors::ApiError;
use crate::oidc::clients::CONSOLE;
use crate::oidc::cookies::{self, CookieAttributes, SetCookies};
use crate::oidc::{OwnCode, ProviderError, end_sign_in, redeem_own_code};
use crate::pages::{PageRequest, redirect};
use crate::routes::Routes;

/// The secret of this browser.
const BROWSER_COOKIE: &str = "_console_browser";
/// A longer address is not kept.
const MAX_DESTINATION: usize = 1000;

pub(super) fn routes() -> Routes {
    Routes::new().get("/console/sign-in", begin).get("/console/callback", finish).post("/console/sign-out", sign_out)
}

/// One attempt of one browser.
struct Attempt<'a> {
    request: &'a RequestContext,
    browser: &'a str,
    number: &'a str,
}

impl Attempt<'_> {
    fn derived(&self, purpose: &str, more: &str) -> String {
        let text = format!("{}.{}.{more}", self.browser, self.number);
        cookies::sign_newest(&self.request.config.keys.cookie_keys, purpose, &text)
    }

    /// RFC 7636 section 4.1: 43 characters.
    fn verifier(&self) -> String {
        self.derived("console_verifier", "")
    }

    fn nonce(&self) -> String {
        self.derived("console_nonce", "")
    }

    /// The attempt and where it leads, for this browser alone.
    fn state(&self, to: &str) -> String {
        let to = URL_SAFE_NO_PAD.encode(to);
        let proof = self.derived("console_state", &to);
        format!("{}.{to}.{proof}", self.number)
    }
}

/// An address of the console, or its first page.
fn destination(asked: Option<&str>) -> &str {
    let is_ours = |to: &&str| {
        let rest = to.strip_prefix("/console");
        to.len() <= MAX_DESTINATION && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
    };
    asked.filter(is_ours).unwrap_or("/console")
}

fn callback(request: &RequestContext) -> String {
    format!("{}/console/callback", request.tenant.endpoint())
}

async fn begin(page: PageRequest) -> Result<Response, ApiError> {
    if page.tenant_id() != ADMIN {
        return Err(ApiError::not_found());
    }
    if setup::is_open(&page.tenant, &page.config).await? && !setup::was_entered(&page) {
        return Ok(redirect(StatusCode::FOUND, welcome::PATH));
    }
    let context: &RequestContext = &page;
    let browser = page.cookie(BROWSER_COOKIE).unwrap_or_else(|| id::opaque_token(&page.app.rng));
    let number = id::opaque_token(&page.app.rng);
    let attempt = Attempt { request: context, browser: &browser, number: &number };
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    if let Some(hint) = page.query("login_hint") {
        query.append_pair("login_hint", hint);
    }
    // A link may be opened in a browser in which somebody else is signed in.
    if page.query("prompt") == Some("login") {
        query.append_pair("prompt", "login");
    }
    let query = query
        .append_pair("client_id", CONSOLE)
        .append_pair("redirect_uri", &callback(context))
        .append_pair("response_type", "code")
        .append_pair("scope", "openid")
        .append_pair("code_challenge", &id::token_digest(&attempt.verifier()))
        .append_pair("code_challenge_method", "S256")
        .append_pair("state", &attempt.state(destination(page.query("to"))))
        .append_pair("nonce", &attempt.nonce())
        .append_pair("max_age", &MAX_SESSION_SECONDS.to_string())
        .append_pair("ui_locales", language(&page).tag())
        .finish();
    let mut response = redirect(StatusCode::SEE_OTHER, &format!("{}/auth?{query}", page.issuer()));
    let mut set_cookies = page.set_cookies();
    set_cookies.set(BROWSER_COOKIE, &browser, &attributes());
    set_cookies.apply(response.headers_mut());
    Ok(response)
}

/// For the pages of the console alone, until the browser is closed.
fn attributes() -> CookieAttributes<'static> {
    CookieAttributes { path: "/console", expires: None, http_only: true }
}

async fn finish(page: PageRequest) -> Result<Response, ApiError> {
    if page.tenant_id() != ADMIN {
        return Err(ApiError::not_found());
    }
    match redeem(&page).await {
        Ok((session, to)) => {
            let mut response = redirect(StatusCode::SEE_OTHER, &to);
            let mut set_cookies = page.set_cookies();
            remember(&mut set_cookies, &session)?;
            set_cookies.apply(response.headers_mut());
            Ok(response)
        }
        Err(ProviderError(error)) if error.status < 500 => Ok(render_failure(&page)),
        Err(error) => Err(ApiError::internal(error.0.to_string())),
    }
}

fn remember(set_cookies: &mut SetCookies, session: &ConsoleSession) -> Result<(), ApiError> {
    let value = serde_json::to_value(session).map_err(|error| ApiError::internal(error.to_string()))?;
    set_cookies.set_json(CONSOLE_COOKIE, &value, &attributes());
    Ok(())
}

/// The session that the answer of the authorization endpoint opens, and where it leads.
async fn redeem(page: &PageRequest) -> Result<(ConsoleSession, String), ProviderError> {
    let refused = |why: &str| OAuthError::invalid_request(why.to_owned());
    let browser = page.cookie(BROWSER_COOKIE).ok_or_else(|| refused("another browser began"))?;
    let state = page.query("state").unwrap_or_default();
    let mut parts = state.split('.');
    let (number, to) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let to = URL_SAFE_NO_PAD.decode(to).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let to = destination(to.as_deref()).to_owned();
    let attempt = Attempt { request: page, browser: &browser, number };
    if !id::constant_time_eq(&attempt.state(&to), state) {
        return Err(refused("the state is not that of this browser").into());
    }
    // RFC 9207 section 2.4.
    if page.query("iss").is_some_and(|issuer| issuer != page.issuer()) {
        return Err(refused("another issuer answered").into());
    }
    let code = page.query("code").ok_or_else(|| refused("no code"))?;
    let (redirect_uri, verifier) = (callback(page), attempt.verifier());
    let own = OwnCode { client_id: CONSOLE, code, redirect_uri: &redirect_uri, verifier: &verifier };
    let signed_in = redeem_own_code(page, own).await?;
    if !signed_in.nonce.is_some_and(|nonce| id::constant_time_eq(&nonce, &attempt.nonce())) {
        return Err(refused("the nonce is not that of this attempt").into());
    }
    let session = ConsoleSession {
        session_uid: signed_in.session_uid,
        grant_id: signed_in.grant_id,
        user_id: signed_in.user_id,
        expires_at: page.now.plus_seconds(MAX_SESSION_SECONDS).seconds(),
    };
    Ok((session, to))
}

fn render_failure(request: &PageRequest) -> Response {
    let text = |key: &str| translate(language(request), &format!("console.sign_in.{key}"), &[]);
    let page = ConsolePage {
        title: text("failed"),
        actions: vec![Action { title: text("again"), href: "/console/sign-in".to_owned() }],
        blocks: vec![Block::Notice(Notice { text: text("why"), tone: Tone::Neutral })],
        ..ConsolePage::default()
    };
    render_alone(request, StatusCode::BAD_REQUEST, &page)
}

/// Ends the sign-in at the tenant `admin`, and with it this session.
async fn sign_out(form: ConsoleForm<SignedIn>) -> Result<Response, ApiError> {
    let user = form.user;
    let (context, uid) = (user.context(), user.session.session_uid.clone());
    let ended = user.write(move |work| end_sign_in(work, &context, &uid)).await;
    ended.map_err(|ProviderError(error)| ApiError::internal(error.to_string()))?;
    let mut response = redirect(StatusCode::SEE_OTHER, "/console").into_response();
    let mut set_cookies = user.set_cookies();
    set_cookies.remove(CONSOLE_COOKIE, "/console");
    set_cookies.remove(cookies::SESSION, "/");
    set_cookies.apply(response.headers_mut());
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::destination;

    #[test]
    fn a_sign_in_leads_nowhere_but_into_the_console() {
        for to in ["/console", "/console/users?q=a", "/console?x"] {
            assert_eq!(destination(Some(to)), to);
        }
        for to in ["", "/", "//evil.example", "/consoleevil", "https://evil.example/console", "/sign-in"] {
            assert_eq!(destination(Some(to)), "/console", "{to}");
        }
        assert_eq!(destination(None), "/console");
    }
}
