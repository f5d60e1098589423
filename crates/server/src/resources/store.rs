//! The table `resources`.

use ::api::ErrorCode;
use ::api::resources::{CreateResource, UpdateResource};
use db::{DbError, params, sql};
use kernel::ids::ResourceId;
use kernel::{Pagination, id};

use super::model::Resource;
use crate::errors::ApiError;
use crate::search::{ListQuery, Where};
use crate::tenants::Section;
use crate::work::{View, Work};

/// Creates a resource.
///
/// # Errors
/// 422 `resource.resource_identifier_in_use`.
pub fn create(work: &Work<'_>, new: CreateResource) -> Result<Resource, ApiError> {
    work.touch(Section::Access)?;
    let text = sql!(
        "insert into resources (tenant_id, id, name, indicator, access_token_ttl, created_at) \
         values ($1, $2, $3, $4, $5, $6) returning *"
    );
    let ttl = new.access_token_ttl.map_or(3600, |seconds| seconds.0);
    let values = params![work.tenant_id(), id::entity_id(work.rng()), new.name.0, new.indicator.0, ttl, work.now()];
    work.query_one(text, values).map_err(|error| match error {
        DbError::Unique(_) => ApiError::unprocessable(ErrorCode::ResourceResourceIdentifierInUse),
        other => other.into(),
    })
}

/// The resource with this id.
///
/// # Errors
/// 404 `entity.not_exists_with_id`.
pub fn get(view: &View<'_>, id: &ResourceId) -> Result<Resource, ApiError> {
    let text = sql!("select * from resources where tenant_id = $1 and id = $2");
    view.query_opt(text, params![view.tenant_id(), id])?.ok_or_else(|| ApiError::not_found_by_id("resources", id))
}

const LIST_QUERY: ListQuery = ListQuery { columns: "*", from: "resources", order: "created_at, id" };

/// The number of resources, and a page of them, oldest first.
///
/// # Errors
/// A failure of the database.
pub fn list_page(view: &View<'_>, page: Option<Pagination>) -> Result<(i64, Vec<Resource>), DbError> {
    LIST_QUERY.rows(view, &Where::new("tenant_id = {}", [view.tenant_id()]), page)
}

/// Updates a resource.
///
/// # Errors
/// 404; 422 for a patch without known members; 400 for the Management API.
pub fn update(work: &Work<'_>, id: &ResourceId, patch: UpdateResource) -> Result<Resource, ApiError> {
    work.touch(Section::Access)?;
    let mut resource = get(work, id)?.require_mutable()?;
    if patch == UpdateResource::default() {
        return Err(ApiError::unprocessable(ErrorCode::EntityInvalidInput));
    }
    resource.name = patch.name.map_or(resource.name, |name| name.0);
    resource.access_token_ttl = patch.access_token_ttl.map_or(resource.access_token_ttl, |seconds| seconds.0);
    work.exec_one(
        sql!("update resources set name = $3, access_token_ttl = $4 where tenant_id = $1 and id = $2"),
        params![work.tenant_id(), id, &resource.name, resource.access_token_ttl],
    )?;
    Ok(resource)
}

/// Sets or clears the default resource, which applies to requests without the parameter `resource`.
///
/// # Errors
/// 404 for an unknown id.
pub fn set_default(work: &Work<'_>, id: &ResourceId, is_default: bool) -> Result<Resource, ApiError> {
    work.touch(Section::Access)?;
    let resource = get(work, id)?;
    if is_default {
        // Before the other update, because the unique index allows only one default.
        let others = sql!("update resources set is_default = false where tenant_id = $1 and is_default = true");
        work.exec(others, params![work.tenant_id()])?;
    }
    work.exec_one(
        sql!("update resources set is_default = $3 where tenant_id = $1 and id = $2"),
        params![work.tenant_id(), id, is_default],
    )?;
    Ok(Resource { is_default, ..resource })
}

/// Deletes a resource with its scopes.
///
/// # Errors
/// 404; 400 `resource.cannot_delete_management_api`.
pub fn delete(work: &Work<'_>, id: &ResourceId) -> Result<(), ApiError> {
    work.touch(Section::Access)?;
    if get(work, id)?.is_management_api() {
        return Err(ApiError::bad_request(ErrorCode::ResourceCannotDeleteManagementApi));
    }
    Ok(work.exec_one(sql!("delete from resources where tenant_id = $1 and id = $2"), params![work.tenant_id(), id])?)
}
