//! Exporting users, in the order of their ids.

use std::collections::HashMap;

use ::api::members::BoundedText;
use ::api::users::{LineFactor, LineMembership, LineSsoIdentity, UserLine, UserProfile};
use db::{DbError, params, sql};
use kernel::ids::UserId;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::super::custom_data::set_logto_configs;
use super::super::identities::{self, SsoIdentity};
use super::super::mfa_factors;
use super::super::store::User;
use crate::client_documents;
use crate::organizations::memberships::{self, NamedMembership};
use crate::roles;
use crate::work::View;

/// The id of the user that was exported last; empty before the first.
pub type LastExported = UserId;

/// A line. Members that are empty are left out.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ExportedUser {
    id: UserId,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    primary_email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    primary_phone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    avatar: Option<String>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    profile: Map<String, Value>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    custom_data: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    password_digest: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    password_algorithm: Option<String>,
    #[serde(flatten)]
    rest: Value,
}

/// The lines of the users after `last`, at most `limit`, and the id of the last one. Secrets are digests of passwords and
/// second factors.
///
/// # Errors
/// A failure of the database; a secret that no known key opens.
pub fn export_page(
    view: &View<'_>,
    last: &LastExported,
    limit: i64,
    with_secrets: bool,
) -> Result<(Vec<String>, LastExported), DbError> {
    let select = sql!(
        "select ",
        User::QUALIFIED_COLUMNS,
        " from users u where u.tenant_id = $1 and u.id > $2 order by u.id limit $3"
    );
    let users: Vec<User> = view.query_all(select, params![view.tenant_id(), last, limit])?;
    let last = users.last().map_or_else(|| last.clone(), |user| user.id.clone());
    let ids: Vec<UserId> = users.iter().map(|user| user.id.clone()).collect();
    let mut related = Related::load(view, &ids, with_secrets)?;
    let line = |user: User| {
        let rest = related.take(&user);
        let line = ExportedUser::new(user, rest?, with_secrets);
        serde_json::to_string(&line).map_err(|error| DbError::Sql(error.to_string()))
    };
    Ok((users.into_iter().map(line).collect::<Result<_, _>>()?, last))
}

impl ExportedUser {
    fn new(user: User, rest: Value, with_secrets: bool) -> Self {
        let password = user.password.filter(|_| with_secrets);
        let (password_digest, password_algorithm) =
            password.map(|password| (password.password_encrypted, password.password_encryption_method)).unzip();
        Self {
            id: user.id,
            username: user.username,
            primary_email: user.primary_email,
            primary_phone: user.primary_phone,
            name: user.name,
            avatar: user.avatar,
            profile: canonical_profile(user.profile),
            custom_data: user.custom_data,
            password_digest,
            password_algorithm,
            rest,
        }
    }
}

/// In the order of members in which an import stores it.
fn canonical_profile(stored: Map<String, Value>) -> Map<String, Value> {
    serde_json::from_value(stored.clone().into()).map_or(stored, UserProfile::into_members)
}

/// What other tables have of the users of a page.
struct Related {
    identities: HashMap<UserId, Map<String, Value>>,
    sso_identities: HashMap<UserId, Vec<SsoIdentity>>,
    roles: HashMap<UserId, Vec<String>>,
    organizations: HashMap<UserId, Vec<NamedMembership>>,
    factors: HashMap<UserId, Vec<LineFactor>>,
}

impl Related {
    fn load(view: &View<'_>, ids: &[UserId], with_secrets: bool) -> Result<Self, DbError> {
        Ok(Self {
            identities: identities::by_user(view, ids)?,
            sso_identities: identities::sso_by_user(view, ids)?,
            roles: roles::names_by_user(view, ids)?,
            organizations: memberships::by_user(view, ids)?,
            factors: if with_secrets { mfa_factors::lines_by_user(view, ids)? } else { HashMap::new() },
        })
    }

    /// The members of a user's line that [`UserLine`] has. Roles are always there: without them an import gives the default roles.
    fn take(&mut self, user: &User) -> Result<Value, DbError> {
        let time = |time: Option<kernel::Timestamp>| time.map(|time| ::api::members::BoundedNumber(time.0));
        let name = BoundedText::<1, 128>;
        let mut sso = self.sso_identities.remove(&user.id).unwrap_or_default();
        sso.sort_by(|a, b| (&a.sso_connector_id, &a.identity_id).cmp(&(&b.sso_connector_id, &b.identity_id)));
        let sso = sso.into_iter().map(|identity| LineSsoIdentity {
            sso_connector_id: identity.sso_connector_id.into(),
            issuer: BoundedText(identity.issuer),
            identity_id: BoundedText(identity.identity_id),
            detail: identity.detail,
        });
        let memberships = self.organizations.remove(&user.id).unwrap_or_default();
        let memberships = memberships.into_iter().map(|membership| LineMembership {
            id: Some(BoundedText(membership.organization.id)),
            name: Some(name(membership.organization.name)),
            roles: membership.roles.into_iter().map(name).collect(),
        });
        let line = UserLine {
            created_at: time(Some(user.created_at)),
            updated_at: time(Some(user.updated_at)),
            last_sign_in_at: time(user.last_sign_in_at),
            application_id: user
                .application_id
                .clone()
                .filter(|id| !client_documents::is_address(id))
                .map(|id| BoundedText(id.into())),
            is_suspended: user.is_suspended.then_some(true),
            password_updated_at: time(user.password_updated_at),
            is_password_expired: user.is_password_expired.then_some(true),
            logto_configs: set_logto_configs(&user.logto_config),
            sso_identities: some_list(sso.collect()),
            roles: Some(self.roles.remove(&user.id).unwrap_or_default().into_iter().map(name).collect()),
            organizations: some_list(memberships.collect()),
            mfa_verifications: some_list(self.factors.remove(&user.id).unwrap_or_default()),
            ..UserLine::default()
        };
        let mut members = json!(line);
        if let (Some(members), Some(identities)) = (members.as_object_mut(), self.identities.remove(&user.id)) {
            members.insert("identities".to_owned(), identities.into());
        }
        Ok(members)
    }
}

fn some_list<T>(list: Vec<T>) -> Option<Vec<T>> {
    Some(list).filter(|list| !list.is_empty())
}
