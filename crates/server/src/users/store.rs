//! The table `users`.
//!
//! Invariants: usernames, e-mail addresses and phone numbers are stored in their normal forms; `username_folded` and
//! `email_folded` are the lower-case forms of their columns; a password digest has an algorithm.

use std::ops::Range;

use axum::http::StatusCode;
use db::{DbError, FromRow, Json, params, sql};
use flow::password::PasswordOwner;
use flow::unicode::normalize_identifier;
use flow::{Identifier, IdentifierType, PasswordDigest};
use kernel::Timestamp;
use kernel::ids::{ApplicationId, UserId};
use serde_json::{Map, Value};

pub use super::insertion::{NewUser, insert};
use super::insertion::{adjust_user_count, shard_of};
use super::list_marks;
use super::model::PasswordInfo;
use crate::ApiError;
use crate::assets;
use crate::hashing::StoredPassword;
use crate::oidc::sessions;
use crate::organizations::invitations;
use crate::refusals;
use crate::work::{View, Work};

/// Whether a second factor of `users u` is bound: [`super::mfa_factors`].
pub const HAS_MFA: &str =
    "exists (select 1 from user_mfa_factors f where f.tenant_id = u.tenant_id and f.user_id = u.id)";

/// A row of `users u`.
#[derive(Debug, Clone, PartialEq, FromRow)]
#[row(alias = "u")]
pub struct User {
    pub id: UserId,
    pub username: Option<String>,
    pub primary_email: Option<String>,
    pub primary_phone: Option<String>,
    #[row(flatten = "PasswordInfo")]
    pub password: Option<PasswordDigest>,
    pub name: Option<String>,
    pub avatar: Option<String>,
    #[row(json)]
    pub profile: Map<String, Value>,
    #[row(json)]
    pub custom_data: Map<String, Value>,
    #[row(json)]
    pub logto_config: Map<String, Value>,
    /// Whether an account at a social provider or an enterprise is linked: [`super::identities`].
    #[row(
        expression = "(exists (select 1 from user_identities i where i.tenant_id = u.tenant_id and i.user_id = u.id) \
                      or exists (select 1 from user_sso_identities i where i.tenant_id = u.tenant_id and i.user_id = u.id))"
    )]
    pub has_identities: bool,
    #[row(expression = HAS_MFA)]
    pub has_mfa: bool,
    pub application_id: Option<ApplicationId>,
    pub is_suspended: bool,
    pub is_password_expired: bool,
    pub last_sign_in_at: Option<Timestamp>,
    pub password_updated_at: Option<Timestamp>,
    /// Grows with every change of the password, over all users of the tenant; 0 for a first one.
    pub password_epoch: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl User {
    /// The digest to verify a password against.
    pub fn stored_password(&self) -> Option<StoredPassword> {
        self.password.clone().map(StoredPassword::from)
    }

    /// What a password of this user must not be made of.
    pub fn password_owner(&self) -> PasswordOwner {
        PasswordOwner {
            name: self.name.clone(),
            username: self.username.clone(),
            email: self.primary_email.clone(),
            phone: self.primary_phone.clone(),
        }
    }
}

/// The user with this id.
///
/// # Errors
/// A failure of the database.
pub fn find(view: &View<'_>, id: &UserId) -> Result<Option<User>, DbError> {
    view.query_opt(
        sql!("select ", User::QUALIFIED_COLUMNS, " from users u where u.tenant_id = $1 and u.id = $2"),
        params![view.tenant_id(), id],
    )
}

/// The user with this id; it must exist.
///
/// # Errors
/// 404 `entity.not_found`; a failure of the database.
pub fn get(view: &View<'_>, id: &UserId) -> Result<User, ApiError> {
    find(view, id)?.ok_or_else(ApiError::not_found)
}

/// Selects the user for update. Use it before [`update`] in the same transaction, or a concurrent change of the row,
/// such as a suspension, is overwritten (attack B11).
///
/// # Errors
/// As [`get`].
pub fn get_for_update(work: &Work<'_>, id: &UserId) -> Result<User, ApiError> {
    find_for_update(work, id)?.ok_or_else(ApiError::not_found)
}

/// As [`get_for_update`], of a user who may have been deleted.
///
/// # Errors
/// A failure of the database.
pub fn find_for_update(work: &Work<'_>, id: &UserId) -> Result<Option<User>, DbError> {
    work.query_opt(
        sql!("select ", User::QUALIFIED_COLUMNS, " from users u where u.tenant_id = $1 and u.id = $2", " for update"),
        params![work.tenant_id(), id],
    )
}

/// The user with this identifier, in whatever spelling it was typed. E-mail addresses match in any case, phone numbers
/// with and without the zero after the country code, usernames in the same case only if the tenant's policy says so
/// (`usernamePolicy.caseSensitive`, E052).
///
/// # Errors
/// A failure of the database.
pub fn find_by_identifier(
    view: &View<'_>,
    identifier: &Identifier,
    case_sensitive_username: bool,
) -> Result<Option<User>, DbError> {
    let (tenant, value) = (view.tenant_id(), normalize_identifier(&identifier.value));
    match identifier.kind {
        IdentifierType::Username if case_sensitive_username => view.query_opt(
            sql!("select ", User::QUALIFIED_COLUMNS, " from users u where u.tenant_id = $1 and u.username = $2"),
            params![tenant, value],
        ),
        // Two users may have the name in different cases, from before the policy changed. Return neither of them then.
        IdentifierType::Username => {
            let found = view.query_all(
                sql!(
                    "select ",
                    User::QUALIFIED_COLUMNS,
                    " from users u where u.tenant_id = $1 and u.username_folded = $2 limit 2"
                ),
                params![tenant, value.to_lowercase()],
            )?;
            let [user]: [User; 1] = match found.try_into() {
                Ok(user) => user,
                Err(_) => return Ok(None),
            };
            Ok(Some(user))
        }
        IdentifierType::Email => view.query_opt(
            sql!(
                "select ",
                User::QUALIFIED_COLUMNS,
                " from users u where u.tenant_id = $1 and u.email_folded in ($2, $3) \
                 order by case when u.email_folded = $2 then 0 else 1 end limit 1"
            ),
            // Rows from before addresses were normalized hold them as they were given.
            params![tenant, value.to_lowercase(), identifier.value.to_lowercase()],
        ),
        IdentifierType::Phone => {
            let mut forms = flow::phone::stored_forms(&identifier.value).into_iter();
            let normal = forms.next().unwrap_or_default();
            let (second, third) = (forms.next(), forms.next());
            view.query_opt(
                sql!(
                    "select ",
                    User::QUALIFIED_COLUMNS,
                    " from users u where u.tenant_id = $1 and u.primary_phone in ($2, $3, $4) \
                     order by case when u.primary_phone = $2 then 0 else 1 end limit 1"
                ),
                params![
                    tenant,
                    &normal,
                    second.unwrap_or_else(|| normal.clone()),
                    third.unwrap_or_else(|| normal.clone())
                ],
            )
        }
    }
}

/// Updates all columns of the row of a user except `id` and `created_at`.
///
/// # Errors
/// 422 `user.*_already_in_use`; 404 for an unknown user; a failure of the database.
pub fn update(work: &Work<'_>, user: &User) -> Result<(), ApiError> {
    let (digest, algorithm) = password_columns(user.password.as_ref());
    let email = user.primary_email.as_deref().map(normalize_identifier);
    work.exec_one(
        sql!(
            "update users set username = $3, username_folded = $4, primary_email = $5, email_folded = $6, \
             primary_phone = $7, password_digest = $8, password_algorithm = $9, password_updated_at = $10, name = $11, \
             avatar = $12, profile = $13, custom_data = $14, logto_config = $15, application_id = $16, is_suspended = $17, \
             is_password_expired = $18, last_sign_in_at = $19, updated_at = $20, password_epoch = $21 where tenant_id = $1 and id = $2"
        ),
        params![
            work.tenant_id(),
            &user.id,
            user.username.clone(),
            user.username.as_deref().map(str::to_lowercase),
            email.clone(),
            email.as_deref().map(str::to_lowercase),
            user.primary_phone.as_deref().map(normal_phone),
            digest,
            algorithm,
            user.password_updated_at,
            user.name.clone(),
            user.avatar.clone(),
            Json(&user.profile),
            Json(&user.custom_data),
            Json(&user.logto_config),
            user.application_id.clone(),
            user.is_suspended,
            user.is_password_expired,
            user.last_sign_in_at,
            work.now(),
            user.password_epoch
        ],
    )
    .map_err(map_identifier_conflict)
}

/// The form in which a phone number is stored. A number from before libphonenumber decided stays as it is, in digits.
pub(super) fn normal_phone(phone: &str) -> String {
    flow::phone::stored_forms(phone).into_iter().next().unwrap_or_default()
}

/// Updates `last_sign_in_at`.
///
/// # Errors
/// [`DbError::Conflict`] for an unknown user; a failure of the database.
pub fn record_sign_in(work: &Work<'_>, id: &UserId, at: Timestamp) -> Result<(), DbError> {
    work.exec_one(
        sql!("update users set last_sign_in_at = $3 where tenant_id = $1 and id = $2"),
        params![work.tenant_id(), id, at],
    )
}

/// Deletes a user with its identities, factors, sessions, grants, tokens, roles and memberships.
///
/// # Errors
/// 404 `entity.not_found`; a failure of the database.
pub fn delete(work: &Work<'_>, id: &UserId) -> Result<(), ApiError> {
    // Before the rows go with the user: the clients of these sessions are told.
    sessions::end_all_of_user(work, id)?;
    invitations::forget_user(work, id)?;
    crate::administrators::forget_user(work, id)?;
    adjust_user_count(work, shard_of(id), -1)?;
    list_marks::count_removed(work, id)?;
    assets::remove_all_of_user(work, id)?;
    refusals::forget_user(work, id)?;
    match work.exec(sql!("delete from users where tenant_id = $1 and id = $2"), params![work.tenant_id(), id])? {
        0 => Err(ApiError::not_found()),
        _ => Ok(()),
    }
}

/// Whether the tenant has any user.
///
/// # Errors
/// A failure of the database.
pub fn has_any_user(view: &View<'_>) -> Result<bool, DbError> {
    let found: Option<String> =
        view.query_opt(sql!("select id from users where tenant_id = $1 limit 1"), params![view.tenant_id()])?;
    Ok(found.is_some())
}

pub(super) fn password_columns(password: Option<&PasswordDigest>) -> (Option<String>, Option<String>) {
    password.map(|p| (p.password_encrypted.clone(), p.password_encryption_method.clone())).unzip()
}

/// Maps unique violations to their error codes (inventory M009).
pub(super) fn map_identifier_conflict(error: DbError) -> ApiError {
    let code = [
        ("username", "user.username_already_in_use"),
        ("email_folded", "user.email_already_in_use"),
        ("primary_phone", "user.phone_already_in_use"),
    ]
    .into_iter()
    .find(|(column, _)| error.unique_on("users", &["tenant_id", column]));
    match code {
        Some((_, code)) => ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, code),
        None => error.into(),
    }
}

/// Records the first application that a user consents to (inventory O118).
///
/// # Errors
/// A failure of the database.
pub fn set_first_application(work: &Work<'_>, user_id: &UserId, client_id: &ApplicationId) -> Result<(), DbError> {
    work.exec_pipelined(
        sql!("update users set application_id = $3 where tenant_id = $1 and id = $2 and application_id is null"),
        params![work.tenant_id(), user_id, client_id],
    )
}

/// How many users the tenant has.
///
/// # Errors
/// A failure of the database.
pub fn count(view: &View<'_>) -> Result<i64, DbError> {
    view.query_one(sql!("select count(*) from users where tenant_id = $1"), params![view.tenant_id()])
}

/// How many of them were made in a time.
///
/// # Errors
/// A failure of the database.
pub fn count_created(view: &View<'_>, time: Range<Timestamp>) -> Result<i64, DbError> {
    let count = sql!("select count(*) from users where tenant_id = $1 and created_at >= $2 and created_at < $3");
    view.query_one(count, params![view.tenant_id(), time.start, time.end])
}
