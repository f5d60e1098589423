//! Management routes of the sign-in experience (inventory M212–M221).

use ::api::sign_in_experience::{CheckPassword, UpdateSignInExperience, UsernameConflicts};
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use flow::password::{PasswordIssue, PasswordOwner};
use flow::{FlowError, SignInExperience};
use serde_json::{Value, json};

use super::store;
use super::username_conflicts;
use crate::breached_passwords;
use crate::callers::ManagementCaller;
use crate::errors::ApiError;
use crate::http::validate::invalid_member;
use crate::http::{QueryParams, RequestBody};
use crate::interaction::to_api_error;
use crate::routes::Routes;
use crate::users;

pub(super) fn routes() -> Routes {
    let base = "/api/sign-in-exp";
    Routes::new()
        .get(base, get_sign_in_experience)
        .patch(base, update_sign_in_experience)
        .post("/api/sign-in-exp/default/check-password", check_password)
        .get("/api/sign-in-exp/username-policy/case-sensitivity-conflicts", list_username_conflicts)
}

async fn get_sign_in_experience(caller: ManagementCaller) -> Result<Json<SignInExperience>, ApiError> {
    Ok(Json(caller.config.policy.experience.clone()))
}

async fn update_sign_in_experience(
    caller: ManagementCaller,
    RequestBody(patch): RequestBody<UpdateSignInExperience>,
) -> Result<Json<SignInExperience>, ApiError> {
    let has_inbox = caller.app.inbox.is_open();
    caller.write(move |work| store::update(work, &patch, has_inbox)).await.map(Json)
}

/// Checks a password against the policy. A policy that rejects user information requires `userId` (SURPRISES 42).
async fn check_password(
    caller: ManagementCaller,
    RequestBody(body): RequestBody<CheckPassword>,
) -> Result<Response, ApiError> {
    let policy = &caller.config.policy.experience.password_policy;
    let owner = match body.user_id {
        Some(id) => {
            let user = caller.read(move |view| users::store::get(view, &id.into())).await?;
            PasswordOwner {
                name: user.name,
                username: user.username,
                email: user.primary_email,
                phone: user.primary_phone,
            }
        }
        None if policy.rejects().user_info => {
            let data = json!({"message": "The password policy looks at the user: userId is needed."});
            return Err(ApiError::bad_request("request.invalid_input").data(data));
        }
        None => PasswordOwner::default(),
    };
    let issues: Vec<Value> = match breached_passwords::accept(&caller, policy, &body.password, &owner).await {
        Ok(_) => return Ok(Json(json!({"result": true})).into_response()),
        Err(FlowError::PasswordRejected(issues)) => issues.iter().map(PasswordIssue::to_json).collect(),
        Err(error) => return Err(to_api_error(&error)),
    };
    Ok((StatusCode::BAD_REQUEST, Json(json!({"result": false, "issues": issues}))).into_response())
}

async fn list_username_conflicts(
    caller: ManagementCaller,
    query: QueryParams,
) -> Result<Json<UsernameConflicts>, ApiError> {
    let limit = match query.get("limit").map(str::parse::<i64>) {
        None => 20,
        Some(Ok(limit)) if (1..=100).contains(&limit) => limit,
        Some(_) => return Err(invalid_member(&["limit"], "expected a whole number from 1 to 100")),
    };
    caller.read(move |view| Ok::<_, ApiError>(username_conflicts::find(view, limit)?)).await.map(Json)
}
