//! Management tokens: what makes a caller the master of a tenant (inventory M001–M003).

use kernel::ids::UserId;
use std::ops::Deref;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use db::DbError;
use jose::{DecodedToken, JoseError};
use kernel::Timestamp;
use oauth::confirmation::Confirmation;
use oauth::token::token_exchange::grant_of_jti;
use serde_json::{Value, json};

use super::authorization_header::presented;
use super::console::{ADMIN, ConsoleSession};
use super::rights::{self, Right};
use super::token_cache::{CacheKey, CachedCaller};
use super::{Access, Caller, RequestContext};
use crate::audit::changes::{ReadBody, recorded};
use crate::errors::ApiError;
use crate::oidc::clients::RegisteredClient;
use crate::oidc::grants::{self, TokenStanding};
use crate::oidc::{cookies, scopes};
use crate::refusals;
use crate::tenants::{Section, TenantSnapshot};
use crate::work::{Actor, Answer, Durability, Undone, View, Work, WorkUnit};
use crate::{App, Tenant};

/// Seconds by which clocks may differ (inventory O026).
pub(crate) const LEEWAY_SECONDS: i64 = 15;

/// The caller of a management route. Derefs to its request.
#[derive(Clone)]
pub struct ManagementCaller {
    request: RequestContext,
    /// For the audit log.
    body: ReadBody,
    credential: Credential,
    /// The token's `sub`.
    pub id: String,
    /// Whether an application calls for itself: `sub` equals `client_id`.
    pub is_application: bool,
}

/// What opens the API.
#[derive(Clone)]
enum Credential {
    Token(CachedCaller),
    /// A page of the console, for the person who looks at it.
    Console(ConsoleSession),
}

impl Caller for ManagementCaller {
    const ACCESS: Access = Access::Management;
}

impl Deref for ManagementCaller {
    type Target = RequestContext;

    fn deref(&self) -> &RequestContext {
        &self.request
    }
}

impl FromRequestParts<App> for ManagementCaller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, ApiError> {
        // Nothing that comes from outside has this extension.
        if let Some(session) = parts.extensions.get::<ConsoleSession>().cloned() {
            return Self::of_console(RequestContext::of(parts).await?, session, parts).await;
        }
        presented(&parts.headers)?;
        let request = RequestContext::of(parts).await?;
        let caller = authenticate(&request, &rights::indicator(request.tenant_id())).await?;
        let issuer = Tenant::new(caller.issuer_tenant, &request.app);
        let config = issuer.config().await?;
        let registered = issuer.client(&config, &caller.client_id).await?;
        let (token, client) = (presented(&request.headers)?, registered.as_ref().map(|found| &found.client));
        token.require_possession(&request, client, caller.jkt.as_deref()).await?;
        let registered = registered.ok_or_else(forbidden)?;
        require_current_right(&request, &caller, &issuer, &config, &registered).await?;
        let (id, is_application) = (caller.id.clone(), caller.is_application);
        let actor = Actor::Management { id: id.clone(), is_application };
        let body = ReadBody::default();
        parts.extensions.insert(body.clone());
        let credential = Credential::Token(caller);
        Ok(Self { request: request.with_actor(actor), body, credential, id, is_application })
    }
}

impl ManagementCaller {
    async fn of_console(request: RequestContext, session: ConsoleSession, parts: &mut Parts) -> Result<Self, ApiError> {
        require_right_of_person(&request, &session).await?;
        let id = session.user_id.to_string();
        let actor = Actor::Management { id: id.clone(), is_application: false };
        let body = ReadBody::default();
        parts.extensions.insert(body.clone());
        let credential = Credential::Console(session);
        Ok(Self { request: request.with_actor(actor), body, credential, id, is_application: false })
    }

    /// As [`RequestContext::write`]; what was changed is written into the audit log. The right is asked for again: the body may have
    /// taken its time (attack B24).
    ///
    /// # Errors
    /// 403 `auth.forbidden`; as [`RequestContext::write`].
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&Work<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + From<ApiError> + Send + 'static,
    {
        let (unit, answer) = Answer::of_work(work);
        answer.take(self.run(Durability::Durable, unit).await?)
    }

    /// As [`Self::write`], with [`RequestContext::write_relaxed`].
    ///
    /// # Errors
    /// As [`Self::write`].
    pub async fn write_relaxed<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&Work<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + From<ApiError> + Send + 'static,
    {
        let (unit, answer) = Answer::of_work(work);
        answer.take(self.run(Durability::Relaxed, unit).await?)
    }

    async fn run(&self, durability: Durability, work: WorkUnit) -> Result<Result<(), Undone>, ApiError> {
        self.require_right_now().await?;
        let body = self.body.clone();
        Ok(self.request.run(durability, Box::new(move |unit| recorded(unit, &body, work))).await)
    }

    async fn require_right_now(&self) -> Result<(), ApiError> {
        let token = match &self.credential {
            Credential::Token(token) => token,
            Credential::Console(session) => return require_right_of_person(&self.request, session).await,
        };
        let issuer = Tenant::new(token.issuer_tenant, &self.request.app);
        let config = issuer.config().await?;
        let registered = issuer.client(&config, &token.client_id).await?.ok_or_else(forbidden)?;
        require_current_right(&self.request, token, &issuer, &config, &registered).await
    }
}

/// The caller of a token of the tenant, or of the tenant `admin`, for this audience. What it may do now is not asked yet.
///
/// # Errors
/// 401 for a token that is none of these; 403 `auth.forbidden` for one without the scope `all`, or with rights in an organization alone.
pub(super) async fn authenticate(request: &RequestContext, audience: &str) -> Result<CachedCaller, ApiError> {
    let token = presented(&request.headers)?.token;
    let (app, tenant, own) = (&request.app, &request.tenant, &request.config);
    let admin = app.tenants.get("admin", app).await?;
    let key = CacheKey::new(token, audience, [own.versions.of(Section::Keys), admin.versions.of(Section::Keys)]);
    if let Some(caller) = app.token_cache.get(&key, request.now) {
        return Ok(caller);
    }
    let issuers: [(&'static str, &str, &TenantSnapshot); 2] =
        [(tenant.id(), tenant.issuer(), own), ("admin", app.tenants.issuer("admin"), &admin)];
    let refused = |error: ApiError| error.with_fact("neededAudience", audience).with_fact("neededScope", rights::ALL);
    let caller = check(token, audience, &issuers, request.now).map_err(refused)?;
    app.token_cache.insert(key, caller.clone());
    Ok(caller)
}

fn check(
    token: &str,
    audience: &str,
    issuers: &[(&'static str, &str, &TenantSnapshot)],
    now: Timestamp,
) -> Result<CachedCaller, ApiError> {
    let unverified = jose::decode_unverified(token).map_err(|error| not_verified(&error))?;
    let issuer = unverified.text("iss").unwrap_or_default();
    let trusted = issuers.iter().find(|(_, name, _)| *name == issuer);
    let keys = trusted.or(issuers.first()).map(|(_, _, config)| &config.keys.verifying);
    let verified =
        keys.ok_or(JoseError::UnknownKey).and_then(|keys| keys.verify(token)).map_err(|error| not_verified(&error))?;
    let claim_failed = |claim: &str| claim_refused(claim, &verified.claims);
    let Some((issuer_tenant, ..)) = trusted else { return Err(claim_failed("iss")) };
    if !verified.has_audience(audience) {
        return Err(claim_failed("aud"));
    }
    // Only access tokens open the API: an ID token for this audience must not (attack B17).
    if verified.header.typ.as_deref() != Some("at+jwt") {
        return Err(claim_failed("typ"));
    }
    jose::check_times(&verified.claims, now, LEEWAY_SECONDS).map_err(|_| claim_failed("exp"))?;
    // Rights in an organization are rights over its own things, not over the tenant.
    if verified.claims.contains_key("organization_id") {
        return Err(of_token(forbidden(), &verified));
    }
    let sub = verified.text("sub").ok_or_else(|| ApiError::new(StatusCode::UNAUTHORIZED, "auth.jwt_sub_missing"))?;
    if !verified.text("scope").unwrap_or_default().split(' ').any(|scope| scope == rights::ALL) {
        return Err(of_token(forbidden(), &verified));
    }
    let bound_to = verified.claims.get("cnf").map(|cnf| Confirmation::of_claim(cnf).map(Confirmation::stored));
    // Bound to something that is not understood here.
    if bound_to == Some(None) {
        return Err(claim_failed("cnf"));
    }
    Ok(CachedCaller {
        jkt: bound_to.flatten(),
        id: sub.to_owned(),
        is_application: verified.text("client_id") == Some(sub),
        grant_id: verified.text("jti").and_then(grant_of_jti).map(str::to_owned),
        issuer_tenant,
        client_id: verified.text("client_id").unwrap_or_default().into(),
        issued_at: verified.claims.get("iat").and_then(Value::as_i64).unwrap_or_default(),
        expires_at: verified.claims.get("exp").and_then(Value::as_i64).unwrap_or_default(),
    })
}

/// Says whose token it is, and what it is for.
fn of_token(error: ApiError, token: &DecodedToken) -> ApiError {
    let subject = Some("sub").filter(|_| token.text("client_id") != token.text("sub"));
    let facts = [(refusals::CLIENT, Some("client_id")), (refusals::USER, subject), ("tokenScope", Some("scope"))];
    facts.into_iter().fold(error, |error, (name, claim)| match claim.and_then(|claim| token.text(claim)) {
        Some(value) => error.with_fact(name, value),
        None => error,
    })
}

pub(super) fn forbidden() -> ApiError {
    ApiError::new(StatusCode::FORBIDDEN, "auth.forbidden")
}

/// Whether the caller has the right now, and not only when the token was issued: the application is there, and the
/// application, or the person, who must be active, holds a role with the scope `all` of this API. The grant of a person has
/// not ended, and the application is open to them. Permissions of this API can't be given to a third-party application,
/// also not to one that became one later (attack B24).
async fn require_current_right(
    request: &RequestContext,
    caller: &CachedCaller,
    issuer: &Tenant,
    config: &TenantSnapshot,
    client: &Arc<RegisteredClient>,
) -> Result<(), ApiError> {
    let indicator = rights::indicator(request.tenant_id());
    let has_right = if caller.is_application {
        scopes::machine_scopes(config, client, &indicator).contains(rights::ALL)
    } else {
        let id = UserId::from(caller.id.as_str());
        let scopes = rights::scopes_of_person(issuer, config, request.actor(), &id, &indicator).await?;
        let has_right = !client.client.is_third_party && Right::Manage.is_in(&scopes);
        if has_right {
            require_standing(request, caller, issuer, client).await?;
        }
        has_right
    };
    if has_right {
        return Ok(());
    }
    let refused = forbidden().with_fact(refusals::CLIENT, caller.client_id.to_string());
    let refused = refused.with_fact("neededAudience", indicator).with_fact("neededScope", rights::ALL);
    Err(if caller.is_application { refused } else { refused.with_fact(refusals::USER, &*caller.id) })
}

/// Whether the token of a person still counts: a new sign-in helps where its grant has ended, and nothing where the application is closed
/// to them.
///
/// # Errors
/// 401 `auth.unauthorized`; 403 `auth.forbidden`; a failure of the database.
async fn require_standing(
    request: &RequestContext,
    caller: &CachedCaller,
    issuer: &Tenant,
    client: &Arc<RegisteredClient>,
) -> Result<(), ApiError> {
    let (id, grant_id, client) = (UserId::from(caller.id.as_str()), caller.grant_id.clone(), Arc::clone(client));
    let ask = move |view: &View<'_>| grants::standing(view, grant_id.as_deref(), &id, &client);
    let refused = match issuer.read_inline(request.actor(), ask).await? {
        TokenStanding::Good => return Ok(()),
        TokenStanding::Ended => ApiError::new(StatusCode::UNAUTHORIZED, "auth.unauthorized"),
        TokenStanding::Closed => forbidden(),
    };
    let refused = refused.with_fact(refusals::CLIENT, caller.client_id.to_string());
    Err(refused.with_fact(refusals::USER, &*caller.id))
}

/// Whether the person at the console has the right to this route now. Who manages users but not the tenant changes nobody who has a
/// right over the tenant: with a new password they would have it too.
async fn require_right_of_person(request: &RequestContext, session: &ConsoleSession) -> Result<(), ApiError> {
    let issuer = Tenant::new(ADMIN, &request.app);
    let config = issuer.config().await?;
    let scopes = session.scopes(&issuer, &config, request.actor(), request.tenant_id()).await?.unwrap_or_default();
    let route = request.route.as_deref().unwrap_or_default();
    let right = Right::of_route(&request.method, route);
    if !right.is_in(&scopes) {
        return Err(forbidden());
    }
    if right != Right::ManageUsers || Right::Manage.is_in(&scopes) || !route.contains('{') {
        return Ok(());
    }
    let changed = request.uri.path().split('/').nth(3).and_then(cookies::percent_decode).unwrap_or_default();
    let changed = UserId::from(changed);
    let indicator = rights::indicator(request.tenant_id());
    let held = rights::scopes_of_user(&request.tenant, &request.config, request.actor(), &changed, &indicator).await?;
    if Right::SignedIn.is_in(&held) { Err(forbidden()) } else { Ok(()) }
}

fn not_verified(error: &JoseError) -> ApiError {
    match error {
        JoseError::Malformed | JoseError::TooLarge => refused("ERR_JWS_INVALID", "JWSInvalid"),
        JoseError::UnsupportedAlgorithm => refused("ERR_JOSE_NOT_SUPPORTED", "JOSENotSupported"),
        _ => refused("ERR_JWS_SIGNATURE_VERIFICATION_FAILED", "JWSSignatureVerificationFailed"),
    }
}

fn refused(code: &str, name: &str) -> ApiError {
    ApiError::new(StatusCode::UNAUTHORIZED, "auth.unauthorized").data(json!({"code": code, "name": name}))
}

fn claim_refused(claim: &str, payload: &serde_json::Map<String, Value>) -> ApiError {
    ApiError::new(StatusCode::UNAUTHORIZED, "auth.unauthorized").data(json!({
        "code": if claim == "exp" { "ERR_JWT_EXPIRED" } else { "ERR_JWT_CLAIM_VALIDATION_FAILED" },
        "name": if claim == "exp" { "JWTExpired" } else { "JWTClaimValidationFailed" },
        "claim": claim,
        "reason": "check_failed",
        "payload": payload,
    }))
}
