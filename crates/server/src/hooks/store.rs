//! The table `hooks`.

use ::api::ErrorCode;
use ::api::hooks::{CreateHook, Hook, HookConfig, HookEvent, UpdateHook};
use db::{DbError, FromRow, Json, Read, params, sql};
use kernel::{Pagination, Rng, Timestamp, id};
use serde::{Deserialize, Serialize};

use super::settings::{HookSettings, Hooks, Receiver};
use crate::errors::ApiError;
use crate::sealing::{SealedColumn, Sealer};
use crate::search::{ListQuery, Where};
use crate::tenants::Section;
use crate::work::{View, Work};

const LIST_QUERY: ListQuery = ListQuery { columns: HookRow::COLUMNS, from: "hooks", order: "created_at desc, id desc" };

#[derive(FromRow)]
struct HookRow {
    tenant_id: String,
    id: String,
    name: String,
    event: Option<String>,
    #[row(json)]
    events: Vec<HookEvent>,
    /// Sealed [`Settings`].
    settings: String,
    enabled: bool,
    created_at: Timestamp,
}

/// What is sealed: headers may hold passwords of the receiver.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Settings {
    config: HookConfig,
    signing_key: String,
}

impl HookRow {
    fn open(self, sealer: &Sealer) -> Result<Hook, DbError> {
        let Self { tenant_id, id, name, event, events, settings, enabled, created_at } = self;
        let unreadable =
            |error: serde_json::Error| DbError::Sql(format!("the hook {id} of tenant {tenant_id}: {error}"));
        let text = sealer.open(SealedColumn::Hook.of(&tenant_id, &id), &settings)?;
        let Settings { config, signing_key } = serde_json::from_str(&text).map_err(unreadable)?;
        let event = event.map(|name| serde_json::from_value(name.into())).transpose().map_err(unreadable)?;
        Ok(Hook { tenant_id, id, name, event, events, config, signing_key, enabled, created_at: created_at.millis() })
    }
}

/// A hook as deliveries need it.
fn to_settings(hook: Hook) -> Result<HookSettings, DbError> {
    let receiver = Receiver::new(&hook.config, &hook.signing_key)
        .map_err(|error| DbError::Sql(format!("the hook {} can't be sent to: {error:?}", hook.id)))?;
    let events = if hook.events.is_empty() { hook.event.into_iter().collect() } else { hook.events };
    Ok(HookSettings::new(hook.id, events, receiver, hook.config.retries.map(|retries| retries.0)))
}

fn not_found(id: &str) -> ApiError {
    ApiError::not_found_by_id("hooks", id)
}

/// The enabled hooks of a tenant, for its snapshot. One that can't be used is left out: it must not take sign-ins away.
///
/// # Errors
/// A failure of the database.
pub(crate) fn load(read: &Read<'_>, sealer: &Sealer, tenant: &str) -> Result<Hooks, DbError> {
    let text = sql!(
        "select tenant_id, id, name, event, events, settings, enabled, created_at from hooks \
         where tenant_id = $1 and enabled order by created_at, id"
    );
    let rows: Vec<HookRow> = read.query_all(text, params![tenant])?;
    let usable = |row: HookRow| {
        let id = row.id.clone();
        let settings = row.open(sealer).and_then(to_settings);
        settings.inspect_err(|error| tracing::error!(%error, tenant, hook = id, "a webhook is left out")).ok()
    };
    Ok(Hooks::new(rows.into_iter().filter_map(usable)))
}

/// A hook if it is enabled.
///
/// # Errors
/// A failure of the database; settings that can't be used.
pub(super) fn find_enabled(view: &View<'_>, id: &str) -> Result<Option<HookSettings>, DbError> {
    find(view, id)?.filter(|hook| hook.enabled).map(to_settings).transpose()
}

fn find(view: &View<'_>, id: &str) -> Result<Option<Hook>, DbError> {
    let text = sql!(
        "select tenant_id, id, name, event, events, settings, enabled, created_at from hooks \
         where tenant_id = $1 and id = $2"
    );
    let row: Option<HookRow> = view.query_opt(text, params![view.tenant_id(), id])?;
    row.map(|row| row.open(view.sealer())).transpose()
}

/// # Errors
/// 404 `entity.not_exists_with_id`.
pub(super) fn get(view: &View<'_>, id: &str) -> Result<Hook, ApiError> {
    find(view, id)?.ok_or_else(|| not_found(id))
}

/// The number of hooks, and a page of them, newest first.
///
/// # Errors
/// A failure of the database.
pub(super) fn list(view: &View<'_>, page: Option<Pagination>) -> Result<(i64, Vec<Hook>), DbError> {
    let (total, rows): (_, Vec<HookRow>) =
        LIST_QUERY.rows(view, &Where::new("tenant_id = {}", [view.tenant_id()]), page)?;
    let hooks: Result<Vec<_>, DbError> = rows.into_iter().map(|row| row.open(view.sealer())).collect();
    Ok((total, hooks?))
}

/// # Errors
/// 400 `hook.missing_events`; 400 `guard.invalid_input` of the configuration.
pub(super) fn create(work: &Work<'_>, new: CreateHook) -> Result<Hook, ApiError> {
    let events = unique(new.events.unwrap_or_default());
    if events.is_empty() && new.event.is_none() {
        return Err(ApiError::bad_request(ErrorCode::HookMissingEvents));
    }
    let hook = Hook {
        tenant_id: work.tenant_id().to_owned(),
        id: id::entity_id(work.rng()),
        name: new.name.map_or_else(String::new, |name| name.0),
        event: new.event,
        events,
        config: new.config,
        signing_key: signing_key(work.rng()),
        enabled: new.enabled.unwrap_or(true),
        created_at: work.now().millis(),
    };
    put(work, hook)
}

/// # Errors
/// 404 `entity.not_exists_with_id`; 400 `guard.invalid_input` of the configuration.
pub(super) fn update(work: &Work<'_>, id: &str, patch: UpdateHook) -> Result<Hook, ApiError> {
    work.touch(Section::Hooks)?;
    let mut hook = get(work, id)?;
    hook.name = patch.name.map_or(hook.name, |name| name.0);
    hook.event = patch.event.into_change().unwrap_or(hook.event);
    hook.events = patch.events.map_or(hook.events, unique);
    hook.config = patch.config.unwrap_or(hook.config);
    hook.enabled = patch.enabled.unwrap_or(hook.enabled);
    put(work, hook)
}

/// # Errors
/// 404 `entity.not_exists_with_id`.
pub(super) fn renew_signing_key(work: &Work<'_>, id: &str) -> Result<Hook, ApiError> {
    work.touch(Section::Hooks)?;
    let hook = get(work, id)?;
    put(work, Hook { signing_key: signing_key(work.rng()), ..hook })
}

/// # Errors
/// 404 `entity.not_found`.
pub(super) fn delete(work: &Work<'_>, id: &str) -> Result<(), ApiError> {
    work.touch(Section::Hooks)?;
    work.exec_existing(sql!("delete from hooks where tenant_id = $1 and id = $2"), params![work.tenant_id(), id])
}

/// Writes a hook whose configuration can be used.
fn put(work: &Work<'_>, hook: Hook) -> Result<Hook, ApiError> {
    work.touch(Section::Hooks)?;
    Receiver::new(&hook.config, &hook.signing_key)?;
    let settings = Settings { config: hook.config.clone(), signing_key: hook.signing_key.clone() };
    let text = serde_json::to_string(&settings).map_err(|error| ApiError::internal(error.to_string()))?;
    let sealed = work.sealer().seal(SealedColumn::Hook.of(&hook.tenant_id, &hook.id), &text)?;
    let upsert = sql!(
        "insert into hooks (tenant_id, id, name, event, events, settings, enabled, created_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (tenant_id, id) do update set name = excluded.name, \
         event = excluded.event, events = excluded.events, settings = excluded.settings, enabled = excluded.enabled"
    );
    let event = hook.event.map(HookEvent::as_str);
    let (id, name, events) = (&hook.id, &hook.name, Json(hook.events.clone()));
    work.exec(upsert, params![&hook.tenant_id, id, name, event, events, sealed, hook.enabled, hook.created_at])?;
    Ok(hook)
}

/// Each event once, in the order of first appearance.
fn unique(events: Vec<HookEvent>) -> Vec<HookEvent> {
    let mut seen = std::collections::HashSet::new();
    events.into_iter().filter(|event| seen.insert(*event)).collect()
}

/// 32 characters, as the contract has them.
fn signing_key(rng: &Rng) -> String {
    id::client_secret(rng)
}
