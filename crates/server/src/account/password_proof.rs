//! `POST /api/verifications/password` (inventory A044).

use ::api::account::CreatedVerification;
use ::api::users::UserPassword;
use axum::Json;
use axum::http::StatusCode;
use flow::verification::{Counted, Password, Pending};
use flow::{FlowError, Identifier, IdentifierType, VerificationRecord};
use kernel::id;

use super::records;
use crate::ApiError;
use crate::callers::{AccountNeeds, AccountOperation, AccountUser, account_operations};
use crate::http::RequestBody;
use crate::interaction::attempt::Attempt;
use crate::interaction::attempt_limit::{AttemptKind, LimitKey};
use crate::interaction::password_attempt::{self, RightPassword};
use crate::interaction::{StepError, to_api_error};
use crate::routes::Routes;
use crate::users;
use crate::users::store::User;
use crate::work::Work;

account_operations! {
    ProvePassword = AccountNeeds::to_prove();
}

pub(super) fn routes() -> Routes {
    Routes::new().post("/api/verifications/password", prove_password)
}

async fn prove_password(
    caller: AccountUser<ProvePassword>,
    RequestBody(body): RequestBody<UserPassword>,
) -> Result<(StatusCode, Json<CreatedVerification>), ApiError> {
    Ok((StatusCode::CREATED, Json(prove(&caller, &body.password.0).await?)))
}

/// Makes a record that proves who the person is, if it is their password.
///
/// # Errors
/// 422 `session.invalid_credentials` for another one; 429 after too many; as [`AccountUser::write`].
pub(crate) async fn prove<O: AccountOperation>(
    caller: &AccountUser<O>,
    password: &str,
) -> Result<CreatedVerification, ApiError> {
    let request = caller.request();
    password_attempt::require_max_length(password)?;
    let experience = &request.config.policy.experience;
    let attempt = Attempt {
        // Apart from the counters of sign-ins, which whoever stole a token must not lock.
        key: LimitKey::for_factor(caller.id(), AttemptKind::OwnPassword, experience.sentinel_policy),
        wrong: FlowError::InvalidCredentials,
        place: caller.unit(),
    };
    let verification_id = id::entity_id(&request.app.rng);
    let (record_id, expiration) = (verification_id.clone(), experience.password_expiration);
    let compare = async |owner: User| password_attempt::compare(&request.hasher(), password, Some(owner)).await;
    let accept = move |work: &Work<'_>, user: &User, right: Counted<RightPassword>| {
        let owner = match right.outcome().is_current(work)? {
            true => Some(users::flow_user(work, &right.outcome().owner)?),
            false => None,
        };
        let question = Password { identifier: name_of(&right.outcome().owner) };
        let proof =
            Pending::new(record_id.clone(), question).prove(right.map(|_| owner.as_ref()), &expiration, work.now());
        let record = VerificationRecord::Password(proof.map_err(|error| to_api_error(&error))?.into());
        Ok::<_, StepError>(Some(records::insert(work, &user.id, &record)?))
    };
    let expires_at = attempt.run(|_, user: &User| Ok(user.clone()), compare, accept).await?;
    Ok(CreatedVerification { verification_record_id: verification_id, expires_at: expires_at.iso8601() })
}

/// An identifier of the user, for the record.
fn name_of(user: &User) -> Identifier {
    let names = [
        (IdentifierType::Username, &user.username),
        (IdentifierType::Email, &user.primary_email),
        (IdentifierType::Phone, &user.primary_phone),
    ];
    let found = names.into_iter().find_map(|(kind, value)| Some(Identifier::new(kind, value.clone()?)));
    found.unwrap_or_else(|| Identifier::new(IdentifierType::Username, user.id.as_str()))
}
