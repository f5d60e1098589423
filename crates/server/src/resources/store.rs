//! Resources in the database. Callers that change something run inside [`crate::Tenant::write_config`].

use db::{DbError, Read, Sql, Tx, params, sql};
use kernel::{Page, Rng, Timestamp, id};

use super::model::{NewResource, Resource, ResourcePatch};
use crate::errors::ApiError;

/// Makes a resource.
///
/// # Errors
/// 400 for bad members; 422 `resource.resource_identifier_in_use`.
pub fn create(
    tx: &Tx<'_>,
    tenant: &str,
    (rng, now): (&Rng, Timestamp),
    new: NewResource,
) -> Result<Resource, ApiError> {
    new.check()?;
    let text = sql!(
        "insert into resources (tenant_id, id, name, indicator, access_token_ttl, created_at) \
         values ($1, $2, $3, $4, $5, $6) returning *"
    );
    let ttl = new.access_token_ttl.unwrap_or(3600);
    tx.query_one(text, params![tenant, id::long(rng), new.name, new.indicator, ttl, now]).map_err(|error| match error {
        DbError::Unique(_) => ApiError::unprocessable("resource.resource_identifier_in_use"),
        other => other.into(),
    })
}

/// The resource with this id.
///
/// # Errors
/// 404 `entity.not_exists_with_id`.
pub fn by_id(r: &Read<'_>, tenant: &str, id: &str) -> Result<Resource, ApiError> {
    let found = r.query_opt(sql!("select * from resources where tenant_id = $1 and id = $2"), params![tenant, id])?;
    found.ok_or_else(|| ApiError::no_such("resources", id))
}

/// The number of resources, and a page of them, oldest first.
///
/// # Errors
/// A failure of the database.
pub fn page(r: &Read<'_>, tenant: &str, page: Option<Page>) -> Result<(i64, Vec<Resource>), DbError> {
    let total = r.query_one(sql!("select count(*) from resources where tenant_id = $1"), params![tenant])?;
    let all: &Sql = sql!("select * from resources where tenant_id = $1 order by created_at, id");
    let some = sql!("select * from resources where tenant_id = $1 order by created_at, id limit $2 offset $3");
    let rows = match page {
        None => r.query_all(all, params![tenant])?,
        Some(page) => r.query_all(some, params![tenant, page.size, page.offset()])?,
    };
    Ok((total, rows))
}

/// Changes a resource.
///
/// # Errors
/// 404; 422 for a change of nothing; 400 for the Management API.
pub fn update(tx: &Tx<'_>, tenant: &str, id: &str, patch: ResourcePatch) -> Result<Resource, ApiError> {
    let mut resource = by_id(tx, tenant, id)?.changeable()?;
    patch.check()?;
    resource.name = patch.name.unwrap_or(resource.name);
    resource.access_token_ttl = patch.access_token_ttl.unwrap_or(resource.access_token_ttl);
    tx.exec_one(
        sql!("update resources set name = $3, access_token_ttl = $4 where tenant_id = $1 and id = $2"),
        params![tenant, id, &resource.name, resource.access_token_ttl],
    )?;
    Ok(resource)
}

/// Makes a resource the default one, which requests without `resource` are for, or no longer.
///
/// # Errors
/// 404 for an unknown id.
pub fn set_default(tx: &Tx<'_>, tenant: &str, id: &str, is_default: bool) -> Result<Resource, ApiError> {
    let resource = by_id(tx, tenant, id)?;
    if is_default {
        // First, because the index allows one default at any time.
        let others = sql!("update resources set is_default = false where tenant_id = $1 and is_default = true");
        tx.exec(others, params![tenant])?;
    }
    tx.exec_one(
        sql!("update resources set is_default = $3 where tenant_id = $1 and id = $2"),
        params![tenant, id, is_default],
    )?;
    Ok(Resource { is_default, ..resource })
}

/// Deletes a resource with its scopes.
///
/// # Errors
/// 404; 400 `resource.cannot_delete_management_api`.
pub fn delete(tx: &Tx<'_>, tenant: &str, id: &str) -> Result<(), ApiError> {
    if by_id(tx, tenant, id)?.is_management_api() {
        return Err(ApiError::bad_request("resource.cannot_delete_management_api"));
    }
    Ok(tx.exec_one(sql!("delete from resources where tenant_id = $1 and id = $2"), params![tenant, id])?)
}
