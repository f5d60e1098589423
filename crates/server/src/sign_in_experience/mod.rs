//! The sign-in experience: the settings of sign-in, sign-up, password reset and branding (inventory M212–M221).
//! The settings are one JSON object per tenant of type [`flow::SignInExperience`]. Only objects of this type may be
//! stored: a tenant with unreadable settings does not run (attack F7).

mod api;
mod patch;
mod public;
mod store;
mod username_conflicts;
mod validation;

use crate::routes::Routes;

pub(crate) use store::{
    close_registration, fallback_language, forget_profile_field, forget_social_target, require_reset_channel,
    stop_captcha,
};

pub(crate) fn routes() -> Routes {
    api::routes().merge(public::routes())
}
