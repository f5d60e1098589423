//! `/api/dashboard`.

use std::ops::Range;

use ::api::dashboard::{ActiveUserCounts, CountWithDelta, DailyCount, NewUserCounts, TotalUserCount};
use axum::Json;
use db::DbError;

use super::{Day, store};
use crate::callers::ManagementCaller;
use crate::errors::ApiError;
use crate::http::QueryParams;
use crate::http::body::invalid_input_issue;
use crate::routes::Routes;
use crate::users::store as users;
use crate::work::View;

/// The days of the curve, and of a month.
const MONTH: i64 = 30;
const WEEK: i64 = 7;

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/api/dashboard/users/total", total_users)
        .get("/api/dashboard/users/new", new_users)
        .get("/api/dashboard/users/active", active_users)
}

async fn total_users(caller: ManagementCaller) -> Result<Json<TotalUserCount>, ApiError> {
    let total_user_count = caller.read(|view| Ok::<_, ApiError>(users::count(view)?)).await?;
    Ok(Json(TotalUserCount { total_user_count }))
}

async fn new_users(caller: ManagementCaller) -> Result<Json<NewUserCounts>, ApiError> {
    let last = Day::of(caller.now);
    let count = move |view: &View<'_>| {
        let new = |days: Range<Day>| users::count_created(view, days.start.begin()..days.end.begin());
        Ok::<_, ApiError>(NewUserCounts { today: compare(last, 1, new)?, last7_days: compare(last, WEEK, new)? })
    };
    caller.read(count).await.map(Json)
}

async fn active_users(caller: ManagementCaller, query: QueryParams) -> Result<Json<ActiveUserCounts>, ApiError> {
    let wrong = || invalid_input_issue("invalid_string", vec!["date".into()], "This is not a date such as 2026-11-29.");
    let last = match query.get("date") {
        Some(date) => Day::parse(date).ok_or_else(wrong)?,
        None => Day::of(caller.now),
    };
    let count = move |view: &View<'_>| {
        let active = |days: Range<Day>| store::count_active(view, days);
        let curve = last.plus(1 - MONTH)..last.plus(1);
        let by_day = store::count_by_day(view, curve.clone())?;
        let daily = |day: i64| DailyCount { date: Day(day).date(), count: by_day.get(&day).copied().unwrap_or(0) };
        Ok::<_, ApiError>(ActiveUserCounts {
            dau_curve: (curve.start.0..curve.end.0).map(daily).collect(),
            dau: compare(last, 1, active)?,
            wau: compare(last, WEEK, active)?,
            mau: compare(last, MONTH, active)?,
        })
    };
    caller.read(count).await.map(Json)
}

/// The count of so many days up to `last`, and the difference to as many before.
fn compare(
    last: Day,
    days: i64,
    count: impl Fn(Range<Day>) -> Result<i64, DbError>,
) -> Result<CountWithDelta, DbError> {
    let end = last.plus(1);
    let now = count(end.plus(-days)..end)?;
    Ok(CountWithDelta { count: now, delta: now - count(end.plus(-2 * days)..end.plus(-days))? })
}
