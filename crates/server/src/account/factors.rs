//! The own second factors: `mfa-verifications` below `/api/my-account` (inventory A030 to A032, A036). Pages call the same functions.

use ::api::ErrorCode;
use ::api::account::{AddMfaVerification, ReplaceTotp, TotpSecret};
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use flow::FlowError;
use flow::experience::SignInExperience;
use flow::mfa::{MfaFactor, require_addable};
use serde_json::{Value, json};

use super::records;
use crate::ApiError;
use crate::callers::{AccountNeeds, AccountOperation, AccountUser, Field, Part, RequestContext, account_operations};
use crate::credential_changes::{self, CredentialChange};
use crate::events::EventKind;
use crate::http::RequestBody;
use crate::interaction::to_api_error;
use crate::routes::Routes;
use crate::users::mfa_factors::totp::TotpKey;
use crate::users::mfa_factors::{self, NewFactor, backup_codes};
use crate::users::store::User;
use crate::users::{self, UserInfo};
use crate::work::Work;

pub(crate) const IDENTITIES: &str = "identities";
/// By which member of the body the kinds are told apart. Passkeys have a control of their own.
const MEMBERS: &[Part] = &[
    Part::of("newIdentifierVerificationRecordId").field(Field::Passkey),
    Part::of("secret").field(Field::Mfa),
    Part::of("codes").field(Field::Mfa),
];
const PASSKEY: Part = Part::of("WebAuthn").field(Field::Passkey);
const OTHER: Part = Part::of("other").field(Field::Mfa);

account_operations! {
    AddFactor = AccountNeeds::to_change().scope(IDENTITIES).proof().members(MEMBERS);
    ReplaceApp = AccountNeeds::to_change().scope(IDENTITIES).field(Field::Mfa).proof();
    RemoveFactor = AccountNeeds::to_change().scope(IDENTITIES).proof();
    MakeAppSecret = AccountNeeds::to_prove();
}

pub(super) fn routes() -> Routes {
    let all = "/api/my-account/mfa-verifications";
    Routes::new()
        .post(all, post_factor)
        .put("/api/my-account/mfa-verifications/totp", put_app)
        .post("/api/my-account/mfa-verifications/totp-secret/generate", make_app_secret)
        .delete("/api/my-account/mfa-verifications/{verificationId}", delete_factor)
}

/// The settings by which factors are taken.
fn experience(request: &RequestContext) -> SignInExperience {
    request.config.policy.experience.clone()
}

fn refused(error: FlowError) -> ApiError {
    to_api_error(&error)
}

/// Refuses a factor that the account can't take.
fn require_takes(
    work: &Work<'_>,
    user: &User,
    factor: MfaFactor,
    experience: &SignInExperience,
) -> Result<(), ApiError> {
    let owner = users::flow_user(work, user)?;
    require_addable(&[factor], &owner, experience).map_err(refused)
}

async fn post_factor(
    caller: AccountUser<AddFactor>,
    RequestBody(body): RequestBody<AddMfaVerification>,
) -> Result<StatusCode, ApiError> {
    add_factor(caller, body).await.map(|()| StatusCode::NO_CONTENT)
}

/// Binds a factor.
///
/// # Errors
/// As the caller; 400 `session.mfa.mfa_factor_not_enabled`, `session.mfa.invalid_totp_code`, `verification_record.not_found`,
/// `session.mfa.webauthn_verification_failed`, `guard.invalid_input` (twenty passkeys are bound); 422 `user.totp_already_in_use`,
/// `user.totp_secret_invalid`, `user.wrong_backup_code_format`, `session.mfa.backup_code_can_not_be_alone`.
pub(crate) async fn add_factor(caller: AccountUser<AddFactor>, new: AddMfaVerification) -> Result<(), ApiError> {
    bind_new(&caller.for_members(&new)?, new).await
}

/// [`add_factor`], for a caller of whom everything was asked that this factor needs.
///
/// # Errors
/// As [`add_factor`].
pub(crate) async fn bind_new<O: AccountOperation>(
    caller: &AccountUser<O>,
    new: AddMfaVerification,
) -> Result<(), ApiError> {
    let experience = experience(caller.request());
    let write = caller.write(move |work, user| {
        let change = match new {
            AddMfaVerification::Totp { secret, code } => {
                require_takes(work, &user, MfaFactor::Totp, &experience)?;
                let key =
                    TotpKey::parse(&secret).ok_or_else(|| ApiError::unprocessable(ErrorCode::UserTotpSecretInvalid))?;
                bind_app(work, &user, &key, code.as_deref())?;
                CredentialChange::AppAdded
            }
            AddMfaVerification::WebAuthn { new_identifier_verification_record_id, name } => {
                require_takes(work, &user, MfaFactor::WebAuthn, &experience)?;
                let mut passkey = records::new_passkey(work, &user.id, &new_identifier_verification_record_id)?;
                let name = name.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
                passkey.name = name.or(passkey.name);
                mfa_factors::bind(work, &user.id, &passkey.into_factor()?)?;
                CredentialChange::PasskeyAdded
            }
            AddMfaVerification::BackupCode { codes } => {
                require_takes(work, &user, MfaFactor::BackupCode, &experience)?;
                if !backup_codes::is_set(&codes) {
                    return Err(ApiError::unprocessable(ErrorCode::UserWrongBackupCodeFormat));
                }
                backup_codes::replace(work, &user.id, codes)?;
                CredentialChange::BackupCodesMade
            }
        };
        store_bound(work, &user, change)
    });
    write.await
}

/// Binds an authenticator app. A code that shows that it has the seed is used up: it is no code for a sign-in any more.
fn bind_app(work: &Work<'_>, user: &User, key: &TotpKey, code: Option<&str>) -> Result<(), ApiError> {
    let step = match code {
        Some(code) => {
            let step = key.matching_step(code, work.now(), None);
            Some(step.ok_or_else(|| refused(FlowError::InvalidTotpCode))?)
        }
        None => None,
    };
    let id = mfa_factors::bind(work, &user.id, &NewFactor::Totp { key: key.expose().to_owned() })?;
    Ok(step.map_or(Ok(()), |step| mfa_factors::spend_step(work, &id, step))?)
}

/// Says that a factor was bound, and that the person wants factors (A030). A sign-in that is under way was not asked for it.
fn store_bound(work: &Work<'_>, user: &User, change: CredentialChange) -> Result<(), ApiError> {
    let mut changed = user.clone();
    let mfa = changed.logto_config.entry("mfa").or_insert_with(|| json!({}));
    if let Some(members) = mfa.as_object_mut() {
        members.insert("enabled".to_owned(), Value::Bool(true));
    }
    users::update(work, &changed, EventKind::UserDataUpdated)?;
    users::void_sign_ins(work, &user.id)?;
    Ok(credential_changes::tell(work, user, &[change])?)
}

async fn put_app(
    caller: AccountUser<ReplaceApp>,
    RequestBody(body): RequestBody<ReplaceTotp>,
) -> Result<StatusCode, ApiError> {
    replace_app(&caller, body).await.map(|()| StatusCode::NO_CONTENT)
}

/// Binds an authenticator app in the place of the bound one, if there is one.
///
/// # Errors
/// As the caller; 400 `session.mfa.mfa_factor_not_enabled`, `session.mfa.invalid_totp_code`, `user.totp_secret_invalid`.
pub(crate) async fn replace_app(caller: &AccountUser<ReplaceApp>, new: ReplaceTotp) -> Result<(), ApiError> {
    let experience = experience(caller.request());
    let write = caller.write(move |work, user| {
        let mut owner = users::flow_user(work, &user)?;
        owner.mfa_factors.retain(|bound| bound.factor != MfaFactor::Totp);
        require_addable(&[MfaFactor::Totp], &owner, &experience).map_err(refused)?;
        let key = TotpKey::parse(&new.secret).ok_or_else(|| ApiError::bad_request(ErrorCode::UserTotpSecretInvalid))?;
        let bound = mfa_factors::find_app(work, &user.id)?;
        // Codes of a seed that were used stay used when it is bound again.
        let used = bound.as_ref().filter(|app| app.key == key).and_then(|app| app.last_used_step);
        if key.matching_step(&new.code, work.now(), used).is_none() {
            return Err(refused(FlowError::InvalidTotpCode));
        }
        let change = match bound {
            Some(app) => {
                mfa_factors::unbind(work, &user.id, app.id())?;
                CredentialChange::AppReplaced
            }
            None => CredentialChange::AppAdded,
        };
        bind_app(work, &user, &key, Some(&new.code))?;
        store_bound(work, &user, change)
    });
    write.await
}

/// A seed that an app may be given, with the address that its QR code holds.
pub struct OfferedApp {
    pub key: TotpKey,
    pub uri: String,
}

/// A new seed. Nothing is stored: whoever shows a code of it may bind it.
pub fn offer_app(caller: &AccountUser<MakeAppSecret>) -> OfferedApp {
    let request = caller.request();
    let key = TotpKey::generate(&request.app.rng);
    let uri = app_uri(request, &caller.user().info, &key);
    OfferedApp { key, uri }
}

/// What the QR code of a seed holds, for a page that shows it again.
pub fn app_uri(request: &RequestContext, user: &UserInfo, key: &TotpKey) -> String {
    let names = [&user.name, &user.username, &user.primary_email, &user.primary_phone];
    let label = names.into_iter().flatten().next().map_or(user.id.as_str(), String::as_str);
    key.uri(&mfa_factors::issuer_name(request.issuer()), label)
}

async fn make_app_secret(caller: AccountUser<MakeAppSecret>) -> Json<TotpSecret> {
    Json(TotpSecret { secret: offer_app(&caller).key.expose().to_owned() })
}

async fn delete_factor(caller: AccountUser<RemoveFactor>, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    remove_factor(caller, id).await.map(|()| StatusCode::NO_CONTENT)
}

/// Unbinds a factor. Backup codes go with the last factor that they stand in for: they are never alone (E066).
///
/// # Errors
/// As the caller; 400 `verification_record.not_found`.
pub(crate) async fn remove_factor(caller: AccountUser<RemoveFactor>, id: String) -> Result<(), ApiError> {
    let (owner, named) = (caller.id().clone(), id.clone());
    let kind = caller.read(move |view| Ok(mfa_factors::kind_of(view, &owner, &named)?)).await?;
    let kind = kind.ok_or_else(not_found)?;
    let caller = caller.for_part(if kind == MfaFactor::WebAuthn { &PASSKEY } else { &OTHER })?;
    unbind_known(&caller, id, kind).await
}

/// [`remove_factor`], of this kind alone, for a caller of whom everything was asked that the kind needs.
///
/// # Errors
/// As [`remove_factor`].
pub(crate) async fn unbind_known<O: AccountOperation>(
    caller: &AccountUser<O>,
    id: String,
    kind: MfaFactor,
) -> Result<(), ApiError> {
    let experience = experience(caller.request());
    let write = caller.write(move |work, user| {
        if mfa_factors::kind_of(work, &user.id, &id)? != Some(kind) || !mfa_factors::unbind(work, &user.id, &id)? {
            return Err(not_found());
        }
        let mut changes = vec![match kind {
            MfaFactor::WebAuthn => CredentialChange::PasskeyRemoved,
            MfaFactor::BackupCode => CredentialChange::BackupCodesRemoved,
            _ => CredentialChange::AppRemoved,
        }];
        let is_alone = require_takes(work, &users::store::get(work, &user.id)?, MfaFactor::BackupCode, &experience)
            .is_err_and(|error| error.code() == FlowError::BackupCodeAlone.code());
        if is_alone && backup_codes::remove(work, &user.id)? {
            changes.push(CredentialChange::BackupCodesRemoved);
        }
        users::void_sign_ins(work, &user.id)?;
        users::update(work, &users::store::get(work, &user.id)?, EventKind::UserDataUpdated)?;
        Ok(credential_changes::tell(work, &user, &changes)?)
    });
    write.await
}

pub(super) fn not_found() -> ApiError {
    ApiError::bad_request(ErrorCode::VerificationRecordNotFound)
}
