//! `/me/password` (inventory A078, A079).

use ::api::account::NewPassword;
use ::api::users::UserPassword;
use axum::http::StatusCode;
use flow::VerificationRecord;

use super::not_proven;
use crate::ApiError;
use crate::account::{password, password_proof, records};
use crate::callers::MeUser;
use crate::http::RequestBody;
use crate::oidc::subject::KeptSignIn;
use crate::routes::Routes;
use crate::users;
use crate::users::store::User;
use crate::work::View;

/// What a record of the current password is for.
const PURPOSE: &str = "password";

pub(super) fn routes() -> Routes {
    Routes::new().post("/me/password/verify", verify_password).post("/me/password", set_password)
}

async fn verify_password(caller: MeUser, RequestBody(body): RequestBody<UserPassword>) -> Result<StatusCode, ApiError> {
    password_proof::prove_as(&caller, caller.record_id(PURPOSE), &body.password.0).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Asks for the proof of the current password, if there is one.
fn require_proof(view: &View<'_>, user: &User, record_id: &str) -> Result<(), ApiError> {
    let is_proven = match records::find(view, &user.id, record_id)? {
        Some(VerificationRecord::Password(record)) => record.is_verified(),
        _ => false,
    };
    if user.password.is_some() && !is_proven { Err(not_proven()) } else { Ok(()) }
}

async fn set_password(caller: MeUser, RequestBody(body): RequestBody<NewPassword>) -> Result<StatusCode, ApiError> {
    let record_id = caller.record_id(PURPOSE);
    let (id, early) = (caller.id().clone(), record_id.clone());
    // Before anything is hashed, and again in the transaction.
    caller.read(move |view| require_proof(view, &users::store::get(view, &id)?, &early)).await?;
    let digest = password::new_digest(&caller, &body.password.0).await?;
    // The proof of the old password goes.
    let kept = KeptSignIn { proof_id: None, ..caller.sign_in() };
    let write = caller.write(move |work, user| {
        require_proof(work, &user, &record_id)?;
        users::change_password_but(work, &user.id, &digest, Some(&kept))
    });
    write.await.map(|_| StatusCode::NO_CONTENT)
}
