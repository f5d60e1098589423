//! Interactions with the sign-in or consent pages. The row is found by the digest of its uid; the uid itself is only in the
//! browser's signed cookies, so another browser cannot use the interaction (attack B22).

use db::{DbError, FromRow, Json, params, sql};
use http::HeaderMap;
use kernel::ids::{ApplicationId, UserId};
use kernel::{Timestamp, id};
use oauth::authorize::AuthorizationRequest;
use oauth::authorize::prompt::PromptProgress;
use oauth::{OAuthError, ttl};
use serde::{Deserialize, Serialize};

pub use super::interaction_cookie::InteractionCookie;
use crate::Tenant;
use crate::errors::ApiError;
use crate::tenants::password_epoch;
use crate::work::{Actor, View, Work};

/// The kind of page that the user must complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prompt {
    Login,
    Consent,
}

impl Prompt {
    /// The name in the database and the cookies.
    pub fn name(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Consent => "consent",
        }
    }
}

/// The result of a finished interaction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum InteractionResult {
    /// The user signed in.
    Login(LoginResult),
    /// The user consented; the grant has the scopes.
    Consent(ConsentResult),
    /// The user rejected the request.
    Denied,
}

/// `{login: {accountId}}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LoginResult {
    pub account_id: UserId,
    /// What protected the account, where its device is to be trusted ([`crate::users::trusted_devices::protection`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protection: Option<String>,
}

/// `{consent: {grantId}}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConsentResult {
    pub grant_id: String,
}

/// An authorization request that waits for the user, with its progress.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PendingAuthorization {
    pub request: AuthorizationRequest,
    #[serde(default)]
    pub progress: PromptProgress,
    /// The digest of the device code that waits for it; `None` for a request that a browser brought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_code: Option<String>,
    /// The client's when the consent page was called up. From a later one on it would show another client.
    #[serde(default)]
    pub consent_epoch: i64,
}

impl PendingAuthorization {
    /// A request that a browser brought.
    pub fn new(request: AuthorizationRequest) -> Self {
        Self { request, progress: PromptProgress::default(), device_code: None, consent_epoch: 0 }
    }
}

/// A row of `interactions`.
#[derive(Debug, Clone, PartialEq, FromRow)]
pub struct Interaction {
    /// The value of the cookie; the row has only its digest.
    #[row(skip)]
    pub uid: String,
    pub client_id: ApplicationId,
    #[row(with = "stored_prompt")]
    pub prompt: Prompt,
    #[row(rename = "request", json)]
    pub pending: PendingAuthorization,
    /// The session that must exist at the end; `None` when the user has to sign in first.
    pub session_uid: Option<String>,
    pub grant_id: Option<String>,
    /// The stored state of the sign-in machine, as JSON.
    pub state: String,
    #[row(json)]
    pub result: Option<InteractionResult>,
    /// Digest of the secret of the browser that began the sign-in ([`super::browser_proofs`]).
    pub browser_digest: Option<String>,
    /// The CSRF token of the forms.
    pub xsrf: String,
    /// The tenant's `password_epoch` when the sign-in began, or the proofs were accepted: a password that was changed since
    /// makes them void.
    pub password_epoch: i64,
    pub version: i64,
    /// When the interaction or a sign-in in it began.
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

impl Interaction {
    /// The pending authorization request.
    pub fn request(&self) -> &AuthorizationRequest {
        &self.pending.request
    }

    /// The URL where the browser continues after the pages.
    pub fn resume_url(&self, issuer: &str) -> String {
        let endpoint = if self.pending.device_code.is_some() { "device" } else { "auth" };
        format!("{issuer}/{endpoint}/{}", self.uid)
    }

    /// Whether somebody signed in, or proved who they are.
    fn has_proof(&self) -> bool {
        let state = serde_json::from_str::<flow::State>(&self.state);
        let is_proven = |state: &flow::State| {
            state.user_id.is_some() || state.verification_records.iter().any(|record| record.identity_proof().is_some())
        };
        matches!(self.result, Some(InteractionResult::Login(_))) || state.as_ref().is_ok_and(is_proven)
    }

    /// The id in the audit log: the digest, because the uid is a secret.
    pub fn log_id(&self) -> String {
        id::token_digest(&self.uid)
    }
}

fn stored_prompt(stored: String) -> Result<Prompt, DbError> {
    Ok(if stored == "consent" { Prompt::Consent } else { Prompt::Login })
}

/// The uid that the request's cookies and `logto-app-id` header (or `app_id` parameter) point to (trace 10-12).
pub fn uid_from_cookies(headers: &HeaderMap, keys: &[String], app_id: Option<&str>) -> Result<String, OAuthError> {
    let map = InteractionCookie::read(headers, keys);
    if map.is_empty() {
        return Err(OAuthError::invalid_request("interaction session id cookie not found"));
    }
    let uid = match app_id.filter(|id| !id.is_empty()) {
        None => map.latest(),
        Some(id) => match map.with_client_headers(id) {
            Some(uid) => Some(uid),
            None => return Err(client_mismatch()),
        },
    };
    uid.map(str::to_owned).ok_or_else(|| OAuthError::invalid_request("interaction session id cookie not found"))
}

/// The error when the named client is not the client of the interaction.
pub fn client_mismatch() -> OAuthError {
    OAuthError::invalid_request("interaction client_id mismatch")
}

/// The interaction with this uid; `None` when expired.
pub fn find(view: &View<'_>, uid: &str) -> Result<Option<Interaction>, DbError> {
    let row: Option<Interaction> = view.query_opt(
        sql!(
            "select ",
            Interaction::COLUMNS,
            " from interactions where tenant_id = $1 and uid = $2 and expires_at > $3"
        ),
        params![view.tenant_id(), id::token_digest(uid), view.now()],
    )?;
    Ok(row.map(|interaction| Interaction { uid: uid.to_owned(), ..interaction }))
}

/// The interaction of a request, by the signed `_interaction` cookie and the optional `logto-app-id` header.
///
/// # Errors
/// 400 `session.not_found` without a usable cookie, 400 `oidc.invalid_request` when the header names another client.
pub async fn load_from_cookies(tenant: &Tenant, headers: &HeaderMap) -> Result<Interaction, ApiError> {
    let app_id = headers.get("logto-app-id").and_then(|value| value.to_str().ok());
    load_for_page(tenant, headers, TabHints { app_id, ..TabHints::default() }).await
}

/// What tells the interaction of a tab from the others of its browser, as far as it is known.
#[derive(Debug, Clone, Copy, Default)]
pub struct TabHints<'a> {
    pub app_id: Option<&'a str>,
    /// The CSRF token of a form.
    pub xsrf: Option<&'a str>,
    /// The prompt that the page is for.
    pub prompt: Option<Prompt>,
}

/// As [`load_from_cookies`], for a page: the client is named by its `app_id` parameter. Tabs of one client share the cookie:
/// the form of a tab finds its own interaction by its CSRF token, and a tab whose interaction is over another that is open.
///
/// # Errors
/// As [`load_from_cookies`].
pub async fn load_for_page(
    tenant: &Tenant,
    headers: &HeaderMap,
    TabHints { app_id, xsrf, prompt }: TabHints<'_>,
) -> Result<Interaction, ApiError> {
    let config = tenant.config().await?;
    let latest = uid_from_cookies(headers, &config.keys.cookie_keys, app_id)?;
    let cookie = InteractionCookie::read(headers, &config.keys.cookie_keys);
    let (app_id, xsrf) = (app_id.filter(|id| !id.is_empty()).map(str::to_owned), xsrf.map(str::to_owned));
    tenant
        .read_inline(&Actor::Anyone, move |view| {
            let newest = get_for_app(view, &latest, app_id.as_deref());
            let is_wanted = |found: &Interaction| {
                prompt.is_none_or(|prompt| prompt == found.prompt)
                    && xsrf.as_ref().is_none_or(|xsrf| id::constant_time_eq(xsrf, &found.xsrf))
            };
            if newest.as_ref().is_ok_and(is_wanted) {
                return newest;
            }
            for uid in cookie.earlier() {
                match get_for_app(view, uid, app_id.as_deref()) {
                    Ok(found) if is_wanted(&found) => return Ok(found),
                    Err(error) if error.status().is_server_error() => return Err(error),
                    _ => {}
                }
            }
            newest
        })
        .await
}

/// The interaction with this uid, of the client that the browser names (if it names one).
///
/// # Errors
/// 400 `session.not_found`, or `oidc.invalid_request` for another client.
pub fn get_for_app(view: &View<'_>, uid: &str, app_id: Option<&str>) -> Result<Interaction, ApiError> {
    let interaction = find(view, uid)?.ok_or_else(|| OAuthError::invalid_request("interaction session not found"))?;
    if app_id.is_some_and(|id| interaction.client_id != id) {
        return Err(client_mismatch().into());
    }
    Ok(interaction)
}

/// The values of a new interaction.
#[derive(Debug, Clone)]
pub struct NewInteraction {
    pub prompt: Prompt,
    pub pending: PendingAuthorization,
    pub session_uid: Option<String>,
    pub grant_id: Option<String>,
}

impl NewInteraction {
    /// What the row takes, in bytes, about.
    pub fn size(&self) -> usize {
        serde_json::to_string(&self.pending).map_or(usize::MAX, |request| request.len() + 256)
    }
}

/// Stores a new interaction and returns its uid.
pub fn create(work: &Work<'_>, new: &NewInteraction) -> Result<String, DbError> {
    let uid = id::opaque_token(work.rng());
    work.exec_pipelined(
        sql!(
            "insert into interactions (tenant_id, uid, client_id, prompt, request, session_uid, grant_id, xsrf, \
             created_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        ),
        params![
            work.tenant_id(),
            id::token_digest(&uid),
            &new.pending.request.client_id,
            new.prompt.name(),
            Json(&new.pending),
            new.session_uid.clone(),
            new.grant_id.clone(),
            id::opaque_token(work.rng()),
            work.now(),
            work.now().plus_seconds(ttl::INTERACTION)
        ],
    )?;
    Ok(uid)
}

/// Stores the state of the sign-in machine and the browser it belongs to. A change since `interaction` was read is a conflict.
pub fn save_state(work: &Work<'_>, interaction: &Interaction, state: &str) -> Result<(), DbError> {
    work.exec_one(
        sql!(
            "update interactions set state = $4, browser_digest = $5, password_epoch = $6, created_at = $7, version = version + 1 \
             where tenant_id = $1 and uid = $2 and version = $3"
        ),
        params![
            work.tenant_id(),
            id::token_digest(&interaction.uid),
            interaction.version,
            state,
            interaction.browser_digest.clone(),
            interaction.password_epoch,
            interaction.created_at
        ],
    )
}

/// The password of the user was changed by this very sign-in: its proofs stay good.
pub fn renew_password_epoch(work: &Work<'_>, uid: &str) -> Result<(), DbError> {
    work.exec_one(
        sql!("update interactions set password_epoch = $3, version = version + 1 where tenant_id = $1 and uid = $2"),
        params![work.tenant_id(), id::token_digest(uid), password_epoch::current(work)?],
    )
}

/// Stores the result, once.
pub fn set_result(work: &Work<'_>, interaction: &Interaction, result: &InteractionResult) -> Result<(), DbError> {
    work.exec_one(
        sql!(
            "update interactions set result = $4, version = version + 1 \
             where tenant_id = $1 and uid = $2 and version = $3 and result is null"
        ),
        params![work.tenant_id(), id::token_digest(&interaction.uid), interaction.version, Json(result)],
    )
}

/// Stores, once, who signed in, with the last state of the sign-in machine and the browser it belongs to.
pub fn set_login_result(
    work: &Work<'_>,
    interaction: &Interaction,
    login: LoginResult,
    state: &str,
) -> Result<(), DbError> {
    let result = InteractionResult::Login(login);
    work.exec_one(
        sql!(
            "update interactions set state = $4, result = $5, browser_digest = $6, password_epoch = $7, \
             version = version + 1 where tenant_id = $1 and uid = $2 and version = $3 and result is null"
        ),
        params![
            work.tenant_id(),
            id::token_digest(&interaction.uid),
            interaction.version,
            state,
            Json(&result),
            interaction.browser_digest.clone(),
            password_epoch::current(work)?
        ],
    )
}

/// Deletes an interaction, so that it can be resumed only once.
pub fn delete(work: &Work<'_>, uid: &str) -> Result<(), DbError> {
    work.exec_one(
        sql!("delete from interactions where tenant_id = $1 and uid = $2"),
        params![work.tenant_id(), id::token_digest(uid)],
    )
}

/// Deletes the sign-ins of a browser that were done and not taken up, and those in which somebody proved something: after a sign-out
/// nobody goes on with them. A page that was only opened stays.
pub fn delete_proven(work: &Work<'_>, cookie: &InteractionCookie) -> Result<(), DbError> {
    for uid in cookie.uids() {
        if find(work, uid)?.is_some_and(|found| found.has_proof()) {
            let text = sql!("delete from interactions where tenant_id = $1 and uid = $2");
            work.exec(text, params![work.tenant_id(), id::token_digest(uid)])?;
        }
    }
    Ok(())
}
