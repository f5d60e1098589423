//! WebAuthn credentials of users: second factors, and for signing in (inventory D082, E074).

use ::api::members::BoundedText;
use ::api::users::LineFactor;
use db::{DbError, params, sql};
use kernel::ids::UserId;
use serde::{Deserialize, Serialize};

use super::NewFactor;
use crate::webauthn::{Credential, next_counter};
use crate::work::{View, Work};

/// A credential with what its owner sees of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewPasskey {
    #[serde(flatten)]
    pub credential: Credential,
    /// The browser that it was made with.
    pub agent: String,
    /// What its owner calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl NewPasskey {
    /// The factor to bind.
    ///
    /// # Errors
    /// None with values that were read from JSON.
    pub fn into_factor(self) -> Result<NewFactor, DbError> {
        let credential_id = self.credential.credential_id.clone();
        let mut data = serde_json::to_value(self).map_err(|error| DbError::Sql(error.to_string()))?;
        if let Some(members) = data.as_object_mut() {
            members.remove("credentialId");
        }
        Ok(NewFactor::WebAuthn { credential_id, data })
    }
}

/// The other members of a credential, as they are stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PasskeyData {
    public_key: String,
    counter: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rp_id: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    transports: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl PasskeyData {
    /// The credential as lines of an export have it.
    pub(super) fn into_line(self, credential_id: String) -> LineFactor {
        LineFactor::WebAuthn {
            credential_id: BoundedText(credential_id),
            public_key: BoundedText(self.public_key),
            counter: self.counter,
            rp_id: self.rp_id.map(BoundedText),
            transports: self.transports.into_iter().map(BoundedText).collect(),
            agent: self.agent.map(BoundedText),
            name: self.name.map(BoundedText),
        }
    }

    pub(super) fn parse(stored: &str) -> Result<Self, DbError> {
        serde_json::from_str(stored).map_err(|error| DbError::Sql(format!("a stored passkey: {error}")))
    }
}

/// A bound credential.
#[derive(Debug, Clone)]
pub struct Passkey {
    pub id: String,
    pub user_id: UserId,
    pub credential: Credential,
}

impl Passkey {
    fn read(id: String, user_id: String, credential_id: String, data: &str) -> Result<Self, DbError> {
        let PasskeyData { public_key, counter, rp_id, transports, .. } = PasskeyData::parse(data)?;
        let credential = Credential { credential_id, public_key, counter, rp_id, transports };
        Ok(Self { id, user_id: user_id.into(), credential })
    }

    /// Whether it is for this relying party. Those from elsewhere don't say.
    pub fn is_of(&self, rp_id: &str) -> bool {
        self.credential.rp_id.as_deref().is_none_or(|own| own == rp_id)
    }
}

type PasskeyRow = (String, String, String, String);

/// The passkey with this id of its credential.
///
/// # Errors
/// A failure of the database; a value that was changed outside.
pub fn find_by_credential(view: &View<'_>, credential_id: &str) -> Result<Option<Passkey>, DbError> {
    let stored: Option<PasskeyRow> = view.query_opt(
        sql!(
            "select id, user_id, credential_id, data from user_mfa_factors \
             where tenant_id = $1 and credential_id = $2 and type = 'WebAuthn'"
        ),
        params![view.tenant_id(), credential_id],
    )?;
    stored.map(|(id, user_id, credential_id, data)| Passkey::read(id, user_id, credential_id, &data)).transpose()
}

/// The passkeys of a user for a relying party, in the order of binding.
///
/// # Errors
/// As [`find_by_credential`].
pub fn list(view: &View<'_>, user_id: &str, rp_id: &str) -> Result<Vec<Passkey>, DbError> {
    let rows: Vec<PasskeyRow> = view.query_all(
        sql!(
            "select id, user_id, credential_id, data from user_mfa_factors \
             where tenant_id = $1 and user_id = $2 and type = 'WebAuthn' order by created_at, id"
        ),
        params![view.tenant_id(), user_id],
    )?;
    let read =
        rows.into_iter().map(|(id, user_id, credential_id, data)| Passkey::read(id, user_id, credential_id, &data));
    let all: Vec<Passkey> = read.collect::<Result<_, _>>()?;
    Ok(all.into_iter().filter(|passkey| passkey.is_of(rp_id)).collect())
}

/// Gives a passkey another name. `false` means that the user has no passkey with this id.
///
/// # Errors
/// [`DbError::Conflict`] if it was used at the same moment; a failure of the database.
pub fn rename(work: &Work<'_>, user_id: &UserId, id: &str, name: &str) -> Result<bool, DbError> {
    let text = sql!(
        "select data from user_mfa_factors where tenant_id = $1 and user_id = $2 and id = $3 and type = 'WebAuthn'"
    );
    let stored: Option<String> = work.query_opt(text, params![work.tenant_id(), user_id, id])?;
    let Some(before) = stored else { return Ok(false) };
    let data = PasskeyData { name: Some(name.to_owned()), ..PasskeyData::parse(&before)? };
    let after = serde_json::to_string(&data).map_err(|error| DbError::Sql(error.to_string()))?;
    let update = sql!("update user_mfa_factors set data = $3 where tenant_id = $1 and id = $2 and data = $4");
    work.exec_one(update, params![work.tenant_id(), id, after, &before])?;
    Ok(true)
}

/// Notes a use, with the counter that the authenticator signed. `false` means that the passkey is gone, or that its counter did
/// not grow: somebody has a copy (WebAuthn section 7.2, step 22). Changes nothing then.
///
/// # Errors
/// [`DbError::Conflict`] if it was used at the same moment; a failure of the database.
pub fn record_use(work: &Work<'_>, passkey: &Passkey, rp_id: &str, signed: u32) -> Result<bool, DbError> {
    let stored: Option<(String, String)> = work.query_opt(
        sql!("select id, data from user_mfa_factors where tenant_id = $1 and id = $2"),
        params![work.tenant_id(), &passkey.id],
    )?;
    let Some((id, before)) = stored else { return Ok(false) };
    let mut data = PasskeyData::parse(&before)?;
    let Ok(counter) = next_counter(data.counter, signed) else { return Ok(false) };
    data.counter = counter;
    data.rp_id.get_or_insert_with(|| rp_id.to_owned());
    let after = serde_json::to_string(&data).map_err(|error| DbError::Sql(error.to_string()))?;
    let update =
        sql!("update user_mfa_factors set data = $3, last_used_at = $4 where tenant_id = $1 and id = $2 and data = $5");
    work.exec_one(update, params![work.tenant_id(), &id, after, work.now(), &before])?;
    Ok(true)
}
