//! The hosted pages: HTML forms on top of the interaction and OpenID Connect modules.

mod account;
pub mod branding;
mod code_factor;
mod consent;
mod demo_apps;
mod development_inbox;
mod device;
mod error_pages;
mod factor_binding;
mod factor_verification;
mod forgot_password;
mod form_fields;
mod identifier_fields;
mod identifier_first;
mod interaction_page;
pub mod language;
mod missing_profile;
mod new_identifier;
mod one_time_token;
mod page_request;
mod passkey_factor;
mod passkeys;
mod preview;
mod profile_fields;
mod redirects;
mod register;
mod sent_code;
mod sign_in;
mod single_sign_on;
mod social;
mod static_pages;
mod submitted_form;
mod welcome;

pub(crate) use account::ROOT as ACCOUNT_PAGES;
pub(crate) use error_pages::{render_error_page, split_document_request};
pub(crate) use form_fields::FormFields;
pub(crate) use language::select_language;
pub use page_request::{PageRequest, redirect};
pub(crate) use preview::{PreviewedPage, preview};
pub(crate) use register::password_issues;

use crate::routes::Routes;

/// The routes.
pub fn routes() -> Routes {
    static_pages::routes()
        .merge(sign_in::routes())
        .merge(register::routes())
        .merge(consent::routes())
        .merge(missing_profile::routes())
        .merge(new_identifier::routes())
        .merge(sent_code::routes())
        .merge(code_factor::routes())
        .merge(one_time_token::routes())
        .merge(factor_verification::routes())
        .merge(factor_binding::routes())
        .merge(passkeys::routes())
        .merge(passkey_factor::routes())
        .merge(social::routes())
        .merge(single_sign_on::routes())
        .merge(redirects::routes())
        .merge(forgot_password::routes())
        .merge(account::routes())
        .merge(demo_apps::routes())
        .merge(development_inbox::routes())
        .merge(device::routes())
}
