//! The own backup codes (inventory A033, A034).

use ::api::ErrorCode;
use ::api::account::{MyBackupCode, MyBackupCodes, NewBackupCodes};
use axum::Json;
use axum::http::StatusCode;

use super::factors::IDENTITIES;
use crate::ApiError;
use crate::callers::{AccountNeeds, AccountUser, Field, account_operations};
use crate::routes::Routes;
use crate::users::mfa_factors::backup_codes;

account_operations! {
    MakeBackupCodes = AccountNeeds::to_prove();
    ReadBackupCodes = AccountNeeds::to_read().scope(IDENTITIES).field(Field::Mfa).proof().first_party();
}

pub(super) fn routes() -> Routes {
    let codes = "/api/my-account/mfa-verifications/backup-codes";
    Routes::new()
        .get(codes, get_backup_codes)
        .post("/api/my-account/mfa-verifications/backup-codes/generate", make_backup_codes)
}

/// New codes. Nothing is stored: [`super::factors::add_factor`] binds them.
pub(crate) fn offer_codes(caller: &AccountUser<MakeBackupCodes>) -> Vec<String> {
    backup_codes::generate(&caller.request().app.rng)
}

async fn make_backup_codes(caller: AccountUser<MakeBackupCodes>) -> Json<NewBackupCodes> {
    Json(NewBackupCodes { codes: offer_codes(&caller) })
}

/// The bound codes, with the time at which each was used.
///
/// # Errors
/// As the caller; 404 `verification_record.not_found` if there are none.
pub(crate) async fn read_codes(caller: &AccountUser<ReadBackupCodes>) -> Result<MyBackupCodes, ApiError> {
    let id = caller.id().clone();
    let found = caller.read(move |view| Ok(backup_codes::find(view, &id)?)).await?;
    let set = found.ok_or_else(|| ApiError::new(StatusCode::NOT_FOUND, ErrorCode::VerificationRecordNotFound))?;
    let codes = set.codes.into_iter().map(|stored| MyBackupCode { code: stored.code, used_at: stored.used_at });
    Ok(MyBackupCodes { codes: codes.collect() })
}

async fn get_backup_codes(caller: AccountUser<ReadBackupCodes>) -> Result<Json<MyBackupCodes>, ApiError> {
    read_codes(&caller).await.map(Json)
}
