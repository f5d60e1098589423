//! The table `verification_codes`: codes that were sent and wait for their answer (E055). An interaction has one for e-mail and
//! one for SMS at most, and they go with it. A code is stored sealed, because all of its million values are tried in a moment.

use db::{FromRow, params, sql};
use flow::experience::VerificationCodePolicy;
use flow::{Identifier, IdentifierType};
use kernel::{Timestamp, id};

use super::transaction::StepError;
use crate::ApiError;
use crate::sealing::SealedColumn;
use crate::work::Work;

const DIGITS: &[u8] = b"0123456789";
const CODE_LENGTH: usize = 6;

/// Whose code it is: the interaction, by the digest of its handle, and the kind of address.
#[derive(Debug, Clone)]
pub(super) struct CodeKey {
    interaction_uid: String,
    kind: &'static str,
}

#[derive(FromRow)]
struct CodeRow {
    verification_id: String,
    code: String,
    tries: i64,
    expires_at: Timestamp,
}

impl CodeKey {
    /// The code for addresses of the identifier's kind in the interaction with this handle.
    pub(super) fn new(uid: &str, identifier: &Identifier) -> Self {
        let kind = match identifier.kind {
            IdentifierType::Phone => "Phone",
            IdentifierType::Email | IdentifierType::Username => "Email",
        };
        Self { interaction_uid: id::token_digest(uid), kind }
    }

    /// Makes a code in the place of the one before.
    pub(super) fn create(
        &self,
        work: &Work<'_>,
        verification_id: &str,
        policy: VerificationCodePolicy,
    ) -> Result<String, StepError> {
        let code = work.rng().text(DIGITS, CODE_LENGTH);
        let place = SealedColumn::VerificationCode.of(work.tenant_id(), verification_id);
        let sealed = work.sealer().seal(place, &code).map_err(ApiError::from)?;
        let text = sql!(
            "insert into verification_codes (tenant_id, interaction_uid, type, verification_id, code, tries, expires_at) \
             values ($1, $2, $3, $4, $5, 0, $6) on conflict (tenant_id, interaction_uid, type) do update set \
             verification_id = excluded.verification_id, code = excluded.code, tries = 0, expires_at = excluded.expires_at"
        );
        let expires_at = work.now().plus_seconds(policy.expiration_seconds());
        let key = (work.tenant_id(), self.interaction_uid.as_str(), self.kind);
        work.exec(text, params![key.0, key.1, key.2, verification_id, sealed, expires_at])?;
        Ok(code)
    }

    /// Counts a try, and returns what the answer is compared with.
    ///
    /// # Errors
    /// 400 `verification_code.not_found`, `expired` or `exceed_max_try`.
    pub(super) fn begin_try(
        &self,
        work: &Work<'_>,
        verification_id: &str,
        policy: VerificationCodePolicy,
    ) -> Result<String, StepError> {
        let refused = |reason: &str| ApiError::bad_request(format!("verification_code.{reason}"));
        let text = sql!(
            "update verification_codes set tries = tries + 1 \
             where tenant_id = $1 and interaction_uid = $2 and type = $3 and verification_id = $4 \
             returning verification_id, code, tries, expires_at"
        );
        let key = params![work.tenant_id(), &self.interaction_uid, self.kind, verification_id];
        let row: CodeRow = work.query_opt(text, key)?.ok_or_else(|| refused("not_found"))?;
        if row.expires_at <= work.now() {
            return Err(refused("expired").into());
        }
        if row.tries > policy.max_retry_attempts() {
            return Err(refused("exceed_max_try").into());
        }
        let place = SealedColumn::VerificationCode.of(work.tenant_id(), &row.verification_id);
        Ok(work.sealer().open(place, &row.code).map_err(ApiError::from)?)
    }

    /// Uses the code up. Of several right answers at the same time one gets here.
    ///
    /// # Errors
    /// 400 `verification_code.not_found`.
    pub(super) fn consume(&self, work: &Work<'_>, verification_id: &str) -> Result<(), StepError> {
        let text = sql!(
            "delete from verification_codes \
             where tenant_id = $1 and interaction_uid = $2 and type = $3 and verification_id = $4"
        );
        let key = params![work.tenant_id(), &self.interaction_uid, self.kind, verification_id];
        match work.exec(text, key)? {
            0 => Err(ApiError::bad_request("verification_code.not_found").into()),
            _ => Ok(()),
        }
    }
}
