//! The routes of users themselves (inventory M019–M023).

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use db::{DbError, Read, params, sql};
use flow::PasswordDigest;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::checks::{self, Profile};
use super::model::Exported;
use super::store::{self, NewUser, User};
use super::{COLUMNS, FIELDS, UserInfo, create as create_user};
use crate::http::body::nullable;
use crate::http::checks::fault;
use crate::http::text::Text;
use crate::http::{Body, Paged, QueryParams};
use crate::rights::Management;
use crate::search::{Condition, Listing, Search};
use crate::{ApiError, App, Tenant};

/// Newest first, as the index `users_created_at` has them.
const LISTING: Listing = Listing { columns: COLUMNS, from: "users u", order: "u.created_at desc, u.id desc" };
/// Rows that a page may skip and still be found at once.
const NEAR: i64 = 1_000;

/// Whom the list leaves out.
enum Excluded {
    Nobody,
    HoldersOf(String),
    MembersOf(String),
}

impl Excluded {
    fn read(query: &QueryParams) -> Result<Self, ApiError> {
        match (query.get("excludeRoleId"), query.get("excludeOrganizationId")) {
            (None, None) => Ok(Self::Nobody),
            (Some(role), None) => Ok(Self::HoldersOf(role.to_owned())),
            (None, Some(organization)) => Ok(Self::MembersOf(organization.to_owned())),
            (Some(_), Some(_)) => Err(ApiError::bad_request("request.invalid_input")),
        }
    }

    fn narrow(&self, condition: Condition) -> Condition {
        match self {
            Self::Nobody => condition,
            Self::HoldersOf(role) => condition.and(
                "not exists (select 1 from users_roles x \
                 where x.tenant_id = u.tenant_id and x.user_id = u.id and x.role_id = {})",
                [role],
            ),
            Self::MembersOf(organization) => condition.and(
                "not exists (select 1 from organization_users x \
                 where x.tenant_id = u.tenant_id and x.user_id = u.id and x.organization_id = {})",
                [organization],
            ),
        }
    }

    fn count(&self, r: &Read<'_>, tenant: &str) -> Result<i64, DbError> {
        match self {
            Self::Nobody => Ok(0),
            Self::HoldersOf(role) => r.one(
                sql!("select count(*) from users_roles where tenant_id = $1 and role_id = $2"),
                params![tenant, role],
            ),
            Self::MembersOf(organization) => r.one(
                sql!("select count(*) from organization_users where tenant_id = $1 and organization_id = $2"),
                params![tenant, organization],
            ),
        }
    }
}

pub(super) async fn list(
    State(app): State<App>,
    tenant: Tenant,
    paged: Paged,
    query: QueryParams,
) -> Result<Response, ApiError> {
    let search = Search::read(&query, FIELDS)?;
    let excluded = Excluded::read(&query)?;
    let (name, page) = (tenant.id(), paged.page());
    let bounded = search.is_empty() && matches!(excluded, Excluded::Nobody) && page.offset() <= NEAR;
    let read = move |r: &Read<'_>| {
        let condition = search.narrow(excluded.narrow(Condition::new("u.tenant_id = {}", [name])));
        // Without a search nothing is counted row by row: with a million users that would take 0.2 s.
        let total = match search.is_empty() {
            true => store::total(r, name)? - excluded.count(r, name)?,
            false => LISTING.count(r, &condition)?,
        };
        Ok::<_, DbError>((total, LISTING.page::<Exported>(r, &condition, page)?))
    };
    let (total, users) = if bounded { app.db.look_up(read).await? } else { app.db.read(read).await? };
    let with_password = query.is_true("includePasswordHash");
    let shown = |Exported(user)| if with_password { user } else { UserInfo { password: None, ..user } };
    Ok(paged.reply(total, &users.into_iter().map(shown).collect::<Vec<_>>()))
}

/// Who may be imported with which kind of digest.
const ALGORITHMS: [&str; 8] = ["Argon2i", "Argon2id", "Argon2d", "SHA1", "SHA256", "MD5", "Bcrypt", "Legacy"];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Creation {
    username: Option<String>,
    primary_email: Option<String>,
    primary_phone: Option<String>,
    password: Option<Text<1, 4096>>,
    password_digest: Option<Text<0, 256>>,
    password_algorithm: Option<String>,
    name: Option<String>,
    avatar: Option<String>,
    custom_data: Option<Map<String, Value>>,
    profile: Option<Profile>,
}

impl Creation {
    /// The user without the password, which is still to be hashed.
    fn checked(self) -> Result<(NewUser, Option<String>), ApiError> {
        let mut user = NewUser {
            username: self.username,
            primary_email: self.primary_email,
            primary_phone: self.primary_phone,
            name: self.name.filter(|name| !name.is_empty()),
            avatar: self.avatar.filter(|url| !url.is_empty()),
            profile: self.profile.unwrap_or_default().0,
            custom_data: self.custom_data.unwrap_or_default(),
            ..NewUser::default()
        };
        super::check(&user)?;
        if self.password_algorithm.as_deref().is_some_and(|name| !ALGORITHMS.contains(&name)) {
            return Err(fault(&["passwordAlgorithm"], "expected a known algorithm"));
        }
        user.password = match (&self.password, self.password_digest, self.password_algorithm) {
            (Some(_), Some(_), _) => return Err(ApiError::bad_request("user.password_and_digest")),
            (None, Some(_), None) => return Err(ApiError::bad_request("user.password_algorithm_required")),
            (None, Some(digest), Some(algorithm)) => {
                Some(PasswordDigest { password_encrypted: digest.0, password_encryption_method: algorithm })
            }
            (_, None, _) => None,
        };
        Ok((user, self.password.map(|text| text.0)))
    }
}

pub(super) async fn create(
    State(app): State<App>,
    tenant: Tenant,
    Body(body): Body<Creation>,
) -> Result<Json<UserInfo>, ApiError> {
    let (mut new, password) = body.checked()?;
    if let Some(password) = password {
        new.password = Some(app.hasher.hash(&password).await?);
    }
    let rules = tenant.config().await?.policy.clone();
    let (name, rng, now) = (tenant.id(), app.rng.clone(), app.clock.now());
    let user = app
        .db
        .write(move |tx| {
            free_username(tx, (name, ""), new.username.as_deref(), rules.experience.username_policy.case_sensitive)?;
            create_user(tx, &rng, name, new, now)
        })
        .await?;
    Ok(Json(user.into()))
}

/// Where case does not matter, no two usernames may differ in it alone; the unique index only compares exactly.
///
/// # Errors
/// 422 `user.username_already_in_use`; a failure of the database.
pub fn free_username(
    tx: &db::Tx<'_>,
    (tenant, own_id): (&str, &str),
    username: Option<&str>,
    case_sensitive: bool,
) -> Result<(), ApiError> {
    let Some(username) = username.filter(|_| !case_sensitive) else { return Ok(()) };
    let other: Option<String> = tx.maybe(
        sql!("select id from users where tenant_id = $1 and username_folded = $2 and id <> $3"),
        params![tenant, username.to_lowercase(), own_id],
    )?;
    match other {
        Some(_) => Err(ApiError::unprocessable("user.username_already_in_use")),
        None => Ok(()),
    }
}

pub(super) async fn read(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
    query: QueryParams,
) -> Result<Json<UserInfo>, ApiError> {
    let name = tenant.id();
    let user = app.db.look_up(move |r| store::find(r, name, &id)).await?;
    Ok(Json(UserInfo::with(user, query.is_true("includePasswordHash"), query.is_true("includeSsoIdentities"))))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Patch {
    #[serde(default, deserialize_with = "nullable")]
    username: Option<Option<String>>,
    #[serde(default, deserialize_with = "nullable")]
    primary_email: Option<Option<String>>,
    #[serde(default, deserialize_with = "nullable")]
    primary_phone: Option<Option<String>>,
    #[serde(default, deserialize_with = "nullable")]
    name: Option<Option<String>>,
    #[serde(default, deserialize_with = "nullable")]
    avatar: Option<Option<String>>,
    custom_data: Option<Map<String, Value>>,
    profile: Option<Profile>,
}

impl Patch {
    fn is_empty(&self) -> bool {
        let texts = [&self.username, &self.primary_email, &self.primary_phone, &self.name, &self.avatar];
        texts.into_iter().all(Option::is_none) && self.custom_data.is_none() && self.profile.is_none()
    }

    fn check(&self) -> Result<(), ApiError> {
        let members = [
            (&self.username, checks::username as fn(&str) -> Result<(), ApiError>),
            (&self.primary_email, checks::email),
            (&self.primary_phone, checks::phone),
            (&self.name, checks::fits),
            (&self.avatar, checks::avatar),
        ];
        for (value, check) in members {
            let value = value.as_ref().and_then(Option::as_deref).filter(|text| !text.is_empty());
            value.map_or(Ok(()), check)?;
        }
        Ok(())
    }

    fn apply(self, user: &mut User) {
        let members = [
            (self.username, &mut user.username),
            (self.primary_email, &mut user.primary_email),
            (self.primary_phone, &mut user.primary_phone),
            (self.name, &mut user.name),
            (self.avatar, &mut user.avatar),
        ];
        for (new, old) in members {
            if let Some(new) = new {
                *old = new.filter(|text| !text.is_empty());
            }
        }
        user.custom_data = self.custom_data.unwrap_or_else(|| std::mem::take(&mut user.custom_data));
        user.profile = self.profile.map_or_else(|| std::mem::take(&mut user.profile), |profile| profile.0);
    }
}

pub(super) async fn update(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
    Body(patch): Body<Patch>,
) -> Result<Json<UserInfo>, ApiError> {
    patch.check()?;
    let case_sensitive = tenant.config().await?.policy.experience.username_policy.case_sensitive;
    let (name, now) = (tenant.id(), app.clock.now());
    let user = app
        .db
        .write(move |tx| {
            let mut user = store::lock(tx, name, &id)?;
            if patch.is_empty() {
                return Err(ApiError::unprocessable("entity.invalid_input"));
            }
            let new_username = patch.username.clone().flatten();
            free_username(tx, (name, &id), new_username.as_deref(), case_sensitive)?;
            patch.apply(&mut user);
            store::update(tx, name, &user, now)?;
            store::find(tx, name, &id)
        })
        .await?;
    Ok(Json(user.into()))
}

pub(super) async fn delete(
    State(app): State<App>,
    tenant: Tenant,
    caller: Management,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    if id == caller.id {
        return Err(ApiError::bad_request("user.cannot_delete_self"));
    }
    let name = tenant.id();
    app.db.write(move |tx| store::delete(tx, name, &id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
