//! Management routes of the sign-in experience (inventory M212–M221).

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use flow::SignInExperience;
use flow::password::{PasswordIssue, PasswordOwner};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::store;
use super::username_conflicts::{self, UsernameConflicts};
use crate::errors::ApiError;
use crate::http::validate::invalid_member;
use crate::http::{Body, QueryParams};
use crate::routes::{Access, Routes};
use crate::{App, Tenant, users};

pub(super) fn routes() -> Routes {
    let base = "/api/sign-in-exp";
    Routes::new()
        .old_get(base, Access::Management, get_sign_in_experience)
        .old_patch(base, Access::Management, update_sign_in_experience)
        .old_post("/api/sign-in-exp/default/check-password", Access::Management, check_password)
        .old_get(
            "/api/sign-in-exp/username-policy/case-sensitivity-conflicts",
            Access::Management,
            list_username_conflicts,
        )
}

async fn get_sign_in_experience(tenant: Tenant) -> Result<Json<SignInExperience>, ApiError> {
    Ok(Json(tenant.config().await?.policy.experience.clone()))
}

async fn update_sign_in_experience(
    State(app): State<App>,
    tenant: Tenant,
    Body(patch): Body<Map<String, Value>>,
) -> Result<Json<SignInExperience>, ApiError> {
    let (own, now) = (tenant.id(), app.clock.now());
    tenant.write_config(move |tx| store::update(tx, own, patch, now)).await.map(Json)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CheckPassword {
    password: String,
    user_id: Option<String>,
}

/// Checks a password against the policy. A policy that rejects user information requires `userId` (SURPRISES 42).
async fn check_password(
    State(app): State<App>,
    tenant: Tenant,
    Body(body): Body<CheckPassword>,
) -> Result<Response, ApiError> {
    let config = tenant.config().await?;
    let policy = &config.policy.experience.password_policy;
    let owner = match body.user_id {
        Some(id) => {
            let tenant = tenant.id();
            let user = app.db.read(move |r| users::store::find_in(r, tenant, &id)).await?;
            let user = user.ok_or_else(ApiError::not_found)?;
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
    let issues: Vec<Value> = policy.issues(&body.password, &owner).iter().map(PasswordIssue::to_json).collect();
    if issues.is_empty() {
        return Ok(Json(json!({"result": true})).into_response());
    }
    Ok((StatusCode::BAD_REQUEST, Json(json!({"result": false, "issues": issues}))).into_response())
}

async fn list_username_conflicts(
    State(app): State<App>,
    tenant: Tenant,
    query: QueryParams,
) -> Result<Json<UsernameConflicts>, ApiError> {
    let limit = match query.get("limit").map(str::parse::<i64>) {
        None => 20,
        Some(Ok(limit)) if (1..=100).contains(&limit) => limit,
        Some(_) => return Err(invalid_member(&["limit"], "expected a whole number from 1 to 100")),
    };
    let tenant = tenant.id();
    Ok(Json(app.db.read(move |r| username_conflicts::find(r, tenant, limit)).await?))
}
