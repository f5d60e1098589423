//! Registering a passkey at the account API, as in a sign-in ([`passkey_registration`]), and its name (inventory A035, A049, A050).

use ::api::account::{
    AnswerPasskeyRegistration, BegunPasskeyRegistration, PasskeyName, PasskeyPayload, VerifiedRecord,
};
use axum::Json;
use axum::extract::Path;
use flow::VerificationRecord;
use flow::verification::{Pending, Verification, WebAuthn};
use kernel::id;
use kernel::ids::UserId;
use serde_json::Value;

use super::factors::{IDENTITIES, not_found};
use super::records;
use crate::ApiError;
use crate::callers::{AccountNeeds, AccountOperation, AccountUser, Field, RequestContext, account_operations};
use crate::events::EventKind;
use crate::http::RequestBody;
use crate::interaction::passkey_registration;
use crate::interaction::passkeys::failed;
use crate::routes::Routes;
use crate::users::{self, mfa_factors};
use crate::webauthn::{ChallengePurpose, ChallengeSource, RegistrationResponse};
use crate::work::View;

account_operations! {
    BeginPasskey = AccountNeeds::to_prove();
    AnswerPasskey = AccountNeeds::to_prove();
    RenamePasskey = AccountNeeds::to_change().scope(IDENTITIES).field(Field::Passkey).proof();
}

pub(super) fn routes() -> Routes {
    Routes::new()
        .post("/api/verifications/web-authn/registration", post_registration)
        .post("/api/verifications/web-authn/registration/verify", post_answer)
        .patch("/api/my-account/mfa-verifications/{verificationId}/name", patch_name)
}

/// Challenges of a record: none answers another one.
fn challenges<'a>(request: &'a RequestContext, record_id: &'a str) -> ChallengeSource<'a> {
    ChallengeSource { keys: &request.config.keys.cookie_keys, uid: record_id }
}

async fn post_registration(caller: AccountUser<BeginPasskey>) -> Result<Json<BegunPasskeyRegistration>, ApiError> {
    begin_passkey(&caller).await.map(Json)
}

/// Asks the person for a passkey that they do not have yet.
///
/// # Errors
/// As the caller.
pub(crate) async fn begin_passkey(caller: &AccountUser<BeginPasskey>) -> Result<BegunPasskeyRegistration, ApiError> {
    let request = caller.request();
    let rp = passkey_registration::relying_party(request)?;
    let record_id = id::entity_id(&request.app.rng);
    let challenge =
        challenges(request, &record_id).issue(ChallengePurpose::Registration, &request.app.rng, request.now);
    let begin = caller.write(move |work, user| {
        let begun = passkey_registration::begin(work, &rp, &user, &record_id, &challenge)?;
        let expires_at = records::insert(work, &user.id, &begun.record)?;
        Ok(BegunPasskeyRegistration {
            verification_record_id: record_id,
            registration_options: begun.request.options.as_object().cloned().unwrap_or_default(),
            expires_at: expires_at.iso8601(),
        })
    });
    begin.await
}

async fn post_answer(
    caller: AccountUser<AnswerPasskey>,
    RequestBody(body): RequestBody<AnswerPasskeyRegistration>,
) -> Result<Json<VerifiedRecord>, ApiError> {
    let verification_record_id = body.verification_record_id.clone();
    answer_passkey(&caller, body.verification_record_id, &body.payload).await?;
    Ok(Json(VerifiedRecord { verification_record_id }))
}

/// Takes the new passkey. [`super::factors::add_factor`] binds it.
///
/// # Errors
/// As the caller; 400 `session.mfa.webauthn_verification_failed`, `verification_record.not_found`.
pub(crate) async fn answer_passkey(
    caller: &AccountUser<AnswerPasskey>,
    record_id: String,
    payload: &PasskeyPayload,
) -> Result<(), ApiError> {
    let response = serde_json::to_value(payload).and_then(serde_json::from_value).map_err(|_| failed())?;
    accept_passkey(caller, record_id, &response).await
}

/// What a page asks a browser for, under the id of the record that [`take_up_passkey`] makes of it: nothing is stored yet. In the JSON
/// form of WebAuthn.
///
/// # Errors
/// As [`AccountUser::read`].
pub(crate) async fn offer_passkey<O: AccountOperation>(
    caller: &AccountUser<O>,
    record_id: String,
) -> Result<Value, ApiError> {
    let request = caller.request();
    let rp = passkey_registration::relying_party(request)?;
    let challenge =
        challenges(request, &record_id).issue(ChallengePurpose::Registration, &request.app.rng, request.now);
    let owner = caller.id().clone();
    let offer = caller.read(move |view| {
        let user = users::store::get(view, &owner)?;
        Ok(passkey_registration::begin(view, &rp, &user, &record_id, &challenge)?.request.options)
    });
    offer.await
}

/// Takes a passkey that answers what a page asked for: stores the question, and accepts the answer. [`super::factors::bind_new`] binds it.
///
/// # Errors
/// As [`AccountUser::write`]; 400 `session.mfa.webauthn_verification_failed`.
pub(crate) async fn take_up_passkey<O: AccountOperation>(
    caller: &AccountUser<O>,
    record_id: String,
    credential: &str,
) -> Result<(), ApiError> {
    let request = caller.request();
    let response: RegistrationResponse = serde_json::from_str(credential).map_err(|_| failed())?;
    let challenge = response.challenge().map_err(|_| failed())?;
    let checked = challenges(request, &record_id).check(ChallengePurpose::Registration, &challenge, request.now);
    checked.map_err(|_| failed())?;
    let rp = passkey_registration::relying_party(request)?;
    let id = record_id.clone();
    let begin = caller.write(move |work, user| {
        let begun = passkey_registration::begin(work, &rp, &user, &id, &challenge)?;
        records::insert(work, &user.id, &begun.record)?;
        Ok(())
    });
    begin.await?;
    accept_passkey(caller, record_id, &response).await
}

async fn accept_passkey<O: AccountOperation>(
    caller: &AccountUser<O>,
    record_id: String,
    response: &RegistrationResponse,
) -> Result<(), ApiError> {
    let request = caller.request();
    let (owner, named) = (caller.id().clone(), record_id.clone());
    let pending = caller.read(move |view| pending(view, &owner, &named)).await?;
    let answered = passkey_registration::verify(request, challenges(request, &record_id), &pending, response, None)?;
    let accept = caller.write(move |work, user| {
        let record = passkey_registration::accept(work, self::pending(work, &user.id, &record_id)?, &answered)?;
        Ok(records::update(work, &user.id, &record)?)
    });
    accept.await
}

/// The registration that waits for its answer.
fn pending(view: &View<'_>, user_id: &UserId, record_id: &str) -> Result<Pending<WebAuthn>, ApiError> {
    match records::find(view, user_id, record_id)? {
        Some(VerificationRecord::WebAuthn(Verification::Pending(pending))) => Ok(pending),
        Some(VerificationRecord::WebAuthn(Verification::Verified(_))) => Err(failed()),
        _ => Err(not_found()),
    }
}

async fn patch_name(
    caller: AccountUser<RenamePasskey>,
    Path(id): Path<String>,
    RequestBody(body): RequestBody<PasskeyName>,
) -> Result<&'static str, ApiError> {
    rename_passkey(&caller, id, body).await.map(|()| "OK")
}

/// Gives a passkey another name.
///
/// # Errors
/// As the caller; 400 `verification_record.not_found`, also of a factor of another kind.
pub(crate) async fn rename_passkey(
    caller: &AccountUser<RenamePasskey>,
    id: String,
    name: PasskeyName,
) -> Result<(), ApiError> {
    let write = caller.write(move |work, user| {
        if !mfa_factors::passkeys::rename(work, &user.id, &id, &name.name)? {
            return Err(not_found());
        }
        users::update(work, &user, EventKind::UserDataUpdated).map(drop)
    });
    write.await
}
