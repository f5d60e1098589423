//! Creates accounts on registration: default roles, organizations by e-mail domain, and the first administrator (E081,
//! E082, D121).

use axum::http::StatusCode;
use flow::Profile;
use kernel::ids::UserId;
use serde_json::{Map, Value, json};

use super::effects::to_identity;
use super::transaction::StepError;
use crate::ApiError;
use crate::console;
use crate::organizations::{self, jit};
use crate::roles::{self, Users};
use crate::sign_in_experience;
use crate::sso_connectors;
use crate::tenants::Section;
use crate::users::store::{self, NewUser};
use crate::users::{self, identities};
use crate::work::Work;

/// Creates the user with roles and organizations.
pub(super) fn create_user(work: &Work<'_>, id: UserId, profile: Profile) -> Result<(), StepError> {
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
        identities: profile.social_identity.iter().map(|new| (new.target.clone(), to_identity(new))).collect(),
        ..NewUser::default()
    };
    let user = users::create(work, user)?;
    let origin = match &profile.enterprise_sso_identity {
        Some(identity) => {
            identities::link_enterprise(work, &user.id, identity)?;
            // That an issuer lets somebody in does not say that they are of the enterprise: guests have accounts there too.
            let email = identity.detail.get("email").and_then(Value::as_str);
            match sso_connectors::get_available(work, &identity.sso_connector_id)?.owns(email) {
                true => jit::Origin::SsoConnector(&identity.sso_connector_id),
                false => jit::Origin::Email(None),
            }
        }
        None => jit::Origin::Email(user.primary_email.as_deref()),
    };
    if is_first_admin {
        make_administrator(work, &user.id)?;
        make_owner(work, &user.id)?;
    }
    let organization_ids = profile.jit_organization_ids.unwrap_or_default();
    jit::join(work, &user.id, origin, &organization_ids)?;
    Ok(())
}

/// Returns whether this registration creates the first administrator. Once there is one, registration on the admin
/// tenant is closed and an administrator creates further accounts. The configuration's version is locked first, so that only one
/// of two simultaneous registrations succeeds. Before that nobody registers who has not read the setup code in the server's log.
fn claim_first_admin(work: &Work<'_>) -> Result<bool, StepError> {
    work.touch(Section::Experience)?;
    let refused = || ApiError::new(StatusCode::FORBIDDEN, "auth.forbidden");
    if store::has_any_user(work)? {
        return Err(refused().into());
    }
    if !work.request().is_some_and(console::setup_code_was_entered) {
        return Err(refused().with_phrase("console.setup_code_missing").into());
    }
    Ok(true)
}

/// Makes a user of the tenant `admin` an administrator: grants the console's roles, and the role `admin` in the
/// organization of the tenant `default`. It also closes registration (inventory D113).
///
/// # Errors
/// 404 or 422 when a built-in role or organization was deleted; a failure of the database.
pub fn make_administrator(work: &Work<'_>, user_id: &UserId) -> Result<(), ApiError> {
    sign_in_experience::close_registration(work)?;
    for role in ["user", "default:admin"] {
        roles::assign_by_name::<Users>(work, user_id, role)?;
    }
    organizations::add_user(work, &"t-default".into(), user_id, &["admin".to_owned()])
}

/// Lets a user of the tenant `admin` manage the administrators too: for the first one.
///
/// # Errors
/// 404 when the built-in role was deleted; a failure of the database.
pub fn make_owner(work: &Work<'_>, user_id: &UserId) -> Result<(), ApiError> {
    roles::assign_by_name::<Users>(work, user_id, "default:owner")
}
