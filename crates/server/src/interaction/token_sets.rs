//! Tokens of providers on their way to the vault (E090). Until somebody is signed in they wait, sealed, in the interaction.

use federation::TokenSet;
use flow::{Effect, ProviderAccount, ProviderTokenSet};
use kernel::Timestamp;
use kernel::ids::UserId;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::provider_connector::ProviderConnector;
use crate::ApiError;
use crate::sealing::SealedColumn;
use crate::secrets::{self, MAX_TOKENS, NewTokenSet};
use crate::work::Work;

#[derive(Serialize, Deserialize)]
struct ReceivedTokens {
    tokens: TokenSet,
    received_at: Timestamp,
    /// To whom the provider gave them ([`ProviderConnector::kept_registration`]).
    registration: String,
}

/// Seals the tokens of an account, if the connector keeps them. None of a set that is too large, because the interaction is saved
/// with it at every step: the sign-in goes on.
///
/// # Errors
/// A value that can't be sealed.
pub(super) fn seal(
    work: &Work<'_>,
    connector: &ProviderConnector,
    account: &ProviderAccount,
    tokens: TokenSet,
) -> Result<Option<Value>, ApiError> {
    let Some(registration) = connector.kept_registration(work) else { return Ok(None) };
    let received = ReceivedTokens { tokens, received_at: work.now(), registration };
    let plain = to_text(&received)?;
    if plain.len() > MAX_TOKENS {
        let connector_id = account.connector_id();
        tracing::warn!(connector_id, bytes = plain.len(), "a provider's tokens are too large to be stored");
        return Ok(None);
    }
    let id = place_id(account)?;
    let place = SealedColumn::Interaction.of(work.tenant_id(), &id);
    Ok(Some(Value::String(work.sealer().seal(place, &plain)?)))
}

/// Locks the connectors whose tokens the effects store. Before anything else is written: who deletes a connector takes it first, and then
/// what is linked to it.
///
/// # Errors
/// A failure of the database.
pub(super) fn lock_connectors(work: &Work<'_>, effects: &[Effect]) -> Result<(), ApiError> {
    effects.iter().try_for_each(|effect| match effect {
        Effect::StoreTokens { tokens, .. } => ProviderConnector::find_for_share(work, &tokens.account).map(drop),
        _ => Ok(()),
    })
}

/// Stores the tokens of somebody who signed in, if the connector still keeps them and is still a client of the provider that gave
/// them: another one must never be shown them (attack D12).
///
/// # Errors
/// A value that does not open; a failure of the database.
pub(crate) fn store(work: &Work<'_>, user_id: &UserId, waiting: ProviderTokenSet) -> Result<(), ApiError> {
    let ProviderTokenSet { account, encrypted_token_set } = waiting;
    let connector = ProviderConnector::find_for_share(work, &account)?;
    let Some(kept) = connector.and_then(|connector| connector.kept_registration(work)) else { return Ok(()) };
    let id = place_id(&account)?;
    let place = SealedColumn::Interaction.of(work.tenant_id(), &id);
    let plain = work.sealer().open(place, encrypted_token_set.as_str().unwrap_or_default())?;
    let ReceivedTokens { tokens, received_at, registration } =
        serde_json::from_str(&plain).map_err(|error| ApiError::internal(error.to_string()))?;
    match registration == kept {
        true => secrets::store(work, user_id, &NewTokenSet { account, tokens, received_at }),
        false => Ok(()),
    }
}

/// Each account has a place of its own, so that nobody who can write to the database moves tokens to another.
fn place_id(account: &ProviderAccount) -> Result<String, ApiError> {
    Ok(format!("tokens {}", to_text(account)?))
}

fn to_text(value: &impl Serialize) -> Result<String, ApiError> {
    serde_json::to_string(value).map_err(|error| ApiError::internal(error.to_string()))
}
