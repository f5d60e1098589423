//! Inserting rows of `users`, one by one or many in a unit, and counting them.

use std::collections::BTreeMap;

use api::users::Identity;
use db::{DbError, Json, Sql, Value, params, sql};
use flow::PasswordDigest;
use flow::unicode::normalize_identifier;
use kernel::Timestamp;
use kernel::ids::{ApplicationId, UserId};
use serde_json::{Map, Value as JsonValue};

use super::list_marks;
use super::store::{map_identifier_conflict, normal_phone, password_columns};
use crate::ApiError;
use crate::work::Work;

/// A user to insert. Only the id is required.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NewUser {
    pub id: UserId,
    pub username: Option<String>,
    pub primary_email: Option<String>,
    pub primary_phone: Option<String>,
    pub password: Option<PasswordDigest>,
    pub name: Option<String>,
    pub avatar: Option<String>,
    pub profile: Map<String, JsonValue>,
    pub custom_data: Map<String, JsonValue>,
    pub logto_config: Map<String, JsonValue>,
    pub application_id: Option<ApplicationId>,
    /// Accounts at social providers by target, which [`super::create`] links.
    pub identities: BTreeMap<String, Identity>,
}

/// Inserts a row. It assigns no roles and no organizations; `interaction::registration` does that for registration.
///
/// # Errors
/// 422 `user.*_already_in_use`; a failure of the database.
pub fn insert(work: &Work<'_>, user: &NewUser) -> Result<(), ApiError> {
    let record = Record::of_new(work.now());
    work.exec_one(INSERT, &row_values(work, user, &record)).map_err(map_identifier_conflict)?;
    Ok(adjust_user_count(work, shard_of(&user.id), 1)?)
}

/// What a user brings from elsewhere that no new one has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub last_sign_in_at: Option<Timestamp>,
    /// Of a user with a password.
    pub password_updated_at: Timestamp,
    pub is_password_expired: bool,
    pub is_suspended: bool,
}

impl Record {
    fn of_new(now: Timestamp) -> Self {
        Self {
            created_at: now,
            updated_at: now,
            last_sign_in_at: None,
            password_updated_at: now,
            is_password_expired: false,
            is_suspended: false,
        }
    }
}

/// Inserts a row without waiting for the answer. The caller counts it ([`count_imported`]).
///
/// # Errors
/// A failure of the database; an identifier that another user has, by the end of the unit.
pub(super) fn insert_pipelined(work: &Work<'_>, user: &NewUser, record: &Record) -> Result<(), DbError> {
    work.exec_pipelined(INSERT, &row_values(work, user, record))
}

const INSERT: &Sql = sql!(
    "insert into users (tenant_id, id, username, username_folded, primary_email, email_folded, primary_phone, \
     password_digest, password_algorithm, password_updated_at, name, avatar, profile, custom_data, logto_config, \
     application_id, created_at, updated_at, last_sign_in_at, is_password_expired, is_suspended) \
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)"
);

fn row_values(work: &Work<'_>, user: &NewUser, record: &Record) -> [Value; 21] {
    let (digest, algorithm) = password_columns(user.password.as_ref());
    let email = user.primary_email.as_deref().map(normalize_identifier);
    [
        work.tenant_id().into(),
        (&user.id).into(),
        user.username.clone().into(),
        user.username.as_deref().map(str::to_lowercase).into(),
        email.clone().into(),
        email.as_deref().map(str::to_lowercase).into(),
        user.primary_phone.as_deref().map(normal_phone).into(),
        digest.into(),
        algorithm.into(),
        user.password.as_ref().map(|_| record.password_updated_at).into(),
        user.name.clone().into(),
        user.avatar.clone().into(),
        Json(&user.profile).into(),
        Json(&user.custom_data).into(),
        Json(&user.logto_config).into(),
        user.application_id.clone().into(),
        record.created_at.into(),
        record.updated_at.into(),
        record.last_sign_in_at.into(),
        record.is_password_expired.into(),
        record.is_suspended.into(),
    ]
}

/// Counts users that were imported.
///
/// # Errors
/// A failure of the database.
pub(super) fn count_imported(work: &Work<'_>, ids: &[UserId]) -> Result<(), DbError> {
    // In the order of the shards: units that lock rows in other orders would wait for each other.
    let mut shards: BTreeMap<i64, i64> = BTreeMap::new();
    for id in ids {
        *shards.entry(shard_of(id)).or_default() += 1;
    }
    shards.into_iter().try_for_each(|(shard, users)| adjust_user_count(work, shard, users))?;
    list_marks::count_imported(work, ids)
}

pub(super) fn shard_of(id: &UserId) -> i64 {
    id.bytes().map(i64::from).sum::<i64>() % 16
}

/// Adds `change` to the number of users of the tenant.
pub(super) fn adjust_user_count(work: &Work<'_>, shard: i64, change: i64) -> Result<(), DbError> {
    work.exec_pipelined(
        sql!(
            "insert into user_counts (tenant_id, shard, users) values ($1, $2, $3) \
             on conflict (tenant_id, shard) do update set users = user_counts.users + $3"
        ),
        params![work.tenant_id(), shard, change],
    )
}
