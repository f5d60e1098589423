//! The table `refusals`.

use ::api::refusals::{Explanation, Refusal};
use db::{DbError, FromRow, Sql, Tx, params, sql};
use kernel::ids::UserId;
use kernel::{Locale, Timestamp};
use serde_json::Value;

use super::reason;
use crate::callers::console::ADMIN;
use crate::search::ListQuery;
use crate::work::{View, Work};

/// Newest first.
pub(super) const LIST: ListQuery =
    ListQuery { columns: RefusalRow::COLUMNS, from: "refusals", order: "created_at desc, request_id" };

/// A row of `refusals`: a request that was refused.
#[derive(Debug, Clone, PartialEq, FromRow)]
pub(crate) struct RefusalRow {
    pub tenant_id: String,
    pub request_id: String,
    pub method: String,
    /// Without query.
    pub path: String,
    pub status: i64,
    /// Of the answer; empty for an unexpected failure.
    pub code: String,
    /// What the answer said, in English.
    pub description: String,
    /// What only operators are told.
    pub detail: Option<String>,
    pub client_id: Option<String>,
    pub user_id: Option<String>,
    /// What the check saw: an object as JSON.
    pub facts: String,
    pub created_at: Timestamp,
}

impl RefusalRow {
    /// The memory that the row takes, in bytes, about.
    pub(crate) fn size(&self) -> usize {
        let texts =
            [&self.tenant_id, &self.request_id, &self.method, &self.path, &self.code, &self.description, &self.facts];
        let others = [&self.detail, &self.client_id, &self.user_id];
        let texts = texts.into_iter().chain(others.into_iter().flatten());
        texts.map(String::len).sum::<usize>() + 256
    }

    /// Inserts the row.
    ///
    /// # Errors
    /// A failure of the database.
    pub(crate) fn insert(&self, tx: &Tx<'_>) -> Result<(), DbError> {
        const INSERT: &Sql = sql!(
            "insert into refusals \
             (tenant_id, request_id, method, path, status, code, description, detail, client_id, user_id, facts, created_at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) on conflict do nothing"
        );
        tx.exec_pipelined(
            INSERT,
            params![
                &self.tenant_id,
                &self.request_id,
                &self.method,
                &self.path,
                self.status,
                &self.code,
                &self.description,
                self.detail.clone(),
                self.client_id.clone(),
                self.user_id.clone(),
                &self.facts,
                self.created_at
            ],
        )
    }

    /// As the API shows it, with an explanation in a language.
    pub(super) fn shown(self, locale: Locale) -> Refusal {
        let reason = reason::of(&self);
        let text = |part: &str| views::translate(locale, &format!("refusals.{reason}.{part}"), &[]);
        let explanation = Explanation { reason: reason.to_owned(), cause: text("cause"), advice: text("advice") };
        let facts = serde_json::from_str::<Value>(&self.facts).ok();
        Refusal {
            request_id: self.request_id,
            created_at: self.created_at.millis(),
            method: self.method,
            path: self.path,
            status: self.status,
            code: self.code,
            description: self.description,
            detail: self.detail,
            client_id: self.client_id,
            user_id: self.user_id,
            facts: facts.and_then(|facts| facts.as_object().cloned()).unwrap_or_default(),
            explanation,
        }
    }
}

/// Deletes what is kept about a user. Administrators, who are users of the tenant `admin`, were refused at any tenant.
///
/// # Errors
/// A failure of the database.
pub(crate) fn forget_user(work: &Work<'_>, id: &UserId) -> Result<(), DbError> {
    if work.tenant_id() == ADMIN {
        return work.exec(sql!("delete from refusals where user_id = $1"), params![id]).map(drop);
    }
    let delete = sql!("delete from refusals where user_id = $1 and tenant_id = $2");
    work.exec(delete, params![id, work.tenant_id()]).map(drop)
}

/// What was refused under a request id.
///
/// # Errors
/// A failure of the database.
pub(super) fn find(view: &View<'_>, request_id: &str) -> Result<Option<RefusalRow>, DbError> {
    let text = sql!("select ", RefusalRow::COLUMNS, " from refusals where tenant_id = $1 and request_id = $2");
    view.query_opt(text, params![view.tenant_id(), request_id])
}
