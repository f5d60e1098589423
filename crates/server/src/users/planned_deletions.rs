//! Accounts that their owners want deleted: the table `account_deletions`. Until the day comes the account works as ever, and its owner
//! may keep it. Nothing is deleted while the operator has the feature switched off, or while the account is suspended: who is to
//! answer for something does not get away by it.

use db::{DbError, params, sql};
use kernel::Timestamp;
use kernel::ids::UserId;

use super::store;
use crate::work::{Actor, View, Work};
use crate::{ApiError, App, Tenant, account_settings, roles};

/// Accounts that are looked up together.
const MAX_BATCH: i64 = 100;

/// When the account is deleted, if its owner wants it.
///
/// # Errors
/// A failure of the database.
pub(crate) fn find(view: &View<'_>, user_id: &UserId) -> Result<Option<Timestamp>, DbError> {
    let text = sql!("select due_at from account_deletions where tenant_id = $1 and user_id = $2");
    view.query_opt(text, params![view.tenant_id(), user_id])
}

/// Plans the deletion; one that is planned already stays as it is. Returns when it is due.
///
/// # Errors
/// A failure of the database.
pub(crate) fn plan(work: &Work<'_>, user_id: &UserId, due_at: Timestamp) -> Result<Timestamp, DbError> {
    let text = sql!(
        "insert into account_deletions (tenant_id, user_id, requested_at, due_at) values ($1, $2, $3, $4) \
         on conflict (tenant_id, user_id) do nothing"
    );
    work.exec(text, params![work.tenant_id(), user_id, work.now(), due_at])?;
    Ok(find(work, user_id)?.unwrap_or(due_at))
}

/// Keeps the account. `false` means that no deletion was planned.
///
/// # Errors
/// A failure of the database.
pub(crate) fn cancel(work: &Work<'_>, user_id: &UserId) -> Result<bool, DbError> {
    let text = sql!("delete from account_deletions where tenant_id = $1 and user_id = $2");
    Ok(work.exec(text, params![work.tenant_id(), user_id])? == 1)
}

/// The accounts whose day has come, after this id.
fn due(view: &View<'_>, after: &UserId) -> Result<Vec<UserId>, DbError> {
    if !account_settings::read(view)?.deletion_enabled {
        return Ok(Vec::new());
    }
    let text = sql!(
        "select user_id from account_deletions where tenant_id = $1 and due_at <= $2 and user_id > $3 \
         order by user_id limit $4"
    );
    view.query_all(text, params![view.tenant_id(), view.now(), after, MAX_BATCH])
}

/// Deletes one of them, unless it was kept or suspended meanwhile.
fn delete_due(work: &Work<'_>, user_id: &UserId) -> Result<bool, ApiError> {
    let Some(user) = store::find_for_update(work, user_id)? else { return Ok(false) };
    let is_due = find(work, user_id)?.is_some_and(|due_at| due_at <= work.now());
    if !is_due || user.is_suspended || !account_settings::read(work)?.deletion_enabled {
        return Ok(false);
    }
    // The others left meanwhile.
    if roles::is_last_owner(work, user_id)? {
        return Ok(false);
    }
    super::delete(work, &user)?;
    Ok(true)
}

/// Deletes the accounts whose day has come, each in a transaction of its own. Returns how many.
///
/// # Errors
/// A failure of the database; what was deleted before stays so.
pub async fn run(app: App) -> Result<u64, DbError> {
    let mut deleted = 0;
    app.tenants.refresh(&app).await?;
    for id in app.tenants.ids() {
        let (tenant, mut after) = (Tenant::new(id, &app), UserId::from(""));
        loop {
            let last = after.clone();
            let found: Vec<UserId> = tenant.read(&Actor::Server, move |view| due(view, &last)).await?;
            let Some(last) = found.last().cloned() else { break };
            for user_id in found {
                let one = tenant.write(&Actor::Server, move |work| delete_due(work, &user_id)).await;
                match one {
                    Ok(done) => deleted += u64::from(done),
                    Err(error) => tracing::warn!(?error, "an account was not deleted; it is tried again later"),
                }
            }
            after = last;
        }
    }
    Ok(deleted)
}
