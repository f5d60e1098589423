//! The user object of the APIs.

use db::{DbError, FromRow, RawJson};
use flow::PasswordDigest;
use kernel::Timestamp;
use kernel::ids::{ApplicationId, UserId};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::identities::{self, SsoIdentity};
use super::store::User;
use crate::client_documents;
use crate::search::SearchableColumns;
use crate::work::View;

/// The searchable columns of `users u` (inventory M019).
pub const SEARCHABLE_COLUMNS: SearchableColumns = &[
    ("id", "u.id"),
    ("primaryEmail", "u.primary_email"),
    ("primaryPhone", "u.primary_phone"),
    ("username", "u.username"),
    ("name", "u.name"),
];

/// Columns of [`SEARCHABLE_COLUMNS`] with their stored lower-case form. A phone number has only digits, so it is its
/// own.
pub const CASE_FOLDED_COLUMNS: &[(&str, &str)] = &[
    ("u.username", "u.username_folded"),
    ("u.primary_email", "u.email_folded"),
    ("u.primary_phone", "u.primary_phone"),
];

/// A user `u` as others see it. JSON columns that are only passed on stay text.
#[derive(Debug, Clone, Serialize, FromRow)]
#[row(alias = "u")]
#[serde(rename_all = "camelCase")]
pub struct UserInfo {
    pub id: UserId,
    pub username: Option<String>,
    pub primary_email: Option<String>,
    pub primary_phone: Option<String>,
    pub name: Option<String>,
    pub avatar: Option<String>,
    pub custom_data: RawJson,
    /// Of a row from the database empty until [`UserInfo::load_identities`].
    #[row(skip)]
    pub identities: Map<String, Value>,
    pub last_sign_in_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub profile: RawJson,
    /// Where the user first consented, or registered.
    #[row(expression = "case when u.application_id like 'https://%' then null else u.application_id end")]
    pub application_id: Option<ApplicationId>,
    /// The same, when the client was one that nobody registered.
    #[row(expression = "case when u.application_id like 'https://%' then u.application_id end")]
    pub cimd_client_id: Option<String>,
    pub is_suspended: bool,
    /// At social providers.
    #[row(
        expression = "exists (select 1 from user_identities i where i.tenant_id = u.tenant_id and i.user_id = u.id)"
    )]
    #[serde(skip)]
    pub(crate) has_identities: bool,
}

/// A user `u` as administrators see it. It has the password digest only on request.
#[derive(Debug, Clone, Serialize, FromRow)]
#[row(alias = "u")]
#[serde(rename_all = "camelCase")]
pub struct UserResponse {
    #[row(flatten)]
    #[serde(flatten)]
    pub info: UserInfo,
    #[row(expression = "(u.password_digest is not null)")]
    pub has_password: bool,
    #[row(skip)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sso_identities: Option<Vec<SsoIdentity>>,
    #[row(skip)]
    #[serde(flatten)]
    pub password: Option<PasswordInfo>,
}

/// The stored password digest, for exporting users.
#[derive(Debug, Clone, PartialEq, Serialize, FromRow)]
#[row(alias = "u")]
#[serde(rename_all = "camelCase")]
pub struct PasswordInfo {
    pub password_digest: Option<String>,
    pub password_algorithm: Option<String>,
}

impl From<PasswordInfo> for Option<PasswordDigest> {
    fn from(PasswordInfo { password_digest, password_algorithm }: PasswordInfo) -> Self {
        let (password_encrypted, password_encryption_method) = password_digest.zip(password_algorithm)?;
        Some(PasswordDigest { password_encrypted, password_encryption_method })
    }
}

impl UserInfo {
    /// The user with these social identities.
    pub(super) fn new(user: User, identities: Map<String, Value>) -> Self {
        let is_address = user.application_id.as_ref().is_some_and(|id| client_documents::is_address(id));
        let (cimd_client_id, application_id) = match is_address {
            true => (user.application_id, None),
            false => (None, user.application_id),
        };
        Self {
            id: user.id,
            username: user.username,
            primary_email: user.primary_email,
            primary_phone: user.primary_phone,
            name: user.name,
            avatar: user.avatar,
            custom_data: user.custom_data.into(),
            identities,
            last_sign_in_at: user.last_sign_in_at,
            created_at: user.created_at,
            updated_at: user.updated_at,
            profile: user.profile.into(),
            application_id,
            cimd_client_id: cimd_client_id.map(String::from),
            is_suspended: user.is_suspended,
            has_identities: user.has_identities,
        }
    }

    /// Reads the social identities of rows that have any, by one query for all.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn load_identities<'u>(view: &View<'_>, users: impl IntoIterator<Item = &'u mut Self>) -> Result<(), DbError> {
        let mut linked: Vec<&mut Self> = users.into_iter().filter(|user| user.has_identities).collect();
        let ids: Vec<UserId> = linked.iter().map(|user| user.id.clone()).collect();
        let mut found = identities::by_user(view, &ids)?;
        for user in &mut linked {
            user.identities = found.remove(&user.id).unwrap_or_default();
        }
        Ok(())
    }
}

impl UserResponse {
    /// Whether the person can prove who they are (A008).
    pub fn has_security_method(&self) -> bool {
        self.has_password || self.info.primary_email.is_some() || self.info.primary_phone.is_some()
    }

    /// The user without the optional members.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn of(view: &View<'_>, user: User) -> Result<Self, DbError> {
        let identities = identities::of(view, &user)?;
        Ok(Self::new(user, identities))
    }

    /// The user with these social identities.
    pub(super) fn new(user: User, identities: Map<String, Value>) -> Self {
        let has_password = user.password.is_some();
        Self { info: UserInfo::new(user, identities), has_password, sso_identities: None, password: None }
    }
}

/// A user as messages show them (inventory H039).
pub(crate) fn shown_in_messages(user: &User) -> Value {
    json!({
        "id": user.id, "avatar": user.avatar, "name": user.name, "primaryEmail": user.primary_email,
        "primaryPhone": user.primary_phone, "username": user.username, "profile": user.profile,
    })
}

impl PasswordInfo {
    /// The digest of a user, if there is one.
    pub(super) fn of(user: &User) -> Self {
        Self {
            password_digest: user.password.as_ref().map(|p| p.password_encrypted.clone()),
            password_algorithm: user.password.as_ref().map(|p| p.password_encryption_method.clone()),
        }
    }
}

/// A user with the stored password digest, for callers that request it.
#[derive(FromRow)]
#[row(alias = "u")]
pub(super) struct UserWithPassword {
    #[row(flatten)]
    pub user: UserResponse,
    #[row(flatten)]
    pub password: PasswordInfo,
}
