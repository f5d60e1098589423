//! Suspension of users. The same transaction ends their sessions and grants (inventory M033, O068; attack B11).

use ::api::users::UpdateIsSuspended;
use axum::Json;
use axum::extract::Path;
use kernel::ids::UserId;

use super::UserResponse;
use super::store;
use crate::ApiError;
use crate::callers::ManagementCaller;
use crate::events::EventKind;
use crate::http::RequestBody;
use crate::oidc::subject;
use crate::roles;

pub(super) async fn update_is_suspended(
    caller: ManagementCaller,
    Path(id): Path<UserId>,
    RequestBody(body): RequestBody<UpdateIsSuspended>,
) -> Result<Json<UserResponse>, ApiError> {
    let user = caller
        .write(move |work| {
            if body.is_suspended {
                subject::revoke_all_of_user(work, &id)?;
            }
            let mut user = store::get_for_update(work, &id)?;
            user.is_suspended = body.is_suspended;
            let update = || super::update(work, &user, EventKind::UserSuspensionStatusUpdated);
            let user = roles::keep_an_owner(work, update)?;
            Ok::<_, ApiError>(UserResponse::of(work, user)?)
        })
        .await?;
    Ok(Json(user))
}
