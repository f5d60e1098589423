//! The rows of `device_codes`. A device code is found by its digest, a user code as it is: who knows one can ask a person to
//! approve the device, but gets no token.

use db::{DbError, FromRow, Json, params, sql};
use kernel::ids::ApplicationId;
use kernel::{Timestamp, id};
use oauth::authorize::AuthorizationRequest;
use oauth::token::device_code::{DeviceCode, DeviceCodeState};
use oauth::{UserCode, ttl};

use crate::oidc::authorization_codes::TokenContext;
use crate::oidc::locked::{LockedToken, select_for_update};
use crate::work::{View, Work};

/// A row of `device_codes t` that was approved.
#[derive(Debug, Clone, FromRow)]
#[row(alias = "t")]
pub struct DeviceCodeRow {
    /// The values that the checks need.
    #[row(flatten = "CheckedColumns")]
    pub code: DeviceCode,
    #[row(flatten)]
    pub context: TokenContext,
}

#[derive(FromRow)]
#[row(alias = "t")]
struct CheckedColumns {
    client_id: ApplicationId,
    code_challenge: Option<String>,
    expires_at: Timestamp,
    denied: bool,
    #[row(expression = "t.grant_id is not null")]
    approved: bool,
    consumed_at: Option<Timestamp>,
}

impl From<CheckedColumns> for DeviceCode {
    fn from(row: CheckedColumns) -> Self {
        let state = match (row.denied, row.approved, row.consumed_at) {
            (true, ..) => DeviceCodeState::Denied,
            (false, false, _) => DeviceCodeState::Pending,
            (false, true, None) => DeviceCodeState::Approved,
            (false, true, Some(_)) => DeviceCodeState::Consumed,
        };
        Self { client_id: row.client_id, code_challenge: row.code_challenge, expires_at: row.expires_at, state }
    }
}

/// Finds a device code without locking anything.
pub fn find(view: &View<'_>, device_code: &str) -> Result<Option<DeviceCode>, DbError> {
    let row: Option<CheckedColumns> = view.query_opt(
        sql!(
            "select ",
            CheckedColumns::QUALIFIED_COLUMNS,
            " from device_codes t where t.digest = $2 and (t.tenant_id = $1) is true"
        ),
        params![view.tenant_id(), id::token_digest(device_code)],
    )?;
    Ok(row.map(DeviceCode::from))
}

/// Finds an approved device code and locks it until the transaction ends.
pub fn lock(work: &Work<'_>, device_code: &str) -> Result<Option<LockedToken<DeviceCodeRow>>, DbError> {
    let text = select_for_update!("device_codes", DeviceCodeRow);
    work.query_opt(text, params![work.tenant_id(), id::token_digest(device_code)])
}

/// Marks a device code as used; false when it was used already.
pub fn mark_used(work: &Work<'_>, device_code: &str) -> Result<bool, DbError> {
    let changed = work.exec(
        sql!(
            "update device_codes set consumed_at = $3 \
             where tenant_id = $1 and digest = $2 and consumed_at is null"
        ),
        params![work.tenant_id(), id::token_digest(device_code), work.now()],
    )?;
    Ok(changed == 1)
}

/// The values of a new device code.
pub struct NewDeviceCode<'a> {
    pub request: &'a AuthorizationRequest,
    /// Where the device asked from.
    pub address: &'a str,
    pub agent: &'a str,
}

/// A new device code with its user code.
pub struct IssuedDeviceCode {
    pub device_code: String,
    pub user_code: UserCode,
}

/// User codes are tried until one is free; two in a row that are not are rarer than a failing disk.
const TRIES: usize = 8;

/// Stores a new device code. Its user code is no other's of the tenant, whatever others store at the same time.
pub fn create(work: &Work<'_>, new: &NewDeviceCode<'_>) -> Result<IssuedDeviceCode, DbError> {
    let device_code = id::opaque_token(work.rng());
    for _ in 0..TRIES {
        let user_code = UserCode::random(work.rng());
        let inserted = work.exec(
            sql!(
                "insert into device_codes (digest, tenant_id, user_code, client_id, request, code_challenge, \
                 device_address, device_agent, created_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
                 on conflict do nothing"
            ),
            params![
                id::token_digest(&device_code),
                work.tenant_id(),
                user_code.letters(),
                &new.request.client_id,
                Json(new.request),
                new.request.code_challenge.clone(),
                new.address,
                new.agent,
                work.now(),
                work.now().plus_seconds(ttl::DEVICE_CODE)
            ],
        )?;
        if inserted == 1 {
            return Ok(IssuedDeviceCode { device_code, user_code });
        }
    }
    Err(DbError::Conflict)
}

/// A device code that waits for the decision of the browser in which its user code was entered.
#[derive(Debug, Clone, FromRow)]
pub struct EnteredDeviceCode {
    pub digest: String,
    pub client_id: ApplicationId,
    #[row(json)]
    pub request: AuthorizationRequest,
    pub device_address: String,
    pub device_agent: String,
}

/// Whether a browser, by the digest of its secret, has entered a user code already.
pub fn is_entered(view: &View<'_>, code: &UserCode, browser_digest: &str) -> Result<bool, DbError> {
    let text = sql!("select 1 from device_codes where tenant_id = $1 and user_code = $2 and browser_digest = $3");
    let found: Option<i64> = view.query_opt(text, params![view.tenant_id(), code.letters(), browser_digest])?;
    Ok(found.is_some())
}

/// Takes the device code of a user code for a browser, by the digest of its secret. `None` if there is no such code, it was
/// decided, or another browser has it: who entered a code first decides, and nobody else (attack B20).
pub fn enter(work: &Work<'_>, code: &UserCode, browser_digest: &str) -> Result<Option<EnteredDeviceCode>, DbError> {
    work.query_opt(
        sql!(
            "update device_codes set browser_digest = $3 where tenant_id = $1 and user_code = $2 \
             and (browser_digest is null or browser_digest = $3) and grant_id is null and denied = false \
             and expires_at > $4 returning ",
            EnteredDeviceCode::COLUMNS
        ),
        params![work.tenant_id(), code.letters(), browser_digest, work.now()],
    )
}

/// The device code that this browser entered; changes nothing.
pub fn find_entered(
    view: &View<'_>,
    code: &UserCode,
    browser_digest: &str,
) -> Result<Option<EnteredDeviceCode>, DbError> {
    view.query_opt(
        sql!(
            "select ",
            EnteredDeviceCode::COLUMNS,
            " from device_codes where tenant_id = $1 and user_code = $2 and browser_digest = $3 \
             and grant_id is null and denied = false and expires_at > $4"
        ),
        params![view.tenant_id(), code.letters(), browser_digest, view.now()],
    )
}

/// Lets the device have its tokens, once. False when it was decided otherwise, or is too late.
pub fn approve(work: &Work<'_>, digest: &str, context: &TokenContext) -> Result<bool, DbError> {
    let changed = work.exec(
        sql!(
            "update device_codes set grant_id = $3, user_id = $4, session_uid = $5, nonce = $6, scope = $7, \
             resources = $8, expires_with_session = $9, sid = $10, auth_time = $11, \
             authentication = $12 \
             where tenant_id = $1 and digest = $2 and grant_id is null and denied = false and expires_at > $13"
        ),
        params![
            work.tenant_id(),
            digest,
            &context.grant_id,
            &context.user_id,
            context.session_uid.clone(),
            context.nonce.clone(),
            context.scope.to_string(),
            Json(&context.resources),
            context.expires_with_session,
            context.sid.clone(),
            context.auth_time,
            context.authentication.as_ref().map(Json),
            work.now()
        ],
    )?;
    Ok(changed == 1)
}

/// Refuses the device, unless it was approved before.
pub fn deny(work: &Work<'_>, digest: &str) -> Result<(), DbError> {
    let text = sql!("update device_codes set denied = true where tenant_id = $1 and digest = $2 and grant_id is null");
    work.exec(text, params![work.tenant_id(), digest]).map(drop)
}
