//! `GET|PATCH /api/my-account` and `PATCH /api/my-account/profile` (inventory A011 to A013).

use ::api::account::UpdateMyAccount;
use ::api::format::WebUrlOrEmpty;
use ::api::users::UserProfile;
use ::api::{ErrorCode, Patch};
use axum::Json;
use db::RawJson;
use kernel::Timestamp;
use kernel::ids::{ApplicationId, UserId};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{avatar, sign_in_methods};
use crate::ApiError;
use crate::assets::Picture;
use crate::callers::{AccountNeeds, AccountOperation, AccountUser, Field, Part, RequestContext, account_operations};
use crate::credential_changes::{self, differences};
use crate::events::EventKind;
use crate::http::RequestBody;
use crate::interaction::to_api_error;
use crate::routes::Routes;
use crate::users::store::User;
use crate::users::{self, UserResponse, identities, validate};
use crate::work::Work;

/// What changing each member needs.
const MEMBERS: &[Part] = &[
    Part::of("username").field(Field::Username).proof(),
    Part::of("name").field(Field::Name),
    Part::of("avatar").field(Field::Avatar),
    Part::of("customData").field(Field::CustomData).scope("custom_data"),
];
/// Limits of what a person stores, in bytes of JSON. What an administrator stored may be longer, and then not grow.
const MAX_PROFILE_BYTES: usize = 16 << 10;
const MAX_CUSTOM_DATA_BYTES: usize = 64 << 10;
const PROFILE_MEMBERS: &[Part] = &[Part::of("address").scope("address")];

/// What the page of the profile needs to change each member.
const EDITED: &[Part] = &[
    Part::of("name").field(Field::Name),
    Part::of("avatar").field(Field::Avatar),
    Part::of("profile").field(Field::Profile),
    Part::of("address").field(Field::Profile).scope("address"),
    Part::of("customData").field(Field::CustomData).scope("custom_data"),
];

account_operations! {
    ReadAccount = AccountNeeds::to_read();
    ChangeAccount = AccountNeeds::to_change().scope("profile").members(MEMBERS);
    ChangeProfile = AccountNeeds::to_change().scope("profile").field(Field::Profile).members(PROFILE_MEMBERS);
    ChangeUsername = AccountNeeds::to_change().scope("profile").field(Field::Username).proof();
    EditProfile = AccountNeeds::to_change().scope("profile").members(EDITED);
}

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/api/my-account", get_account)
        .patch("/api/my-account", update_account)
        .patch("/api/my-account/profile", update_profile)
}

/// The account as [`::api::account::MyAccount`] describes it: what is absent is not shown to this token.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ShownAccount {
    id: UserId,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    primary_email: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    primary_phone: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    avatar: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_data: Option<RawJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    identities: Option<Map<String, Value>>,
    #[serde(skip_serializing_if = "Option::is_none", flatten)]
    record: Option<RecordMembers>,
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<RawJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    has_password: Option<bool>,
    has_security_verification_method: bool,
}

/// What the scope `profile` shows whatever the settings are.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RecordMembers {
    last_sign_in_at: Option<Timestamp>,
    created_at: Timestamp,
    updated_at: Timestamp,
    application_id: Option<ApplicationId>,
    cimd_client_id: Option<String>,
    is_suspended: bool,
}

/// Shows a user to this caller. Social identities must be loaded if the caller may see them.
fn shown<O: AccountOperation>(caller: &AccountUser<O>, user: UserResponse) -> ShownAccount {
    let has_profile = caller.has_scope("profile");
    let sees = |scope: &str, field: Field| caller.has_scope(scope) && caller.sees(field);
    let has_security_verification_method = user.has_security_method();
    let info = user.info;
    ShownAccount {
        id: info.id,
        username: sees("profile", Field::Username).then_some(info.username),
        primary_email: sees("email", Field::Email).then_some(info.primary_email),
        primary_phone: sees("phone", Field::Phone).then_some(info.primary_phone),
        name: sees("profile", Field::Name).then_some(info.name),
        avatar: sees("profile", Field::Avatar).then_some(info.avatar),
        custom_data: sees("custom_data", Field::CustomData).then_some(info.custom_data),
        identities: sees("identities", Field::Social).then_some(info.identities),
        profile: sees("profile", Field::Profile).then(|| match caller.has_scope("address") {
            true => info.profile,
            false => without_address(info.profile),
        }),
        record: has_profile.then_some(RecordMembers {
            last_sign_in_at: info.last_sign_in_at,
            created_at: info.created_at,
            updated_at: info.updated_at,
            application_id: info.application_id,
            cimd_client_id: info.cimd_client_id,
            is_suspended: info.is_suspended,
        }),
        has_password: sees("profile", Field::Password).then_some(user.has_password),
        has_security_verification_method,
    }
}

fn without_address(profile: RawJson) -> RawJson {
    let mut members: Map<String, Value> =
        serde_json::to_value(profile).ok().and_then(|value| serde_json::from_value(value).ok()).unwrap_or_default();
    members.remove("address");
    members.into()
}

async fn get_account(caller: AccountUser<ReadAccount>) -> Result<Json<ShownAccount>, ApiError> {
    let mut user = caller.user().clone();
    // Without any, or without the right to see them, the request costs no second read.
    if user.info.has_identities && caller.has_scope("identities") && caller.sees(Field::Social) {
        let id = user.info.id.clone();
        user.info.identities = caller.read(move |view| Ok(identities::of_user(view, &id)?)).await?;
    }
    Ok(Json(shown(&caller, user)))
}

async fn update_account(
    caller: AccountUser<ChangeAccount>,
    RequestBody(patch): RequestBody<UpdateMyAccount>,
) -> Result<Json<ShownAccount>, ApiError> {
    if patch == UpdateMyAccount::default() {
        return Err(ApiError::unprocessable(ErrorCode::EntityInvalidInput));
    }
    let caller = caller.for_members(&patch)?;
    let user = change(&caller, patch).await?;
    Ok(Json(shown(&caller, user)))
}

/// Changes members of the account. The caller must have been asked for what each of them needs.
///
/// # Errors
/// 422 for a member that is refused; 400 `user.last_sign_in_method_required`; as [`AccountUser::write`].
pub(crate) async fn change<O: AccountOperation>(
    caller: &AccountUser<O>,
    patch: UpdateMyAccount,
) -> Result<UserResponse, ApiError> {
    let rules = check(caller.request(), &patch)?;
    let update = move |work: &Work<'_>, user: User| {
        let before = user.clone();
        let user = change_in(work, &before, user, patch, rules)?;
        Ok(UserResponse::of(work, user)?)
    };
    caller.write(update).await
}

/// How usernames are compared.
#[derive(Debug, Clone, Copy)]
pub(crate) struct UsernameRules {
    case_sensitive: bool,
}

/// Changes members of a user who is locked, and tells the person what is other than in `before`. Call [`check`] before.
///
/// # Errors
/// 422 for a username of somebody else, and for what is too long; 400 `user.last_sign_in_method_required`.
pub(crate) fn change_in(
    work: &Work<'_>,
    before: &User,
    mut user: User,
    patch: UpdateMyAccount,
    rules: UsernameRules,
) -> Result<User, ApiError> {
    let username = patch.username.value().map(|text| &**text).filter(|name| user.username.as_deref() != Some(name));
    users::require_username_free(work, username, &user.id, rules.case_sensitive)?;
    let clears_username = matches!(patch.username, Patch::Null);
    let had = json_bytes(&user.custom_data);
    apply(patch, &mut user);
    require_size(&user.custom_data, MAX_CUSTOM_DATA_BYTES.max(had))?;
    if clears_username {
        sign_in_methods::require_one(&user)?;
    }
    let user = users::update(work, &user, EventKind::UserDataUpdated)?;
    credential_changes::tell(work, before, &differences(before, &user))?;
    Ok(user)
}

/// Merges members into the custom data of a user who is locked.
///
/// # Errors
/// 422 `entity.value_too_long`.
pub(crate) fn merge_custom_data(
    work: &Work<'_>,
    mut user: User,
    members: Map<String, Value>,
) -> Result<Map<String, Value>, ApiError> {
    let had = json_bytes(&user.custom_data);
    user.custom_data.extend(members);
    require_size(&user.custom_data, MAX_CUSTOM_DATA_BYTES.max(had))?;
    Ok(users::update(work, &user, EventKind::UserDataUpdated)?.custom_data)
}

/// What the page of the profile changes: null and an empty text clear a member, members that are absent stay.
#[derive(Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProfileEdit {
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub name: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_absent")]
    pub avatar: Patch<WebUrlOrEmpty>,
    /// Standard claims, by their names.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub profile: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<Value>,
    /// Merged, not replaced.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub custom_data: Map<String, Value>,
}

/// Changes everything of the page at once.
///
/// # Errors
/// As [`AccountUser::for_members`]; 422 for a member that is refused; as [`AccountUser::write`].
pub(crate) async fn edit(caller: AccountUser<EditProfile>, edit: ProfileEdit) -> Result<(), ApiError> {
    let caller = caller.for_members(&edit)?;
    let ProfileEdit { name, avatar, mut profile, address, custom_data } = edit;
    let account = UpdateMyAccount { name, avatar, ..UpdateMyAccount::default() };
    check(caller.request(), &account)?;
    profile.extend(address.map(|address| ("address".to_owned(), address)));
    let update = move |work: &Work<'_>, mut user: User| {
        let had = (json_bytes(&user.profile), json_bytes(&user.custom_data));
        apply(account, &mut user);
        merge(&mut user.profile, profile);
        merge(&mut user.custom_data, custom_data);
        require_size(&user.profile, MAX_PROFILE_BYTES.max(had.0))?;
        require_size(&user.custom_data, MAX_CUSTOM_DATA_BYTES.max(had.1))?;
        users::update(work, &user, EventKind::UserDataUpdated).map(drop)
    };
    caller.write(update).await
}

/// Stores a picture that becomes the person's when [`edit`] sets its address, and is removed after a day otherwise.
///
/// # Errors
/// As [`AccountUser::for_members`]; 429 `request.rate_limited`; 500 `storage.upload_error`; as [`AccountUser::write`].
pub(crate) async fn store_picture(caller: AccountUser<EditProfile>, picture: &Picture) -> Result<String, ApiError> {
    let sets_avatar = ProfileEdit { avatar: Patch::Null, ..ProfileEdit::default() };
    let caller = caller.for_members(&sets_avatar)?;
    Ok(avatar::store(&caller, picture).await?.url)
}

fn merge(members: &mut Map<String, Value>, changes: Map<String, Value>) {
    for (name, value) in changes {
        match value.is_null() {
            true => drop(members.remove(&name)),
            false => drop(members.insert(name, value)),
        }
    }
}

/// Checks what the schema can't say.
///
/// # Errors
/// 422 for a member that is refused.
pub(crate) fn check(request: &RequestContext, patch: &UpdateMyAccount) -> Result<UsernameRules, ApiError> {
    let policy = request.config.policy.experience.username_policy;
    if let Some(username) = patch.username.value() {
        policy.check(username).map_err(|error| to_api_error(&error))?;
    }
    if let Some(name) = patch.name.value() {
        validate::name(name)?;
    }
    if let Some(url) = patch.avatar.value().filter(|url| !url.is_empty()) {
        validate::avatar(url)?;
    }
    Ok(UsernameRules { case_sensitive: request.config.policy.case_sensitive_usernames })
}

fn json_bytes(members: &Map<String, Value>) -> usize {
    serde_json::to_string(members).map_or(0, |text| text.len())
}

/// Attack G1: what people store of themselves is read with every request of theirs.
///
/// # Errors
/// 422 `entity.value_too_long`.
fn require_size(members: &Map<String, Value>, most: usize) -> Result<(), ApiError> {
    match json_bytes(members) > most {
        true => Err(ApiError::unprocessable("entity.value_too_long").data(json!({"maxBytes": most}))),
        false => Ok(()),
    }
}

fn apply(patch: UpdateMyAccount, user: &mut User) {
    let members = [
        (patch.username.map(String::from), &mut user.username),
        (patch.name, &mut user.name),
        (patch.avatar.map(String::from), &mut user.avatar),
    ];
    for (new, old) in members {
        if let Some(new) = new.into_change() {
            *old = new.filter(|text| !text.is_empty());
        }
    }
    if let Some(data) = patch.custom_data {
        user.custom_data = data;
    }
}

async fn update_profile(
    caller: AccountUser<ChangeProfile>,
    RequestBody(profile): RequestBody<UserProfile>,
) -> Result<Json<Map<String, Value>>, ApiError> {
    let caller = caller.for_members(&profile)?;
    let shows_address = caller.has_scope("address");
    let update = move |work: &Work<'_>, mut user: User| {
        let had = json_bytes(&user.profile);
        user.profile.extend(profile.into_members());
        require_size(&user.profile, MAX_PROFILE_BYTES.max(had))?;
        let mut merged = users::update(work, &user, EventKind::UserDataUpdated)?.profile;
        if !shows_address {
            merged.remove("address");
        }
        Ok(Json(merged))
    };
    caller.write(update).await
}
