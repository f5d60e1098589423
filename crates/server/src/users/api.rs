//! The routes of users themselves (inventory M020–M023).

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use db::{params, sql};
use flow::PasswordDigest;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::checks::{self, Profile};
use super::store::{self, NewUser, User};
use super::{UserInfo, create as create_user};
use crate::http::body::nullable;
use crate::http::checks::fault;
use crate::http::text::Text;
use crate::http::{Body, QueryParams};
use crate::rights::Management;
use crate::{ApiError, App, Tenant};

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
    let other: Option<String> = tx.query_opt(
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
    let user = app.db.read_inline(move |r| store::find(r, name, &id)).await?;
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
