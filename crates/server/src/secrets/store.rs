//! The table `secrets`.

use api::users::{SocialTokenSecret, TokenSecretMetadata};
use db::{DbError, FromRow, Json, params, sql};
use federation::TokenSet;
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
    pub connector_id: String,
    /// The name of the provider.
    pub target: String,
    /// The id of the account at the provider.
    pub identity_id: String,
    pub tokens: TokenSet,
    /// When they came.
    pub received_at: Timestamp,
}

impl NewTokenSet {
    /// What may be shown.
    fn metadata(&self) -> TokenSecretMetadata {
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

/// Stores the tokens of an account that is linked to the user, in the place of older ones. Nothing is stored where the account is
/// not theirs any more, or the vault is closed.
///
/// # Errors
/// A failure of the database.
pub(crate) fn store(work: &Work<'_>, user_id: &UserId, new: &NewTokenSet) -> Result<(), ApiError> {
    if identities::owner(work, &new.target, &new.identity_id)?.as_ref() != Some(user_id) {
        return Ok(());
    }
    let find = sql!("select id from secrets where tenant_id = $1 and user_id = $2 and target = $3");
    let known: Option<String> = work.query_opt(find, params![work.tenant_id(), user_id, &new.target])?;
    let secret_id = known.unwrap_or_else(|| id::entity_id(work.rng()));
    let owner = SecretOwner { tenant_id: work.tenant_id(), user_id, secret_id: &secret_id };
    let plain = serde_json::to_string(&new.tokens).map_err(|error| ApiError::internal(error.to_string()))?;
    if plain.len() > MAX_TOKENS {
        tracing::warn!(
            connector_id = new.connector_id,
            bytes = plain.len(),
            "a provider's tokens are too large to be stored"
        );
        return Ok(());
    }
    let Some(sealed) = work.vault().seal(owner, &plain)? else { return Ok(()) };
    // Another sign-in of the user may have made the row meanwhile; what is sealed belongs to the id.
    let text = sql!(
        "insert into secrets (tenant_id, id, user_id, type, target, identity_id, connector_id, encrypted_dek, ciphertext, \
         metadata, created_at, updated_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11) \
         on conflict (tenant_id, user_id, target) do update set id = excluded.id, identity_id = excluded.identity_id, \
         connector_id = excluded.connector_id, encrypted_dek = excluded.encrypted_dek, ciphertext = excluded.ciphertext, \
         metadata = excluded.metadata, updated_at = excluded.updated_at"
    );
    let values = params![
        work.tenant_id(),
        &secret_id,
        user_id,
        TYPE,
        &new.target,
        &new.identity_id,
        &new.connector_id,
        sealed.encrypted_key,
        sealed.ciphertext,
        Json(new.metadata()),
        work.now()
    ];
    Ok(work.exec_one(text, values)?)
}

#[derive(FromRow)]
struct SealedRow {
    id: String,
    encrypted_dek: String,
    ciphertext: String,
}

/// The tokens of a user at a provider. None if none are stored, or the vault is closed.
///
/// # Errors
/// Tokens that were sealed under another `SECRET_VAULT_KEK`, or changed; a failure of the database.
pub fn open(view: &View<'_>, user_id: &UserId, target: &str) -> Result<Option<TokenSet>, ApiError> {
    let text =
        sql!("select ", SealedRow::COLUMNS, " from secrets where tenant_id = $1 and user_id = $2 and target = $3");
    let Some(row) = view.query_opt::<SealedRow>(text, params![view.tenant_id(), user_id, target])? else {
        return Ok(None);
    };
    let owner = SecretOwner { tenant_id: view.tenant_id(), user_id, secret_id: &row.id };
    let sealed = SealedSecret { encrypted_key: row.encrypted_dek, ciphertext: row.ciphertext };
    let plain = view.vault().open(owner, &sealed)?;
    let read = |text: String| serde_json::from_str(&text).map_err(|error| ApiError::internal(error.to_string()));
    plain.map(read).transpose()
}

#[derive(FromRow)]
struct SecretRow {
    id: String,
    user_id: UserId,
    r#type: String,
    target: String,
    identity_id: String,
    connector_id: String,
    #[row(json)]
    metadata: TokenSecretMetadata,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl SecretRow {
    fn into_wire(self, view: &View<'_>) -> SocialTokenSecret {
        SocialTokenSecret {
            tenant_id: view.tenant_id().into(),
            id: self.id,
            user_id: self.user_id,
            secret_type: self.r#type,
            metadata: self.metadata,
            created_at: self.created_at,
            updated_at: self.updated_at,
            connector_id: self.connector_id,
            identity_id: self.identity_id,
            target: self.target,
        }
    }
}

/// What may be shown of all token sets of a user.
///
/// # Errors
/// A failure of the database.
pub(crate) fn of_user(view: &View<'_>, user_id: &UserId) -> Result<Vec<SocialTokenSecret>, DbError> {
    let text =
        sql!("select ", SecretRow::COLUMNS, " from secrets where tenant_id = $1 and user_id = $2 order by target");
    let rows: Vec<SecretRow> = view.query_all(text, params![view.tenant_id(), user_id])?;
    Ok(rows.into_iter().map(|row| row.into_wire(view)).collect())
}

/// What may be shown of the tokens of a user at a provider.
///
/// # Errors
/// A failure of the database.
pub(crate) fn of_identity(
    view: &View<'_>,
    user_id: &UserId,
    target: &str,
) -> Result<Option<SocialTokenSecret>, DbError> {
    Ok(of_user(view, user_id)?.into_iter().find(|secret| secret.target == target))
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

/// Deletes the tokens of a connector that keeps none any more.
///
/// # Errors
/// A failure of the database.
pub(crate) fn delete_of_connector(work: &Work<'_>, connector_id: &str) -> Result<(), DbError> {
    let text = sql!("delete from secrets where tenant_id = $1 and connector_id = $2");
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
