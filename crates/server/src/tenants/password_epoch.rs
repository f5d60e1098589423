//! The count of password changes in a tenant, and of what else makes the proofs of a user void: what was proved before a change is told by
//! it, not by clocks.

use db::{DbError, params, sql};

use crate::work::{View, Work};

/// How many there were.
///
/// # Errors
/// A failure of the database.
pub fn current(view: &View<'_>) -> Result<i64, DbError> {
    view.query_one(sql!("select password_epoch from tenants where id = $1"), params![view.tenant_id()])
}

/// Counts a change and returns the count. Lock the user's row first.
///
/// # Errors
/// A failure of the database.
pub fn next(work: &Work<'_>) -> Result<i64, DbError> {
    work.exec_one(
        sql!("update tenants set password_epoch = password_epoch + 1 where id = $1"),
        params![work.tenant_id()],
    )?;
    current(work)
}
