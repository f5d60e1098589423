//! The pages of signing in and registering with settings as they are typed (inventory C021). They are shown in a frame of the console
//! alone, and in a sandbox: nothing runs there, no form is sent, and the custom CSS reaches nothing else.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderValue, Uri, header};
use axum::response::Response;
use flow::experience::SignInMode;
use serde_json::Value;
use views::console::Preview;
use views::pages::Choice;

use super::api::encoded;
use super::experience;
use super::page::language;
use super::settings::{self, SettingsTab};
use super::sign_in_experience::{SignInExperience, languages};
use crate::Tenant;
use crate::callers::console::Read;
use crate::callers::{ConsoleForm, ConsoleUser, RequestContext};
use crate::errors::ApiError;
use crate::pages::{PreviewedPage, preview};
use crate::routes::Routes;

pub(super) const PATH: &str = "/console/sign-in-experience/preview";
/// A page is smaller, with all custom CSS that a body can hold.
const MAX_PAGE_BYTES: usize = 8 << 20;

pub(super) fn routes() -> Routes {
    Routes::new().get(PATH, show_saved).post(PATH, show_typed)
}

/// What stands beside the form of a tab.
///
/// # Errors
/// Those of the API.
pub(super) async fn beside(user: &ConsoleUser<Read>, tab: &SettingsTab) -> Result<Preview, ApiError> {
    let page = |name: &str| Choice { value: name.to_owned(), label: user.text(&format!("preview.{name}")) };
    let language = language(user).tag();
    Ok(Preview {
        source: format!("{PATH}?theme=light&language={}", encoded(language)),
        action: format!("{PATH}?tab={}", tab.name),
        pages: vec![page("sign-in"), page("register")],
        languages: languages(user).await?,
        language: language.to_owned(),
    })
}

/// What was chosen.
struct Chosen {
    page: PreviewedPage,
    is_dark: bool,
    language: String,
}

impl Chosen {
    fn of(page: &str, theme: &str, language: &str) -> Self {
        let page = if page == "register" { PreviewedPage::Register } else { PreviewedPage::SignIn };
        Self { page, is_dark: theme == "dark", language: language.chars().take(32).collect() }
    }
}

async fn show_saved(user: ConsoleUser<Read>) -> Result<Response, ApiError> {
    let query = |name: &str| user.query(name).unwrap_or_default();
    let chosen = Chosen::of(query("page"), query("theme"), query("language"));
    let saved = user.api().get(experience::API).await?;
    render(&user, saved, chosen).await
}

async fn show_typed(form: ConsoleForm<Read>) -> Result<Response, ApiError> {
    let ConsoleForm { user, fields, .. } = form;
    let chosen = Chosen::of(fields.get("preview.page"), fields.get("preview.theme"), fields.get("preview.language"));
    let tab = settings::tab::<SignInExperience>(user.query("tab").unwrap_or_default())?;
    let saved = user.api().get(experience::API).await?;
    // What can't be read is not shown.
    let current = tab.current::<SignInExperience, _>(&user).await?;
    let change = settings::typed::<SignInExperience, _>(&user, tab, &current, &fields).ok();
    let typed = change.map(|change| experience::merged(saved.clone(), change));
    let is_readable = |typed: &Value| serde_json::from_value::<flow::SignInExperience>(typed.clone()).is_ok();
    render(&user, typed.filter(is_readable).unwrap_or(saved), chosen).await
}

/// The page of the tenant `default` with these settings.
async fn render(user: &ConsoleUser<Read>, settings: Value, chosen: Chosen) -> Result<Response, ApiError> {
    let unreadable = |error: serde_json::Error| ApiError::internal(format!("the sign-in experience: {error}"));
    let settings: flow::SignInExperience = serde_json::from_value(settings).map_err(unreadable)?;
    let page = match settings.sign_in_mode {
        SignInMode::SignIn => PreviewedPage::SignIn,
        SignInMode::Register => PreviewedPage::Register,
        SignInMode::SignInAndRegister => chosen.page,
    };
    let tenant = Tenant::new("default", &user.app);
    let config = Arc::new(tenant.config().await?.with_experience(settings));
    let mut parts = user.parts.clone();
    let address = format!("{}?ui_locales={}", page.path(), encoded(&chosen.language));
    parts.uri = address.parse::<Uri>().map_err(|_| ApiError::not_found())?;
    let response = preview(RequestContext::new(&parts, tenant, config), page).await;
    for_frame(response, chosen.is_dark).await
}

/// The page for a frame of the console.
async fn for_frame(response: Response, is_dark: bool) -> Result<Response, ApiError> {
    let (mut parts, body) = response.into_parts();
    let failed = |error: String| ApiError::internal(format!("a preview: {error}"));
    let bytes = to_bytes(body, MAX_PAGE_BYTES).await.map_err(|error| failed(error.to_string()))?;
    let html = String::from_utf8(bytes.to_vec()).map_err(|error| failed(error.to_string()))?;
    let policy = parts.headers.get(header::CONTENT_SECURITY_POLICY).and_then(|policy| policy.to_str().ok());
    let policy = policy.unwrap_or("default-src 'none'; frame-ancestors 'none'");
    let policy = format!("{}; sandbox", policy.replace("frame-ancestors 'none'", "frame-ancestors 'self'"));
    let policy = HeaderValue::from_str(&policy).map_err(|error| failed(error.to_string()))?;
    parts.headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    parts.headers.remove(header::CONTENT_LENGTH);
    Ok(Response::from_parts(parts, Body::from(in_scheme(&html, is_dark))))
}

/// The page as it is for who prefers dark colours, or light ones: each question for that is answered, also in custom CSS.
fn in_scheme(html: &str, is_dark: bool) -> String {
    let answer = |is_true: bool| if is_true { "min-width: 0" } else { "max-width: 0" };
    let mut html =
        html.replace("content=\"light dark\"", if is_dark { "content=\"dark\"" } else { "content=\"light\"" });
    for (question, is_true) in [("dark", is_dark), ("light", !is_dark)] {
        for space in ["", " "] {
            html = html.replace(&format!("prefers-color-scheme:{space}{question}"), answer(is_true));
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use super::in_scheme;

    #[test]
    fn questions_for_colours_are_answered() {
        let page = "<meta content=\"light dark\">@media (prefers-color-scheme: dark) {} @media (prefers-color-scheme:light) {}";
        let dark = "<meta content=\"dark\">@media (min-width: 0) {} @media (max-width: 0) {}";
        let light = "<meta content=\"light\">@media (max-width: 0) {} @media (min-width: 0) {}";
        assert_eq!((in_scheme(page, true).as_str(), in_scheme(page, false).as_str()), (dark, light));
    }
}
