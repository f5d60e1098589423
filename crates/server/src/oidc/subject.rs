//! The subject of tokens: whether a user may have tokens, and the claims of that user (inventory O067, O100, O101).

use db::{DbError, FromRow, params, sql};
use kernel::ids::UserId;
use oauth::claims::{OrganizationData, UserData};
use oauth::{Client, OAuthError, ScopeSet, scope};
use serde_json::{Map, Value, json};

use super::scopes::ChosenOrganizations;
use super::{ProviderError, sessions};
use crate::account::records;
use crate::organizations::memberships;
use crate::users::identities::{self, SsoIdentity};
use crate::users::{self, HAS_MFA, trusted_devices};
use crate::work::{View, Work};

/// A user `u`, with the data that claims are made from.
#[derive(Debug, Clone, FromRow)]
#[row(alias = "u")]
pub struct Subject {
    #[row(flatten = "UserDataRow")]
    pub facts: UserData,
    #[row(expression = HAS_MFA)]
    pub has_mfa: bool,
    is_suspended: bool,
}

/// The data that is in the row of the user itself.
#[derive(FromRow)]
#[row(alias = "u")]
struct UserDataRow {
    id: UserId,
    username: Option<String>,
    primary_email: Option<String>,
    primary_phone: Option<String>,
    name: Option<String>,
    avatar: Option<String>,
    #[row(json)]
    profile: Map<String, Value>,
    #[row(json)]
    custom_data: Map<String, Value>,
    created_at: i64,
    updated_at: i64,
}

impl From<UserDataRow> for UserData {
    fn from(row: UserDataRow) -> Self {
        Self {
            id: row.id,
            username: row.username,
            primary_email: row.primary_email,
            primary_phone: row.primary_phone,
            name: row.name,
            avatar: row.avatar,
            profile: row.profile,
            custom_data: row.custom_data,
            created_at: row.created_at,
            updated_at: row.updated_at,
            ..Self::default()
        }
    }
}

/// The user; `None` when deleted or suspended (attack B11).
pub fn find_active(view: &View<'_>, user_id: &UserId) -> Result<Option<Subject>, DbError> {
    let found: Option<Subject> = view.query_opt(
        sql!("select ", Subject::QUALIFIED_COLUMNS, " from users u where u.tenant_id = $1 and u.id = $2"),
        params![view.tenant_id(), user_id],
    )?;
    Ok(found.filter(Subject::is_active))
}

/// As [`find_active`], or `invalid_grant`.
pub fn get_active(view: &View<'_>, user_id: &UserId) -> Result<Subject, ProviderError> {
    find_active(view, user_id)?.ok_or_else(not_active)
}

/// Locks the user until this unit ends.
pub fn lock(work: &Work<'_>, user_id: &UserId) -> Result<(), DbError> {
    let text = sql!("select id from users where tenant_id = $1 and id = $2 for update");
    work.query_opt::<String>(text, params![work.tenant_id(), user_id]).map(drop)
}

/// Whether the user's password was changed, or their sign-ins made void, after the tenant's `password_epoch` was `epoch`: proofs from
/// before do not count any more. The first password of a new account is no change. Until the end of this unit nobody else changes it.
pub fn password_changed_since(work: &Work<'_>, user_id: &UserId, epoch: i64) -> Result<bool, DbError> {
    let current: Option<i64> = work.query_opt(
        sql!("select password_epoch from users where tenant_id = $1 and id = $2 for update"),
        params![work.tenant_id(), user_id],
    )?;
    Ok(current.is_some_and(|current| current > epoch))
}

fn not_active() -> ProviderError {
    OAuthError::invalid_grant("user not found or suspended").into()
}

impl Subject {
    /// Whether the user is not suspended.
    pub fn is_active(&self) -> bool {
        !self.is_suspended
    }

    /// The subject, or `invalid_grant` when suspended.
    pub fn require_active(self) -> Result<Self, ProviderError> {
        if self.is_active() { Ok(self) } else { Err(not_active()) }
    }

    /// Loads the claims of `scopes` that are not in the row of the user: identities, roles and organizations. Only
    /// organizations are named whose tokens the client could get: the user meets their MFA rule, and chose them for a
    /// third-party client.
    pub fn load_claims_for(
        &mut self,
        view: &View<'_>,
        client: &Client,
        grant_id: &str,
        scopes: &ScopeSet,
    ) -> Result<(), DbError> {
        let user_id = self.facts.id.clone();
        if scopes.contains("roles") {
            self.facts.roles = view.query_all(
                sql!(
                    "select roles.name from users_roles x \
                     join roles on roles.tenant_id = x.tenant_id and roles.id = x.role_id \
                     where x.tenant_id = $1 and x.user_id = $2 order by roles.name"
                ),
                params![view.tenant_id(), &user_id],
            )?;
        }
        if scopes.contains("identities") {
            self.facts.identities = identities::of_user(view, &user_id)?;
            let accounts = identities::sso_of_user(view, &user_id)?;
            self.facts.sso_identities = accounts.into_iter().map(sso_claim).collect();
        }
        let names_roles = scopes.contains("urn:logto:scope:organization_roles");
        if !names_roles && !scopes.contains(scope::ORGANIZATIONS) {
            return Ok(());
        }
        let chosen = ChosenOrganizations::load(view, client, &user_id, Some(grant_id))?;
        let mut memberships = memberships::list_for_user(view, view.tenant_id(), &user_id)?;
        memberships.retain(|found| chosen.contains(&found.id) && (self.has_mfa || !found.is_mfa_required));
        if names_roles {
            let mut held = memberships::list_roles_for_user(view, view.tenant_id(), &user_id)?;
            held.retain(|role| memberships.iter().any(|found| found.id == role.organization_id));
            self.facts.organization_roles =
                held.iter().map(|role| format!("{}:{}", role.organization_id, role.role_name)).collect();
        }
        if scopes.contains(scope::ORGANIZATIONS) {
            let facts = memberships.into_iter();
            let facts =
                facts.map(|found| OrganizationData { id: found.id, name: found.name, description: found.description });
            self.facts.organizations = facts.collect();
        }
        Ok(())
    }
}

fn sso_claim(account: SsoIdentity) -> Value {
    json!({"issuer": account.issuer, "identityId": account.identity_id, "detail": account.detail})
}

/// The sign-in of a person who ends all their others.
#[derive(Debug, Clone, Default)]
pub struct KeptSignIn {
    /// The grant of the token that asks for it.
    pub grant_id: String,
    /// The browser's session, in which other applications keep their grants.
    pub session_uid: Option<String>,
    /// The record that proves who asks.
    pub proof_id: Option<String>,
}

/// Deletes the sessions, unfinished sign-ins, grants, trusted devices and proofs of a user, with all codes and tokens, durably. Call it
/// in the transaction that suspends the user or changes the password on behalf of another user (inventory O068), before the change of
/// the user.
///
/// On PostgreSQL a deletion does not see uncommitted rows of other transactions. So the user and the grants are locked
/// first: every session, code and token references one of them, so this transaction waits for concurrent inserts, and later
/// ones see the changed user (attack B11).
pub fn revoke_all_of_user(work: &Work<'_>, user_id: &UserId) -> Result<(), DbError> {
    revoke_all_of_user_but(work, user_id, None)
}

/// As [`revoke_all_of_user`]; one sign-in may stay.
pub fn revoke_all_of_user_but(work: &Work<'_>, user_id: &UserId, kept: Option<&KeptSignIn>) -> Result<(), DbError> {
    work.require_durable();
    for lock in [
        sql!("select id from users where tenant_id = $1 and id = $2 for update"),
        sql!("select id from grants where tenant_id = $1 and user_id = $2 order by id for update"),
    ] {
        work.query_all::<String>(lock, params![work.tenant_id(), user_id])?;
    }
    let KeptSignIn { grant_id, session_uid, proof_id } = kept.cloned().unwrap_or_default();
    let session_uid = session_uid.unwrap_or_default();
    users::void_sign_ins(work, user_id)?;
    sessions::end_others_of_user(work, user_id, &session_uid)?;
    trusted_devices::forget_all(work, user_id)?;
    records::forget_all_but(work, user_id, proof_id.as_deref().unwrap_or_default())?;
    let grants = sql!(
        "delete from grants where tenant_id = $1 and user_id = $2 and id <> $3 \
         and (session_uid is null or session_uid <> $4)"
    );
    work.exec(grants, params![work.tenant_id(), user_id, grant_id, session_uid]).map(drop)
}
