//! `primary-email` and `primary-phone` below `/api/my-account` (inventory A019 to A022).

use ::api::ErrorCode;
use ::api::account::{NewPrimaryEmail, NewPrimaryPhone};
use axum::http::StatusCode;
use flow::{Identifier, IdentifierType};

use super::{records, sign_in_methods};
use crate::ApiError;
use crate::callers::{AccountNeeds, AccountOperation, AccountUser, Field, account_operations};
use crate::events::EventKind;
use crate::http::RequestBody;
use crate::interaction::to_api_error;
use crate::routes::Routes;
use crate::users::store::{self, User};
use crate::users::{self, validate};
use crate::work::Work;

account_operations! {
    ChangeEmail = AccountNeeds::to_change().scope("email").field(Field::Email).proof();
    RemoveEmail = AccountNeeds::to_change().scope("email").field(Field::Email).proof();
    ChangePhone = AccountNeeds::to_change().scope("phone").field(Field::Phone).proof();
    RemovePhone = AccountNeeds::to_change().scope("phone").field(Field::Phone).proof();
}

pub(super) fn routes() -> Routes {
    let (email, phone) = ("/api/my-account/primary-email", "/api/my-account/primary-phone");
    Routes::new().post(email, set_email).delete(email, remove_email).post(phone, set_phone).delete(phone, remove_phone)
}

async fn set_email(
    caller: AccountUser<ChangeEmail>,
    RequestBody(body): RequestBody<NewPrimaryEmail>,
) -> Result<StatusCode, ApiError> {
    let wanted = Identifier::new(IdentifierType::Email, body.email.0);
    set(&caller, wanted, body.new_identifier_verification_record_id).await.map(|()| StatusCode::NO_CONTENT)
}

async fn set_phone(
    caller: AccountUser<ChangePhone>,
    RequestBody(body): RequestBody<NewPrimaryPhone>,
) -> Result<StatusCode, ApiError> {
    let wanted = Identifier::new(IdentifierType::Phone, body.phone.0);
    set(&caller, wanted, body.new_identifier_verification_record_id).await.map(|()| StatusCode::NO_CONTENT)
}

async fn remove_email(caller: AccountUser<RemoveEmail>) -> Result<StatusCode, ApiError> {
    remove(&caller, IdentifierType::Email).await.map(|()| StatusCode::NO_CONTENT)
}

async fn remove_phone(caller: AccountUser<RemovePhone>) -> Result<StatusCode, ApiError> {
    remove(&caller, IdentifierType::Phone).await.map(|()| StatusCode::NO_CONTENT)
}

/// The column of an address or number.
fn column(user: &mut User, kind: IdentifierType) -> &mut Option<String> {
    match kind {
        IdentifierType::Phone => &mut user.primary_phone,
        IdentifierType::Email | IdentifierType::Username => &mut user.primary_email,
    }
}

/// Makes an address or number the person's own, which the record proves.
///
/// # Errors
/// 400 `verification_record.not_found`; 422 where it is somebody else's or blocked; as [`AccountUser::write`].
pub(crate) async fn set<O: AccountOperation>(
    caller: &AccountUser<O>,
    wanted: Identifier,
    record_id: String,
) -> Result<(), ApiError> {
    match wanted.kind {
        IdentifierType::Phone => validate::phone(&wanted.value)?,
        IdentifierType::Email | IdentifierType::Username => {
            validate::email(&wanted.value)?;
            let policy = &caller.request().config.policy;
            policy.require_new_email_allowed(&wanted.value).map_err(|error| to_api_error(&error))?;
        }
    }
    let write = caller.write(move |work, mut user| {
        let proven = records::new_identifier(work, &user.id, &record_id, &wanted)?;
        // Rows from before a form was decided have others; the unique index compares one alone.
        let owner = store::find_by_identifier(work, &proven, false)?;
        if owner.is_some_and(|owner| owner.id != user.id) {
            return Err(ApiError::unprocessable(match proven.kind {
                IdentifierType::Phone => ErrorCode::UserPhoneAlreadyInUse,
                IdentifierType::Email | IdentifierType::Username => ErrorCode::UserEmailAlreadyInUse,
            }));
        }
        *column(&mut user, proven.kind) = Some(proven.value);
        store_changed(work, &user)
    });
    write.await
}

/// Takes the address or number from the account.
///
/// # Errors
/// 400 `user.last_sign_in_method_required`; as [`AccountUser::write`].
pub(crate) async fn remove<O: AccountOperation>(caller: &AccountUser<O>, kind: IdentifierType) -> Result<(), ApiError> {
    let write = caller.write(move |work, mut user| {
        if column(&mut user, kind).take().is_none() {
            return Ok(());
        }
        sign_in_methods::require_one(&user)?;
        store_changed(work, &user)
    });
    write.await
}

/// What the address or number of before proved in a sign-in that is under way does not count any more.
fn store_changed(work: &Work<'_>, user: &User) -> Result<(), ApiError> {
    users::update(work, user, EventKind::UserDataUpdated)?;
    Ok(users::void_sign_ins(work, &user.id)?)
}
