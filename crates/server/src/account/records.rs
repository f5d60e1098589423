//! The table `verification_records` (inventory A051): what a person proved at the account API, or is asked to. A record counts for its
//! user, its purpose and ten minutes; using it does not use it up.

use ::api::ErrorCode;
use db::{DbError, Json, params, sql};
use flow::verification::{Code, SocialAccount, Verification};
use flow::{Identifier, IdentifierType, VerificationRecord};
use kernel::Timestamp;
use kernel::ids::UserId;

use crate::ApiError;
use crate::users::UserInfo;
use crate::users::mfa_factors::passkeys::NewPasskey;
use crate::work::{View, Work};

/// How long a record counts.
pub(crate) const LIFETIME_SECONDS: i64 = 600;
/// The greatest number of records of one user; the oldest goes.
const MAX_RECORDS: i64 = 20;
/// What a code to the person's own address or number is for, if it proves who they are.
pub(crate) const PERMISSION: &str = "UserPermissionValidation";
/// What a code to another address or number is for.
pub(crate) const NEW_IDENTIFIER: &str = "BindNewIdentifier";

/// Stores a new record, in the place of one of the user with this id. Call it with the account locked. Returns when it expires.
///
/// # Errors
/// A failure of the database.
pub(crate) fn insert(work: &Work<'_>, user_id: &UserId, record: &VerificationRecord) -> Result<Timestamp, DbError> {
    let expires_at = work.now().plus_seconds(LIFETIME_SECONDS);
    work.exec_one(
        sql!(
            "insert into verification_records (tenant_id, id, user_id, record, created_at, expires_at) \
             values ($1, $2, $3, $4, $5, $6) on conflict (tenant_id, id) do update set record = excluded.record, \
             created_at = excluded.created_at, expires_at = excluded.expires_at \
             where verification_records.user_id = excluded.user_id"
        ),
        params![work.tenant_id(), record.id(), user_id, Json(record), work.now(), expires_at],
    )?;
    let excess = sql!(
        "delete from verification_records where tenant_id = $1 and user_id = $2 and id <> $3 and id not in \
         (select id from verification_records where tenant_id = $1 and user_id = $2 and id <> $3 \
         order by created_at desc, id limit $4)"
    );
    work.exec(excess, params![work.tenant_id(), user_id, record.id(), MAX_RECORDS - 1])?;
    Ok(expires_at)
}

/// The record of this user with this id; none when it has expired.
///
/// # Errors
/// A failure of the database.
pub(crate) fn find(view: &View<'_>, user_id: &UserId, id: &str) -> Result<Option<VerificationRecord>, DbError> {
    let text = sql!(
        "select record from verification_records where tenant_id = $1 and id = $2 and user_id = $3 and expires_at > $4"
    );
    let found: Option<(Json<VerificationRecord>,)> =
        view.query_opt(text, params![view.tenant_id(), id, user_id, view.now()])?;
    Ok(found.map(|(Json(record),)| record))
}

/// The newest code of a user with this purpose and to this kind of address, if nobody answered it yet.
///
/// # Errors
/// A failure of the database.
pub(crate) fn newest_pending_code(
    view: &View<'_>,
    user_id: &UserId,
    purpose: &str,
    kind: IdentifierType,
) -> Result<Option<PendingCode>, DbError> {
    let text = sql!(
        "select record from verification_records where tenant_id = $1 and user_id = $2 and expires_at > $3 \
         order by created_at desc, id"
    );
    let found: Vec<(Json<VerificationRecord>,)> =
        view.query_all(text, params![view.tenant_id(), user_id, view.now()])?;
    let is_asked = |code: &Code| code.template_type == purpose && code.identifier.kind == kind;
    let newest = found.into_iter().find_map(|(Json(record),)| match record {
        VerificationRecord::EmailVerificationCode(record) | VerificationRecord::PhoneVerificationCode(record) => {
            let question = match &record {
                Verification::Pending(pending) => &pending.question,
                Verification::Verified(proof) => proof.claim(),
            };
            is_asked(question).then_some(record)
        }
        _ => None,
    });
    Ok(newest.and_then(|record| match record {
        Verification::Pending(sent) => Some(PendingCode { record_id: sent.id, identifier: sent.question.identifier }),
        Verification::Verified(_) => None,
    }))
}

/// A code that was sent.
#[derive(Debug, Clone)]
pub(crate) struct PendingCode {
    pub record_id: String,
    /// Where it was sent.
    pub identifier: Identifier,
}

/// Stores what became of a record. Its time does not begin anew.
///
/// # Errors
/// [`DbError::Conflict`] when it is gone; a failure of the database.
pub(crate) fn update(work: &Work<'_>, user_id: &UserId, record: &VerificationRecord) -> Result<(), DbError> {
    let text = sql!(
        "update verification_records set record = $4 \
         where tenant_id = $1 and id = $2 and user_id = $3 and expires_at > $5"
    );
    work.exec_one(text, params![work.tenant_id(), record.id(), user_id, Json(record), work.now()])
}

/// Deletes all records of a user but the one with this id.
///
/// # Errors
/// A failure of the database.
pub(crate) fn forget_all_but(work: &Work<'_>, user_id: &UserId, kept: &str) -> Result<(), DbError> {
    let text = sql!("delete from verification_records where tenant_id = $1 and user_id = $2 and id <> $3");
    work.exec(text, params![work.tenant_id(), user_id, kept]).map(drop)
}

/// The address or number that this record proves to be the person's, to make it their own.
///
/// # Errors
/// 400 `verification_record.not_found` for a record of another person, purpose, kind or address (attack C20).
pub(crate) fn new_identifier(
    view: &View<'_>,
    user_id: &UserId,
    id: &str,
    wanted: &Identifier,
) -> Result<Identifier, ApiError> {
    let proof = match (find(view, user_id, id)?, wanted.kind) {
        (Some(VerificationRecord::EmailVerificationCode(Verification::Verified(proof))), IdentifierType::Email)
        | (Some(VerificationRecord::PhoneVerificationCode(Verification::Verified(proof))), IdentifierType::Phone) => {
            Some(proof)
        }
        _ => None,
    };
    let is_for =
        |code: &Code| code.template_type == NEW_IDENTIFIER && code.identifier.canonical() == wanted.canonical();
    match proof.filter(|proof| is_for(proof.claim())) {
        Some(proof) => Ok(proof.claim().identifier.clone()),
        None => Err(ApiError::bad_request(ErrorCode::VerificationRecordNotFound)),
    }
}

/// The passkey whose registration this record proves.
///
/// # Errors
/// 400 `verification_record.not_found` for a record of another person or kind, or one that was not answered (attack C20).
pub(crate) fn new_passkey(view: &View<'_>, user_id: &UserId, id: &str) -> Result<NewPasskey, ApiError> {
    let found = match find(view, user_id, id)? {
        Some(VerificationRecord::WebAuthn(Verification::Verified(proof))) => Some(proof.claim().clone()),
        _ => None,
    };
    let own = found.filter(|claim| claim.user_id == *user_id).and_then(|claim| claim.registration_info);
    let info = own.ok_or_else(|| ApiError::bad_request(ErrorCode::VerificationRecordNotFound))?;
    serde_json::from_value(info).map_err(|error| ApiError::internal(format!("a new passkey: {error}")))
}

/// The account at a social provider that this record proves to be the person's.
///
/// # Errors
/// 400 `verification_record.not_found` for a record of another person or kind, or that proves nothing yet (attack C20).
pub(crate) fn social_account(view: &View<'_>, user_id: &UserId, id: &str) -> Result<SocialAccount, ApiError> {
    match find(view, user_id, id)? {
        Some(VerificationRecord::Social(Verification::Verified(proof))) => Ok(proof.claim().clone()),
        _ => Err(ApiError::bad_request(ErrorCode::VerificationRecordNotFound)),
    }
}

/// Whether the record proves that the caller is this person (A002): their password, or a code for this purpose to an address or number
/// that is still theirs.
///
/// # Errors
/// A failure of the database.
pub(crate) fn proves_identity(view: &View<'_>, user: &UserInfo, id: &str) -> Result<bool, DbError> {
    Ok(match find(view, &user.id, id)? {
        Some(VerificationRecord::Password(record)) => {
            record.verified().is_some_and(|proof| proof.claim().user_id == user.id)
        }
        Some(VerificationRecord::EmailVerificationCode(record)) => {
            proves_address(&record, user.primary_email.as_deref(), IdentifierType::Email)
        }
        Some(VerificationRecord::PhoneVerificationCode(record)) => {
            proves_address(&record, user.primary_phone.as_deref(), IdentifierType::Phone)
        }
        _ => false,
    })
}

fn proves_address(record: &Verification<Code>, own: Option<&str>, kind: IdentifierType) -> bool {
    let Some(proof) = record.verified().filter(|proof| proof.claim().template_type == PERMISSION) else { return false };
    own.is_some_and(|own| proof.claim().identifier.canonical() == Identifier::new(kind, own).canonical())
}
