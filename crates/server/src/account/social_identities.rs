//! `/api/my-account/identities` (inventory A023 to A025): accounts at social providers that a person links to their own.

use ::api::ErrorCode;
use ::api::account::NewIdentity;
use axum::extract::Path;
use axum::http::StatusCode;
use flow::{FlowError, TenantPolicy};

use super::{records, sign_in_methods};
use crate::ApiError;
use crate::callers::{AccountNeeds, AccountOperation, AccountUser, Field, account_operations};
use crate::connectors::social;
use crate::credential_changes::{self, CredentialChange};
use crate::events::EventKind;
use crate::http::RequestBody;
use crate::interaction::{to_api_error, to_identity, token_sets};
use crate::routes::Routes;
use crate::users::store::{self, User};
use crate::users::{self, identities};
use crate::work::Work;

account_operations! {
    LinkIdentity = AccountNeeds::to_change().scope_or("identities", 401).field(Field::Social).proof_if_possible();
    ReplaceIdentity = AccountNeeds::to_change().scope_or("identities", 401).field(Field::Social).proof_if_possible();
    UnlinkIdentity = AccountNeeds::to_change().scope_or("identities", 401).field(Field::Social).proof_if_possible();
}

pub(super) fn routes() -> Routes {
    let all = "/api/my-account/identities";
    Routes::new()
        .post(all, link_identity)
        .put(all, replace_identity)
        .delete("/api/my-account/identities/{target}", unlink_identity)
}

/// Whether an account at the same provider may be linked already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Linking {
    First,
    Replacing,
}

/// Links the account that a record proves, with its tokens. Call it with the user locked.
///
/// # Errors
/// 400 `verification_record.not_found` for a record of another person, kind or age, or that proves nothing yet (attack C20); 400
/// `session.verification_failed` if the connector is not offered any more (attack D10); 400 `user.identity_already_in_use` if the user has
/// an account there and `linking` is not [`Linking::Replacing`], 422 if it is somebody else's.
pub(crate) fn link(
    work: &Work<'_>,
    policy: &TenantPolicy,
    user: User,
    record_id: &str,
    linking: Linking,
) -> Result<(), ApiError> {
    let account = records::social_account(work, &user.id, record_id)?;
    // Locked before anything is written: who deletes a connector takes it first, and then what is linked to it.
    let connector = social::find_for_share(work, &account.connector_id)?;
    let offered = &policy.experience.social_sign_in_connector_targets;
    if !connector.is_some_and(|now| now.target == account.target && offered.contains(&now.target)) {
        return Err(to_api_error(&FlowError::VerificationFailed));
    }
    let profile = account.identity();
    let identity = profile.social_identity.as_ref().map(to_identity);
    let identity = identity.ok_or_else(|| to_api_error(&FlowError::VerificationFailed))?;
    let replaces = identities::of(work, &user)?.contains_key(&account.target);
    if replaces && linking == Linking::First {
        return Err(ApiError::bad_request(ErrorCode::UserIdentityAlreadyInUse));
    }
    identities::link(work, &user.id, &account.target, &identity)?;
    if let Some(tokens) = profile.social_token_set {
        token_sets::store(work, &user.id, tokens)?;
    }
    changed(work, &user, CredentialChange::SocialLinked(account.target))
}

/// Unlinks the account at a provider, with its tokens. Call it with the user locked.
///
/// # Errors
/// 404 `user.identity_not_exist`; 400 `user.last_sign_in_method_required`.
pub(crate) fn unlink(work: &Work<'_>, user: &User, target: &str) -> Result<(), ApiError> {
    identities::unlink(work, &user.id, target)?;
    sign_in_methods::require_one(&store::get(work, &user.id)?)?;
    changed(work, user, CredentialChange::SocialRemoved(target.to_owned()))
}

/// What an account that is linked no more proved in a sign-in that is under way does not count any more.
fn changed(work: &Work<'_>, user: &User, change: CredentialChange) -> Result<(), ApiError> {
    users::update(work, user, EventKind::UserDataUpdated)?;
    users::void_sign_ins(work, &user.id)?;
    Ok(credential_changes::tell(work, user, &[change])?)
}

/// [`link`], for the caller.
///
/// # Errors
/// As [`link`] and [`AccountUser::write`].
pub(crate) async fn link_proven<O: AccountOperation>(
    caller: &AccountUser<O>,
    record_id: String,
    linking: Linking,
) -> Result<(), ApiError> {
    // As it is now: the provider may have taken its time.
    let policy = caller.request().tenant.config().await?.policy.clone();
    caller.write(move |work, user| link(work, &policy, user, &record_id, linking)).await
}

async fn link_identity(
    caller: AccountUser<LinkIdentity>,
    RequestBody(body): RequestBody<NewIdentity>,
) -> Result<StatusCode, ApiError> {
    link_proven(&caller, body.new_identifier_verification_record_id, Linking::First).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn replace_identity(
    caller: AccountUser<ReplaceIdentity>,
    RequestBody(body): RequestBody<NewIdentity>,
) -> Result<StatusCode, ApiError> {
    link_proven(&caller, body.new_identifier_verification_record_id, Linking::Replacing).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn unlink_identity(
    caller: AccountUser<UnlinkIdentity>,
    Path(target): Path<String>,
) -> Result<StatusCode, ApiError> {
    let write = caller.write(move |work, user| unlink(work, &user, &target));
    write.await.map(|()| StatusCode::NO_CONTENT)
}
