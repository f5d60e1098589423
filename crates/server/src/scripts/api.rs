//! `/api/configs/jwt-customizer` and `/api/configs/actions` (inventory M241–M252).

use ::api::Issue;
use ::api::scripts::{
    Action, ActionType, JwtCustomizer, KeyedAction, KeyedJwtCustomizer, TestAction, TestJwtCustomizer, TokenType,
    UpdateAction, UpdateJwtCustomizer,
};
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Map, Value};

use super::execution::{self, Call, action_error, customizer_error, members};
use super::store::{self, ReadyScript};
use super::{actions, claims};
use crate::callers::ManagementCaller;
use crate::errors::ApiError;
use crate::http::RequestBody;
use crate::http::body::invalid_body;
use crate::routes::Routes;

const CUSTOMIZER: &str = "/api/configs/jwt-customizer/{tokenTypePath}";
const ACTION: &str = "/api/configs/actions/{actionType}";

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/api/configs/jwt-customizer", list_customizers)
        .post("/api/configs/jwt-customizer/test", test_customizer)
        .put(CUSTOMIZER, put_customizer)
        .patch(CUSTOMIZER, update_customizer)
        .get(CUSTOMIZER, get_customizer)
        .delete(CUSTOMIZER, delete_customizer)
        .get("/api/configs/actions", list_actions)
        .post("/api/configs/actions/test", test_action)
        .put(ACTION, put_action)
        .patch(ACTION, update_action)
        .get(ACTION, get_action)
        .delete(ACTION, delete_action)
}

/// 400 `guard.invalid_input` for a value that a path can't have.
fn unknown(parameter: &str, received: &str, options: [&str; 2]) -> ApiError {
    let issue = Issue::new("invalid_enum_value", vec![parameter.into()], "This value is not among the options.");
    let received: String = received.chars().take(128).collect();
    invalid_body(&[issue.with("received", received).with("options", options.to_vec())])
}

fn token_type(name: &str) -> Result<TokenType, ApiError> {
    let options = TokenType::ALL.map(TokenType::as_str);
    TokenType::from_name(name).ok_or_else(|| unknown("tokenTypePath", name, options))
}

fn action_type(name: &str) -> Result<ActionType, ApiError> {
    let options = ActionType::ALL.map(ActionType::as_str);
    ActionType::from_name(name).ok_or_else(|| unknown("actionType", name, options))
}

/// Checks that what stands for the context of tokens of people has a user.
fn require_user(kind: TokenType, member: &str, context: Option<&Map<String, Value>>) -> Result<(), ApiError> {
    let Some(context) = context.filter(|_| kind == TokenType::AccessToken) else { return Ok(()) };
    match context.get("user") {
        Some(Value::Object(_)) => Ok(()),
        other => Err(invalid_body(&[Issue::wrong_type(vec![member.into(), "user".into()], "object", other)])),
    }
}

/// 201 if it was not there before.
fn put_answer<T: serde::Serialize>(is_new: bool, settings: T) -> Response {
    (if is_new { StatusCode::CREATED } else { StatusCode::OK }, Json(settings)).into_response()
}

async fn list_customizers(caller: ManagementCaller) -> Result<Json<Vec<KeyedJwtCustomizer>>, ApiError> {
    let list = caller.read_inline(|view| {
        let mut found = Vec::new();
        for kind in TokenType::ALL {
            let keyed = |value| KeyedJwtCustomizer { key: kind.key().to_owned(), value };
            found.extend(store::find(view, kind)?.map(keyed));
        }
        Ok::<_, ApiError>(found)
    });
    list.await.map(Json)
}

async fn get_customizer(caller: ManagementCaller, Path(name): Path<String>) -> Result<Json<JwtCustomizer>, ApiError> {
    let kind = token_type(&name)?;
    caller.read_inline(move |view| store::get(view, kind)).await.map(Json)
}

async fn put_customizer(
    caller: ManagementCaller,
    Path(name): Path<String>,
    RequestBody(body): RequestBody<JwtCustomizer>,
) -> Result<Response, ApiError> {
    let kind = token_type(&name)?;
    require_user(kind, "contextSample", body.context_sample.as_ref())?;
    caller.write(move |work| Ok(put_answer(store::put(work, kind, &body)?, body))).await
}

async fn update_customizer(
    caller: ManagementCaller,
    Path(name): Path<String>,
    RequestBody(patch): RequestBody<UpdateJwtCustomizer>,
) -> Result<Json<JwtCustomizer>, ApiError> {
    let kind = token_type(&name)?;
    require_user(kind, "contextSample", patch.context_sample.as_ref())?;
    let change = move |old: JwtCustomizer| JwtCustomizer {
        script: patch.script.unwrap_or(old.script),
        environment_variables: patch.environment_variables.or(old.environment_variables),
        context_sample: patch.context_sample.or(old.context_sample),
        token_sample: patch.token_sample.or(old.token_sample),
        block_issuance_on_error: patch.block_issuance_on_error.or(old.block_issuance_on_error),
    };
    caller.write(move |work| store::update(work, kind, change)).await.map(Json)
}

async fn delete_customizer(caller: ManagementCaller, Path(name): Path<String>) -> Result<StatusCode, ApiError> {
    let kind = token_type(&name)?;
    caller.write(move |work| store::delete(work, kind)).await.map(|()| StatusCode::NO_CONTENT)
}

async fn test_customizer(
    caller: ManagementCaller,
    RequestBody(body): RequestBody<TestJwtCustomizer>,
) -> Result<Json<Map<String, Value>>, ApiError> {
    require_user(body.token_type, "context", Some(&body.context))?;
    note_test(&caller).await?;
    let script = ReadyScript::new(&body.script.0, body.environment_variables);
    let argument = members([("token", body.token.into()), ("context", body.context.into())]);
    let claims = claims::run(&caller.app, caller.tenant_id(), &script, argument).await;
    claims.map(Json).map_err(|failure| customizer_error(&failure))
}

/// Asks for the right again, and writes down who ran a script: one may reach other servers.
async fn note_test(caller: &ManagementCaller) -> Result<(), ApiError> {
    caller.write(|_| Ok(())).await
}

async fn list_actions(caller: ManagementCaller) -> Result<Json<Vec<KeyedAction>>, ApiError> {
    let list = caller.read_inline(|view| {
        let mut found = Vec::new();
        for kind in ActionType::ALL {
            found.extend(store::find(view, kind)?.map(|value| KeyedAction { key: kind, value }));
        }
        Ok::<_, ApiError>(found)
    });
    list.await.map(Json)
}

async fn get_action(caller: ManagementCaller, Path(name): Path<String>) -> Result<Json<Action>, ApiError> {
    let kind = action_type(&name)?;
    caller.read_inline(move |view| store::get(view, kind)).await.map(Json)
}

async fn put_action(
    caller: ManagementCaller,
    Path(name): Path<String>,
    RequestBody(body): RequestBody<Action>,
) -> Result<Response, ApiError> {
    let kind = action_type(&name)?;
    caller.write(move |work| Ok(put_answer(store::put(work, kind, &body)?, body))).await
}

async fn update_action(
    caller: ManagementCaller,
    Path(name): Path<String>,
    RequestBody(patch): RequestBody<UpdateAction>,
) -> Result<Json<Action>, ApiError> {
    let kind = action_type(&name)?;
    let change = move |old: Action| Action {
        script: patch.script.unwrap_or(old.script),
        environment_variables: patch.environment_variables.or(old.environment_variables),
        context_sample: patch.context_sample.or(old.context_sample),
        enabled: patch.enabled.or(old.enabled),
        on_execution_error: patch.on_execution_error.or(old.on_execution_error),
    };
    caller.write(move |work| store::update(work, kind, change)).await.map(Json)
}

async fn delete_action(caller: ManagementCaller, Path(name): Path<String>) -> Result<StatusCode, ApiError> {
    let kind = action_type(&name)?;
    caller.write(move |work| store::delete(work, kind)).await.map(|()| StatusCode::NO_CONTENT)
}

async fn test_action(
    caller: ManagementCaller,
    RequestBody(body): RequestBody<TestAction>,
) -> Result<Response, ApiError> {
    note_test(&caller).await?;
    let script = ReadyScript::new(&body.script.0, body.environment_variables);
    let call = Call { function: actions::FUNCTION, argument: members([("event", body.event)]), can_deny: false };
    match execution::run(&caller.app, caller.tenant_id(), &script, call).await {
        Ok(Some(value)) => Ok(Json(value).into_response()),
        Ok(None) => Ok(StatusCode::NO_CONTENT.into_response()),
        Err(failure) => Err(action_error(&failure).data(execution::data(&failure))),
    }
}
