//! The response that a page of the console is.

use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use kernel::{Locale, id};
use serde_json::Value;
use views::console::{
    Action, Appearance, Block, ConsoleFrame, ConsolePage, ConsolePerson, LanguageLink, NavigationGroup, Notice, Tab,
    Toast, Tone,
};
use views::{Language, translate};

use super::assets;
use super::navigation;
use crate::account_center;
use crate::callers::{ConsoleUser, Right};
use crate::errors::ApiError;
use crate::oidc::cookies::CookieAttributes;
use crate::pages::{ACCOUNT_PAGES, PageRequest};

/// The language that was chosen in this browser.
const LANGUAGE_COOKIE: &str = "_console_language";

/// The colours that were chosen in this browser.
const APPEARANCE_COOKIE: &str = "_console_appearance";
/// What is chosen once by the query of a page, and not kept in its address.
const LANGUAGE: &str = "ui_locales";
const APPEARANCE: &str = "appearance";

/// The language of a page: the one that was chosen, else the browser's.
pub(super) fn language(page: &PageRequest) -> Language<'static> {
    let chosen = page.query(LANGUAGE).map(str::to_owned).or_else(|| page.cookie(LANGUAGE_COOKIE));
    let chosen = chosen.as_deref().and_then(Locale::from_tag);
    let accepted = || Locale::from_accept_language(page.header(header::ACCEPT_LANGUAGE)?);
    chosen.or_else(accepted).unwrap_or_default().into()
}

fn appearance(page: &PageRequest) -> Appearance {
    let chosen = page.query(APPEARANCE).map(str::to_owned).or_else(|| page.cookie(APPEARANCE_COOKIE));
    chosen.as_deref().and_then(Appearance::from_name).unwrap_or_default()
}

impl<R> ConsoleUser<R> {
    /// A phrase below `console`.
    pub(super) fn text(&self, key: &str) -> String {
        self.text_with(key, &[])
    }

    /// A phrase below `console` with its places filled.
    pub(super) fn text_with(&self, key: &str, values: &[(&str, &str)]) -> String {
        translate(language(&self.page), &format!("console.{key}"), values)
    }

    /// A phrase below `console`, if there is one.
    pub(super) fn text_if_any(&self, key: &str) -> Option<String> {
        views::key_exists(&format!("console.{key}")).then(|| self.text(key))
    }

    /// What came of something that was tried at another server: a remark that says that it was done, or why not.
    ///
    /// # Errors
    /// What the person can't mend there.
    pub(super) fn outcome(
        &self,
        tried: Result<Value, ApiError>,
        done: String,
    ) -> Result<(StatusCode, Block), ApiError> {
        match tried {
            Ok(_) => Ok((StatusCode::OK, Block::Notice(Notice { text: done, tone: Tone::Good }))),
            Err(error) if error.status().is_client_error() && error.status() != StatusCode::FORBIDDEN => {
                let text = super::fields::told(&error, language(&self.page));
                Ok((StatusCode::UNPROCESSABLE_ENTITY, Block::Notice(Notice { text, tone: Tone::Bad })))
            }
            Err(error) => Err(error),
        }
    }

    /// The page as a response.
    pub(super) async fn render(&self, status: StatusCode, mut page: ConsolePage) -> Response {
        let done = self.page.query("done").and_then(|done| self.text_if_any(&format!("done.{done}")));
        page.toast = page.toast.or(done.map(|text| Toast { text, tone: Tone::Good }));
        let name = match self.admin_name().await {
            Ok(name) => name,
            Err(error) => return error.into_response(),
        };
        let role = match () {
            () if self.may(Right::Own) => "person.owner",
            () if self.may(Right::Manage) => "person.administrator",
            () if self.may(Right::Read) => "person.auditor",
            () => "person.support",
        };
        let around = Around {
            person: Some(ConsolePerson { name, role: self.text(role), account: self.own_account() }),
            navigation: navigation::groups(self),
            help: navigation::help(self),
            csrf: self.csrf(),
        };
        respond(&self.page, status, &page, around)
    }

    /// Where administrators change their own account, while that is open to them.
    fn own_account(&self) -> Option<&'static str> {
        account_center::settings(&self.page.config).enabled.then_some(ACCOUNT_PAGES)
    }

    async fn admin_name(&self) -> Result<String, ApiError> {
        let id = self.session.user_id.clone();
        let user = self.read_inline(move |view| crate::users::store::get(view, &id)).await?;
        Ok([user.name, user.username, user.primary_email].into_iter().flatten().next().unwrap_or_default())
    }
}

/// A page of the console before somebody is signed in.
pub(super) fn render_alone(request: &PageRequest, status: StatusCode, page: &ConsolePage) -> Response {
    respond(request, status, page, Around::default())
}

#[derive(Default)]
struct Around {
    person: Option<ConsolePerson>,
    navigation: Vec<NavigationGroup>,
    help: Vec<Action>,
    csrf: String,
}

fn respond(request: &PageRequest, status: StatusCode, page: &ConsolePage, around: Around) -> Response {
    let nonce = id::client_secret(&request.app.rng);
    let (language, appearance) = (language(request), appearance(request));
    let frame = ConsoleFrame {
        language,
        nonce: &nonce,
        branding: request.branding(),
        assets: assets::addresses(),
        person: around.person,
        navigation: around.navigation,
        languages: language_links(request, page, language),
        appearance,
        appearances: appearance_links(request, page, language, appearance),
        help: around.help,
        csrf: &around.csrf,
    };
    let html = match views::console::render_console(&frame, page) {
        Ok(html) => html,
        Err(error) => return ApiError::internal(error.to_string()).into_response(),
    };
    let frames = if page.has_frame() { "; frame-src 'self'" } else { "" };
    let policy = format!(
        "default-src 'none'; style-src 'self' 'nonce-{nonce}'; script-src 'self'; connect-src 'self'; \
         img-src 'self' https: http: data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'{frames}"
    );
    let policy = HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"));
    let headers: [(HeaderName, HeaderValue); 5] = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::CONTENT_LANGUAGE, HeaderValue::from_static(language.tag())),
        (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
        (header::CONTENT_SECURITY_POLICY, policy),
    ];
    let mut response = (status, headers, html).into_response();
    let chosen = [(LANGUAGE, LANGUAGE_COOKIE, language.tag()), (APPEARANCE, APPEARANCE_COOKIE, appearance.as_str())];
    for (_, cookie, value) in chosen.into_iter().filter(|(name, ..)| request.query(name).is_some()) {
        let mut cookies = request.set_cookies();
        let attributes = CookieAttributes { path: "/console", expires: None, http_only: true };
        cookies.set(cookie, value, &attributes);
        cookies.apply(response.headers_mut());
    }
    response
}

/// This page with another choice: what was sent by a form is asked for again from its beginning.
fn address_with(request: &PageRequest, page: &ConsolePage, name: &str, value: &str) -> String {
    // What a form answers may have no page of its own: then that of its tab, or the one before.
    let tab = page.tabs.iter().find(|tab| tab.is_current).map(|tab| tab.href.as_str());
    let before = tab.or(page.back.as_ref().map(|back| back.href.as_str())).filter(|_| request.method != Method::GET);
    let path = before.unwrap_or(request.uri.path());
    let query = request.uri.query().unwrap_or_default();
    let kept = url::form_urlencoded::parse(query.as_bytes())
        .filter(|(name, _)| ![LANGUAGE, APPEARANCE, "done"].contains(&&**name));
    let mut all = url::form_urlencoded::Serializer::new(String::new());
    let query = all.extend_pairs(kept).append_pair(name, value).finish();
    format!("{path}?{query}")
}

fn language_links(request: &PageRequest, page: &ConsolePage, current: Language<'_>) -> Vec<LanguageLink> {
    let link = |locale: Locale| {
        let language = Language::from(locale);
        let (tag, name) = (language.tag(), language.name());
        let href = address_with(request, page, LANGUAGE, tag);
        LanguageLink { tag, name, href, is_current: tag == current.tag() }
    };
    Locale::ALL.into_iter().map(link).collect()
}

fn appearance_links(
    request: &PageRequest,
    page: &ConsolePage,
    language: Language<'_>,
    current: Appearance,
) -> Vec<Tab> {
    let link = |one: Appearance| Tab {
        title: translate(language, &format!("console.appearance.{}", one.as_str()), &[]),
        href: address_with(request, page, APPEARANCE, one.as_str()),
        is_current: one == current,
    };
    Appearance::ALL.into_iter().map(link).collect()
}
