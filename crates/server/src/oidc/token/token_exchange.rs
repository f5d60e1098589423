//! The token exchange grant (RFC 8693, inventory O087–O093): an application acts for a user whose token it presents. What the user
//! may do is asked now, not when that token was made.

use std::sync::Arc;

use db::DbError;
use jose::DecodedToken;
use kernel::ids::{ApplicationId, UserId};
use kernel::{Timestamp, id};
use oauth::confirmation::Confirmation;
use oauth::grant::GrantedScopes;
use oauth::token::TokenTarget;
use oauth::token::subject_limits::SubjectLimits;
use oauth::token::token_exchange::{self, ExchangeRequest, SubjectTokenType};
use oauth::{Client, GrantType, OAuthError, ScopeSet, ttl};
use serde_json::Value;

use super::grant::{Grant, Refusal, in_transaction};
use super::issue::{self, TokenSource, UnsignedTokens};
use super::{TokenError, TokenRequest};
use crate::callers::RequestContext;
use crate::oidc::authorization_codes::TokenContext;
use crate::oidc::grants::ExchangeOrigin;
use crate::oidc::stored_name::StoredName;
use crate::oidc::subject::Subject;
use crate::oidc::{ProviderError, grants, sessions, subject, tokens};
use crate::subject_tokens;
use crate::users::personal_access_tokens;
use crate::work::Work;

pub(super) const GRANT: Grant =
    Grant { grant_type: GrantType::TokenExchange, authorize: |request| Box::pin(authorize(request)) };

/// Seconds by which clocks may differ (inventory O026).
const LEEWAY_SECONDS: i64 = 15;

async fn authorize(request: Arc<TokenRequest>) -> Result<UnsignedTokens, TokenError> {
    let exchange = ExchangeRequest::parse(&request.params)?;
    // Verifying a signature takes longer than the whole transaction, which others wait for.
    let jwt = match exchange.subject_token_type {
        SubjectTokenType::JwtAccessToken => Some(verify_jwt(&request.context, exchange.subject_token).await?),
        _ => None,
    };
    let actor = exchange.actor_token.map(|value| StoredName::of_presented(&request.context, value));
    let verified = Verified { jwt, actor };
    in_transaction(request, move |work, request| redeem(work, request, &verified)).await
}

/// The tokens of a request whose signatures were checked.
struct Verified {
    /// The subject's, if it is a JWT.
    jwt: Option<DecodedToken>,
    /// The actor's; `Some(None)` for one that is not of this tenant.
    actor: Option<Option<StoredName>>,
}

/// Verifies the signature and times of a JWT access token of this tenant.
async fn verify_jwt(req: &RequestContext, token: &str) -> Result<DecodedToken, ProviderError> {
    let invalid = || OAuthError::invalid_grant("invalid subject token");
    let verified = req.config.keys.verifying.verify(token).map_err(|_| invalid())?;
    let typ = verified.header.typ.as_deref();
    token_exchange::check_jwt(typ, &verified.claims, req.issuer())?;
    jose::check_times(&verified.claims, req.now, LEEWAY_SECONDS).map_err(|error| match error {
        jose::JoseError::Expired => OAuthError::invalid_grant("subject token is expired"),
        _ => invalid(),
    })?;
    Ok(verified)
}

/// The user whom the request acts for, and within which limits.
struct ExchangeSubject {
    subject: Subject,
    limits: SubjectLimits,
    /// Who acts for the user already.
    act: Option<Value>,
    /// When the presented token expires: those exchanged for it live no longer.
    expires_at: Option<Timestamp>,
    /// The grant of an access token.
    grant_id: Option<String>,
    /// The digest of a personal access token.
    personal_access_token: Option<String>,
    /// Of a subject token: what its application said of it, for scripts.
    context: Option<Value>,
}

impl ExchangeSubject {
    fn unlimited(subject: Subject) -> Self {
        Self {
            subject,
            limits: SubjectLimits::None,
            act: None,
            expires_at: None,
            grant_id: None,
            personal_access_token: None,
            context: None,
        }
    }
}

fn find_subject(
    work: &Work<'_>,
    request: &TokenRequest,
    exchange: &ExchangeRequest<'_>,
    jwt: Option<&DecodedToken>,
) -> Result<ExchangeSubject, ProviderError> {
    let not_found = || OAuthError::invalid_grant("subject token not found");
    let value = exchange.subject_token;
    match exchange.subject_token_type {
        SubjectTokenType::Impersonation => {
            let found = subject_tokens::find(work, value)?.ok_or_else(not_found)?;
            token_exchange::check_lifetime(Some(found.expires_at), found.consumed_at, work.now())?;
            Ok(ExchangeSubject {
                context: Some(Value::Object(found.context)),
                ..ExchangeSubject::unlimited(subject::get_active(work, &found.user_id)?)
            })
        }
        SubjectTokenType::PersonalAccessToken => {
            let found = personal_access_tokens::find_owner(work, value)?.ok_or_else(not_found)?;
            token_exchange::check_lifetime(found.expires_at, None, work.now())?;
            Ok(ExchangeSubject {
                expires_at: found.expires_at,
                personal_access_token: Some(found.digest),
                ..ExchangeSubject::unlimited(subject::get_active(work, &found.user_id)?)
            })
        }
        SubjectTokenType::OpaqueAccessToken => {
            let found = tokens::find_access_token(work, &StoredName::of_opaque(value))?.ok_or_else(not_found)?;
            require_key_of_presented(request, found.jkt.as_deref())?;
            require_issuing_client(work, request, &found.client_id, &found.user_id, found.jkt.is_some())?;
            let grant = grants::find_subject(work, &found.grant_id, &found.user_id, &found.client_id)?;
            let grant = grant.ok_or_else(not_found)?;
            let mut history = grant.exchange.unwrap_or_default();
            history.session_uid = found.session_uid.filter(|_| found.expires_with_session);
            Ok(ExchangeSubject {
                subject: found.subject.require_active()?,
                limits: SubjectLimits::AccessToken { scope: found.scope, history },
                act: found.act,
                expires_at: Some(found.expires_at),
                grant_id: Some(found.grant_id),
                personal_access_token: None,
                context: None,
            })
        }
        SubjectTokenType::JwtAccessToken => {
            let jwt = jwt.ok_or_else(not_found)?;
            find_jwt_subject(work, request, jwt)
        }
    }
}

/// A JWT outlives what it came from: its grant and its session are asked now.
fn find_jwt_subject(
    work: &Work<'_>,
    request: &TokenRequest,
    jwt: &DecodedToken,
) -> Result<ExchangeSubject, ProviderError> {
    let named = token_exchange::check_jwt(jwt.header.typ.as_deref(), &jwt.claims, request.context.issuer())?;
    let user_id = UserId::from(named.user_id);
    // What is not understood is nobody's.
    let stored = |cnf| Confirmation::of_claim(cnf).map(Confirmation::stored).unwrap_or_default();
    let holder = jwt.claims.get("cnf").map(stored);
    require_key_of_presented(request, holder.as_deref())?;
    require_issuing_client(work, request, &ApplicationId::from(named.client_id), &user_id, holder.is_some())?;
    // Clocks may differ, but what is exchanged now must not have ended.
    token_exchange::check_lifetime(Some(named.expires_at), None, work.now())?;
    let grant = grants::find_subject(work, named.grant_id, named.user_id, named.client_id)?;
    let grant = grant.ok_or_else(|| OAuthError::invalid_grant("subject token not found"))?;
    let ends_with_session = grant.session_uid.filter(|_| !grant.scope.contains("offline_access"));
    let mut history = grant.exchange.unwrap_or_default();
    history.session_uid = history.session_uid.or(ends_with_session);
    if let Some(uid) = &history.session_uid {
        sessions::require_alive(work, uid, &user_id)?;
    }
    Ok(ExchangeSubject {
        limits: SubjectLimits::of_claims(&jwt.claims, history),
        act: jwt.claims.get("act").cloned(),
        expires_at: Some(named.expires_at),
        grant_id: Some(named.grant_id.to_owned()),
        ..ExchangeSubject::unlimited(subject::get_active(work, &user_id)?)
    })
}

/// Checks that the client of an access token may still have its tokens exchanged, is still open to the user, and that none of its
/// tokens becomes one that counts without a key.
fn require_issuing_client(
    work: &Work<'_>,
    request: &TokenRequest,
    client_id: &ApplicationId,
    user_id: &UserId,
    is_bound: bool,
) -> Result<(), ProviderError> {
    let registered = request.context.client_in(work, client_id)?;
    let issuing = registered.as_ref().map(|found| &found.client);
    token_exchange::check_issuing_client(issuing)?;
    let must_be_bound = issuing.is_some_and(Client::requires_bound_tokens);
    if must_be_bound && !is_bound {
        return Err(OAuthError::invalid_grant("the token is not bound to a key, as those of its client must be").into());
    }
    if must_be_bound && request.proven().is_none() {
        let text = "tokens of this client are bound to a key: the request must have a DPoP proof";
        return Err(OAuthError::invalid_dpop_proof(text).into());
    }
    registered.map_or(Ok(()), |found| found.require_access(work, user_id))
}

/// A bound token may be exchanged by whoever holds its key, and by applications with credentials of their own: a resource server gets
/// tokens of others. A stolen one is useless to everybody else.
fn require_key_of_presented(request: &TokenRequest, jkt: Option<&str>) -> Result<(), OAuthError> {
    if request.registered.client.is_public() { request.require_key(jkt) } else { Ok(()) }
}

/// The user of the actor's token, which is a first-party application's as the subject's is.
fn find_actor(work: &Work<'_>, request: &TokenRequest, name: Option<&StoredName>) -> Result<UserId, ProviderError> {
    let invalid = || OAuthError::invalid_grant("invalid actor token");
    let name = name.ok_or_else(invalid)?;
    let found = tokens::find_access_token(work, name)?.filter(|found| found.subject.is_active());
    let found = found.ok_or_else(invalid)?;
    require_key_of_presented(request, found.jkt.as_deref())?;
    let client = request.context.client_in(work, &found.client_id)?;
    let counts = |known: &Client| !known.is_third_party && (found.jkt.is_some() || !known.requires_bound_tokens());
    let client = client.filter(|known| counts(&known.client)).ok_or_else(invalid)?;
    if !client.is_open_to(work, &found.user_id)? {
        return Err(invalid().into());
    }
    token_exchange::check_actor_scope(&found.scope)?;
    Ok(found.user_id)
}

fn redeem(work: &Work<'_>, request: &TokenRequest, verified: &Verified) -> Result<UnsignedTokens, Refusal> {
    let exchange = ExchangeRequest::parse(&request.params)?;
    let found = find_subject(work, request, &exchange, verified.jwt.as_ref())?;
    let user_id = found.subject.facts.id.clone();
    let actor = match &verified.actor {
        Some(name) => {
            Some(find_actor(work, request, name.as_ref()).map_err(|error| Refusal::of_user(&user_id, error))?)
        }
        None => None,
    };
    exchange_for(work, request, &exchange, found, actor.as_ref()).map_err(|error| Refusal::of_user(&user_id, error))
}

fn exchange_for(
    work: &Work<'_>,
    request: &TokenRequest,
    exchange: &ExchangeRequest<'_>,
    found: ExchangeSubject,
    actor: Option<&UserId>,
) -> Result<UnsignedTokens, ProviderError> {
    let params = &request.params;
    let act = token_exchange::actor_claim(actor.map(|actor| actor.as_str()), found.act.clone())?;
    let latest_end = found.expires_at;
    let requested: ScopeSet = params.list("scope").into_iter().filter(|name| *name != "offline_access").collect();
    let target = resolve_target(request, &requested, &found.limits)?;
    request.registered.require_access(work, &found.subject.facts.id)?;
    issue::check_target(work, &request.registered.client, &found.subject, None, &target)?;
    let requested = request.registered.permitted_scopes(&found.limits.permitted(&requested, &target));
    let user_id = found.subject.facts.id.clone();
    let context = found.context.clone();
    let mut unsigned = issue_with_grant(work, request, found, &target, &requested)?;
    if let Some(user) = unsigned.customization.as_mut().and_then(|customization| customization.user.as_mut()) {
        user.subject_token_context = context;
    }
    amend(work, &mut unsigned, act, latest_end)?;
    let is_impersonation = exchange.subject_token_type == SubjectTokenType::Impersonation;
    if is_impersonation && !subject_tokens::consume(work, exchange.subject_token)? {
        return Err(token_exchange::already_consumed().into());
    }
    // Checked again after the insert: a concurrent suspension either deletes the token or is visible here (attack B11).
    subject::get_active(work, &user_id)?;
    Ok(unsigned)
}

/// What the new token is for. Nothing was granted before, so any resource of the tenant may be named.
fn resolve_target(
    request: &TokenRequest,
    requested: &ScopeSet,
    limits: &SubjectLimits,
) -> Result<TokenTarget, ProviderError> {
    let (params, known) = (&request.params, &request.context.config.access.resources);
    let mut resources: Vec<String> = params.all("resource").map(str::to_owned).collect();
    if resources.is_empty() {
        let default = known.values().find(|resource| resource.is_default);
        resources.extend(default.map(|resource| resource.indicator.clone()));
    }
    let organization_id = limits.organization(params.get("organization_id"))?;
    let knows_resource = |indicator: &str| known.contains_key(indicator);
    Ok(TokenTarget::resolve(params, &resources, requested, organization_id, knows_resource)?)
}

/// Issues the token with a grant of its own, which lives as long as the token and names what the token allows.
fn issue_with_grant(
    work: &Work<'_>,
    request: &TokenRequest,
    found: ExchangeSubject,
    target: &TokenTarget,
    requested: &ScopeSet,
) -> Result<UnsignedTokens, ProviderError> {
    let registered = &request.registered;
    let ExchangeSubject { subject, limits, expires_at: latest_end, grant_id: parent_id, .. } = found;
    let session_uid = limits.session_uid().map(str::to_owned);
    let origin = |issued: &ScopeSet| {
        let history = limits.into_history(target, issued)?;
        let personal_access_token = found.personal_access_token;
        Ok::<_, OAuthError>(ExchangeOrigin { parent_id, personal_access_token, history })
    };
    let ends_at = |seconds| {
        let usual = work.now().plus_seconds(seconds);
        latest_end.map_or(usual, |latest| latest.min(usual))
    };
    let mut grant = grants::Grant {
        id: id::opaque_token(work.rng()),
        user_id: subject.facts.id.clone(),
        client_id: registered.client.id.clone(),
        session_uid: None,
        granted: GrantedScopes { openid: requested.standard_scopes(), ..GrantedScopes::default() },
        consent_epoch: registered.consent_epoch,
        created_at: work.now(),
        expires_at: ends_at(ttl::ACCESS_TOKEN),
    };
    let mut granted = grant.granted.clone();
    let mut resources = Vec::new();
    if let TokenTarget::Resource { indicator, .. } = target {
        granted.add_resource(indicator, requested);
        resources.push(indicator.clone());
    }
    let context = TokenContext {
        grant_id: grant.id.clone(),
        user_id: grant.user_id.clone(),
        expires_with_session: session_uid.is_some(),
        session_uid,
        scope: requested.clone(),
        resources,
        nonce: None,
        sid: None,
        auth_time: None,
        authentication: None,
        claims: None,
    };
    let source = TokenSource {
        registered,
        subject,
        granted: &granted,
        context: &context,
        gty: GrantType::TokenExchange.name(),
        requested,
    };
    let Some(audience) = target.audience() else {
        // An opaque token references its grant.
        grants::insert_exchanged(work, &grant, origin(requested)?)?;
        return issue::issue_tokens(work, &request.context, source, target, None);
    };
    let unsigned = issue::issue_tokens(work, &request.context, source, target, None)?;
    let issued = unsigned.scope.clone().unwrap_or_default();
    grant.granted = GrantedScopes::default();
    grant.granted.add_resource(&audience, &issued);
    grant.expires_at = ends_at(unsigned.expires_in);
    grants::insert_exchanged(work, &grant, origin(&issued)?)?;
    Ok(unsigned)
}

/// Says what the token is and who acts for the user, and ends it with the token that was exchanged.
fn amend(
    work: &Work<'_>,
    unsigned: &mut UnsignedTokens,
    act: Option<Value>,
    latest_end: Option<Timestamp>,
) -> Result<(), DbError> {
    let left = latest_end.map_or(unsigned.expires_in, |latest| latest.seconds() - work.now().seconds());
    let is_shortened = left < unsigned.expires_in;
    unsigned.issued_token_type = Some(token_exchange::ACCESS_TOKEN_TYPE);
    unsigned.expires_in = unsigned.expires_in.min(left);
    let expires_at = work.now().plus_seconds(unsigned.expires_in);
    if let Some(name) = unsigned.access.stored_name().filter(|_| is_shortened || act.is_some()) {
        tokens::amend_exchanged(work, &name, act.as_ref(), expires_at)?;
    }
    if let Some(claims) = unsigned.access.claims_mut() {
        claims.insert("exp".to_owned(), expires_at.seconds().into());
        claims.extend(act.map(|act| ("act".to_owned(), act)));
    }
    Ok(())
}
