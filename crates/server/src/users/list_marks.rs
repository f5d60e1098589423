//! Places in the list of users, and how many stand between them (`user_list_marks`): a page in the middle of a million users
//! is found without counting the way there.
//!
//! Whoever counts a user here changes `user_counts` first, which the job that adds places locks: so no user is counted twice or
//! never.

use db::{DbError, Sql, Tx, Value, params, sql};
use kernel::Timestamp;
use kernel::ids::UserId;

use crate::App;
use crate::work::{View, Work};

/// How many users stand between two places.
const SPACING: i64 = 2_000;
/// Users newer than this are left out: their place in the list may still change, as the clocks of several servers differ.
const MIN_AGE_SECONDS: i64 = 3_600;
/// How many places a run of the job adds at most.
const MAX_ADDED: u64 = 5_000;

/// Makes the missing rows of `user_counts` of a tenant ([`super::insertion::shard_of`]).
const ALL_SHARDS: &Sql = sql!(
    "insert into user_counts (tenant_id, shard, users) \
     select $1, s.shard, 0 from (select 0 as shard union all select 1 union all select 2 union all select 3 union all select 4 \
     union all select 5 union all select 6 union all select 7 union all select 8 union all select 9 union all select 10 \
     union all select 11 union all select 12 union all select 13 union all select 14 union all select 15) s \
     where true on conflict (tenant_id, shard) do nothing"
);

/// A place in the list: that of a user who is no longer part of it.
pub(super) struct Mark {
    pub created_at: Timestamp,
    pub id: String,
    /// How many users stand before this place, the newest first.
    pub before: i64,
}

/// The last place before the user at position `offset` of the list, newest first; `total` is the length of the list. `None` if
/// the user is newer than all places.
///
/// # Errors
/// A failure of the database.
pub(super) fn mark_before(view: &View<'_>, offset: i64, total: i64) -> Result<Option<Mark>, DbError> {
    let counted = sql!("select cast(coalesce(sum(users), 0) as bigint) from user_list_marks where tenant_id = $1");
    let newest = total - view.query_one::<i64>(counted, params![view.tenant_id()])?;
    let find = sql!(
        "select created_at, id, before from (select created_at, id, cast(coalesce(sum(users) over ( \
         order by created_at desc, id desc rows between unbounded preceding and 1 preceding), 0) as bigint) as before \
         from user_list_marks where tenant_id = $1) m where before <= $2 order by created_at, id limit 1"
    );
    let found: Option<(Timestamp, String, i64)> = view.query_opt(find, params![view.tenant_id(), offset - newest])?;
    Ok(found.map(|(created_at, id, before)| Mark { created_at, id, before: before + newest }))
}

/// Counts a user who is removed. `user_counts` has been changed and the user is still there.
///
/// # Errors
/// A failure of the database.
pub(super) fn count_removed(work: &Work<'_>, id: &UserId) -> Result<(), DbError> {
    count(work, id, -1)
}

/// Counts users who were added with a time of their own, as imports do. `user_counts` has been changed.
///
/// # Errors
/// A failure of the database.
pub(super) fn count_imported<'u>(work: &Work<'_>, ids: impl IntoIterator<Item = &'u UserId>) -> Result<(), DbError> {
    let any = sql!("select id from user_list_marks where tenant_id = $1 limit 1");
    match work.query_opt::<String>(any, params![work.tenant_id()])? {
        Some(_) => ids.into_iter().try_for_each(|id| count(work, id, 1)),
        None => Ok(()),
    }
}

fn count(work: &Work<'_>, id: &UserId, change: i64) -> Result<(), DbError> {
    work.exec_pipelined(
        sql!(
            "update user_list_marks set users = users + $3 where tenant_id = $1 and (created_at, id) = ( \
             select m.created_at, m.id from users u join user_list_marks m on m.tenant_id = u.tenant_id \
             and (m.created_at, m.id) > (u.created_at, u.id) \
             where u.tenant_id = $1 and u.id = $2 order by m.created_at, m.id limit 1)"
        ),
        params![work.tenant_id(), id, change],
    )
}

/// Adds places where many users stand between two. Returns how many.
///
/// # Errors
/// A failure of the database; places that were added stay.
pub async fn add(app: App) -> Result<u64, DbError> {
    let tenants: Vec<String> =
        app.db.read(|r| r.query_all(sql!("select distinct tenant_id from user_counts"), &[])).await?;
    let before = app.clock.now().plus_seconds(-MIN_AGE_SECONDS);
    let mut added = 0;
    for tenant in tenants {
        while added < MAX_ADDED {
            let tenant = tenant.clone();
            match app.db.write(move |tx| add_one(tx, &tenant, before)).await? {
                true => added += 1,
                false => break,
            }
        }
    }
    Ok(added)
}

/// Adds a place after the last one, or in a part that has become long by imports. Whether there was one to add.
fn add_one(tx: &Tx<'_>, tenant: &str, before: Timestamp) -> Result<bool, DbError> {
    // A row that is not there can't be locked.
    tx.exec(ALL_SHARDS, params![tenant])?;
    let lock = sql!("select shard from user_counts where tenant_id = $1 order by shard for update");
    tx.query_all::<i64>(lock, params![tenant])?;
    let long = sql!("select created_at, id from user_list_marks where tenant_id = $1 and users >= $2 limit 1");
    let long: Option<(Timestamp, String)> = tx.query_opt(long, params![tenant, 2 * SPACING])?;
    let previous = "select created_at, id from user_list_marks where tenant_id = $1";
    let order = "order by created_at desc, id desc limit 1";
    let start: Option<(Timestamp, String)> = match &long {
        Some((created_at, id)) => tx.query_opt(
            &Sql::dynamic(format!("{previous} and (created_at, id) < ($2, $3) {order}")),
            params![tenant, *created_at, id],
        )?,
        None => tx.query_opt(&Sql::dynamic(format!("{previous} {order}")), params![tenant])?,
    };
    let (created_at, id) = start.unwrap_or((Timestamp(i64::MIN), String::new()));
    let place = sql!(
        "select created_at, id from users where tenant_id = $1 and (created_at, id) >= ($2, $3) \
         order by created_at, id limit 1 offset $4"
    );
    let place: Option<(Timestamp, String)> = tx.query_opt(place, params![tenant, created_at, id, SPACING])?;
    let Some((created_at, id)) = place.filter(|(created_at, _)| *created_at < before) else { return Ok(false) };
    let values: [Value; 4] = [tenant.into(), created_at.into(), id.as_str().into(), SPACING.into()];
    tx.exec_one(
        sql!("insert into user_list_marks (tenant_id, created_at, id, users) values ($1, $2, $3, $4)"),
        &values,
    )?;
    if let Some((created_at, id)) = long {
        let rest =
            sql!("update user_list_marks set users = users - $4 where tenant_id = $1 and created_at = $2 and id = $3");
        tx.exec_one(rest, params![tenant, created_at, id, SPACING])?;
    }
    Ok(true)
}
