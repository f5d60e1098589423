//! Tokens that are taken out of the vault, and refreshed. A refresh token may count once at its provider, so that one request at a time
//! has the refresh of a set, among all processes; every change asks whether the set still is the one that was read.

use db::{DbError, FromRow, Json, params, sql};
use federation::TokenSet;
use flow::{EnterpriseAccountId, ProviderAccount};
use kernel::Timestamp;
use kernel::ids::UserId;

use super::store::{NewTokenSet, OF_PROVIDER, TokenProvider, seal};
use crate::ApiError;
use crate::sealing::{SealedSecret, SecretOwner};
use crate::work::{View, Work};
use api::users::TokenSecretMetadata;

/// How long a process has a refresh; longer than its requests to the provider take.
const REFRESH_SECONDS: i64 = 20;

/// A token set as it was read.
#[derive(Debug, Clone)]
pub struct KeptTokens {
    id: String,
    /// What was read: it changes with the tokens.
    ciphertext: String,
    pub account: ProviderAccount,
    pub tokens: TokenSet,
    /// When the access token expires, if the provider said so.
    pub expires_at: Option<Timestamp>,
}

impl KeptTokens {
    /// Whether the access token has expired.
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }
}

#[derive(FromRow)]
struct SealedRow {
    id: String,
    target: Option<String>,
    connector_id: Option<String>,
    sso_connector_id: Option<String>,
    issuer: Option<String>,
    identity_id: String,
    encrypted_dek: String,
    ciphertext: String,
    #[row(json)]
    metadata: TokenSecretMetadata,
}

impl SealedRow {
    /// The table holds each row to one of the two kinds.
    fn account(&self) -> Option<ProviderAccount> {
        let id = self.identity_id.clone();
        match (self.target.clone(), self.connector_id.clone(), self.sso_connector_id.clone(), self.issuer.clone()) {
            (Some(target), Some(connector_id), ..) => Some(ProviderAccount::Social { connector_id, target, id }),
            (.., Some(connector_id), Some(issuer)) => {
                Some(ProviderAccount::Enterprise(EnterpriseAccountId { connector_id, issuer, id }))
            }
            _ => None,
        }
    }
}

/// The tokens of a user at a provider. None if none are stored, or the vault is closed.
///
/// # Errors
/// Tokens that were sealed under another `SECRET_VAULT_KEK`, or changed; a failure of the database.
pub fn find(view: &View<'_>, user_id: &UserId, provider: &TokenProvider) -> Result<Option<KeptTokens>, ApiError> {
    let (target, sso_connector_id) = provider.keys();
    let values = params![view.tenant_id(), user_id, target, sso_connector_id];
    let row: Option<SealedRow> = view.query_opt(sql!("select ", SealedRow::COLUMNS, OF_PROVIDER), values)?;
    let Some((row, account)) = row.and_then(|row| row.account().map(|account| (row, account))) else {
        return Ok(None);
    };
    let owner = SecretOwner { tenant_id: view.tenant_id(), user_id, secret_id: &row.id };
    let sealed = SealedSecret { encrypted_key: row.encrypted_dek, ciphertext: row.ciphertext.clone() };
    let Some(plain) = view.vault().open(owner, &sealed)? else { return Ok(None) };
    let tokens = serde_json::from_str(&plain).map_err(|error| ApiError::internal(error.to_string()))?;
    let expires_at = row.metadata.expires_at.map(|seconds| Timestamp(seconds.saturating_mul(1000)));
    Ok(Some(KeptTokens { id: row.id, ciphertext: row.ciphertext, account, tokens, expires_at }))
}

/// Takes the refresh of these tokens; false if another request has it, or the tokens are others by now.
///
/// # Errors
/// A failure of the database.
pub(crate) fn take_refresh(work: &Work<'_>, kept: &KeptTokens) -> Result<bool, DbError> {
    let text = sql!(
        "update secrets set refreshed_until = $4 where tenant_id = $1 and id = $2 and ciphertext = $3 \
         and (refreshed_until is null or refreshed_until <= $5)"
    );
    let until = work.now().plus_seconds(REFRESH_SECONDS);
    Ok(work.exec(text, params![work.tenant_id(), &kept.id, &kept.ciphertext, until, work.now()])? == 1)
}

/// Lets another request try.
///
/// # Errors
/// A failure of the database.
pub(crate) fn give_refresh_back(work: &Work<'_>, kept: &KeptTokens) -> Result<(), DbError> {
    let text = sql!("update secrets set refreshed_until = null where tenant_id = $1 and id = $2 and ciphertext = $3");
    work.exec(text, params![work.tenant_id(), &kept.id, &kept.ciphertext]).map(drop)
}

/// Stores what the provider gave in place of these tokens. Newer ones, as of a sign-in meanwhile, stay.
///
/// # Errors
/// A failure of the database.
pub(crate) fn replace(
    work: &Work<'_>,
    user_id: &UserId,
    kept: &KeptTokens,
    tokens: TokenSet,
    received_at: Timestamp,
) -> Result<(), ApiError> {
    let new = NewTokenSet { account: kept.account.clone(), tokens, received_at };
    let owner = SecretOwner { tenant_id: work.tenant_id(), user_id, secret_id: &kept.id };
    let Some(sealed) = seal(work, owner, &new)? else {
        // They can't be kept, and the old ones may be used up.
        return Ok(forget(work, kept)?);
    };
    let text = sql!(
        "update secrets set encrypted_dek = $4, ciphertext = $5, metadata = $6, updated_at = $7, refreshed_until = null \
         where tenant_id = $1 and id = $2 and ciphertext = $3"
    );
    let values = params![
        work.tenant_id(),
        &kept.id,
        &kept.ciphertext,
        sealed.encrypted_key,
        sealed.ciphertext,
        Json(new.metadata()),
        work.now()
    ];
    work.exec(text, values)?;
    Ok(())
}

/// Deletes these tokens, unless they are others by now.
///
/// # Errors
/// A failure of the database.
pub(crate) fn forget(work: &Work<'_>, kept: &KeptTokens) -> Result<(), DbError> {
    let text = sql!("delete from secrets where tenant_id = $1 and id = $2 and ciphertext = $3");
    work.exec(text, params![work.tenant_id(), &kept.id, &kept.ciphertext]).map(drop)
}
