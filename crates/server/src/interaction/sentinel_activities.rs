//! Unlocking of identifiers (E083, inventory M299).

use ::api::sentinel_activities::{DeleteSentinelActivities, SentinelTargetType};
use axum::http::StatusCode;

use super::attempt_limit;
use crate::ApiError;
use crate::callers::ManagementCaller;
use crate::http::RequestBody;
use crate::routes::Routes;

pub(super) fn routes() -> Routes {
    Routes::new().post("/api/sentinel-activities/delete", delete_sentinel_activities)
}

async fn delete_sentinel_activities(
    caller: ManagementCaller,
    RequestBody(body): RequestBody<DeleteSentinelActivities>,
) -> Result<StatusCode, ApiError> {
    // Only identifiers of users are counted.
    if body.target_type == SentinelTargetType::User {
        caller.write(move |work| Ok::<_, ApiError>(attempt_limit::unlock(work, &body.targets)?)).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}
