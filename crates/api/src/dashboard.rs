//! `/api/dashboard`: how many users there are, are new and are active.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::operation::Operation;

const TAG: &str = "Dashboard";

/// All users.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TotalUserCount {
    pub total_user_count: i64,
}

/// A count, and by how much it is more than in the time before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CountWithDelta {
    pub count: i64,
    pub delta: i64,
}

/// Users who registered or were made, by days of UTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewUserCounts {
    pub today: CountWithDelta,
    pub last7_days: CountWithDelta,
}

/// The users who were active on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DailyCount {
    /// `2026-11-29`, in UTC.
    pub date: String,
    pub count: i64,
}

/// Users for whom tokens were issued, each counted once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ActiveUserCounts {
    /// The 30 days up to the date.
    pub dau_curve: Vec<DailyCount>,
    /// On the date.
    pub dau: CountWithDelta,
    /// In the 7 days up to the date.
    pub wau: CountWithDelta,
    /// In the 30 days up to the date.
    pub mau: CountWithDelta,
}

/// The query of `GET /api/dashboard/users/active`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ActiveUsersQuery {
    /// `2026-11-29`; today in UTC unless it is given.
    #[schemars(regex(pattern = r"^\d{4}(-\d{2}){2}$"))]
    pub date: Option<String>,
}

/// The operations of these types.
pub fn operations() -> Vec<Operation> {
    vec![
        Operation::get("/api/dashboard/users/total", "GetTotalUserCount", TAG).returns::<TotalUserCount>(200),
        Operation::get("/api/dashboard/users/new", "GetNewUserCounts", TAG).returns::<NewUserCounts>(200),
        Operation::get("/api/dashboard/users/active", "GetActiveUserCounts", TAG)
            .query::<ActiveUsersQuery>()
            .returns::<ActiveUserCounts>(200)
            .statuses(&[400]),
    ]
}
