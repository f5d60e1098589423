//! Creates accounts on registration: default roles, organizations by e-mail domain, and the first administrator (E081,
//! E082, D121).

use axum::http::StatusCode;
use db::{DbError, Json, params, sql};
use flow::Profile;
use serde_json::{Map, Value, json};

use super::transaction::StepError;
use crate::ApiError;
use crate::organizations::jit;
use crate::tenants::Section;
use crate::users;
use crate::users::store::{self, NewUser};
use crate::work::Work;

/// Creates the user with roles and organizations.
pub(super) fn create_user(work: &Work<'_>, id: String, profile: Profile) -> Result<(), StepError> {
    let is_first_admin = work.tenant_id() == "admin" && claim_first_admin(work)?;
    let mut logto_config = Map::new();
    logto_config.insert("mfa".to_owned(), json!({"enabled": false}));
    let user = NewUser {
        id,
        username: profile.username,
        primary_email: profile.primary_email,
        primary_phone: profile.primary_phone,
        password: profile.password,
        name: profile.name,
        avatar: profile.avatar,
        profile: profile.profile.unwrap_or_default(),
        custom_data: profile.custom_data.unwrap_or_default(),
        logto_config,
        ..NewUser::default()
    };
    let user = users::create(work, user)?;
    if is_first_admin {
        make_administrator(work, &user.id)?;
    }
    let organization_ids = profile.jit_organization_ids.unwrap_or_default();
    jit::join_by_email_domain(work, &user.id, user.primary_email.as_deref(), &organization_ids)?;
    Ok(())
}

/// Returns whether this registration creates the first administrator. Once there is one, registration on the admin
/// tenant is closed and an administrator creates further accounts. The configuration's version is locked first, so that only one
/// of two simultaneous registrations succeeds.
fn claim_first_admin(work: &Work<'_>) -> Result<bool, StepError> {
    work.touch(Section::Experience)?;
    if store::has_any_user(work)? {
        return Err(ApiError::new(StatusCode::FORBIDDEN, "auth.forbidden").into());
    }
    Ok(true)
}

/// Makes a user of the tenant `admin` an administrator: grants the console's roles, and the role `admin` in the
/// organization of the tenant `default`. It also closes registration (inventory D113).
///
/// # Errors
/// Database errors.
pub fn make_administrator(work: &Work<'_>, user_id: &str) -> Result<(), DbError> {
    work.touch(Section::Experience)?;
    const TENANT: &str = "admin";
    for role in ["user", "default:admin"] {
        work.exec(
            sql!(
                "insert into users_roles (tenant_id, user_id, role_id) \
                 select tenant_id, $2, id from roles where tenant_id = $1 and name = $3 on conflict do nothing"
            ),
            params![TENANT, user_id, role],
        )?;
    }
    work.exec_one(
        sql!(
            "insert into organization_users (tenant_id, organization_id, user_id, created_at) \
             values ($1, 't-default', $2, $3)"
        ),
        params![TENANT, user_id, work.now()],
    )?;
    work.exec_one(
        sql!(
            "insert into organization_role_users (tenant_id, organization_id, organization_role_id, user_id) \
             select tenant_id, 't-default', id, $2 from organization_roles where tenant_id = $1 and name = 'admin'"
        ),
        params![TENANT, user_id],
    )?;
    let settings = sql!("select settings from sign_in_experiences where tenant_id = $1");
    let (Json(mut settings),): (Json<Map<String, Value>>,) = work.query_one(settings, params![TENANT])?;
    settings.insert("signInMode".to_owned(), "SignIn".into());
    work.exec_one(
        sql!("update sign_in_experiences set settings = $2 where tenant_id = $1"),
        params![TENANT, Json(settings)],
    )
}
