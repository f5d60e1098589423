//! A user as signing in sees it.

use db::{DbError, params, sql};
use flow::mfa::adaptive::SignInHistory;
use flow::password::PasswordAge;
use kernel::ids::UserId;
use serde_json::Value;

use super::identities::{self, SsoIdentity};
use super::mfa_factors;
use super::store::User;
use crate::tenants::password_epoch;
use crate::work::{View, Work};

/// A stored user as the state machine of signing in sees it. What organizations ask, where the user signed in before and
/// the trusted device are left out.
///
/// # Errors
/// A failure of the database.
pub fn flow_user(view: &View<'_>, user: &User) -> Result<flow::User, DbError> {
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

/// Makes void what was proved for the user in sign-ins that have no session yet: they begin anew.
///
/// # Errors
/// A failure of the database.
pub fn void_sign_ins(work: &Work<'_>, user_id: &UserId) -> Result<(), DbError> {
    let lock = sql!("select id from users where tenant_id = $1 and id = $2 for update");
    if work.query_opt::<String>(lock, params![work.tenant_id(), user_id])?.is_none() {
        return Ok(());
    }
    let epoch = password_epoch::next(work)?;
    let text = sql!("update users set password_epoch = $3 where tenant_id = $1 and id = $2");
    work.exec_one(text, params![work.tenant_id(), user_id, epoch])
}
