//! Who may use an application (inventory O121, M069, M070, D004–D007): users, holders of roles, members of organizations. The rules
//! count while `appLevelAccessControlEnabled` is on, for whoever is in one of them.

use ::api::ErrorCode;
use ::api::applications::{ApplicationAccessControl, OrganizationRoleRule, ReplaceApplicationAccessControl};
use axum::Json;
use axum::extract::Path;
use db::{DbError, params, sql};
use kernel::ids::{ApplicationId, UserId};

use super::store;
use crate::callers::ManagementCaller;
use crate::errors::ApiError;
use crate::http::RequestBody;
use crate::link_table::{LinkTable, link_table, map_constraint_error};
use crate::organization_template;
use crate::roles::{self, RoleType};
use crate::routes::Routes;
use crate::work::{View, Work};

const USERS: LinkTable = link_table!("application_access_users", "application_id" => "user_id");
const ROLES: LinkTable = link_table!("application_access_roles", "application_id" => "role_id");
const ORGANIZATIONS: LinkTable = link_table!("application_access_organizations", "application_id" => "organization_id");
const ORGANIZATION_ROLES: LinkTable =
    link_table!("application_access_organization_roles", "application_id", "organization_id" => "organization_role_id");

pub(super) fn routes() -> Routes {
    let path = "/api/applications/{id}/access-control";
    Routes::new().get(path, get_access_control).put(path, replace_access_control)
}

/// Whether the rules let a user use the application. One statement.
///
/// # Errors
/// A failure of the database.
pub fn is_allowed(view: &View<'_>, id: &ApplicationId, user_id: &UserId) -> Result<bool, DbError> {
    let text = sql!(
        "select u.id from users u where u.tenant_id = $1 and u.id = $3 and (\
         exists (select 1 from application_access_users x \
         where x.tenant_id = $1 and x.application_id = $2 and x.user_id = $3) \
         or exists (select 1 from users_roles h join application_access_roles x \
         on x.tenant_id = h.tenant_id and x.application_id = $2 and x.role_id = h.role_id \
         where h.tenant_id = $1 and h.user_id = $3) \
         or exists (select 1 from organization_users m join application_access_organizations x \
         on x.tenant_id = m.tenant_id and x.application_id = $2 and x.organization_id = m.organization_id \
         where m.tenant_id = $1 and m.user_id = $3) \
         or exists (select 1 from organization_role_users h join application_access_organization_roles x \
         on x.tenant_id = h.tenant_id and x.application_id = $2 and x.organization_id = h.organization_id \
         and x.organization_role_id = h.organization_role_id \
         where h.tenant_id = $1 and h.user_id = $3))"
    );
    Ok(view.query_opt::<String>(text, params![view.tenant_id(), id, user_id])?.is_some())
}

/// The rules of an application.
///
/// # Errors
/// A failure of the database.
pub(super) fn load(view: &View<'_>, id: &ApplicationId) -> Result<ApplicationAccessControl, DbError> {
    let values = |table: &LinkTable| table.values(view, &[id]).map(|found| found.into_iter().collect::<Vec<_>>());
    let rows: Vec<(String, String)> = view.query_all(
        sql!(
            "select organization_id, organization_role_id from application_access_organization_roles \
             where tenant_id = $1 and application_id = $2 order by organization_id, organization_role_id"
        ),
        params![view.tenant_id(), id],
    )?;
    let mut organization_role_rules: Vec<OrganizationRoleRule> = Vec::new();
    for (organization_id, role) in rows {
        match organization_role_rules.last_mut().filter(|rule| rule.organization_id == organization_id) {
            Some(rule) => rule.organization_role_ids.push(role),
            None => organization_role_rules
                .push(OrganizationRoleRule { organization_id, organization_role_ids: vec![role] }),
        }
    }
    Ok(ApplicationAccessControl {
        user_ids: values(&USERS)?,
        user_role_ids: values(&ROLES)?,
        organization_ids: values(&ORGANIZATIONS)?,
        organization_role_rules,
    })
}

fn replace(
    work: &Work<'_>,
    id: &ApplicationId,
    rules: &ApplicationAccessControl,
) -> Result<ApplicationAccessControl, ApiError> {
    let application = store::get_for_update(work, id)?;
    if application.app_level_access_control_enabled && rules.is_empty() {
        return Err(ApiError::unprocessable(ErrorCode::RequestInvalidInput));
    }
    roles::require_assignable::<roles::Users>(work, &rules.user_role_ids)?;
    for rule in &rules.organization_role_rules {
        organization_template::roles::require_role_type(work, &rule.organization_role_ids, RoleType::User)?;
    }
    let replaced =
        [(&USERS, &rules.user_ids), (&ROLES, &rules.user_role_ids), (&ORGANIZATIONS, &rules.organization_ids)];
    for (table, ids) in replaced {
        table.replace(work, &[id], ids).map_err(map_constraint_error)?;
    }
    work.exec(
        sql!("delete from application_access_organization_roles where tenant_id = $1 and application_id = $2"),
        params![work.tenant_id(), id],
    )?;
    for rule in &rules.organization_role_rules {
        let key = [id.as_str(), rule.organization_id.as_str()];
        ORGANIZATION_ROLES.add(work, &key, &rule.organization_role_ids).map_err(map_constraint_error)?;
    }
    Ok(load(work, id)?)
}

async fn get_access_control(
    caller: ManagementCaller,
    Path(id): Path<ApplicationId>,
) -> Result<Json<ApplicationAccessControl>, ApiError> {
    let read = move |view: &View<'_>| {
        store::get(view, &id)?;
        Ok::<_, ApiError>(load(view, &id)?)
    };
    caller.read(read).await.map(Json)
}

async fn replace_access_control(
    caller: ManagementCaller,
    Path(id): Path<ApplicationId>,
    RequestBody(body): RequestBody<ReplaceApplicationAccessControl>,
) -> Result<Json<ApplicationAccessControl>, ApiError> {
    let rules = body.into_rules().ok_or_else(|| ApiError::unprocessable(ErrorCode::RequestInvalidInput))?;
    caller.write(move |work| replace(work, &id, &rules)).await.map(Json)
}
