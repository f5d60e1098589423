//! The tokens of a response: claims are decided in the first phase and signed in the last (inventory O057–O066).

use ::api::scripts::TokenType;
use jose::Algorithm;
use kernel::id;
use kernel::ids::UserId;
use kernel::ids::{ApplicationId, OrganizationId};
use oauth::claims::{self, ClaimTarget};
use oauth::claims_request;
use oauth::grant::GrantedScopes;
use oauth::token::{TokenTarget, token_exchange};
use oauth::{Client, ScopeSet, scope, ttl};
use serde_json::{Map, Value, json};

use crate::callers::RequestContext;
use crate::oidc::ProviderError;
use crate::oidc::authorization_codes::TokenContext;
use crate::oidc::clients::RegisteredClient;
use crate::oidc::scopes::{self, Through, UserRights};
use crate::oidc::stored_name::StoredName;
use crate::oidc::subject::Subject;
use crate::oidc::tokens::{self, NewAccessToken};
use crate::scripts::claims::{Customization, TokenClaims, UserToken};
use crate::work::Work;

/// The inputs of a user's tokens.
pub struct TokenSource<'a> {
    pub registered: &'a RegisteredClient,
    pub subject: Subject,
    pub granted: &'a GrantedScopes,
    pub context: &'a TokenContext,
    pub gty: &'a str,
    pub requested: &'a ScopeSet,
}

/// The access token before it is signed.
#[derive(Debug, Clone)]
pub enum UnsignedAccessToken {
    Opaque(String),
    Jwt(Map<String, Value>),
    /// A JWT that has a row as an opaque token has.
    StoredJwt(Map<String, Value>),
}

/// The tokens of a response before signing.
#[derive(Debug, Clone)]
pub struct UnsignedTokens {
    pub access: UnsignedAccessToken,
    pub expires_in: i64,
    /// `None` leaves the member out.
    pub scope: Option<ScopeSet>,
    pub id_token: Option<Map<String, Value>>,
    /// What the application wants its ID token signed with.
    pub id_token_algorithm: Option<Algorithm>,
    pub refresh_token: Option<String>,
    /// `issued_token_type` of a token exchange (RFC 8693 section 2.2.1).
    pub issued_token_type: Option<&'static str>,
    /// `None` for a machine.
    pub user_id: Option<UserId>,
    /// Whether the access token is presented with a DPoP proof.
    pub needs_proof: bool,
    /// What a script that adds claims is told; none without a script.
    pub(crate) customization: Option<Box<Customization>>,
}

/// Decides scopes and claims, and stores an access token that names no resource. The ID token has the claims of `id_token_scope`.
pub fn issue_tokens(
    work: &Work<'_>,
    req: &RequestContext,
    source: TokenSource<'_>,
    target: &TokenTarget,
    id_token_scope: Option<&ScopeSet>,
) -> Result<UnsignedTokens, ProviderError> {
    let TokenSource { registered, mut subject, granted, context, gty, requested } = source;
    let client = &registered.client;
    let user_id = subject.facts.id.clone();
    let rights = |subject: &Subject| UserRights::load(work, req, client, subject, Some(&context.grant_id));
    let (available, expires_in, audience) = match target {
        TokenTarget::Userinfo => (ScopeSet::default(), ttl::ACCESS_TOKEN, None),
        TokenTarget::Resource { indicator, organization_id } => {
            let through = organization_id.as_ref().map_or(Through::Everything, Through::TenantAndOrganization);
            let available = rights(&subject)?.resource_scopes(indicator, through);
            (available, resource_ttl(req, indicator), Some(indicator.clone()))
        }
        TokenTarget::Organization(organization_id) => {
            let available = rights(&subject)?.organization_scopes(organization_id);
            (available, ttl::ACCESS_TOKEN, Some(scope::organization_audience(organization_id)))
        }
    };
    let scope = target.scopes(requested, granted, &available);
    let customization = req.config.scripts.customizer(TokenType::AccessToken).map(|script| {
        let user = UserToken {
            user_id: user_id.clone(),
            grant_id: context.grant_id.clone(),
            session_uid: context.session_uid.clone(),
            expires_with_session: context.expires_with_session,
            gty: gty.to_owned(),
            organization_id: target.organization().or(target.organization_audience()).cloned(),
            subject_token_context: None,
        };
        Box::new(Customization { script: script.clone(), client_id: client.id.clone(), user: Some(user) })
    });
    let single = context.claims_for(client, &registered.permitted_scopes(&granted.openid));
    let claims_for = |audience: &str| {
        let named = AccessTokenSubject {
            sub: &user_id,
            client_id: &client.id,
            audience,
            organization_id: target.organization(),
            grant_id: Some(&context.grant_id),
        };
        let mut claims = access_token_claims(req, &named, Some(&scope), expires_in);
        // RFC 9068 section 2.2.1; tokens of other clients are as Logto's.
        let is_told = client.wants_jwt_access_tokens() || client.uses_acr_values();
        if let Some(auth_time) = context.auth_time.filter(|_| is_told) {
            claims.insert("auth_time".into(), auth_time.seconds().into());
        }
        // RFC 9470 section 6.1. The parameter `claims` asks for the ID token alone.
        let told = context.authentication_for(client).filter(|_| client.uses_acr_values());
        if let Some(acr) = told.and_then(|found| found.acr.clone()) {
            claims.insert("acr".into(), acr.into());
        }
        claims
    };
    let store = |name: &StoredName| {
        let new = NewAccessToken { name, client_id: &client.id, context, gty, scope: &scope, claims: &single.userinfo };
        tokens::insert_access_token(work, &new)
    };
    let access = match audience {
        None if client.wants_jwt_access_tokens() => {
            let claims = claims_for(req.issuer());
            store(&StoredName::of_claims(&claims))?;
            UnsignedAccessToken::StoredJwt(claims)
        }
        None => {
            let value = id::opaque_token(work.rng());
            store(&StoredName::of_opaque(&value))?;
            UnsignedAccessToken::Opaque(value)
        }
        Some(audience) => UnsignedAccessToken::Jwt(claims_for(&audience)),
    };
    let id_token = match id_token_scope {
        None => None,
        Some(scopes) => {
            let mut loaded = scopes.clone();
            loaded.extend(single.scopes().iter());
            subject.load_claims_for(work, client, &context.grant_id, &loaded)?;
            let mut claims = id_token_claims(req, client, &subject, context, scopes);
            for (name, value) in claims_request::named(&subject.facts, &single.id_token) {
                claims.entry(name).or_insert(value);
            }
            Some(claims)
        }
    };
    Ok(UnsignedTokens {
        access,
        expires_in,
        scope: Some(scope),
        id_token,
        id_token_algorithm: client.custom.id_token_signed_response_alg,
        refresh_token: None,
        issued_token_type: None,
        user_id: Some(user_id),
        needs_proof: false,
        customization,
    })
}

/// Checks that the user may have tokens for the organization of `target`, if it has one. `grant_id` is the grant that is there already.
pub fn check_target(
    work: &Work<'_>,
    client: &Client,
    subject: &Subject,
    grant_id: Option<&str>,
    target: &TokenTarget,
) -> Result<(), ProviderError> {
    match target.organization().or(target.organization_audience()) {
        None => Ok(()),
        Some(organization_id) => scopes::require_organization_access(work, client, subject, grant_id, organization_id),
    }
}

/// Lifetime of access tokens for a resource in seconds.
pub fn resource_ttl(req: &RequestContext, indicator: &str) -> i64 {
    req.config.access.resources.get(indicator).map_or(ttl::ACCESS_TOKEN, |resource| resource.access_token_ttl)
}

/// Subject, client and audience of a JWT access token.
pub struct AccessTokenSubject<'a> {
    pub sub: &'a str,
    pub client_id: &'a ApplicationId,
    pub audience: &'a str,
    /// Set when an organization was named together with a resource (inventory O060).
    pub organization_id: Option<&'a OrganizationId>,
    /// The grant of a user's token.
    pub grant_id: Option<&'a str>,
}

/// The claims of a JWT access token (RFC 9068). Custom claims must never replace these
/// (attack E5).
pub fn access_token_claims(
    req: &RequestContext,
    subject: &AccessTokenSubject<'_>,
    scope: Option<&ScopeSet>,
    ttl: i64,
) -> Map<String, Value> {
    let now = req.now.seconds();
    let mut claims = Map::new();
    if let Some(organization_id) = subject.organization_id {
        claims.insert("organization_id".into(), organization_id.as_str().into());
    }
    let jti = match subject.grant_id {
        Some(grant_id) => token_exchange::access_token_jti(grant_id, &id::short_entity_id(&req.app.rng)),
        None => id::opaque_token(&req.app.rng),
    };
    claims.insert("jti".into(), jti.into());
    claims.insert("sub".into(), subject.sub.into());
    claims.insert("iat".into(), now.into());
    claims.insert("exp".into(), (now + ttl).into());
    if let Some(scope) = scope {
        claims.insert("scope".into(), scope.to_string().into());
    }
    claims.insert("client_id".into(), subject.client_id.as_str().into());
    claims.insert("iss".into(), req.issuer().into());
    claims.insert("aud".into(), subject.audience.into());
    claims
}

fn id_token_claims(
    req: &RequestContext,
    client: &Client,
    subject: &Subject,
    context: &TokenContext,
    scope: &ScopeSet,
) -> Map<String, Value> {
    let configured = req.config.configs.get("idToken").and_then(|value| value.get("enabledExtendedClaims"));
    let enabled: Option<Vec<String>> = configured.and_then(|list| serde_json::from_value(list.clone()).ok());
    let enabled = enabled.unwrap_or_else(|| claims::DEFAULT_EXTENDED.map(str::to_owned).to_vec());
    let mut claims = claims::for_scopes(&subject.facts, scope, ClaimTarget::IdToken(&enabled));
    if let Some(nonce) = &context.nonce {
        claims.insert("nonce".into(), nonce.clone().into());
    }
    if let Some(sid) = &context.sid {
        claims.insert("sid".into(), sid.clone().into());
    }
    if let Some(auth_time) = context.auth_time {
        claims.insert("auth_time".into(), auth_time.seconds().into());
    }
    if let Some(authentication) = context.authentication_for(client) {
        if let Some(acr) = &authentication.acr {
            claims.insert("acr".into(), acr.clone().into());
        }
        if !authentication.amr.is_empty() {
            claims.insert("amr".into(), authentication.amr.clone().into());
        }
    }
    let now = req.now.seconds();
    claims.insert("aud".into(), client.id.as_str().into());
    claims.insert("exp".into(), (now + ttl::id_token(client)).into());
    claims.insert("iat".into(), now.into());
    claims.insert("iss".into(), req.issuer().into());
    claims
}

impl UnsignedAccessToken {
    /// What it is stored under, if it is.
    pub fn stored_name(&self) -> Option<StoredName> {
        match self {
            Self::Opaque(value) => Some(StoredName::of_opaque(value)),
            Self::StoredJwt(claims) => Some(StoredName::of_claims(claims)),
            Self::Jwt(_) => None,
        }
    }

    /// Its claims, if it has any.
    pub fn claims_mut(&mut self) -> Option<&mut Map<String, Value>> {
        match self {
            Self::Opaque(_) => None,
            Self::Jwt(claims) | Self::StoredJwt(claims) => Some(claims),
        }
    }
}

impl UnsignedTokens {
    /// What a script is told of the access token. Of an opaque one it gets the digest, not the value.
    pub(crate) fn token_claims(&self) -> TokenClaims {
        let scope = self.scope.as_ref().map(ToString::to_string);
        match &self.access {
            UnsignedAccessToken::Opaque(value) => {
                TokenClaims { jti: StoredName::of_opaque(value).as_str().to_owned(), aud: None, scope }
            }
            UnsignedAccessToken::Jwt(claims) | UnsignedAccessToken::StoredJwt(claims) => TokenClaims {
                jti: claims.get("jti").and_then(Value::as_str).unwrap_or_default().to_owned(),
                aud: claims.get("aud").cloned(),
                scope,
            },
        }
    }

    /// The last phase: signs the JWTs and builds the response body.
    pub fn sign(&self, req: &RequestContext) -> Result<Value, ProviderError> {
        let keys = &req.config.keys;
        let mut body = Map::new();
        let access = match &self.access {
            UnsignedAccessToken::Opaque(value) => value.clone(),
            UnsignedAccessToken::Jwt(claims) | UnsignedAccessToken::StoredJwt(claims) => {
                keys.current.sign(Some("at+jwt"), claims)?
            }
        };
        body.insert("access_token".into(), access.into());
        body.insert("expires_in".into(), self.expires_in.into());
        if let Some(claims) = &self.id_token {
            body.insert("id_token".into(), keys.for_application(self.id_token_algorithm).sign(None, claims)?.into());
        }
        if let Some(refresh_token) = &self.refresh_token {
            body.insert("refresh_token".into(), refresh_token.clone().into());
        }
        if let Some(kind) = self.issued_token_type {
            body.insert("issued_token_type".into(), kind.into());
        }
        if let Some(scope) = &self.scope {
            body.insert("scope".into(), scope.to_string().into());
        }
        body.insert("token_type".into(), json!(if self.needs_proof { "DPoP" } else { "Bearer" }));
        Ok(Value::Object(body))
    }

    /// The token types as the audit log names them.
    pub fn token_types(&self) -> Vec<&'static str> {
        let mut types = vec!["AccessToken"];
        if self.refresh_token.is_some() {
            types.push("RefreshToken");
        }
        if self.id_token.is_some() {
            types.push("IdToken");
        }
        types
    }
}
