//! Tokens of social providers on their way to the vault (E090). Until somebody is signed in they wait, sealed, in the
//! interaction.

use federation::TokenSet;
use flow::SocialTokenSet;
use kernel::Timestamp;
use kernel::ids::UserId;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ApiError;
use crate::connectors::social;
use crate::sealing::SealedColumn;
use crate::secrets::{self, MAX_TOKENS, NewTokenSet};
use crate::work::Work;

#[derive(Serialize, Deserialize)]
struct ReceivedTokens {
    tokens: TokenSet,
    received_at: Timestamp,
}

/// Seals what the account `identity_id` of a connector brought. None of a set that is too large, because the interaction is saved
/// with it at every step: the sign-in goes on.
///
/// # Errors
/// A value that can't be sealed.
pub(super) fn seal(
    work: &Work<'_>,
    connector_id: &str,
    identity_id: &str,
    tokens: TokenSet,
) -> Result<Option<Value>, ApiError> {
    let received = ReceivedTokens { tokens, received_at: work.now() };
    let plain = serde_json::to_string(&received).map_err(|error| ApiError::internal(error.to_string()))?;
    if plain.len() > MAX_TOKENS {
        tracing::warn!(connector_id, bytes = plain.len(), "a provider's tokens are too large to be stored");
        return Ok(None);
    }
    let id = account(connector_id, identity_id);
    let place = SealedColumn::Interaction.of(work.tenant_id(), &id);
    Ok(Some(Value::String(work.sealer().seal(place, &plain)?)))
}

/// Stores the tokens of somebody who signed in, if the connector still keeps them.
///
/// # Errors
/// A value that does not open; a failure of the database.
pub(super) fn store(work: &Work<'_>, user_id: &UserId, waiting: SocialTokenSet) -> Result<(), ApiError> {
    let SocialTokenSet { connector_id, target, identity_id, encrypted_token_set } = waiting;
    if !social::keeps_tokens(work, &connector_id)? {
        return Ok(());
    }
    let id = account(&connector_id, &identity_id);
    let place = SealedColumn::Interaction.of(work.tenant_id(), &id);
    let plain = work.sealer().open(place, encrypted_token_set.as_str().unwrap_or_default())?;
    let ReceivedTokens { tokens, received_at } =
        serde_json::from_str(&plain).map_err(|error| ApiError::internal(error.to_string()))?;
    secrets::store(work, user_id, &NewTokenSet { connector_id, target, identity_id, tokens, received_at })
}

/// The id of a connector has no slash in front of the one here: it is written with its length.
fn account(connector_id: &str, identity_id: &str) -> String {
    format!("tokens {} {connector_id} {identity_id}", connector_id.len())
}
