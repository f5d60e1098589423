//! Organizations of a user (inventory M038).

use axum::Json;
use axum::extract::Path;
use kernel::ids::UserId;

use super::store;
use crate::ApiError;
use crate::callers::ManagementCaller;
use crate::organizations::{OrganizationWithRoles, memberships};

pub(super) async fn list_organizations(
    caller: ManagementCaller,
    Path(id): Path<UserId>,
) -> Result<Json<Vec<OrganizationWithRoles>>, ApiError> {
    let read = caller.read(move |view| {
        store::get(view, &id)?;
        Ok::<_, ApiError>(memberships::list_for_user_with_roles(view, &id)?)
    });
    read.await.map(Json)
}
