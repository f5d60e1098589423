//! The routes `/api/users/{userId}/mfa-verifications` (inventory M045 to M047).

use ::api::ErrorCode;
use ::api::users::{CreateMfaVerification, CreatedMfaVerification, MfaFactorType, UserMfaVerification};
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use db::{params, sql};
use flow::mfa::MfaFactor;
use kernel::Timestamp;
use kernel::ids::UserId;

use super::super::store::{self, User};
use super::passkeys::PasskeyData;
use super::qr_code::QrCode;
use super::totp::TotpKey;
use super::{NewFactor, backup_codes, bind, kind_of, unbind};
use crate::ApiError;
use crate::callers::ManagementCaller;
use crate::credential_changes::{self, CredentialChange};
use crate::events::EventKind;
use crate::http::RequestBody;
use crate::routes::Routes;
use crate::work::View;

pub(in crate::users) fn routes() -> Routes {
    Routes::new()
        .get("/api/users/{userId}/mfa-verifications", list_user_mfa_verifications)
        .post("/api/users/{userId}/mfa-verifications", create_user_mfa_verification)
        .delete("/api/users/{userId}/mfa-verifications/{verificationId}", delete_user_mfa_verification)
}

/// A row without its secret.
type Listed = (String, String, String, Timestamp, Option<Timestamp>);

/// The factors of a user as the API shows them.
///
/// # Errors
/// A failure of the database.
pub(crate) fn list(view: &View<'_>, user_id: &UserId) -> Result<Vec<UserMfaVerification>, ApiError> {
    let rows: Vec<Listed> = view.query_all(
        sql!(
            "select id, type, data, created_at, last_used_at from user_mfa_factors where tenant_id = $1 and user_id = $2 \
             order by created_at, type desc, id"
        ),
        params![view.tenant_id(), user_id],
    )?;
    let mut factors = Vec::new();
    for (id, kind, data, created_at, last_used_at) in rows {
        let kind = match kind.as_str() {
            "Totp" => MfaFactorType::Totp,
            "WebAuthn" => MfaFactorType::WebAuthn,
            _ => MfaFactorType::BackupCode,
        };
        let codes = match kind {
            MfaFactorType::BackupCode => backup_codes::find(view, user_id)?,
            _ => None,
        };
        let passkey = match kind {
            MfaFactorType::WebAuthn => Some(PasskeyData::parse(&data)?),
            _ => None,
        };
        let (agent, name) = passkey.map_or((None, None), |passkey| (passkey.agent, passkey.name));
        factors.push(UserMfaVerification {
            id,
            created_at: created_at.iso8601(),
            last_used_at: last_used_at.map(Timestamp::iso8601),
            kind,
            agent,
            name,
            remain_codes: codes.map(|codes| codes.remaining()),
        });
    }
    Ok(factors)
}

async fn list_user_mfa_verifications(
    caller: ManagementCaller,
    Path(id): Path<UserId>,
) -> Result<Json<Vec<UserMfaVerification>>, ApiError> {
    let read = move |view: &View<'_>| {
        store::get(view, &id)?;
        list(view, &id)
    };
    caller.read_inline(read).await.map(Json)
}

/// The name under which an authenticator app shows the account.
pub(crate) fn account_label(user: &User) -> &str {
    let names = [&user.name, &user.username, &user.primary_email, &user.primary_phone];
    names.into_iter().flatten().next().map_or(user.id.as_str(), String::as_str)
}

async fn create_user_mfa_verification(
    caller: ManagementCaller,
    Path(id): Path<UserId>,
    RequestBody(body): RequestBody<CreateMfaVerification>,
) -> Result<Json<CreatedMfaVerification>, ApiError> {
    let issuer = issuer_name(caller.issuer());
    let write = caller.write(move |work| {
        let user = store::get_for_update(work, &id)?;
        let change = match body {
            CreateMfaVerification::Totp { .. } => CredentialChange::AppAdded,
            CreateMfaVerification::BackupCode { .. } => CredentialChange::BackupCodesMade,
        };
        let created = match body {
            CreateMfaVerification::Totp { secret } => {
                let key = match secret {
                    Some(text) => TotpKey::parse(&text)
                        .ok_or_else(|| ApiError::unprocessable(ErrorCode::UserTotpSecretInvalid))?,
                    None => TotpKey::generate(work.rng()),
                };
                bind(work, &id, &NewFactor::Totp { key: key.expose().to_owned() })?;
                let code = QrCode::of(&key.uri(&issuer, account_label(&user)));
                let code = code.ok_or_else(|| ApiError::internal("a QR code that holds too much"))?;
                CreatedMfaVerification::Totp { secret: key.expose().to_owned(), secret_qr_code: code.data_url() }
            }
            CreateMfaVerification::BackupCode { codes } => {
                let codes = codes.unwrap_or_else(|| backup_codes::generate(work.rng()));
                if !backup_codes::is_set(&codes) {
                    return Err(ApiError::unprocessable(ErrorCode::UserWrongBackupCodeFormat));
                }
                if list(work, &id)?.iter().all(|factor| factor.kind == MfaFactorType::BackupCode) {
                    let code = match user.has_mfa {
                        true => ErrorCode::UserBackupCodeAlreadyInUse,
                        false => ErrorCode::SessionMfaBackupCodeCanNotBeAlone,
                    };
                    return Err(ApiError::unprocessable(code));
                }
                bind(work, &id, &NewFactor::BackupCodes(codes.clone()))?;
                CreatedMfaVerification::BackupCode { codes }
            }
        };
        // A sign-in that is under way was not asked for it.
        super::super::void_sign_ins(work, &id)?;
        super::super::emit(work, EventKind::UserDataUpdated, &store::get(work, &id)?)?;
        credential_changes::tell(work, &user, &[change])?;
        Ok(created)
    });
    write.await.map(Json)
}

/// The host of the issuer, which authenticator apps show beside the account.
pub(crate) fn issuer_name(issuer: &str) -> String {
    let host = url::Url::parse(issuer).ok().and_then(|url| url.host_str().map(str::to_owned));
    host.unwrap_or_else(|| issuer.to_owned())
}

async fn delete_user_mfa_verification(
    caller: ManagementCaller,
    Path((user_id, id)): Path<(UserId, String)>,
) -> Result<StatusCode, ApiError> {
    let write = caller.write(move |work| {
        let user = store::get_for_update(work, &user_id)?;
        let change = match kind_of(work, &user_id, &id)? {
            Some(MfaFactor::WebAuthn) => CredentialChange::PasskeyRemoved,
            Some(MfaFactor::BackupCode) => CredentialChange::BackupCodesRemoved,
            _ => CredentialChange::AppRemoved,
        };
        if !unbind(work, &user_id, &id)? {
            return Err(ApiError::not_found());
        }
        super::super::void_sign_ins(work, &user_id)?;
        super::super::emit(work, EventKind::UserDataUpdated, &store::get(work, &user_id)?)?;
        Ok::<_, ApiError>(credential_changes::tell(work, &user, &[change])?)
    });
    write.await?;
    Ok(StatusCode::NO_CONTENT)
}
