//! The pages that only tell something.

use crate::pages::{MessageLink, MessagePage};
use crate::{Language, Link, error_message, key_exists, translate};

/// Why a page is honest about not doing its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotImplementedFeature {
    SingleSignOn,
    DirectSignIn,
}

/// What the error page says.
#[derive(Debug, Clone, Copy, Default)]
pub struct ErrorDetails<'a> {
    /// HTTP status.
    pub status: u16,
    /// Error code such as `session.not_found`.
    pub code: &'a str,
    /// Public words of the protocol, such as `error_description`; already free of secrets.
    pub detail: Option<&'a str>,
    pub request_id: Option<&'a str>,
}

impl MessagePage {
    fn of(language: Language<'_>, title: &str, paragraphs: &[&str]) -> Self {
        let text = |key: &&str| translate(language, &format!("pages.{key}"), &[]);
        Self { title: text(&title), paragraphs: paragraphs.iter().map(text).collect(), ..Self::default() }
    }

    fn with_link(mut self, language: Language<'_>, key: &str, href: Option<&str>) -> Self {
        self.link = href.map(|href| MessageLink { href: href.to_owned(), text: translate(language, key, &[]) });
        self
    }

    /// After logout without a place to return to.
    pub fn signed_out(language: Language<'_>) -> Self {
        Self { is_success: true, ..Self::of(language, "signed_out.title", &["signed_out.next_step"]) }
    }

    /// No interaction belongs to this visit. `application` is where signing in can start again.
    pub fn unknown_session(language: Language<'_>, application: Option<&Link>) -> Self {
        let texts = ["unknown_session.cause", "unknown_session.next_step", "unknown_session.cookies"];
        Self::of(language, "unknown_session.title", &texts).with_link(
            language,
            "pages.action.go_home",
            application.map(Link::as_str),
        )
    }

    /// A forgotten password was replaced. Nobody is signed in.
    pub fn password_changed(language: Language<'_>, sign_in: &str) -> Self {
        Self { is_success: true, ..Self::of(language, "forgot_password.done_title", &["forgot_password.done"]) }
            .with_link(language, "pages.action.sign_in", Some(sign_in))
    }

    /// A page was left behind, and its browser is signed in by now.
    pub fn already_signed_in(language: Language<'_>, application: Option<&Link>) -> Self {
        let texts = ["already_signed_in.cause", "already_signed_in.next_step"];
        Self { is_success: true, ..Self::of(language, "already_signed_in.title", &texts) }.with_link(
            language,
            "pages.action.go_home",
            application.map(Link::as_str),
        )
    }

    pub fn suspended(language: Language<'_>, support: Option<&Link>) -> Self {
        Self::of(language, "suspended.title", &["suspended.cause", "suspended.next_step"]).with_link(
            language,
            "pages.action.contact_support",
            support.map(Link::as_str),
        )
    }

    /// A person whom the rules of an application leave out. `switch_account` begins again with another account.
    pub fn application_access_denied(language: Language<'_>, switch_account: Option<&str>) -> Self {
        let texts = ["application_access_denied.cause", "application_access_denied.next_step"];
        Self::of(language, "application_access_denied.title", &texts).with_link(
            language,
            "pages.action.switch_account",
            switch_account,
        )
    }

    pub fn unavailable(language: Language<'_>, what: NotImplementedFeature, sign_in: Option<&str>) -> Self {
        let cause = match what {
            NotImplementedFeature::SingleSignOn => "unavailable.single_sign_on",
            NotImplementedFeature::DirectSignIn => "unavailable.direct_sign_in",
        };
        Self::of(language, "unavailable.title", &[cause, "unavailable.next_step"]).with_link(
            language,
            "pages.action.back_to_sign_in",
            sign_in,
        )
    }

    /// Any error shown to a person.
    pub fn error(language: Language<'_>, error: ErrorDetails<'_>) -> Self {
        let title = match error.status {
            404 => "error.title_not_found",
            401 | 403 => "error.title_forbidden",
            429 | 503 => "error.title_busy",
            _ => "error.title",
        };
        let known = key_exists(&format!("errors.{}", error.code));
        let mut page = Self::of(language, title, &["error.next_step"]);
        page.paragraphs.insert(0, error_message(language, if known { error.code } else { "general.unknown" }));
        if !known {
            page.paragraphs.truncate(1);
        }
        let label = |key: &str| translate(language, &format!("pages.error.{key}"), &[]);
        page.request_id = error.request_id.map(str::to_owned);
        let rows = [("code", Some(error.code)), ("details", error.detail)];
        page.details = rows
            .into_iter()
            .filter_map(|(key, value)| value.filter(|v| !v.is_empty()).map(|v| (label(key), v.to_owned())))
            .collect();
        page
    }
}
