//! The routes `/api/users` and `/api/users/{userId}` (inventory M020–M023).

use ::api::ErrorCode;
use ::api::users::{CreateUser, PasswordAlgorithm, UpdateUser};
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use flow::PasswordDigest;
use kernel::ids::UserId;

use super::UserResponse;
use super::identities;
use super::model::PasswordInfo;
use super::store::{self, NewUser, User};
use super::usernames::require_username_free;
use super::validate;
use crate::ApiError;
use crate::callers::ManagementCaller;
use crate::credential_changes::{self, differences};
use crate::events::EventKind;
use crate::hashing::{DigestError, StoredPassword};
use crate::http::validate::invalid_member;
use crate::http::{QueryParams, RequestBody};
use crate::work::{View, Work};

/// Checks the body. Returns the new user and, separately, the password that is not hashed yet.
pub(crate) fn into_new_user(mut body: CreateUser) -> Result<(NewUser, Option<String>), ApiError> {
    let password = GivenPassword::take(&mut body);
    let mut user = unchecked_user(body);
    super::validate_new_user(&user)?;
    user.password = password.digest()?;
    Ok((user, password.text))
}

/// The user of a body, whose members are not checked, without the password.
pub(super) fn unchecked_user(body: CreateUser) -> NewUser {
    NewUser {
        username: body.username.map(String::from),
        primary_email: body.primary_email,
        primary_phone: body.primary_phone.map(String::from),
        name: body.name.filter(|name| !name.is_empty()),
        avatar: body.avatar.into_value().map(String::from).filter(|url| !url.is_empty()),
        profile: body.profile.unwrap_or_default().into_members(),
        custom_data: body.custom_data.unwrap_or_default(),
        ..NewUser::default()
    }
}

/// The password members of a body.
pub(super) struct GivenPassword {
    /// Not hashed yet.
    pub text: Option<String>,
    stored: Option<String>,
    pub algorithm: Option<PasswordAlgorithm>,
}

impl GivenPassword {
    pub(super) fn take(body: &mut CreateUser) -> Self {
        Self {
            text: body.password.take().map(|text| text.0),
            stored: body.password_digest.take().map(|digest| digest.0),
            algorithm: body.password_algorithm.take(),
        }
    }

    /// The digest, if one is given, which can be verified in reasonable time.
    pub(super) fn digest(&self) -> Result<Option<PasswordDigest>, ApiError> {
        match (&self.text, &self.stored, self.algorithm) {
            (Some(_), Some(_), _) => Err(ApiError::bad_request(ErrorCode::UserPasswordAndDigest)),
            (None, Some(_), None) => Err(ApiError::bad_request(ErrorCode::UserPasswordAlgorithmRequired)),
            (None, Some(digest), Some(algorithm)) => importable(algorithm, digest.clone()).map(Some),
            (_, None, _) => Ok(None),
        }
    }
}

/// Checks that the digest of a user can be verified in reasonable time.
fn importable(algorithm: PasswordAlgorithm, digest: String) -> Result<PasswordDigest, ApiError> {
    let stored = StoredPassword { algorithm: Some(algorithm), digest };
    stored.require_importable().map_err(|error| match error {
        DigestError::LegacyFormat => ApiError::bad_request(ErrorCode::PasswordInvalidLegacyPasswordFormat),
        DigestError::LegacyFunction => ApiError::bad_request(ErrorCode::PasswordUnsupportedLegacyHashAlgorithm),
        error => invalid_member(&["passwordDigest"], &error.to_string()),
    })?;
    Ok(PasswordDigest { password_encrypted: stored.digest, password_encryption_method: algorithm.as_str().to_owned() })
}

pub(super) async fn create_user(
    caller: ManagementCaller,
    RequestBody(body): RequestBody<CreateUser>,
) -> Result<Json<UserResponse>, ApiError> {
    let (mut new, password) = into_new_user(body)?;
    if let Some(password) = password {
        new.password = Some(caller.hasher().hash(&password).await?);
    }
    let case_sensitive = caller.config.policy.case_sensitive_usernames;
    let user = caller
        .write(move |work| {
            require_username_free(work, new.username.as_deref(), "", case_sensitive)?;
            let user = super::create(work, new)?;
            Ok::<_, ApiError>(UserResponse::of(work, user)?)
        })
        .await?;
    Ok(Json(user))
}

pub(super) async fn get_user(
    caller: ManagementCaller,
    Path(id): Path<UserId>,
    query: QueryParams,
) -> Result<Json<UserResponse>, ApiError> {
    let read = move |view: &View<'_>| {
        let user = store::get(view, &id)?;
        let password = query.is_true("includePasswordHash").then(|| PasswordInfo::of(&user));
        let sso_identities = match query.is_true("includeSsoIdentities") {
            true => Some(identities::sso_of_user(view, &id)?),
            false => None,
        };
        Ok::<_, ApiError>(UserResponse { password, sso_identities, ..UserResponse::of(view, user)? })
    };
    Ok(Json(caller.read_inline(read).await?))
}

/// Checks what the schema can't say.
///
/// # Errors
/// 400 `guard.invalid_input`; 422 `entity.value_too_long`, `user.invalid_phone`.
pub(crate) fn check_update(patch: &UpdateUser) -> Result<(), ApiError> {
    let members = [
        (patch.username.value().map(|text| &**text), validate::username as fn(&str) -> Result<(), ApiError>),
        (patch.primary_email.value().map(String::as_str), validate::email),
        (patch.primary_phone.value().map(|text| &**text), validate::phone),
        (patch.name.value().map(|text| &**text), validate::name),
        (patch.avatar.value().map(|text| &**text), validate::avatar),
    ];
    members.into_iter().try_for_each(|(value, check)| value.filter(|text| !text.is_empty()).map_or(Ok(()), check))
}

/// Applies the changes to a row.
fn apply(patch: UpdateUser, user: &mut User) {
    let members = [
        (patch.username.map(String::from), &mut user.username),
        (patch.primary_email, &mut user.primary_email),
        (patch.primary_phone.map(String::from), &mut user.primary_phone),
        (patch.name, &mut user.name),
        (patch.avatar.map(String::from), &mut user.avatar),
    ];
    for (new, old) in members {
        if let Some(new) = new.into_change() {
            *old = new.filter(|text| !text.is_empty());
        }
    }
    user.custom_data = patch.custom_data.unwrap_or_else(|| std::mem::take(&mut user.custom_data));
    user.profile = match patch.profile {
        Some(profile) => profile.into_members(),
        None => std::mem::take(&mut user.profile),
    };
}

/// Makes the changes of an administrator, or of somebody with their rights. They were checked by [`check_update`].
///
/// # Errors
/// 404 `entity.not_found`; 422 `entity.invalid_input` if there are none; 422 `user.*_already_in_use`.
pub(crate) fn change(work: &Work<'_>, id: &UserId, patch: UpdateUser, case_sensitive: bool) -> Result<User, ApiError> {
    let mut user = store::get_for_update(work, id)?;
    if patch == UpdateUser::default() {
        return Err(ApiError::unprocessable(ErrorCode::EntityInvalidInput));
    }
    let new_username = patch.username.value().map(|text| &**text).filter(|name| user.username.as_deref() != Some(name));
    require_username_free(work, new_username, id, case_sensitive)?;
    let before = user.clone();
    apply(patch, &mut user);
    let user = super::update(work, &user, EventKind::UserDataUpdated)?;
    credential_changes::tell(work, &before, &differences(&before, &user))?;
    Ok(user)
}

pub(super) async fn update_user(
    caller: ManagementCaller,
    Path(id): Path<UserId>,
    RequestBody(patch): RequestBody<UpdateUser>,
) -> Result<Json<UserResponse>, ApiError> {
    check_update(&patch)?;
    let case_sensitive = caller.config.policy.case_sensitive_usernames;
    let user = caller
        .write(move |work| {
            let user = change(work, &id, patch, case_sensitive)?;
            Ok::<_, ApiError>(UserResponse::of(work, user)?)
        })
        .await?;
    Ok(Json(user))
}

pub(super) async fn delete_user(caller: ManagementCaller, Path(id): Path<UserId>) -> Result<StatusCode, ApiError> {
    if id == caller.id {
        return Err(ApiError::bad_request(ErrorCode::UserCannotDeleteSelf));
    }
    let write = caller.write(move |work| {
        let user = store::get(work, &id)?;
        super::delete(work, &user)
    });
    write.await?;
    Ok(StatusCode::NO_CONTENT)
}
