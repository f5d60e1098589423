//! The table `daily_active_users`.

use std::collections::BTreeMap;
use std::ops::Range;

use db::{DbError, Tx, params, sql};

use super::{ActiveUser, Day};
use crate::work::View;

pub(super) fn insert(tx: &Tx<'_>, user: &ActiveUser) -> Result<(), DbError> {
    let insert = sql!(
        "insert into daily_active_users (tenant_id, day, user_id) values ($1, $2, $3) \
         on conflict (tenant_id, day, user_id) do nothing"
    );
    tx.exec(insert, params![&user.tenant_id, user.day.0, &user.user_id]).map(drop)
}

/// Users who were active on any of these days.
pub(super) fn count_active(view: &View<'_>, days: Range<Day>) -> Result<i64, DbError> {
    let count = sql!(
        "select count(*) from (select distinct user_id from daily_active_users \
         where tenant_id = $1 and day >= $2 and day < $3) active"
    );
    view.query_one(count, params![view.tenant_id(), days.start.0, days.end.0])
}

/// How many users were active on each of these days on which any was.
pub(super) fn count_by_day(view: &View<'_>, days: Range<Day>) -> Result<BTreeMap<i64, i64>, DbError> {
    let count = sql!(
        "select day, count(*) from daily_active_users where tenant_id = $1 and day >= $2 and day < $3 group by day"
    );
    let rows: Vec<(i64, i64)> = view.query_all(count, params![view.tenant_id(), days.start.0, days.end.0])?;
    Ok(rows.into_iter().collect())
}
