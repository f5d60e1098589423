//! Trusted devices of a user, and their operations.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::operations::TAG;
use crate::operation::Operation;

/// A browser in which a second factor was shown, and is not asked for again until the trust ends. Times in milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserTrustedDevice {
    pub id: String,
    pub user_id: String,
    pub user_agent: Option<String>,
    pub ip: Option<String>,
    pub country: Option<String>,
    pub city: Option<String>,
    pub created_at: i64,
    pub last_used_at: i64,
    pub expires_at: i64,
}

pub(super) fn operations() -> Vec<Operation> {
    let (all, one) = ("/api/users/{userId}/trusted-devices", "/api/users/{userId}/trusted-devices/{trustedDeviceId}");
    vec![
        Operation::get(all, "ListUserTrustedDevices", TAG)
            .paged()
            .returns::<Vec<UserTrustedDevice>>(200)
            .statuses(&[404]),
        Operation::delete(one, "DeleteUserTrustedDevice", TAG).statuses(&[204, 404]),
    ]
}
