//! The routes `/api/users` and `/api/users/{userId}` (inventory M020–M023).

use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use db::{params, sql};
use flow::PasswordDigest;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::UserResponse;
use super::store::{self, NewUser, User};
use super::validate::{self, Profile};
use crate::ApiError;
use crate::callers::ManagementCaller;
use crate::events::EventKind;
use crate::http::body::double_option;
use crate::http::newtypes::BoundedText;
use crate::http::validate::invalid_member;
use crate::http::{Body, QueryParams};
use crate::work::View;

/// The digest algorithms that an imported user may have.
const IMPORTABLE_ALGORITHMS: [&str; 8] =
    ["Argon2i", "Argon2id", "Argon2d", "SHA1", "SHA256", "MD5", "Bcrypt", "Legacy"];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CreateUser {
    username: Option<String>,
    primary_email: Option<String>,
    primary_phone: Option<String>,
    password: Option<BoundedText<1, 4096>>,
    password_digest: Option<BoundedText<0, 256>>,
    password_algorithm: Option<String>,
    name: Option<String>,
    avatar: Option<String>,
    custom_data: Option<Map<String, Value>>,
    profile: Option<Profile>,
}

impl CreateUser {
    /// Checks the body. Returns the new user and, separately, the password that is not hashed yet.
    fn into_new_user(self) -> Result<(NewUser, Option<String>), ApiError> {
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
        super::validate_new_user(&user)?;
        if self.password_algorithm.as_deref().is_some_and(|name| !IMPORTABLE_ALGORITHMS.contains(&name)) {
            return Err(invalid_member(&["passwordAlgorithm"], "expected a known algorithm"));
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

pub(super) async fn create_user(
    caller: ManagementCaller,
    Body(body): Body<CreateUser>,
) -> Result<Json<UserResponse>, ApiError> {
    let (mut new, password) = body.into_new_user()?;
    if let Some(password) = password {
        new.password = Some(caller.app.hasher.hash(&password).await?);
    }
    let case_sensitive = caller.config.policy.experience.username_policy.case_sensitive;
    let user = caller
        .write(move |work| {
            require_username_free(work, new.username.as_deref(), "", case_sensitive)?;
            super::create(work, new)
        })
        .await?;
    Ok(Json(user.into()))
}

/// Checks that no user but `own_id` has the same username in another case. The unique index only finds exact matches.
///
/// # Errors
/// 422 `user.username_already_in_use`; a failure of the database.
pub fn require_username_free(
    view: &View<'_>,
    username: Option<&str>,
    own_id: &str,
    case_sensitive: bool,
) -> Result<(), ApiError> {
    let Some(username) = username.filter(|_| !case_sensitive) else { return Ok(()) };
    let other: Option<String> = view.query_opt(
        sql!("select id from users where tenant_id = $1 and username_folded = $2 and id <> $3"),
        params![view.tenant_id(), username.to_lowercase(), own_id],
    )?;
    match other {
        Some(_) => Err(ApiError::unprocessable("user.username_already_in_use")),
        None => Ok(()),
    }
}

pub(super) async fn get_user(
    caller: ManagementCaller,
    Path(id): Path<String>,
    query: QueryParams,
) -> Result<Json<UserResponse>, ApiError> {
    let user = caller.read_inline(move |view| store::get(view, &id)).await?;
    Ok(Json(UserResponse::with(user, query.is_true("includePasswordHash"), query.is_true("includeSsoIdentities"))))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UpdateUser {
    #[serde(default, deserialize_with = "double_option")]
    username: Option<Option<String>>,
    #[serde(default, deserialize_with = "double_option")]
    primary_email: Option<Option<String>>,
    #[serde(default, deserialize_with = "double_option")]
    primary_phone: Option<Option<String>>,
    #[serde(default, deserialize_with = "double_option")]
    name: Option<Option<String>>,
    #[serde(default, deserialize_with = "double_option")]
    avatar: Option<Option<String>>,
    custom_data: Option<Map<String, Value>>,
    profile: Option<Profile>,
}

impl UpdateUser {
    fn is_empty(&self) -> bool {
        let texts = [&self.username, &self.primary_email, &self.primary_phone, &self.name, &self.avatar];
        texts.into_iter().all(Option::is_none) && self.custom_data.is_none() && self.profile.is_none()
    }

    fn check(&self) -> Result<(), ApiError> {
        let members = [
            (&self.username, validate::username as fn(&str) -> Result<(), ApiError>),
            (&self.primary_email, validate::email),
            (&self.primary_phone, validate::phone),
            (&self.name, validate::require_max_length),
            (&self.avatar, validate::avatar),
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

pub(super) async fn update_user(
    caller: ManagementCaller,
    Path(id): Path<String>,
    Body(patch): Body<UpdateUser>,
) -> Result<Json<UserResponse>, ApiError> {
    patch.check()?;
    let case_sensitive = caller.config.policy.experience.username_policy.case_sensitive;
    let user = caller
        .write(move |work| {
            let mut user = store::get_for_update(work, &id)?;
            if patch.is_empty() {
                return Err(ApiError::unprocessable("entity.invalid_input"));
            }
            let new_username = patch.username.clone().flatten();
            require_username_free(work, new_username.as_deref(), &id, case_sensitive)?;
            patch.apply(&mut user);
            super::update(work, &user, EventKind::UserDataUpdated)
        })
        .await?;
    Ok(Json(user.into()))
}

pub(super) async fn delete_user(caller: ManagementCaller, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    if id == caller.id {
        return Err(ApiError::bad_request("user.cannot_delete_self"));
    }
    let write = caller.write(move |work| {
        let user = store::get(work, &id)?;
        store::delete(work, &id)?;
        Ok::<_, ApiError>(super::emit(work, EventKind::UserDeleted, &user)?)
    });
    write.await?;
    Ok(StatusCode::NO_CONTENT)
}
