//! Giving a user who is there what a line says. Nothing is taken away: what the line does not name stays.

use ::api::users::LineSsoIdentity;
use db::{params, sql};
use flow::EnterpriseIdentity;
use kernel::Timestamp;
use kernel::ids::UserId;

use super::super::custom_data::merge_logto_configs;
use super::super::mfa_factors::{self, NewFactor};
use super::super::store::{self, User};
use super::super::{identities, stored_password, void_sign_ins};
use super::line::Line;
use super::references::Resolved;
use crate::errors::ApiError;
use crate::oidc::subject;
use crate::organizations::memberships;
use crate::roles;
use crate::work::Work;

/// Updates the user.
///
/// # Errors
/// 422 for what another user took meanwhile; a failure of the database.
pub(super) fn update(work: &Work<'_>, id: &UserId, line: &Line, resolved: &Resolved) -> Result<bool, ApiError> {
    line.require_hashed()?;
    let mut user = store::get_for_update(work, id)?;
    let before = user.clone();
    if let Some(digest) = line.user.password.as_ref().filter(|digest| before.password.as_ref() != Some(digest)) {
        // Whoever knew the old password is signed out everywhere.
        subject::revoke_all_of_user(work, id)?;
        stored_password::set_password(work, id, digest)?;
        user = store::get(work, id)?;
    }
    apply(line, &mut user);
    if user.is_suspended && !before.is_suspended {
        subject::revoke_all_of_user(work, id)?;
    }
    if user != before {
        store::update(work, &user)?;
    }
    for (target, identity) in &line.identities {
        identities::link(work, id, target, identity)?;
    }
    for identity in line.rest.sso_identities.iter().flatten() {
        identities::link_enterprise(work, id, &enterprise_identity(identity))?;
    }
    roles::assign_to_user(work, id, &resolved.roles)?;
    for (organization, roles) in &resolved.organizations {
        memberships::join_quietly(work, organization, id, roles)?;
    }
    factors(work, id, &line.factors)?;
    let was_found_by = |user: &User| [user.username.clone(), user.primary_email.clone(), user.primary_phone.clone()];
    let frees_a_key =
        was_found_by(&before).iter().zip(was_found_by(&user)).any(|(old, new)| old.is_some() && *old != new);
    Ok(frees_a_key || !line.identities.is_empty() || line.rest.sso_identities.is_some())
}

/// The columns of the line.
fn apply(line: &Line, user: &mut User) {
    let new = &line.user;
    let members = [
        (&new.username, &mut user.username),
        (&new.primary_email, &mut user.primary_email),
        (&new.primary_phone, &mut user.primary_phone),
        (&new.name, &mut user.name),
        (&new.avatar, &mut user.avatar),
    ];
    for (new, old) in members {
        if new.is_some() {
            old.clone_from(new);
        }
    }
    if line.has_profile {
        user.profile.clone_from(&new.profile);
    }
    if line.has_custom_data {
        user.custom_data.clone_from(&new.custom_data);
    }
    if new.application_id.is_some() {
        user.application_id.clone_from(&new.application_id);
    }
    if let Some(configs) = &line.rest.logto_configs {
        merge_logto_configs(&mut user.logto_config, configs);
    }
    let time = |time: Option<::api::users::LineTime>| time.map(|time| Timestamp(time.0));
    user.last_sign_in_at = time(line.rest.last_sign_in_at).or(user.last_sign_in_at);
    if user.password.is_some() {
        user.password_updated_at = time(line.rest.password_updated_at).or(user.password_updated_at);
    }
    user.is_suspended = line.rest.is_suspended.unwrap_or(user.is_suspended);
    user.is_password_expired = line.rest.is_password_expired.unwrap_or(user.is_password_expired);
}

pub(super) fn enterprise_identity(line: &LineSsoIdentity) -> EnterpriseIdentity {
    EnterpriseIdentity {
        sso_connector_id: line.sso_connector_id.to_string(),
        issuer: line.issuer.0.clone(),
        identity_id: line.identity_id.0.clone(),
        detail: line.detail.clone(),
    }
}

/// Binds what is not bound: another authenticator app and other backup codes take the place of those that are there.
fn factors(work: &Work<'_>, id: &UserId, factors: &[NewFactor]) -> Result<(), ApiError> {
    let mut changed = false;
    for factor in factors {
        if mfa_factors::is_bound(work, id, factor)? {
            continue;
        }
        changed = true;
        let delete = sql!(
            "delete from user_mfa_factors where tenant_id = $1 and user_id = $2 and type = $3 and type <> 'WebAuthn'"
        );
        work.exec(delete, params![work.tenant_id(), id, factor.kind()])?;
        mfa_factors::bind(work, id, factor)?;
    }
    // A sign-in that is under way was not asked for it.
    if changed { Ok(void_sign_ins(work, id)?) } else { Ok(()) }
}
