//! Accounts elsewhere that are linked to users: at social providers, one per provider (inventory D081), and at enterprises
//! (D075). An account is linked to one user at most.

use kernel::ids::UserId;
use std::collections::{BTreeMap, HashMap};

use ::api::ErrorCode;
use ::api::users::Identity;
use axum::http::StatusCode;
use db::{DbError, FromRow, Json, Sql, params, placeholders, sql};
use flow::{EnterpriseAccountId, EnterpriseIdentity, ProviderAccount};
use kernel::{Timestamp, id};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::store::User;
use crate::ApiError;
use crate::secrets;
use crate::work::{View, Work};

/// The social identities of these users, as `target → {userId, details?}` by user. Users without any are left out.
///
/// # Errors
/// A failure of the database.
pub fn by_user(view: &View<'_>, users: &[UserId]) -> Result<HashMap<UserId, Map<String, Value>>, DbError> {
    let text = "select user_id, target, identity_id, details from user_identities where tenant_id = $1 and user_id";
    let mut rows: Vec<(UserId, String, String, Option<Json<Map<String, Value>>>)> = view.query_by_ids(text, users)?;
    rows.sort_by(|a, b| a.1.cmp(&b.1));
    let mut found: HashMap<UserId, Map<String, Value>> = HashMap::new();
    for (user, target, user_id, details) in rows {
        let identity = match details {
            Some(Json(details)) => json!({"userId": user_id, "details": details}),
            None => json!({"userId": user_id}),
        };
        found.entry(user).or_default().insert(target, identity);
    }
    Ok(found)
}

/// The social identities of one user. A user without any costs no query.
///
/// # Errors
/// A failure of the database.
pub fn of(view: &View<'_>, user: &User) -> Result<Map<String, Value>, DbError> {
    if user.has_identities { of_user(view, &user.id) } else { Ok(Map::new()) }
}

/// The ids of a user's accounts, by target.
///
/// # Errors
/// A failure of the database.
pub fn ids_of(view: &View<'_>, user: &User) -> Result<BTreeMap<String, String>, DbError> {
    let id = |identity: &Value| identity.get("userId").and_then(Value::as_str).unwrap_or_default().to_owned();
    Ok(of(view, user)?.into_iter().map(|(target, identity)| (target, id(&identity))).collect())
}

/// As [`of`], of a user of whom only the id is known.
///
/// # Errors
/// A failure of the database.
pub fn of_user(view: &View<'_>, user_id: &UserId) -> Result<Map<String, Value>, DbError> {
    Ok(by_user(view, std::slice::from_ref(user_id))?.remove(user_id).unwrap_or_default())
}

const LINK: &Sql = sql!(
    "insert into user_identities (tenant_id, user_id, target, identity_id, details, created_at, updated_at) \
     values ($1, $2, $3, $4, $5, $6, $6) on conflict (tenant_id, user_id, target) do update \
     set identity_id = excluded.identity_id, details = excluded.details, updated_at = excluded.updated_at"
);

fn link_values(work: &Work<'_>, user_id: &UserId, target: &str, identity: &Identity) -> [db::Value; 6] {
    let details = identity.details.as_ref().map(Json);
    [
        work.tenant_id().into(),
        user_id.into(),
        target.into(),
        (&identity.user_id).into(),
        details.into(),
        work.now().into(),
    ]
}

/// Links an account to a user that was inserted in this unit.
///
/// # Errors
/// A failure of the database; an account that another user has, by the end of the unit.
pub(super) fn link_to_new(work: &Work<'_>, user_id: &UserId, target: &str, identity: &Identity) -> Result<(), DbError> {
    work.exec_pipelined(LINK, &link_values(work, user_id, target, identity))
}

/// Links an account at a social provider. It replaces the one at the same provider, if there is one.
///
/// # Errors
/// 422 `user.identity_already_in_use` if another user has the account; a failure of the database.
pub fn link(work: &Work<'_>, user_id: &UserId, target: &str, identity: &Identity) -> Result<(), ApiError> {
    secrets::forget_other_account(work, user_id, target, &identity.user_id)?;
    work.exec_one(LINK, &link_values(work, user_id, target, identity)).map_err(|error| {
        match error.unique_on("user_identities", &["tenant_id", "target", "identity_id"]) {
            true => ApiError::unprocessable(ErrorCode::UserIdentityAlreadyInUse),
            false => error.into(),
        }
    })
}

/// Unlinks the account at a social provider.
///
/// # Errors
/// 404 `user.identity_not_exist`; a failure of the database.
pub fn unlink(work: &Work<'_>, user_id: &UserId, target: &str) -> Result<(), ApiError> {
    let text = sql!("delete from user_identities where tenant_id = $1 and user_id = $2 and target = $3");
    match work.exec(text, params![work.tenant_id(), user_id, target])? {
        0 => Err(ApiError::new(StatusCode::NOT_FOUND, ErrorCode::UserIdentityNotExist)),
        _ => Ok(()),
    }
}

/// The user to whom an account at a social provider is linked.
///
/// # Errors
/// A failure of the database.
pub fn owner(view: &View<'_>, target: &str, identity_id: &str) -> Result<Option<UserId>, DbError> {
    let text = sql!("select user_id from user_identities where tenant_id = $1 and target = $2 and identity_id = $3");
    view.query_opt(text, params![view.tenant_id(), target, identity_id])
}

/// The user to whom an account at a provider of either kind is linked.
///
/// # Errors
/// A failure of the database.
pub fn owner_of(view: &View<'_>, account: &ProviderAccount) -> Result<Option<UserId>, DbError> {
    match account {
        ProviderAccount::Social { target, id, .. } => owner(view, target, id),
        ProviderAccount::Enterprise(account) => enterprise_owner(view, account),
    }
}

/// The users to whom these accounts at a social provider are linked, by the id of the account.
///
/// # Errors
/// A failure of the database.
pub(super) fn owners(view: &View<'_>, target: &str, ids: &[&str]) -> Result<Vec<(String, UserId)>, DbError> {
    let mut found = Vec::new();
    for ids in ids.chunks(1000) {
        let places = placeholders(3, ids.len());
        let text = format!(
            "select identity_id, user_id from user_identities where tenant_id = $1 and target = $2 and identity_id in ({places})"
        );
        let values: Vec<db::Value> =
            [view.tenant_id(), target].into_iter().chain(ids.iter().copied()).map(db::Value::from).collect();
        found.extend(view.query_all(&Sql::dynamic(text), &values)?);
    }
    Ok(found)
}

/// An account at an enterprise, as the Management API shows it.
#[derive(Debug, Clone, PartialEq, Serialize, FromRow)]
#[serde(rename_all = "camelCase")]
pub struct SsoIdentity {
    pub tenant_id: String,
    pub id: String,
    pub user_id: UserId,
    pub issuer: String,
    pub identity_id: String,
    #[row(json)]
    pub detail: Map<String, Value>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub sso_connector_id: String,
}

impl SsoIdentity {
    /// Which account it is.
    pub fn into_account_id(self) -> EnterpriseAccountId {
        EnterpriseAccountId { connector_id: self.sso_connector_id, issuer: self.issuer, id: self.identity_id }
    }
}

/// The user to whom an account at an enterprise is linked.
///
/// # Errors
/// A failure of the database.
pub fn enterprise_owner(view: &View<'_>, account: &EnterpriseAccountId) -> Result<Option<UserId>, DbError> {
    let EnterpriseAccountId { connector_id, issuer, id } = account;
    let text = sql!(
        "select user_id from user_sso_identities \
         where tenant_id = $1 and sso_connector_id = $2 and issuer = $3 and identity_id = $4"
    );
    view.query_opt(text, params![view.tenant_id(), connector_id, issuer, id])
}

/// Links an account at an enterprise, or brings up to date what its provider says.
///
/// # Errors
/// 422 `user.identity_already_in_use` if another user has the account; 400 `session.verification_failed` if the connector is gone.
pub fn link_enterprise(work: &Work<'_>, user_id: &UserId, new: &EnterpriseIdentity) -> Result<(), ApiError> {
    let link = sql!(
        "insert into user_sso_identities (tenant_id, id, user_id, sso_connector_id, issuer, identity_id, detail, created_at, \
         updated_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $8) \
         on conflict (tenant_id, sso_connector_id, issuer, identity_id) do update \
         set detail = excluded.detail, updated_at = excluded.updated_at \
         where user_sso_identities.user_id = excluded.user_id"
    );
    let (tenant, id) = (work.tenant_id(), id::entity_id(work.rng()));
    let EnterpriseIdentity { sso_connector_id, issuer, identity_id, detail } = new;
    let values = params![tenant, id, user_id, sso_connector_id, issuer, identity_id, Json(detail), work.now()];
    match work.exec(link, values) {
        Ok(0) => Err(ApiError::unprocessable(ErrorCode::UserIdentityAlreadyInUse)),
        Ok(_) => unlink_former_issuers(work, user_id, new).map_err(ApiError::from),
        Err(DbError::ForeignKey) => Err(ApiError::bad_request(ErrorCode::SessionVerificationFailed)),
        Err(error) => Err(error.into()),
    }
}

/// Deletes the links of a user to the issuers that a connector had before.
fn unlink_former_issuers(work: &Work<'_>, user_id: &UserId, new: &EnterpriseIdentity) -> Result<(), DbError> {
    let unlink = sql!(
        "delete from user_sso_identities \
         where tenant_id = $1 and user_id = $2 and sso_connector_id = $3 and issuer <> $4"
    );
    work.exec(unlink, params![work.tenant_id(), user_id, &new.sso_connector_id, &new.issuer])?;
    Ok(())
}

/// The accounts of these users at enterprises, by user.
///
/// # Errors
/// A failure of the database.
pub(super) fn sso_by_user(view: &View<'_>, users: &[UserId]) -> Result<HashMap<UserId, Vec<SsoIdentity>>, DbError> {
    let columns = SsoIdentity::COLUMNS;
    let text = format!("select {columns} from user_sso_identities where tenant_id = $1 and user_id");
    let mut found: HashMap<UserId, Vec<SsoIdentity>> = HashMap::new();
    for identity in view.query_by_ids::<SsoIdentity>(&text, users)? {
        found.entry(identity.user_id.clone()).or_default().push(identity);
    }
    Ok(found)
}

/// The accounts of a user at enterprises.
///
/// # Errors
/// A failure of the database.
pub fn sso_of_user(view: &View<'_>, user_id: &UserId) -> Result<Vec<SsoIdentity>, DbError> {
    view.query_all(
        sql!(
            "select ",
            SsoIdentity::COLUMNS,
            " from user_sso_identities where tenant_id = $1 and user_id = $2 order by created_at, id"
        ),
        params![view.tenant_id(), user_id],
    )
}
