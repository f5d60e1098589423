//! The table `resources`. Callers that write run inside [`crate::Tenant::write_config`].

use db::{DbError, Read, Sql, Tx, params, sql};
use kernel::{Pagination, Rng, Timestamp, id};

use super::model::{CreateResource, Resource, UpdateResource};
use crate::errors::ApiError;

/// Creates a resource.
///
/// # Errors
/// 400 for invalid members; 422 `resource.resource_identifier_in_use`.
pub fn create(
    tx: &Tx<'_>,
    tenant: &str,
    (rng, now): (&Rng, Timestamp),
    new: CreateResource,
) -> Result<Resource, ApiError> {
    new.check()?;
    let text = sql!(
        "insert into resources (tenant_id, id, name, indicator, access_token_ttl, created_at) \
         values ($1, $2, $3, $4, $5, $6) returning *"
    );
    let ttl = new.access_token_ttl.unwrap_or(3600);
    tx.query_one(text, params![tenant, id::entity_id(rng), new.name, new.indicator, ttl, now]).map_err(|error| {
        match error {
            DbError::Unique(_) => ApiError::unprocessable("resource.resource_identifier_in_use"),
            other => other.into(),
        }
    })
}

/// The resource with this id.
///
/// # Errors
/// 404 `entity.not_exists_with_id`.
pub fn get(r: &Read<'_>, tenant: &str, id: &str) -> Result<Resource, ApiError> {
    let found = r.query_opt(sql!("select * from resources where tenant_id = $1 and id = $2"), params![tenant, id])?;
    found.ok_or_else(|| ApiError::not_found_by_id("resources", id))
}

/// The number of resources, and a page of them, oldest first.
///
/// # Errors
/// A failure of the database.
pub fn list_page(r: &Read<'_>, tenant: &str, page: Option<Pagination>) -> Result<(i64, Vec<Resource>), DbError> {
    let total = r.query_one(sql!("select count(*) from resources where tenant_id = $1"), params![tenant])?;
    let all: &Sql = sql!("select * from resources where tenant_id = $1 order by created_at, id");
    let some = sql!("select * from resources where tenant_id = $1 order by created_at, id limit $2 offset $3");
    let rows = match page {
        None => r.query_all(all, params![tenant])?,
        Some(page) => r.query_all(some, params![tenant, page.size, page.offset()])?,
    };
    Ok((total, rows))
}

/// Updates a resource.
///
/// # Errors
/// 404; 422 for a patch without known members; 400 for the Management API.
pub fn update(tx: &Tx<'_>, tenant: &str, id: &str, patch: UpdateResource) -> Result<Resource, ApiError> {
    let mut resource = get(tx, tenant, id)?.require_mutable()?;
    patch.check()?;
    resource.name = patch.name.unwrap_or(resource.name);
    resource.access_token_ttl = patch.access_token_ttl.unwrap_or(resource.access_token_ttl);
    tx.exec_one(
        sql!("update resources set name = $3, access_token_ttl = $4 where tenant_id = $1 and id = $2"),
        params![tenant, id, &resource.name, resource.access_token_ttl],
    )?;
    Ok(resource)
}

/// Sets or clears the default resource, which applies to requests without the parameter `resource`.
///
/// # Errors
/// 404 for an unknown id.
pub fn set_default(tx: &Tx<'_>, tenant: &str, id: &str, is_default: bool) -> Result<Resource, ApiError> {
    let resource = get(tx, tenant, id)?;
    if is_default {
        // Before the other update, because the unique index allows only one default.
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
    if get(tx, tenant, id)?.is_management_api() {
        return Err(ApiError::bad_request("resource.cannot_delete_management_api"));
    }
    Ok(tx.exec_one(sql!("delete from resources where tenant_id = $1 and id = $2"), params![tenant, id])?)
}
