//! The account pages at `/account` (inventory A062 to A073): what people see and change of their own account without an application.
//!
//! They are a client of this server like any other, `account-center`: whoever comes signs in by an authorization request and gets an
//! opaque access token, which stays in a cookie of these pages alone. So a page is opened by what opens the account API: the caller
//! [`visit::AccountPage`] asks the same gate for the same needs, and the handlers call the same functions ([`crate::account`]). A session
//! alone opens nothing, and neither does the token without the session that it comes from.
//!
//! Forms come in as [`form::AccountForm`]: from this site, with the token of the page's forms, which is made of the access token.

mod authenticator_app;
mod backup_codes;
mod contact;
mod devices;
mod factors;
mod form;
mod frame;
mod leaving;
mod offers;
mod passkeys;
mod password;
mod profile;
mod return_address;
mod security;
mod sessions;
mod sign_in;
mod social;
mod success;
mod task;
mod username;
mod verified_action;
mod visit;

use super::page_request::PageRequest;
use crate::routes::Routes;

pub(crate) const ROOT: &str = "/account";
const SECURITY: &str = "/account/security";
const PROFILE: &str = "/account/profile";
const SESSIONS: &str = "/account/sessions";
const TRUSTED_DEVICES: &str = "/account/trusted-devices";

/// The parameters that stay with a person from page to page (A070).
const KEPT_PARAMS: [&str; 5] = ["app_id", "organization_id", "ui_locales", "redirect", "show_success"];

pub(super) fn routes() -> Routes {
    Routes::new()
        .merge(sign_in::routes())
        .merge(security::routes())
        .merge(profile::routes())
        .merge(sessions::routes())
        .merge(devices::routes())
        .merge(contact::routes())
        .merge(username::routes())
        .merge(password::routes())
        .merge(authenticator_app::routes())
        .merge(backup_codes::routes())
        .merge(passkeys::routes())
        .merge(social::routes())
        .merge(leaving::routes())
        .merge(verified_action::routes())
        .merge(success::routes())
}

/// Path and query of another account page.
fn href(request: &PageRequest, path: &str) -> String {
    request.path_with_query(path, |name| KEPT_PARAMS.contains(&name))
}
