//! Second factors that users have bound (inventory D082): a row each. Of authenticator apps and sets of backup codes a user has
//! one at most. Secrets are sealed.

mod api;
pub mod backup_codes;
pub mod passkeys;
pub mod qr_code;
pub mod totp;

pub(super) use api::routes;
pub(crate) use api::{account_label, issuer_name, list};

use std::collections::HashMap;

use ::api::ErrorCode;
use ::api::users::LineFactor;
use db::{DbError, Json, Sql, params, sql};
use flow::mfa::{BoundFactor, MfaFactor};
use kernel::ids::UserId;
use kernel::{Timestamp, id};
use serde_json::{Value, json};

use backup_codes::StoredCode;
use totp::TotpKey;

use super::store::User;
use crate::ApiError;
use crate::sealing::{SealError, SealedColumn};
use crate::work::{View, Work};

/// How many backup codes a set from elsewhere may have.
pub(super) const MAX_BACKUP_CODES: usize = 100;

/// A factor to bind.
#[derive(Clone)]
pub enum NewFactor {
    /// The seed of an authenticator app, in base32.
    Totp { key: String },
    /// A credential; `data` has its other members: public key, counter, transports and so on.
    WebAuthn { credential_id: String, data: Value },
    /// Unused backup codes.
    BackupCodes(Vec<String>),
    /// Backup codes of which some may be used.
    StoredCodes(Vec<StoredCode>),
}

impl NewFactor {
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Totp { .. } => "Totp",
            Self::WebAuthn { .. } => "WebAuthn",
            Self::BackupCodes(_) | Self::StoredCodes(_) => "BackupCode",
        }
    }

    /// The id of a WebAuthn credential.
    pub(super) fn credential_id(&self) -> Option<&String> {
        match self {
            Self::WebAuthn { credential_id, .. } => Some(credential_id),
            _ => None,
        }
    }

    /// What must not be read from a copy of the database.
    fn secret(&self) -> Option<String> {
        match self {
            Self::Totp { key } => Some(key.clone()),
            Self::WebAuthn { .. } => None,
            Self::BackupCodes(codes) => {
                let codes: Vec<Value> = codes.iter().map(|code| json!({"code": code})).collect();
                Some(Value::from(codes).to_string())
            }
            Self::StoredCodes(codes) => Some(json!(codes).to_string()),
        }
    }
}

const BIND: &Sql = sql!(
    "insert into user_mfa_factors (tenant_id, id, user_id, type, secret, credential_id, data, created_at) \
     values ($1, $2, $3, $4, $5, $6, $7, $8)"
);

fn row_values(work: &Work<'_>, id: &str, user_id: &UserId, factor: &NewFactor) -> Result<[db::Value; 8], SealError> {
    let place = SealedColumn::MfaFactor.of(work.tenant_id(), id);
    let secret = factor.secret().map(|secret| work.sealer().seal(place, &secret)).transpose()?;
    let (credential_id, data) = match factor {
        NewFactor::WebAuthn { credential_id, data } => (Some(credential_id.clone()), data.clone()),
        NewFactor::Totp { .. } | NewFactor::BackupCodes(_) | NewFactor::StoredCodes(_) => (None, json!({})),
    };
    Ok([
        work.tenant_id().into(),
        id.into(),
        user_id.into(),
        factor.kind().into(),
        secret.into(),
        credential_id.into(),
        Json(data).into(),
        work.now().into(),
    ])
}

/// Binds a factor to a user that was inserted in this unit.
///
/// # Errors
/// A failure of the database; a credential that is bound already, by the end of the unit.
pub(super) fn bind_to_new(work: &Work<'_>, user_id: &UserId, factor: &NewFactor) -> Result<(), DbError> {
    work.exec_pipelined(BIND, &row_values(work, &id::entity_id(work.rng()), user_id, factor)?)
}

/// Binds a factor. Returns its id.
///
/// # Errors
/// 422 `user.totp_already_in_use`, `user.backup_code_already_in_use`; a credential that is bound already and a failure of the
/// database.
pub fn bind(work: &Work<'_>, user_id: &UserId, factor: &NewFactor) -> Result<String, ApiError> {
    let id = id::entity_id(work.rng());
    work.exec_one(BIND, &row_values(work, &id, user_id, factor)?).map_err(|error| {
        let is_second = error.unique_on("user_mfa_factors", &["tenant_id", "user_id", "type"]);
        match (is_second, factor) {
            (true, NewFactor::Totp { .. }) => ApiError::unprocessable(ErrorCode::UserTotpAlreadyInUse),
            (_, NewFactor::WebAuthn { .. }) if error.unique_on("user_mfa_factors", &["tenant_id", "credential_id"]) => {
                ApiError::bad_request(ErrorCode::SessionMfaWebauthnVerificationFailed)
            }
            (true, NewFactor::BackupCodes(_) | NewFactor::StoredCodes(_)) => {
                ApiError::unprocessable(ErrorCode::UserBackupCodeAlreadyInUse)
            }
            _ => error.into(),
        }
    })?;
    Ok(id)
}

/// Unbinds a factor. `false` means that the user has none with this id.
///
/// # Errors
/// A failure of the database.
pub fn unbind(work: &Work<'_>, user_id: &UserId, id: &str) -> Result<bool, DbError> {
    let delete = sql!("delete from user_mfa_factors where tenant_id = $1 and user_id = $2 and id = $3");
    Ok(work.exec(delete, params![work.tenant_id(), user_id, id])? == 1)
}

/// The kind of the factor of a user with this id.
///
/// # Errors
/// A failure of the database.
pub fn kind_of(view: &View<'_>, user_id: &UserId, id: &str) -> Result<Option<MfaFactor>, DbError> {
    let text = sql!("select type from user_mfa_factors where tenant_id = $1 and user_id = $2 and id = $3");
    let kind: Option<String> = view.query_opt(text, params![view.tenant_id(), user_id, id])?;
    Ok(kind.and_then(|kind| serde_json::from_value(kind.into()).ok()))
}

/// Whether a user has this very factor.
///
/// # Errors
/// A failure of the database; a value that was changed outside.
pub(super) fn is_bound(view: &View<'_>, user_id: &UserId, factor: &NewFactor) -> Result<bool, DbError> {
    match factor {
        NewFactor::Totp { key } => Ok(find_app(view, user_id)?.is_some_and(|app| app.key.expose() == key)),
        NewFactor::WebAuthn { credential_id, .. } => {
            let found = passkeys::find_by_credential(view, credential_id)?;
            Ok(found.is_some_and(|passkey| passkey.user_id == *user_id))
        }
        // Those that were used meanwhile stay used.
        NewFactor::StoredCodes(codes) => Ok(backup_codes::find(view, user_id)?
            .is_some_and(|set| set.codes.iter().map(|code| &code.code).eq(codes.iter().map(|code| &code.code)))),
        NewFactor::BackupCodes(_) => Ok(false),
    }
}

/// The factors of these users with their secrets, by user, as lines of an export have them.
///
/// # Errors
/// A failure of the database; a value that was changed outside; a secret that no known key opens.
pub(super) fn lines_by_user(view: &View<'_>, users: &[UserId]) -> Result<HashMap<UserId, Vec<LineFactor>>, DbError> {
    type FactorRow = (UserId, String, String, Option<String>, Option<String>, String);
    let text =
        "select user_id, id, type, secret, credential_id, data from user_mfa_factors where tenant_id = $1 and user_id";
    let mut rows: Vec<FactorRow> = view.query_by_ids(text, users)?;
    rows.sort_by(|a, b| (&a.2, &a.4).cmp(&(&b.2, &b.4)));
    let mut found: HashMap<UserId, Vec<LineFactor>> = HashMap::new();
    for (user_id, id, kind, sealed, credential_id, data) in rows {
        let place = SealedColumn::MfaFactor.of(view.tenant_id(), &id);
        let secret = sealed.map(|sealed| view.sealer().open(place, &sealed)).transpose()?.unwrap_or_default();
        let factor = match kind.as_str() {
            "Totp" => LineFactor::Totp { secret },
            "WebAuthn" => passkeys::PasskeyData::parse(&data)?.into_line(credential_id.unwrap_or_default()),
            _ => LineFactor::BackupCode {
                codes: serde_json::from_str(&secret).map_err(|error| DbError::Sql(format!("backup codes: {error}")))?,
            },
        };
        found.entry(user_id).or_default().push(factor);
    }
    Ok(found)
}

/// The authenticator app of a user.
#[derive(Clone)]
pub struct AuthenticatorApp {
    id: String,
    pub key: TotpKey,
    /// The newest time step of which a code was used.
    pub last_used_step: Option<i64>,
}

impl AuthenticatorApp {
    /// The id of the factor.
    pub fn id(&self) -> &str {
        &self.id
    }
}

/// The authenticator app of a user, if one is bound.
///
/// # Errors
/// A failure of the database; a value that was changed outside.
pub fn find_app(view: &View<'_>, user_id: &UserId) -> Result<Option<AuthenticatorApp>, DbError> {
    let stored: Option<(String, String, Option<i64>)> = view.query_opt(
        sql!(
            "select id, secret, last_used_time_step from user_mfa_factors \
             where tenant_id = $1 and user_id = $2 and type = 'Totp'"
        ),
        params![view.tenant_id(), user_id],
    )?;
    let Some((id, sealed, last_used_step)) = stored else { return Ok(None) };
    let seed = view.sealer().open(SealedColumn::MfaFactor.of(view.tenant_id(), &id), &sealed)?;
    let key = TotpKey::parse(&seed).ok_or_else(|| DbError::Sql("the seed of an authenticator app".to_owned()))?;
    Ok(Some(AuthenticatorApp { id, key, last_used_step }))
}

/// Makes the code of a time step, and those before it, worth nothing, without a use: it confirmed that the app has the seed.
///
/// # Errors
/// [`DbError::Conflict`] for an app that is gone; a failure of the database.
pub fn spend_step(work: &Work<'_>, id: &str, step: i64) -> Result<(), DbError> {
    let update = sql!("update user_mfa_factors set last_used_time_step = $3 where tenant_id = $1 and id = $2");
    work.exec_one(update, params![work.tenant_id(), id, step])
}

/// Uses up the code of a time step. `false` means that this or a later one was used meanwhile (RFC 6238 section 5.2).
///
/// # Errors
/// A failure of the database.
pub fn use_step(work: &Work<'_>, app: &AuthenticatorApp, step: i64) -> Result<bool, DbError> {
    work.require_durable();
    let update = sql!(
        "update user_mfa_factors set last_used_time_step = $3, last_used_at = $4 \
         where tenant_id = $1 and id = $2 and (last_used_time_step is null or last_used_time_step < $3)"
    );
    Ok(work.exec(update, params![work.tenant_id(), &app.id, step, work.now()])? == 1)
}

/// The factors of a user, in the order of binding. A user without any costs no query.
///
/// # Errors
/// A failure of the database.
pub fn of(view: &View<'_>, user: &User) -> Result<Vec<BoundFactor>, DbError> {
    if !user.has_mfa {
        return Ok(Vec::new());
    }
    let rows: Vec<(String, Option<Timestamp>)> = view.query_all(
        sql!(
            "select type, last_used_at from user_mfa_factors where tenant_id = $1 and user_id = $2 \
             order by created_at, id"
        ),
        params![view.tenant_id(), &user.id],
    )?;
    let factors = rows.into_iter().filter_map(|(kind, used)| {
        let factor: MfaFactor = serde_json::from_value(kind.into()).ok()?;
        Some(BoundFactor { factor, last_used_at: used.map_or(0, |at| at.0) })
    });
    Ok(factors.collect())
}
