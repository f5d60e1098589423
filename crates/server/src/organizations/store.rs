//! The table `organizations`.

use ::api::ErrorCode;
use ::api::ids::OrganizationId;
use kernel::ids::UserId;
use std::collections::HashMap;

use ::api::organizations::{CreateOrganization, UpdateOrganization};
use db::{DbError, Json, Sql, Value, params, placeholders, sql};
use kernel::{Pagination, id};
use serde_json::json;

use super::model::{FeaturedOrganization, FeaturedUser, Organization, empty_to_null};
use crate::errors::ApiError;
use crate::events::{EventBody, EventKind};
use crate::link_table::map_constraint_error;
use crate::search::{ListQuery, Where};
use crate::work::{View, Work};

/// Creates an organization.
///
/// # Errors
/// A failure of the database.
pub fn create(work: &Work<'_>, new: CreateOrganization) -> Result<Organization, ApiError> {
    let insert = sql!(
        "insert into organizations (tenant_id, id, name, description, custom_data, is_mfa_required, color, branding, \
         custom_css, created_at, is_trusted_device_allowed) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) returning *"
    );
    let values = params![
        work.tenant_id(),
        id::short_entity_id(work.rng()),
        new.name.0,
        empty_to_null(new.description.into_value().map(|text| text.0)),
        Json(new.custom_data),
        new.is_mfa_required,
        Json(new.color),
        Json(new.branding),
        empty_to_null(new.custom_css.into_value()),
        work.now(),
        new.is_trusted_device_allowed,
    ];
    let organization: Organization = work.query_one(insert, values).map_err(map_constraint_error)?;
    work.emit(EventKind::OrganizationCreated, || json!(organization))?;
    Ok(organization)
}

/// The organization with this id.
///
/// # Errors
/// A failure of the database.
pub fn find(view: &View<'_>, id: &OrganizationId) -> Result<Option<Organization>, DbError> {
    view.query_opt(sql!("select * from organizations where tenant_id = $1 and id = $2"), params![view.tenant_id(), id])
}

/// The organization with this id; it must exist.
///
/// # Errors
/// 404 `entity.not_exists_with_id`.
pub fn get(view: &View<'_>, id: &OrganizationId) -> Result<Organization, ApiError> {
    find(view, id)?.ok_or_else(|| ApiError::not_found_by_id("organizations", id))
}

/// Updates the members that the patch has. JSON columns are replaced as a whole (inventory M131).
///
/// # Errors
/// 404 `entity.not_exists`; 422 `entity.invalid_input` for a patch without known members.
pub fn update(work: &Work<'_>, id: &OrganizationId, patch: UpdateOrganization) -> Result<Organization, ApiError> {
    if patch == UpdateOrganization::default() {
        return Err(ApiError::unprocessable(ErrorCode::EntityInvalidInput));
    }
    let text = sql!(
        "update organizations set name = coalesce($3, name), \
         description = case when $4 then $5 else description end, \
         custom_data = coalesce($6, custom_data), is_mfa_required = coalesce($7, is_mfa_required), \
         color = coalesce($8, color), branding = coalesce($9, branding), \
         custom_css = case when $10 then $11 else custom_css end, \
         is_trusted_device_allowed = coalesce($12, is_trusted_device_allowed) \
         where tenant_id = $1 and id = $2 returning *"
    );
    let updated: Option<Organization> = work.query_opt(
        text,
        params![
            work.tenant_id(),
            id.as_str(),
            patch.name.map(|name| name.0),
            !patch.description.is_absent(),
            empty_to_null(patch.description.into_value().map(|text| text.0)),
            patch.custom_data.map(Json),
            patch.is_mfa_required,
            patch.color.map(Json),
            patch.branding.map(Json),
            !patch.custom_css.is_absent(),
            empty_to_null(patch.custom_css.into_value()),
            patch.is_trusted_device_allowed,
        ],
    )?;
    let organization = updated.ok_or(DbError::Conflict)?;
    work.emit(EventKind::OrganizationDataUpdated, || json!(organization))?;
    Ok(organization)
}

/// Deletes an organization and all rows that reference it.
///
/// # Errors
/// 404 `entity.not_found`.
pub fn delete(work: &Work<'_>, id: &OrganizationId) -> Result<(), ApiError> {
    let text = sql!("delete from organizations where tenant_id = $1 and id = $2");
    work.exec_existing(text, params![work.tenant_id(), id.as_str()])?;
    Ok(work.emit(EventKind::OrganizationDeleted, EventBody::default)?)
}

const LIST_QUERY: ListQuery = ListQuery { columns: "*", from: "organizations", order: "created_at, id" };

/// The number of organizations whose id or name contains `q`, and a page of them, oldest first.
///
/// # Errors
/// A failure of the database.
pub fn list_page(view: &View<'_>, q: Option<&str>, page: Pagination) -> Result<(i64, Vec<Organization>), DbError> {
    let condition = Where::new("tenant_id = {}", [view.tenant_id()]).and_contains(&["name", "id"], q);
    LIST_QUERY.rows(view, &condition, Some(page))
}

/// Adds the number of members and the first three of them.
///
/// # Errors
/// A failure of the database.
pub fn load_featured_users(
    view: &View<'_>,
    organizations: Vec<Organization>,
) -> Result<Vec<FeaturedOrganization>, DbError> {
    let ids = || organizations.iter().map(|organization| Value::from(&organization.id));
    let params: Vec<Value> = std::iter::once(Value::from(view.tenant_id())).chain(ids()).collect();
    let ids = placeholders(2, organizations.len());
    let counts = Sql::dynamic(format!(
        "select organization_id, count(*) from organization_users \
         where tenant_id = $1 and organization_id in ({ids}) group by organization_id"
    ));
    let counts: HashMap<OrganizationId, i64> =
        view.query_all::<(OrganizationId, i64)>(&counts, &params)?.into_iter().collect();
    let first = Sql::dynamic(format!(
        "select organization_id, id, avatar, name from ( \
           select m.organization_id, u.id, u.avatar, u.name, \
             row_number() over (partition by m.organization_id order by m.created_at, m.user_id) as position \
           from organization_users m join users u on u.tenant_id = m.tenant_id and u.id = m.user_id \
           where m.tenant_id = $1 and m.organization_id in ({ids})) as members \
         where position <= 3 order by organization_id, position"
    ));
    let mut members: HashMap<OrganizationId, Vec<FeaturedUser>> = HashMap::new();
    for (organization, id, avatar, name) in
        view.query_all::<(OrganizationId, UserId, Option<String>, Option<String>)>(&first, &params)?
    {
        members.entry(organization).or_default().push(FeaturedUser { id, avatar, name });
    }
    let with_members = |organization: Organization| FeaturedOrganization {
        users_count: counts.get(&organization.id).copied().unwrap_or_default(),
        featured_users: members.remove(&organization.id).unwrap_or_default(),
        organization,
    };
    Ok(organizations.into_iter().map(with_members).collect())
}
