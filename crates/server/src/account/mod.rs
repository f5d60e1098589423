//! What a signed-in person sees and changes of their own account: `/api/my-account`, and `/api/verifications` by which they prove who
//! they are (inventory A001 to A051).
//!
//! An operation is a handler whose caller is [`crate::callers::AccountUser`] of a type that says what the operation needs
//! (`account_operations!`), a line in `routes`, and its description in `api::account`. The check is the caller's; `caller.write` makes it
//! again in the transaction, with the account locked.

mod attempts;
pub(crate) mod avatar;
pub(crate) mod backup_codes;
pub(crate) mod code_proof;
pub(crate) mod deletion;
pub mod factors;
pub(crate) mod identifiers;
pub(crate) mod my_data;
pub(crate) mod passkeys;
pub(crate) mod password;
pub(crate) mod password_proof;
pub(crate) mod profile;
mod provider_tokens;
pub(crate) mod records;
pub(crate) mod sessions;
mod sign_in_methods;
mod sign_in_settings;
pub(crate) mod social_identities;
pub(crate) mod social_proof;

use crate::routes::Routes;

pub(crate) fn routes() -> Routes {
    Routes::new()
        .merge(profile::routes())
        .merge(avatar::routes())
        .merge(password::routes())
        .merge(identifiers::routes())
        .merge(sign_in_settings::routes())
        .merge(factors::routes())
        .merge(backup_codes::routes())
        .merge(passkeys::routes())
        .merge(my_data::routes())
        .merge(deletion::routes())
        .merge(sessions::routes())
        .merge(password_proof::routes())
        .merge(code_proof::routes())
        .merge(social_proof::routes())
        .merge(social_identities::routes())
        .merge(provider_tokens::routes())
}
