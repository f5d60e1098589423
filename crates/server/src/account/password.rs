//! `POST /api/my-account/password` (inventory A014).

use ::api::account::NewPassword;
use axum::http::StatusCode;
use flow::PasswordDigest;
use flow::password::PasswordOwner;

use crate::ApiError;
use crate::breached_passwords;
use crate::callers::{AccountNeeds, AccountOperation, AccountUser, Field, account_operations};
use crate::http::RequestBody;
use crate::interaction::password_attempt::require_max_length;
use crate::interaction::to_api_error;
use crate::routes::Routes;
use crate::users;

account_operations! {
    SetPassword = AccountNeeds::to_change().field(Field::Password).proof_if_possible();
}

pub(super) fn routes() -> Routes {
    Routes::new().post("/api/my-account/password", set_password)
}

async fn set_password(
    caller: AccountUser<SetPassword>,
    RequestBody(body): RequestBody<NewPassword>,
) -> Result<StatusCode, ApiError> {
    set(&caller, &body.password.0).await.map(|()| StatusCode::NO_CONTENT)
}

/// Sets a new password, and ends all other sign-ins of the person.
///
/// # Errors
/// 422 `password.rejected` with what it lacks; 503 when too many are hashed; as [`AccountUser::write`].
pub(crate) async fn set<O: AccountOperation>(caller: &AccountUser<O>, password: &str) -> Result<(), ApiError> {
    let digest = new_digest(caller, password).await?;
    let kept = caller.sign_in();
    let write = caller.write(move |work, user| users::change_password_but(work, &user.id, &digest, Some(&kept)));
    write.await.map(drop)
}

/// The digest of a password that may become the person's.
///
/// # Errors
/// 422 `password.rejected` with what it lacks; 503 when too many are hashed.
pub(crate) async fn new_digest<O: AccountOperation>(
    caller: &AccountUser<O>,
    password: &str,
) -> Result<PasswordDigest, ApiError> {
    let request = caller.request();
    require_max_length(password)?;
    let info = &caller.user().info;
    let owner = PasswordOwner {
        name: info.name.clone(),
        username: info.username.clone(),
        email: info.primary_email.clone(),
        phone: info.primary_phone.clone(),
    };
    let policy = &request.config.policy.experience.password_policy;
    let accepted = breached_passwords::accept(request, policy, password, &owner).await;
    let accepted = accepted.map_err(|error| to_api_error(&error))?;
    Ok(request.hasher().hash(accepted.expose()).await?)
}
