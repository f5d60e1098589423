//! JWTs that count only once: client assertions, proofs of possession and credentials of Google One Tap. The database remembers
//! them, so that all server processes know, also after a restart (attack B13), until they have expired.

use db::{DbError, params, sql};
use kernel::{Timestamp, id};

use crate::work::Work;

/// A JWT whose signature was verified.
#[derive(Debug, Clone)]
pub struct UsedJwt {
    digest: String,
    /// It is refused from then on anyway.
    until: Timestamp,
}

impl UsedJwt {
    /// The JWT with this `jti` of a kind; `owner` is who signed it, whose ids are apart from those of others.
    pub fn new(kind: &str, owner: &str, jti: &str, until: Timestamp) -> Self {
        Self { digest: id::token_digest(&format!("{kind}\n{owner}\n{jti}")), until }
    }

    /// Uses it up; false when it was used before. Call it only for whoever proved to be `owner`: each is a row.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn use_up(&self, work: &Work<'_>) -> Result<bool, DbError> {
        let inserted = work.exec(
            sql!("insert into used_jwts (tenant_id, digest, expires_at) values ($1, $2, $3) on conflict do nothing"),
            params![work.tenant_id(), &self.digest, self.until],
        )?;
        Ok(inserted == 1)
    }
}
