//! The table `secrets`.

use api::ErrorCode;
use api::users::TokenSecretMetadata;
use db::{DbError, Json, params, sql};
use federation::TokenSet;
use flow::{EnterpriseAccountId, ProviderAccount};
use kernel::ids::UserId;
use kernel::{Timestamp, id};

use crate::ApiError;
use crate::sealing::{SealedSecret, SecretOwner};
use crate::users::identities;
use crate::work::{View, Work};

/// The largest token set that is kept, in bytes of JSON.
pub(crate) const MAX_TOKENS: usize = 16 << 10;
const TYPE: &str = "federated_token_set";

/// Tokens that a provider gave.
#[derive(Debug, Clone)]
pub struct NewTokenSet {
    pub account: ProviderAccount,
    pub tokens: TokenSet,
    /// When they came.
    pub received_at: Timestamp,
}

impl NewTokenSet {
    /// What may be shown.
    pub(super) fn metadata(&self) -> TokenSecretMetadata {
        let tokens = &self.tokens;
        let lifetime = tokens.expires_in.filter(|seconds| *seconds > 0);
        TokenSecretMetadata {
            scope: tokens.scope.clone(),
            expires_at: lifetime.map(|seconds| self.received_at.seconds().saturating_add(seconds)),
            token_type: tokens.token_type.clone(),
            has_refresh_token: tokens.refresh_token.is_some(),
        }
    }
}

/// Whose tokens they are: a user has one set of each provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenProvider {
    /// By its target.
    Social(String),
    /// By its connector.
    Enterprise(String),
}

impl TokenProvider {
    fn of(account: &ProviderAccount) -> Self {
        match account {
            ProviderAccount::Social { target, .. } => Self::Social(target.clone()),
            ProviderAccount::Enterprise(account) => Self::Enterprise(account.connector_id.clone()),
        }
    }

    /// The parameters of [`OF_PROVIDER`].
    pub(super) fn keys(&self) -> (Option<&str>, Option<&str>) {
        match self {
            Self::Social(target) => (Some(target), None),
            Self::Enterprise(connector_id) => (None, Some(connector_id)),
        }
    }
}

pub(super) const OF_PROVIDER: &str =
    " from secrets where tenant_id = $1 and user_id = $2 and (target = $3 or sso_connector_id = $4)";
const INSERT: &str = "insert into secrets (tenant_id, id, user_id, type, target, connector_id, sso_connector_id, issuer, \
    identity_id, encrypted_dek, ciphertext, metadata, created_at, updated_at) \
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13)";
const REPLACE: &str = " do update set id = excluded.id, connector_id = excluded.connector_id, issuer = excluded.issuer, \
    identity_id = excluded.identity_id, encrypted_dek = excluded.encrypted_dek, ciphertext = excluded.ciphertext, \
    metadata = excluded.metadata, updated_at = excluded.updated_at, refreshed_until = null";

/// Refuses to keep tokens without a key to seal them under.
///
/// # Errors
/// 422 `request.feature_not_supported`.
pub(crate) fn require_vault(view: &View<'_>, wanted: Option<bool>) -> Result<(), ApiError> {
    match wanted {
        Some(true) if !view.vault().is_open() => Err(ApiError::unprocessable(ErrorCode::RequestFeatureNotSupported)),
        _ => Ok(()),
    }
}

/// Stores the tokens of an account that is linked to the user, in the place of older ones. Nothing is stored where the account is
/// not theirs any more, or the vault is closed.
///
/// # Errors
/// A failure of the database.
pub(crate) fn store(work: &Work<'_>, user_id: &UserId, new: &NewTokenSet) -> Result<(), ApiError> {
    if identities::owner_of(work, &new.account)?.as_ref() != Some(user_id) {
        return Ok(());
    }
    let provider = TokenProvider::of(&new.account);
    let (target, sso_connector_id) = provider.keys();
    let find = sql!("select id", OF_PROVIDER);
    let known: Option<String> = work.query_opt(find, params![work.tenant_id(), user_id, target, sso_connector_id])?;
    let secret_id = known.unwrap_or_else(|| id::entity_id(work.rng()));
    let owner = SecretOwner { tenant_id: work.tenant_id(), user_id, secret_id: &secret_id };
    let Some(sealed) = seal(work, owner, new)? else { return Ok(()) };
    // Another sign-in of the user may have made the row meanwhile; what is sealed belongs to the id.
    let (text, connector_id, issuer, identity_id) = match &new.account {
        ProviderAccount::Social { connector_id, id, .. } => {
            (sql!(INSERT, " on conflict (tenant_id, user_id, target)", REPLACE), Some(connector_id), None, id)
        }
        ProviderAccount::Enterprise(EnterpriseAccountId { issuer, id, .. }) => {
            (sql!(INSERT, " on conflict (tenant_id, user_id, sso_connector_id)", REPLACE), None, Some(issuer), id)
        }
    };
    let values = params![
        work.tenant_id(),
        &secret_id,
        user_id,
        TYPE,
        target,
        connector_id,
        sso_connector_id,
        issuer,
        identity_id,
        sealed.encrypted_key,
        sealed.ciphertext,
        Json(new.metadata()),
        work.now()
    ];
    Ok(work.exec_one(text, values)?)
}

/// Seals tokens for their row. None of a set that is too large, and where the vault is closed.
///
/// # Errors
/// A value that can't be sealed.
pub(super) fn seal(
    work: &Work<'_>,
    owner: SecretOwner<'_>,
    new: &NewTokenSet,
) -> Result<Option<SealedSecret>, ApiError> {
    let plain = serde_json::to_string(&new.tokens).map_err(|error| ApiError::internal(error.to_string()))?;
    if plain.len() > MAX_TOKENS {
        let connector_id = new.account.connector_id();
        tracing::warn!(connector_id, bytes = plain.len(), "a provider's tokens are too large to be stored");
        return Ok(None);
    }
    Ok(work.vault().seal(owner, &plain)?)
}

/// Forgets the tokens of another account that was linked in this place.
///
/// # Errors
/// A failure of the database.
pub(crate) fn forget_other_account(
    work: &Work<'_>,
    user_id: &UserId,
    target: &str,
    identity_id: &str,
) -> Result<(), DbError> {
    let text = sql!("delete from secrets where tenant_id = $1 and user_id = $2 and target = $3 and identity_id <> $4");
    work.exec(text, params![work.tenant_id(), user_id, target, identity_id]).map(drop)
}

/// Deletes the tokens of a connector that keeps none any more, or not those.
///
/// # Errors
/// A failure of the database.
pub(crate) fn delete_of_connector(work: &Work<'_>, connector_id: &str) -> Result<(), DbError> {
    let text = sql!("delete from secrets where tenant_id = $1 and connector_id = $2");
    work.exec(text, params![work.tenant_id(), connector_id]).map(drop)
}

/// As [`delete_of_connector`], of an enterprise.
///
/// # Errors
/// A failure of the database.
pub(crate) fn delete_of_sso_connector(work: &Work<'_>, connector_id: &str) -> Result<(), DbError> {
    let text = sql!("delete from secrets where tenant_id = $1 and sso_connector_id = $2");
    work.exec(text, params![work.tenant_id(), connector_id]).map(drop)
}

/// Deletes one.
///
/// # Errors
/// 404 `entity.not_found`; a failure of the database.
pub(super) fn delete(work: &Work<'_>, id: &str) -> Result<(), ApiError> {
    let text = sql!("delete from secrets where tenant_id = $1 and id = $2");
    match work.exec(text, params![work.tenant_id(), id])? {
        0 => Err(ApiError::not_found()),
        _ => Ok(()),
    }
}
