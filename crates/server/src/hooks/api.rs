//! `/api/hooks` (inventory M265–M272).

use ::api::ErrorCode;
use ::api::hooks::{CreateHook, CreateHookTest, Hook, HookEvent, HookWithStats, HooksQuery, UpdateHook};
use axum::Json;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::Response;
use db::DbError;
use kernel::id;
use tokio::task::JoinSet;

use super::settings::Receiver;
use super::{example, message, recent, store, subscriber};
use crate::App;
use crate::callers::ManagementCaller;
use crate::errors::ApiError;
use crate::http::{OptionalPaging, RequestBody};
use crate::outbox;
use crate::routes::Routes;
use crate::work::View;

pub(super) fn routes() -> Routes {
    let (all, one) = ("/api/hooks", "/api/hooks/{id}");
    Routes::new()
        .get(all, list_hooks)
        .post(all, create_hook)
        .get(one, get_hook)
        .patch(one, update_hook)
        .delete(one, delete_hook)
        .get("/api/hooks/{id}/recent-logs", recent::list)
        .post("/api/hooks/{id}/test", test_hook)
        .patch("/api/hooks/{id}/signing-key", renew_signing_key)
}

fn with_stats(view: &View<'_>, hook: Hook, query: &HooksQuery) -> Result<HookWithStats, DbError> {
    let is_asked = query.include_execution_stats.as_deref().is_some_and(|text| matches!(text, "true" | "1"));
    let execution_stats = is_asked.then(|| recent::stats(view, &hook.id)).transpose()?;
    Ok(HookWithStats { hook, execution_stats })
}

async fn list_hooks(
    caller: ManagementCaller,
    paging: OptionalPaging,
    Query(query): Query<HooksQuery>,
) -> Result<Response, ApiError> {
    let page = paging.page();
    let read = move |view: &View<'_>| {
        let (total, hooks) = store::list(view, page)?;
        let hooks: Result<Vec<_>, DbError> = hooks.into_iter().map(|hook| with_stats(view, hook, &query)).collect();
        Ok::<_, ApiError>((total, hooks?))
    };
    let (total, hooks) = caller.read(read).await?;
    Ok(paging.response(total, &hooks))
}

async fn create_hook(
    caller: ManagementCaller,
    RequestBody(new): RequestBody<CreateHook>,
) -> Result<(StatusCode, Json<Hook>), ApiError> {
    caller.write(move |work| store::create(work, new)).await.map(|hook| (StatusCode::CREATED, Json(hook)))
}

async fn get_hook(
    caller: ManagementCaller,
    Path(id): Path<String>,
    Query(query): Query<HooksQuery>,
) -> Result<Json<HookWithStats>, ApiError> {
    let read = move |view: &View<'_>| Ok(with_stats(view, store::get(view, &id)?, &query)?);
    caller.read(read).await.map(Json)
}

async fn update_hook(
    caller: ManagementCaller,
    Path(id): Path<String>,
    RequestBody(patch): RequestBody<UpdateHook>,
) -> Result<Json<Hook>, ApiError> {
    let update = caller.write(move |work| {
        let hook = store::update(work, &id, patch)?;
        if !hook.enabled {
            outbox::drop_waiting(work, &subscriber(&hook.id))?;
        }
        Ok::<_, ApiError>(hook)
    });
    update.await.map(Json)
}

async fn delete_hook(caller: ManagementCaller, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    let delete = caller.write(move |work| {
        store::delete(work, &id)?;
        Ok::<_, ApiError>(outbox::drop_waiting(work, &subscriber(&id))?)
    });
    delete.await.map(|()| StatusCode::NO_CONTENT)
}

async fn renew_signing_key(caller: ManagementCaller, Path(id): Path<String>) -> Result<Json<Hook>, ApiError> {
    caller.write(move |work| store::renew_signing_key(work, &id)).await.map(Json)
}

/// Sends an example of each event to the configuration that is given, signed with the stored key, and waits for the answers.
async fn test_hook(
    caller: ManagementCaller,
    Path(id): Path<String>,
    RequestBody(test): RequestBody<CreateHookTest>,
) -> Result<StatusCode, ApiError> {
    let hook = caller.read(move |view| store::get(view, &id)).await?;
    let receiver = Receiver::new(&test.config, &hook.signing_key)?;
    let mut sending = JoinSet::new();
    for event in HookEvent::ALL.iter().filter(|event| test.events.contains(event)) {
        sending.spawn(send_example(caller.app.clone(), receiver.clone(), hook.id.clone(), *event));
    }
    while let Some(sent) = sending.join_next().await {
        sent.map_err(|error| ApiError::internal(error.to_string()))??;
    }
    Ok(StatusCode::NO_CONTENT)
}

async fn send_example(app: App, receiver: Receiver, hook_id: String, event: HookEvent) -> Result<(), ApiError> {
    let body = message::body(event.as_str(), &hook_id, &example::payload(event, app.clock.now()));
    match receiver.send(&app.outbox_client, &id::entity_id(&app.rng), &body).await {
        Ok(answer) if answer.status.is_success() => Ok(()),
        Ok(answer) => {
            let status = answer.status.as_u16().to_string();
            let code = ErrorCode::HookEndpointRespondedWithError;
            Err(ApiError::unprocessable(code).with_placeholder("status", &status))
        }
        Err(error) => {
            let code = ErrorCode::HookSendTestPayloadFailed;
            Err(ApiError::unprocessable(code).with_placeholder("reason", &error.to_string()))
        }
    }
}
