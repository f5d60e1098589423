//! That a person keeps a way to sign in (A012, A020).

use ::api::ErrorCode;

use crate::ApiError;
use crate::users::store::User;

/// Checks that the user, as it is about to be stored, can still sign in: by an address, a number, an account elsewhere, or a username
/// with a password. Call it with the account locked.
///
/// # Errors
/// 400 `user.last_sign_in_method_required`.
pub(super) fn require_one(user: &User) -> Result<(), ApiError> {
    let is_named = user.username.is_some() && user.password.is_some();
    match is_named || user.primary_email.is_some() || user.primary_phone.is_some() || user.has_identities {
        true => Ok(()),
        false => Err(ApiError::bad_request(ErrorCode::UserLastSignInMethodRequired)),
    }
}
