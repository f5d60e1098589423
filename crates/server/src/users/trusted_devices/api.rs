//! The routes `/api/users/{userId}/trusted-devices` (inventory M059, M060).

use ::api::users::UserTrustedDevice;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use db::{params, sql};
use kernel::Pagination;
use kernel::ids::UserId;

use super::{DELETE, TrustedDevice, announcement, protection_digest};
use crate::ApiError;
use crate::callers::ManagementCaller;
use crate::events::EventKind;
use crate::http::Paging;
use crate::routes::Routes;
use crate::users::store;
use crate::work::{View, Work};

pub(in crate::users) fn routes() -> Routes {
    Routes::new()
        .get("/api/users/{userId}/trusted-devices", list_trusted_devices)
        .delete("/api/users/{userId}/trusted-devices/{trustedDeviceId}", delete_trusted_device)
}

impl TrustedDevice {
    /// The device as the API shows it.
    pub(super) fn to_wire(&self) -> UserTrustedDevice {
        UserTrustedDevice {
            id: self.id.clone(),
            user_id: self.user_id.to_string(),
            user_agent: self.user_agent.clone(),
            ip: self.ip.clone(),
            country: self.country.clone(),
            city: self.city.clone(),
            created_at: self.created_at.millis(),
            last_used_at: self.last_used_at.millis(),
            expires_at: self.expires_at.millis(),
        }
    }
}

/// The devices that are still trusted, newest first. There are few of them ([`super::MAX_DEVICES`]).
fn list(view: &View<'_>, user_id: &UserId) -> Result<Vec<TrustedDevice>, ApiError> {
    let user = store::get(view, user_id)?;
    let text = sql!(
        "select ",
        TrustedDevice::COLUMNS,
        " from trusted_devices where tenant_id = $1 and user_id = $2 and expires_at > $3 and protection_digest = $4 \
         order by created_at desc, id"
    );
    let digest = protection_digest(view, &user)?;
    Ok(view.query_all(text, params![view.tenant_id(), user_id, view.now(), digest])?)
}

async fn list_trusted_devices(
    caller: ManagementCaller,
    paging: Paging,
    Path(id): Path<UserId>,
) -> Result<Response, ApiError> {
    let page = paging.page();
    let (count, devices) = caller.read_inline(move |view| page_of(view, &id, page)).await?;
    Ok(paging.response(count, &devices))
}

/// A page of the devices that are still trusted, and how many there are.
///
/// # Errors
/// 404 `entity.not_found`; a failure of the database.
pub(crate) fn page_of(
    view: &View<'_>,
    user_id: &UserId,
    page: Pagination,
) -> Result<(i64, Vec<UserTrustedDevice>), ApiError> {
    let devices = list(view, user_id)?;
    Ok((devices.len().try_into().unwrap_or(i64::MAX), of_page(&devices, page)))
}

/// All of them, as [`page_of`] shows them.
///
/// # Errors
/// As [`page_of`].
pub(crate) fn all(view: &View<'_>, user_id: &UserId) -> Result<Vec<UserTrustedDevice>, ApiError> {
    Ok(list(view, user_id)?.iter().map(TrustedDevice::to_wire).collect())
}

fn of_page(devices: &[TrustedDevice], page: Pagination) -> Vec<UserTrustedDevice> {
    let count = |number: i64| usize::try_from(number).unwrap_or(usize::MAX);
    devices.iter().skip(count(page.offset())).take(count(page.size)).map(TrustedDevice::to_wire).collect()
}

async fn delete_trusted_device(
    caller: ManagementCaller,
    Path((user_id, id)): Path<(UserId, String)>,
) -> Result<StatusCode, ApiError> {
    let write = caller.write(move |work| {
        store::get_for_update(work, &user_id)?;
        forget(work, &user_id, &id)
    });
    write.await.map(|()| StatusCode::NO_CONTENT)
}

/// Trusts a device of a user no more. Call it with the user locked.
///
/// # Errors
/// 404 `entity.not_found`; a failure of the database.
pub(crate) fn forget(work: &Work<'_>, user_id: &UserId, id: &str) -> Result<(), ApiError> {
    let text = sql!(
        "select ",
        TrustedDevice::COLUMNS,
        " from trusted_devices where tenant_id = $1 and user_id = $2 and id = $3"
    );
    let found: Option<TrustedDevice> = work.query_opt(text, params![work.tenant_id(), user_id, id])?;
    let device = found.ok_or_else(ApiError::not_found)?;
    work.exec_existing(DELETE, params![work.tenant_id(), user_id, id])?;
    Ok(work.emit(EventKind::TrustedDeviceDeleted, || announcement(&device))?)
}
