//! Backup codes: ten that are used once each, sealed together (inventory E073).

use std::collections::HashSet;

use db::{DbError, params, sql};
use kernel::ids::UserId;
use kernel::{Rng, hex, id};
use serde::{Deserialize, Serialize};

use super::{MAX_BACKUP_CODES, NewFactor, bind};
use crate::ApiError;
use crate::sealing::SealedColumn;
use crate::work::{View, Work};

const CODES: usize = 10;
const CODE_BYTES: usize = 5;

/// A code with the time of its use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StoredCode {
    pub code: String,
    /// ISO 8601.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_at: Option<String>,
}

/// The codes of a user as they are stored.
#[derive(Clone)]
pub struct CodeSet {
    id: String,
    sealed: String,
    pub codes: Vec<StoredCode>,
}

impl CodeSet {
    /// The factor's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The unused code that was typed: in any case, with spaces or hyphens. Every code is compared, in constant time.
    pub fn unused(&self, typed: &str) -> Option<String> {
        let typed = normalize(typed);
        let compare = |stored: &&StoredCode| id::constant_time_eq(&stored.code, &typed);
        let matching: Vec<&StoredCode> = self.codes.iter().filter(compare).collect();
        matching.into_iter().find(|stored| stored.used_at.is_none()).map(|stored| stored.code.clone())
    }

    /// How many codes can still be used.
    pub fn remaining(&self) -> usize {
        self.codes.iter().filter(|code| code.used_at.is_none()).count()
    }
}

/// A code as it is stored.
pub fn normalize(typed: &str) -> String {
    typed.chars().filter(|c| !c.is_whitespace() && *c != '-').collect::<String>().to_ascii_lowercase()
}

/// New codes.
pub fn generate(rng: &Rng) -> Vec<String> {
    from_bytes(&rng.bytes())
}

/// The codes that these random bytes make.
pub fn from_bytes(bytes: &[u8; CODES * CODE_BYTES]) -> Vec<String> {
    bytes.chunks(CODE_BYTES).map(hex::encode).collect()
}

/// The codes of a user.
///
/// # Errors
/// A failure of the database; a value that was changed outside.
pub fn find(view: &View<'_>, user_id: &UserId) -> Result<Option<CodeSet>, DbError> {
    let stored: Option<(String, String)> = view.query_opt(
        sql!("select id, secret from user_mfa_factors where tenant_id = $1 and user_id = $2 and type = 'BackupCode'"),
        params![view.tenant_id(), user_id],
    )?;
    let Some((id, sealed)) = stored else { return Ok(None) };
    let plain = view.sealer().open(SealedColumn::MfaFactor.of(view.tenant_id(), &id), &sealed)?;
    let codes = serde_json::from_str(&plain).map_err(|error| DbError::Sql(format!("backup codes: {error}")))?;
    Ok(Some(CodeSet { id, sealed, codes }))
}

/// Uses up a code. `false` means that it was used meanwhile.
///
/// # Errors
/// [`DbError::Conflict`] if another code of the set was used at the same moment; a failure of the database.
pub fn use_up(work: &Work<'_>, user_id: &UserId, code: &str) -> Result<bool, DbError> {
    let Some(mut set) = find(work, user_id)? else { return Ok(false) };
    let unused = set.codes.iter_mut().find(|stored| stored.code == code && stored.used_at.is_none());
    let Some(stored) = unused else { return Ok(false) };
    stored.used_at = Some(work.now().iso8601());
    let plain = serde_json::to_string(&set.codes).map_err(|error| DbError::Sql(error.to_string()))?;
    let sealed = work.sealer().seal(SealedColumn::MfaFactor.of(work.tenant_id(), &set.id), &plain)?;
    work.require_durable();
    // Every sealing is another text, so the old one stands for what was read.
    let update = sql!(
        "update user_mfa_factors set secret = $3, last_used_at = $4 where tenant_id = $1 and id = $2 and secret = $5"
    );
    work.exec_one(update, params![work.tenant_id(), &set.id, sealed, work.now(), &set.sealed])?;
    Ok(true)
}

/// Binds new codes; the old ones are worth nothing any more.
///
/// # Errors
/// A failure of the database.
pub fn replace(work: &Work<'_>, user_id: &UserId, codes: Vec<String>) -> Result<String, ApiError> {
    remove(work, user_id)?;
    bind(work, user_id, &NewFactor::BackupCodes(codes))
}

/// Unbinds the codes. `false` means that there were none.
///
/// # Errors
/// A failure of the database.
pub fn remove(work: &Work<'_>, user_id: &UserId) -> Result<bool, DbError> {
    let delete = sql!("delete from user_mfa_factors where tenant_id = $1 and user_id = $2 and type = 'BackupCode'");
    Ok(work.exec(delete, params![work.tenant_id(), user_id])? > 0)
}

/// Whether these can be the codes of a user: some, not too many, of the right form, and each once, because each is good once.
pub fn is_set(codes: &[String]) -> bool {
    let distinct: HashSet<&String> = codes.iter().collect();
    (1..=MAX_BACKUP_CODES).contains(&codes.len())
        && distinct.len() == codes.len()
        && codes.iter().all(|code| is_code(code))
}

/// Whether a code that an administrator chose has the form of one.
pub fn is_code(code: &str) -> bool {
    code.len() == 2 * CODE_BYTES && code.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
