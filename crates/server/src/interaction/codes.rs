//! The table `verification_codes`: codes that were sent and wait for their answer (E055). An interaction has one for e-mail and
//! one for SMS at most, and they go with it; an address has one that administrators sent, and a record of the account API has its own. A code is stored sealed, because all of its
//! million values are tried in a moment.

use db::{FromRow, params, sql};
use flow::experience::VerificationCodePolicy;
use flow::{Identifier, IdentifierType};
use kernel::{Timestamp, id};

use super::attempt_limit::hash_identifier;
use super::transaction::StepError;
use crate::ApiError;
use crate::callers::RequestContext;
use crate::connectors::{Message, Recipient, UsageType};
use crate::sealing::SealedColumn;
use crate::users;
use crate::users::store::User;
use crate::work::Work;

const DIGITS: &[u8] = b"0123456789";
const CODE_LENGTH: usize = 6;

/// Whose code it is: the interaction, by the digest of its handle, or the address or record, by its own; and the kind of address.
#[derive(Debug, Clone)]
pub(crate) struct CodeKey {
    owner: String,
    is_of_interaction: bool,
    kind: &'static str,
}

/// A code to send.
pub(crate) struct CodeOrder<'a> {
    pub verification_id: &'a str,
    pub recipient: Recipient,
    pub usage: UsageType,
    pub policy: VerificationCodePolicy,
    /// Whose sign-in or account it is, where that is known.
    pub user: Option<&'a User>,
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
        Self { owner: id::token_digest(uid), is_of_interaction: true, kind: kind_of(identifier) }
    }

    /// The code that administrators sent to an address.
    pub(super) fn of_address(identifier: &Identifier) -> Self {
        Self { owner: hash_identifier(&identifier.canonical()), is_of_interaction: false, kind: kind_of(identifier) }
    }

    /// The code of a record of the account API.
    pub(crate) fn of_record(record_id: &str, identifier: &Identifier) -> Self {
        Self { owner: id::token_digest(record_id), is_of_interaction: false, kind: kind_of(identifier) }
    }

    /// The digest of the interaction's handle, of the address or of the record.
    pub(super) fn owner(&self) -> &str {
        &self.owner
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
            "insert into verification_codes \
             (tenant_id, owner, type, verification_id, code, tries, expires_at, interaction_uid) \
             values ($1, $2, $3, $4, $5, 0, $6, $7) on conflict (tenant_id, owner, type) do update set \
             verification_id = excluded.verification_id, code = excluded.code, tries = 0, expires_at = excluded.expires_at"
        );
        let expires_at = work.now().plus_seconds(policy.expiration_seconds());
        let interaction_uid = Some(&self.owner).filter(|_| self.is_of_interaction).cloned();
        let key = (work.tenant_id(), self.owner.as_str(), self.kind);
        work.exec(text, params![key.0, key.1, key.2, verification_id, sealed, expires_at, interaction_uid])?;
        Ok(code)
    }

    /// Makes a code in the place of the one before, and the message that takes it to its recipient.
    ///
    /// # Errors
    /// A failure of the database.
    pub(crate) fn message(
        &self,
        work: &Work<'_>,
        request: &RequestContext,
        order: CodeOrder<'_>,
    ) -> Result<Message, StepError> {
        let code = self.create(work, order.verification_id, order.policy)?;
        let mut message = Message::code(order.recipient, order.usage, &code, Some(request.locale.tag()));
        message.ip = Some(request.ip.text());
        message.payload.extend(order.user.map(|user| ("user".to_owned(), users::shown_in_messages(user))));
        Ok(message)
    }

    /// Counts a try, and returns what the answer is compared with.
    ///
    /// # Errors
    /// 400 `verification_code.not_found`, `expired` or `exceed_max_try`.
    pub(crate) fn begin_try(
        &self,
        work: &Work<'_>,
        verification_id: &str,
        policy: VerificationCodePolicy,
    ) -> Result<String, StepError> {
        let refused = |reason: &str| ApiError::bad_request(format!("verification_code.{reason}"));
        let text = sql!(
            "update verification_codes set tries = tries + 1 \
             where tenant_id = $1 and owner = $2 and type = $3 and verification_id = $4 \
             returning verification_id, code, tries, expires_at"
        );
        let key = params![work.tenant_id(), &self.owner, self.kind, verification_id];
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
    pub(crate) fn consume(&self, work: &Work<'_>, verification_id: &str) -> Result<(), StepError> {
        let text = sql!(
            "delete from verification_codes \
             where tenant_id = $1 and owner = $2 and type = $3 and verification_id = $4"
        );
        let key = params![work.tenant_id(), &self.owner, self.kind, verification_id];
        match work.exec(text, key)? {
            0 => Err(ApiError::bad_request("verification_code.not_found").into()),
            _ => Ok(()),
        }
    }
}

fn kind_of(identifier: &Identifier) -> &'static str {
    match identifier.kind {
        IdentifierType::Phone => "Phone",
        IdentifierType::Email | IdentifierType::Username => "Email",
    }
}
