//! The table `scripts`.

use std::sync::Arc;

use ::api::scripts::{Action, ActionType, EnvironmentVariables, JwtCustomizer, OnExecutionError, TokenType};
use db::{DbError, Read, params, sql};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::errors::ApiError;
use crate::sealing::{SealedColumn, Sealer};
use crate::tenants::Section;
use crate::work::{View, Work};

/// What kind of script a name stands for.
pub(super) trait ScriptName: Copy + Send + 'static {
    type Settings: Serialize + DeserializeOwned + Send + 'static;

    /// As paths have it.
    fn name(self) -> &'static str;

    /// As lists and errors have it.
    fn key(self) -> &'static str;
}

impl ScriptName for TokenType {
    type Settings = JwtCustomizer;

    fn name(self) -> &'static str {
        self.as_str()
    }

    fn key(self) -> &'static str {
        TokenType::key(self)
    }
}

impl ScriptName for ActionType {
    type Settings = Action;

    fn name(self) -> &'static str {
        self.as_str()
    }

    fn key(self) -> &'static str {
        self.as_str()
    }
}

/// A script that is ready to run.
#[derive(Debug)]
pub(crate) struct ReadyScript {
    pub source: Arc<str>,
    /// For the argument of its function.
    pub environment_variables: Value,
}

impl ReadyScript {
    pub(super) fn new(source: &str, environment_variables: Option<EnvironmentVariables>) -> Self {
        let variables: Map<String, Value> =
            environment_variables.into_iter().flatten().map(|(name, value)| (name, value.0.into())).collect();
        Self { source: source.into(), environment_variables: variables.into() }
    }
}

/// A script that adds claims.
#[derive(Debug)]
pub(crate) struct ReadyCustomizer {
    pub script: ReadyScript,
    pub blocks_on_error: bool,
}

/// A script that runs during sign-ins.
#[derive(Debug)]
pub(crate) struct ReadyAction {
    pub kind: ActionType,
    pub script: ReadyScript,
    pub on_error: OnExecutionError,
}

/// The scripts of a tenant that run.
#[derive(Debug, Default)]
pub(crate) struct Scripts {
    access_token: Option<Arc<ReadyCustomizer>>,
    client_credentials: Option<Arc<ReadyCustomizer>>,
    post_first_factor_verification: Option<Arc<ReadyAction>>,
    post_sign_in: Option<Arc<ReadyAction>>,
}

impl Scripts {
    /// The script that adds claims to these tokens.
    pub(crate) fn customizer(&self, kind: TokenType) -> Option<&Arc<ReadyCustomizer>> {
        match kind {
            TokenType::AccessToken => self.access_token.as_ref(),
            TokenType::ClientCredentials => self.client_credentials.as_ref(),
        }
    }

    /// The action, if it is enabled.
    pub(crate) fn action(&self, kind: ActionType) -> Option<&Arc<ReadyAction>> {
        match kind {
            ActionType::PostFirstFactorVerification => self.post_first_factor_verification.as_ref(),
            ActionType::PostSignIn => self.post_sign_in.as_ref(),
        }
    }
}

/// The scripts of a tenant, for its snapshot. One that can't be read is an error: it may be there to keep people out.
///
/// # Errors
/// A failure of the database; settings that don't open.
pub(crate) fn load(read: &Read<'_>, sealer: &Sealer, tenant: &str) -> Result<Scripts, DbError> {
    let rows: Vec<(String, String)> =
        read.query_all(sql!("select name, settings from scripts where tenant_id = $1"), params![tenant])?;
    let mut scripts = Scripts::default();
    for (name, sealed) in rows {
        if let Some(kind) = TokenType::from_name(&name) {
            let JwtCustomizer { script, environment_variables, block_issuance_on_error, .. } =
                open(sealer, tenant, kind, &sealed)?;
            let ready = Some(Arc::new(ReadyCustomizer {
                script: ReadyScript::new(&script.0, environment_variables),
                blocks_on_error: block_issuance_on_error.unwrap_or(false),
            }));
            match kind {
                TokenType::AccessToken => scripts.access_token = ready,
                TokenType::ClientCredentials => scripts.client_credentials = ready,
            }
        } else if let Some(kind) = ActionType::from_name(&name) {
            let action: Action = open(sealer, tenant, kind, &sealed)?;
            let ready = action.enabled.unwrap_or(true).then(|| {
                let script = ReadyScript::new(&action.script.0, action.environment_variables);
                Arc::new(ReadyAction { kind, script, on_error: action.on_execution_error.unwrap_or_default() })
            });
            match kind {
                ActionType::PostFirstFactorVerification => scripts.post_first_factor_verification = ready,
                ActionType::PostSignIn => scripts.post_sign_in = ready,
            }
        }
    }
    Ok(scripts)
}

fn open<N: ScriptName>(sealer: &Sealer, tenant: &str, name: N, sealed: &str) -> Result<N::Settings, DbError> {
    let text = sealer.open(SealedColumn::Script.of(tenant, name.name()), sealed)?;
    serde_json::from_str(&text)
        .map_err(|error| DbError::Sql(format!("the script {} of tenant {tenant}: {error}", name.name())))
}

/// The settings of a script, if there is one.
///
/// # Errors
/// A failure of the database.
pub(super) fn find<N: ScriptName>(view: &View<'_>, name: N) -> Result<Option<N::Settings>, DbError> {
    let text = sql!("select settings from scripts where tenant_id = $1 and name = $2");
    let found: Option<String> = view.query_opt(text, params![view.tenant_id(), name.name()])?;
    found.map(|sealed| open(view.sealer(), view.tenant_id(), name, &sealed)).transpose()
}

/// # Errors
/// 404 `entity.not_exists_with_id`.
pub(super) fn get<N: ScriptName>(view: &View<'_>, name: N) -> Result<N::Settings, ApiError> {
    find(view, name)?.ok_or_else(|| not_found(name))
}

fn not_found<N: ScriptName>(name: N) -> ApiError {
    ApiError::not_found_by_id("configs", name.key())
}

/// Puts a script in the place of the one before. Returns whether there was none.
///
/// # Errors
/// A failure of the database.
pub(super) fn put<N: ScriptName>(work: &Work<'_>, name: N, settings: &N::Settings) -> Result<bool, ApiError> {
    work.touch(Section::Settings)?;
    let is_new = find(work, name)?.is_none();
    let text = serde_json::to_string(settings).map_err(|error| ApiError::internal(error.to_string()))?;
    let sealed = work.sealer().seal(SealedColumn::Script.of(work.tenant_id(), name.name()), &text)?;
    let upsert = sql!(
        "insert into scripts (tenant_id, name, settings, updated_at) values ($1, $2, $3, $4) \
         on conflict (tenant_id, name) do update set settings = excluded.settings, updated_at = excluded.updated_at"
    );
    work.exec_one(upsert, params![work.tenant_id(), name.name(), sealed, work.now()])?;
    Ok(is_new)
}

/// Changes a script.
///
/// # Errors
/// 404 `entity.not_exists_with_id`.
pub(super) fn update<N: ScriptName>(
    work: &Work<'_>,
    name: N,
    change: impl FnOnce(N::Settings) -> N::Settings,
) -> Result<N::Settings, ApiError> {
    work.touch(Section::Settings)?;
    let settings = change(get(work, name)?);
    put(work, name, &settings)?;
    Ok(settings)
}

/// # Errors
/// 404 `entity.not_exists_with_id`.
pub(super) fn delete<N: ScriptName>(work: &Work<'_>, name: N) -> Result<(), ApiError> {
    work.touch(Section::Settings)?;
    let text = sql!("delete from scripts where tenant_id = $1 and name = $2");
    match work.exec(text, params![work.tenant_id(), name.name()])? {
        0 => Err(not_found(name)),
        _ => Ok(()),
    }
}
