//! Answers the machine's questions from storage.

use db::Read;
use flow::mfa::{BoundFactor, MfaFactor};
use flow::password::PasswordAge;
use flow::{Facts, Identifier, Named, Questions};
use serde_json::Value;

use super::unit::{Context, Undone};
use crate::users::store::{self, User, UserLookup};

/// Everything that was asked.
pub(super) fn answer(r: &Read<'_>, context: &Context, questions: Questions) -> Result<Facts, Undone> {
    let named = match questions.named {
        Some(Named::ById(id)) => store::find(r, context.tenant, &id)?,
        Some(Named::ByIdentifier(identifier)) => find(r, context, &identifier)?,
        None => None,
    };
    let identified = match &questions.user_id {
        Some(id) => store::find(r, context.tenant, id)?,
        None => None,
    };
    let mut taken = Vec::new();
    for value in questions.values {
        if find(r, context, &value)?.is_some_and(|user| Some(&user.id) != questions.user_id.as_ref()) {
            taken.push(value);
        }
    }
    Ok(Facts { named: named.as_ref().map(of), identified: identified.as_ref().map(of), taken })
}

/// The user with this identifier, as the tenant compares usernames.
pub(super) fn find(r: &Read<'_>, context: &Context, identifier: &Identifier) -> Result<Option<User>, Undone> {
    let lookup = UserLookup { tenant: context.tenant, case_sensitive_username: context.case_sensitive_username };
    Ok(store::find_by_identifier(r, lookup, identifier)?)
}

/// What the machine may know of a user.
pub(super) fn of(user: &User) -> flow::User {
    let mfa = user.logto_config.get("mfa");
    let flag = |name: &str| mfa.and_then(|mfa| mfa.get(name)).and_then(Value::as_bool);
    flow::User {
        id: user.id.clone(),
        name: user.name.clone(),
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
        has_identity: !user.identities.is_empty(),
        mfa_factors: user.mfa_verifications.iter().filter_map(bound).collect(),
        mfa_enabled: flag("enabled"),
        skip_mfa_on_sign_in: flag("skipMfaOnSignIn").unwrap_or_default(),
    }
}

/// A stored factor (D082). Of the time of last use only the order of binding is known here; the factors' slice sorts.
fn bound(stored: &Value) -> Option<BoundFactor> {
    let factor: MfaFactor = serde_json::from_value(stored.get("type")?.clone()).ok()?;
    Some(BoundFactor { factor, last_used_at: 0 })
}
