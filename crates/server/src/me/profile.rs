//! `GET|PATCH /me` and `/me/custom-data` (inventory A075 to A077).

use ::api::account::UpdateMyAccount;
use ::api::me::UpdateMe;
use ::api::{ErrorCode, JsonObject};
use axum::Json;
use flow::{Identifier, IdentifierType};
use serde_json::{Map, Value};

use super::{email, not_proven};
use crate::ApiError;
use crate::account::{identifiers, profile, records};
use crate::callers::MeUser;
use crate::http::RequestBody;
use crate::routes::Routes;
use crate::users::{self, UserInfo, UserResponse, store};

pub(super) fn routes() -> Routes {
    let data = "/me/custom-data";
    Routes::new().get("/me", get_me).patch("/me", update_me).get(data, get_custom_data).patch(data, update_custom_data)
}

async fn get_me(caller: MeUser) -> Json<UserResponse> {
    Json(caller.user().clone())
}

async fn update_me(caller: MeUser, RequestBody(patch): RequestBody<UpdateMe>) -> Result<Json<UserInfo>, ApiError> {
    if patch == UpdateMe::default() {
        return Err(ApiError::unprocessable(ErrorCode::EntityInvalidInput));
    }
    let UpdateMe { username, primary_email, name, avatar } = patch;
    let members = UpdateMyAccount { username, name, avatar, custom_data: None };
    let rules = profile::check(caller.request(), &members)?;
    let wanted = primary_email.map(|email| Identifier::new(IdentifierType::Email, email.0));
    if let Some(wanted) = &wanted {
        identifiers::check(caller.request(), wanted)?;
    }
    let record_id = wanted.as_ref().map(|wanted| email::record_id(&caller, wanted));
    let update = caller.write(move |work, mut user| {
        let before = user.clone();
        if let (Some(wanted), Some(record_id)) = (&wanted, &record_id) {
            let proven = records::new_identifier(work, &user.id, record_id, wanted);
            let is_missing = |error: &ApiError| error.code() == ErrorCode::VerificationRecordNotFound.as_str();
            let proven = proven.map_err(|error| if is_missing(&error) { not_proven() } else { error })?;
            identifiers::take(work, &mut user, proven)?;
        }
        let user = profile::change_in(work, &before, user, members, rules)?;
        if wanted.is_some() {
            users::void_sign_ins(work, &user.id)?;
        }
        Ok(Json(UserResponse::of(work, user)?.info))
    });
    update.await
}

async fn get_custom_data(caller: MeUser) -> Result<Json<Map<String, Value>>, ApiError> {
    let id = caller.id().clone();
    caller.read(move |view| Ok(Json(store::get(view, &id)?.custom_data))).await
}

async fn update_custom_data(
    caller: MeUser,
    RequestBody(members): RequestBody<JsonObject>,
) -> Result<Json<Map<String, Value>>, ApiError> {
    let update = caller.write(move |work, user| profile::merge_custom_data(work, user, members));
    update.await.map(Json)
}
