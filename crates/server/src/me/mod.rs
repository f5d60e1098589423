//! The Me API: what an administrator sees and changes of their own account, at the tenant `admin` (inventory A074 to A082). It does what
//! [`crate::account`] does, by the same functions. What must be proven first leaves a record of ten minutes in the database, which only the
//! same sign-in of the person finds again, in whichever process.

mod email;
mod password;
mod pictures;
mod profile;
mod social;

use crate::ApiError;
use crate::routes::Routes;

pub(crate) fn routes() -> Routes {
    Routes::new()
        .merge(profile::routes())
        .merge(password::routes())
        .merge(email::routes())
        .merge(social::routes())
        .merge(pictures::routes())
}

/// Nothing was proven in the last ten minutes.
fn not_proven() -> ApiError {
    ApiError::bad_request("session.verification_session_not_found")
}
