//! Deleting the own account: `/api/my-account/deletion`. It is our own; the contract has only the address of a page for it
//! (`deleteAccountUrl`). The operator switches it on, and says for how long people may change their minds.

use ::api::ErrorCode;
use ::api::account::MyAccountDeletion;
use axum::Json;
use axum::http::StatusCode;
use kernel::Timestamp;

use crate::callers::{AccountNeeds, AccountOperation, AccountUser, account_operations};
use crate::credential_changes::{self, CredentialChange};
use crate::routes::Routes;
use crate::users::planned_deletions;
use crate::{ApiError, account_settings, roles};

const SECONDS_OF_DAY: i64 = 86_400;

account_operations! {
    ReadDeletion = AccountNeeds::to_read().first_party();
    PlanDeletion = AccountNeeds::to_change().proof();
    // Nobody is harmed by an account that stays.
    CancelDeletion = AccountNeeds::to_prove();
}

pub(super) fn routes() -> Routes {
    let path = "/api/my-account/deletion";
    Routes::new().get(path, get_deletion).post(path, post_deletion).delete(path, delete_deletion)
}

fn shown<O: AccountOperation>(caller: &AccountUser<O>, due_at: Option<Timestamp>) -> MyAccountDeletion {
    let settings = account_settings::settings(&caller.request().config);
    MyAccountDeletion {
        enabled: settings.deletion_enabled,
        grace_days: settings.deletion_grace_days.0,
        due_at: due_at.map(Timestamp::iso8601),
    }
}

async fn get_deletion(caller: AccountUser<ReadDeletion>) -> Result<Json<MyAccountDeletion>, ApiError> {
    read_deletion(&caller).await.map(Json)
}

/// Whether people may delete their accounts, and when this one is deleted.
///
/// # Errors
/// As the caller.
pub(crate) async fn read_deletion(caller: &AccountUser<ReadDeletion>) -> Result<MyAccountDeletion, ApiError> {
    let id = caller.id().clone();
    let due_at = caller.read(move |view| Ok(planned_deletions::find(view, &id)?)).await?;
    Ok(shown(caller, due_at))
}

async fn post_deletion(caller: AccountUser<PlanDeletion>) -> Result<Json<MyAccountDeletion>, ApiError> {
    plan_deletion(&caller).await.map(Json)
}

/// Has the account deleted when the grace period is over.
///
/// # Errors
/// As the caller; 400 `account_center.field_not_enabled` where people may not; 422 `entity.db_constraint_violated` for the last owner.
pub(crate) async fn plan_deletion(caller: &AccountUser<PlanDeletion>) -> Result<MyAccountDeletion, ApiError> {
    let plan = caller.write(|work, user| {
        let settings = account_settings::read(work)?;
        if !settings.deletion_enabled {
            return Err(ApiError::bad_request(ErrorCode::AccountCenterFieldNotEnabled));
        }
        if roles::is_last_owner(work, &user.id)? {
            return Err(roles::last_owner());
        }
        if let Some(due_at) = planned_deletions::find(work, &user.id)? {
            return Ok(due_at);
        }
        let wanted = work.now().plus_seconds(settings.deletion_grace_days.0 * SECONDS_OF_DAY);
        let due_at = planned_deletions::plan(work, &user.id, wanted)?;
        credential_changes::tell(work, &user, &[CredentialChange::DeletionPlanned(due_at.iso8601())])?;
        Ok(due_at)
    });
    let due_at = plan.await?;
    Ok(shown(caller, Some(due_at)))
}

async fn delete_deletion(caller: AccountUser<CancelDeletion>) -> Result<StatusCode, ApiError> {
    cancel_deletion(&caller).await.map(|()| StatusCode::NO_CONTENT)
}

/// Keeps the account.
///
/// # Errors
/// As the caller.
pub(crate) async fn cancel_deletion(caller: &AccountUser<CancelDeletion>) -> Result<(), ApiError> {
    let cancel = caller.write(|work, user| {
        if planned_deletions::cancel(work, &user.id)? {
            credential_changes::tell(work, &user, &[CredentialChange::DeletionCancelled])?;
        }
        Ok(())
    });
    cancel.await
}
