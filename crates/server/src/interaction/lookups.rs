//! Looks up in storage what the state machine needs to know.

use flow::mfa::OrganizationMfaPolicy;
use flow::{Identifier, LookupResults, Lookups, UserRef};
use kernel::ids::UserId;

use super::places;
use super::transaction::{StepContext, StepError};
use crate::organizations::memberships;
use crate::users::store::{self, User};
use crate::users::{self, identities, trusted_devices};
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
            related = Some((identifier, users::flow_user(view, &user)?));
        }
    }
    let mut taken = Vec::new();
    for value in questions.unique_values {
        if find_user(view, context, &value)?.is_some_and(|user| Some(&user.id) != questions.user_id.as_ref()) {
            taken.push(value);
        }
    }
    Ok(LookupResults {
        proof_user: named.map(|user| users::flow_user(view, &user)).transpose()?,
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
    let mut user = users::flow_user(view, &stored)?;
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
