//! What a signed-in person sees and changes of their own account: `/api/my-account`, and `/api/verifications` by which they prove who
//! they are (inventory A001 to A051).
//!
//! An operation is a handler whose caller is [`crate::callers::AccountUser`] of a type that says what the operation needs
//! (`account_operations!`), a line in `routes`, and its description in `api::account`. The check is the caller's; `caller.write` makes it
//! again in the transaction, with the account locked.

mod profile;
pub(crate) mod records;
mod sign_in_methods;

use crate::routes::Routes;

pub(crate) fn routes() -> Routes {
    Routes::new().merge(profile::routes())
}
