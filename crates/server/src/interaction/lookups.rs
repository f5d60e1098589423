//! Looks up in storage what the state machine needs to know.

use db::DbError;
use flow::mfa::OrganizationMfaPolicy;
use flow::mfa::adaptive::SignInHistory;
use flow::password::PasswordAge;
use flow::{Identifier, LookupResults, Lookups, UserRef};
use kernel::ids::UserId;
use serde_json::Value;

use super::places;
use super::transaction::{StepContext, StepError};
use crate::organizations::memberships;
use crate::users::identities::{self, SsoIdentity};
use crate::users::mfa_factors;
use crate::users::store::{self, User};
use crate::users::trusted_devices;
use crate::work::View;

/// Performs every requested lookup.
pub(super) fn perform(view: &View<'_>, context: &StepContext, questions: Lookups) -> Result<LookupResults, StepError> {
    let named = match questions.proof_user {
        Some(UserRef::ById(id)) => store::find(view, &id)?,
        Some(UserRef::ByIdentifier(identifier)) => find_user(view, context, &identifier)?,
        Some(UserRef::ByIdentity { target, id }) => match identities::owner(view, &target, &id)? {
            Some(owner) => store::find(view, &owner)?,
            None => None,
        },
        Some(UserRef::ByEnterpriseIdentity(account)) => match identities::enterprise_owner(view, &account)? {
            Some(owner) => store::find(view, &owner)?,
            None => None,
        },
        None => None,
    };
    let identified = match &questions.user_id {
        Some(id) => find_identified(view, context, id)?,
        None => None,
    };
    let mut related = None;
    for identifier in questions.related_identifiers {
        if let (None, Some(user)) = (&related, find_user(view, context, &identifier)?) {
            related = Some((identifier, to_flow_user(view, &user)?));
        }
    }
    let mut taken = Vec::new();
    for value in questions.unique_values {
        if find_user(view, context, &value)?.is_some_and(|user| Some(&user.id) != questions.user_id.as_ref()) {
            taken.push(value);
        }
    }
    Ok(LookupResults {
        proof_user: named.map(|user| to_flow_user(view, &user)).transpose()?,
        related_user: related,
        identified_user: identified,
        values_in_use: taken,
    })
}

/// The identified user, with what only matters under some settings.
pub(super) fn find_identified(
    view: &View<'_>,
    context: &StepContext,
    id: &UserId,
) -> Result<Option<flow::User>, StepError> {
    let Some(stored) = store::find(view, id)? else { return Ok(None) };
    let mut user = to_flow_user(view, &stored)?;
    let experience = &context.policy.experience;
    if experience.mfa.organization_required_mfa_policy == Some(OrganizationMfaPolicy::Mandatory) {
        let organizations = memberships::list_for_user(view, view.tenant_id(), id)?;
        user.organization_requires_mfa = organizations.iter().any(|organization| organization.is_mfa_required);
    }
    if experience.has_adaptive_mfa() {
        user.sign_in_history = places::history(view, id)?;
    }
    if let Some(policy) = experience.trusted_device.filter(|policy| policy.is_enabled()) {
        user.organization_forbids_trusted_devices = trusted_devices::is_forbidden(view, id)?;
        user.trusted_device = trusted_devices::find_of_browser(view, &context.browser, policy, &stored)?;
    }
    Ok(Some(user))
}

/// Finds a user by identifier. The tenant's policy decides whether the case of usernames matters.
pub(super) fn find_user(
    view: &View<'_>,
    context: &StepContext,
    identifier: &Identifier,
) -> Result<Option<User>, StepError> {
    Ok(store::find_by_identifier(view, identifier, context.case_sensitive_username)?)
}

/// Converts a stored user to the state machine's view of it.
pub(super) fn to_flow_user(view: &View<'_>, user: &User) -> Result<flow::User, DbError> {
    let mfa = user.logto_config.get("mfa");
    let flag = |name: &str| mfa.and_then(|mfa| mfa.get(name)).and_then(Value::as_bool);
    Ok(flow::User {
        id: user.id.clone(),
        name: user.name.clone(),
        avatar: user.avatar.clone(),
        username: user.username.clone(),
        primary_email: user.primary_email.clone(),
        primary_phone: user.primary_phone.clone(),
        has_password: user.password.is_some(),
        password_age: PasswordAge {
            is_expired: user.is_password_expired,
            updated_at: user.password_updated_at,
            user_created_at: user.created_at,
        },
        is_suspended: user.is_suspended,
        has_identity: user.has_identities,
        enterprise_identities: match user.has_identities {
            true => identities::sso_of_user(view, &user.id)?.into_iter().map(SsoIdentity::into_account_id).collect(),
            false => Vec::new(),
        },
        social_identities: identities::ids_of(view, user)?,
        mfa_factors: mfa_factors::of(view, user)?,
        mfa_skipped: flag("skipped").unwrap_or_default(),
        organization_requires_mfa: false,
        mfa_suggestion_skipped: flag("additionalBindingSuggestionSkipped").unwrap_or_default(),
        passkey_skipped: user.logto_config.get("passkeySignIn").and_then(|config| config.get("skipped"))
            == Some(&Value::Bool(true)),
        mfa_enabled: flag("enabled"),
        skip_mfa_on_sign_in: flag("skipMfaOnSignIn").unwrap_or_default(),
        sign_in_history: SignInHistory::default(),
        organization_forbids_trusted_devices: false,
        trusted_device: None,
    })
}
