//! Registering a passkey, in a sign-in and at the account API (E019, E020, A049, A050).

use flow::VerificationRecord;
use flow::verification::{Pending, WebAuthn};
use url::Url;

use super::passkey_options;
use super::passkeys::{PasskeyRequest, failed};
use crate::ApiError;
use crate::account_center;
use crate::callers::RequestContext;
use crate::users::mfa_factors::passkeys::{self, NewPasskey};
use crate::users::store::User;
use crate::webauthn::{ChallengePurpose, ChallengeSource, RegistrationResponse, RelyingParty};
use crate::work::View;

/// Credentials belong to the host of the tenant's endpoint, and its own pages and those of related origins may use them. What the request says about
/// its host decides nothing: a page that relays requests would name its own.
///
/// # Errors
/// None with an endpoint that has a host.
pub(crate) fn relying_party(request: &RequestContext) -> Result<RelyingParty, ApiError> {
    let endpoint = Url::parse(request.tenant.endpoint()).map_err(|error| ApiError::internal(error.to_string()))?;
    let id = endpoint.host_str().ok_or_else(|| ApiError::internal("an endpoint without a host"))?.to_owned();
    let mut origins = vec![endpoint.origin().ascii_serialization()];
    origins.extend(account_center::related_origins(&request.config));
    Ok(RelyingParty { id, origins })
}

/// A registration that begins.
pub(crate) struct BegunRegistration {
    /// To be stored.
    pub record: VerificationRecord,
    /// For the browser.
    pub request: PasskeyRequest,
}

/// Asks a user for a passkey that they do not have yet.
///
/// # Errors
/// A failure of the database.
pub(crate) fn begin(
    view: &View<'_>,
    rp: &RelyingParty,
    user: &User,
    verification_id: &str,
    challenge: &str,
) -> Result<BegunRegistration, ApiError> {
    let bound = passkeys::list(view, &user.id, &rp.id)?;
    let question = WebAuthn::registering(user.id.clone(), challenge.to_owned(), rp.id.clone());
    let options = passkey_options::registration(&rp.id, user, challenge, &bound);
    Ok(BegunRegistration {
        record: VerificationRecord::WebAuthn(Pending::new(verification_id.to_owned(), question).into()),
        request: PasskeyRequest { verification_id: verification_id.to_owned(), options },
    })
}

/// A passkey that answers a challenge.
#[derive(Clone)]
pub(crate) struct AnsweredRegistration {
    challenge: String,
    passkey: NewPasskey,
}

/// Checks what a browser answered. It takes arithmetic, so no transaction waits for it.
///
/// # Errors
/// 400 `session.mfa.webauthn_verification_failed`.
pub(crate) fn verify(
    request: &RequestContext,
    challenges: ChallengeSource<'_>,
    pending: &Pending<WebAuthn>,
    response: &RegistrationResponse,
    name: Option<String>,
) -> Result<AnsweredRegistration, ApiError> {
    let challenge = pending.question.registration_challenge.clone().ok_or_else(failed)?;
    challenges.check(ChallengePurpose::Registration, &challenge, request.now).map_err(|_| failed())?;
    let credential = relying_party(request)?.verify_registration(&challenge, response).map_err(|_| failed())?;
    Ok(AnsweredRegistration { challenge, passkey: NewPasskey { credential, agent: request.user_agent.clone(), name } })
}

/// The record with the new passkey, which a later step binds. `pending` is read in this transaction.
///
/// # Errors
/// 400 `session.mfa.webauthn_verification_failed` if another challenge was asked meanwhile, or somebody has the passkey already.
pub(crate) fn accept(
    view: &View<'_>,
    pending: Pending<WebAuthn>,
    answered: &AnsweredRegistration,
) -> Result<VerificationRecord, ApiError> {
    let is_asked = pending.question.registration_challenge.as_ref() == Some(&answered.challenge);
    let credential_id = &answered.passkey.credential.credential_id;
    if !is_asked || passkeys::find_by_credential(view, credential_id)?.is_some() {
        return Err(failed());
    }
    let new = serde_json::to_value(&answered.passkey).map_err(|error| ApiError::internal(error.to_string()))?;
    Ok(VerificationRecord::WebAuthn(pending.register(new).map_err(|_| failed())?.into()))
}
