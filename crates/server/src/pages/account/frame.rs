//! What is around the pages that show the account: the other pages, and the way out.

use views::account_pages::{AccountFrame, NavItem};
use views::translate;

use super::visit::AccountPage;
use super::{PROFILE, SECURITY, SESSIONS, href};
use crate::callers::{AccountOperation, Field};
use crate::oidc::clients::ACCOUNT_CENTER;

/// The parts of an account that the page of the profile may show.
pub(super) const OF_PROFILE: [Field; 4] = [Field::Name, Field::Avatar, Field::Profile, Field::CustomData];

impl<O: AccountOperation> AccountPage<O> {
    /// The phrase `pages.{key}`.
    pub fn text(&self, key: &str) -> String {
        self.text_with(key, &[])
    }

    /// As [`Self::text`], with its places filled.
    pub fn text_with(&self, key: &str, values: &[(&str, &str)]) -> String {
        translate(self.request.language(), &format!("pages.{key}"), values)
    }

    /// Path and query of another account page.
    pub fn href(&self, path: &str) -> String {
        href(&self.request, path)
    }

    /// As [`Self::href`], with a parameter.
    pub fn href_with(&self, path: &str, name: &str, value: &str) -> String {
        let href = self.href(path);
        let join = if href.contains('?') { '&' } else { '?' };
        let value: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
        format!("{href}{join}{name}={value}")
    }

    /// The frame of this page.
    pub fn frame(&self) -> AccountFrame {
        let has_profile = OF_PROFILE.into_iter().any(|field| self.user.sees(field));
        let pages = [
            (SECURITY, "security", "account_security.nav", true),
            (PROFILE, "profile", "account_profile.nav", has_profile),
            (SESSIONS, "sessions", "account_sessions.nav", self.user.sees(Field::Session)),
        ];
        let item = |(path, icon, phrase, _): (&str, &'static str, &str, bool)| NavItem {
            href: self.href(path),
            text: self.text(phrase),
            icon,
            is_current: self.request.uri.path().starts_with(path),
        };
        let nav = pages.into_iter().filter(|page| page.3).map(item).collect();
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("client_id", ACCOUNT_CENTER);
        query.append_pair("post_logout_redirect_uri", &format!("{}/account", self.request.tenant.endpoint()));
        AccountFrame { nav, sign_out: format!("{}/session/end?{}", self.request.issuer(), query.finish()) }
    }
}
