//! Token answers: what was decided in the transaction is signed afterwards (inventory O057–O066).

use db::Tx;
use kernel::id;
use oauth::claims::{self, Destination};
use oauth::grant::GrantedScopes;
use oauth::token::Target;
use oauth::{Client, ScopeSet, scope, ttl};
use serde_json::{Map, Value, json};

use super::account::Account;
use super::codes::About;
use super::context::Context;
use super::rights::{self, UserRoles};
use super::{Failure, tokens};

/// What the tokens of a user are made from.
pub struct Basis<'a> {
    pub client: &'a Client,
    pub account: Account,
    pub granted: &'a GrantedScopes,
    pub about: &'a About,
    pub gty: &'a str,
}

/// The access token before it is signed.
#[derive(Debug, Clone)]
pub enum AccessToken {
    Opaque(String),
    Jwt(Map<String, Value>),
}

/// The decided answer.
#[derive(Debug, Clone)]
pub struct Plan {
    pub access: AccessToken,
    pub expires_in: i64,
    pub scope: ScopeSet,
    pub id_token: Option<Map<String, Value>>,
    pub refresh_token: Option<String>,
    pub user_id: String,
}

/// Decides scopes and claims, and stores an opaque token. `requested` are the scopes asked for; an ID token has the
/// claims of `id_token_scope`.
pub fn plan(
    tx: &Tx<'_>,
    cx: &Context,
    basis: Basis<'_>,
    target: &Target,
    requested: &ScopeSet,
    id_token_scope: Option<&ScopeSet>,
) -> Result<Plan, Failure> {
    let Basis { client, mut account, granted, about, gty } = basis;
    let user_id = account.facts.id.clone();
    let (scope, ttl, audience) = match target {
        Target::Userinfo => (target.scopes(requested, granted, &ScopeSet::default()), ttl::ACCESS_TOKEN, None),
        Target::Resource { indicator, organization_id } => {
            let roles = UserRoles::load(tx, cx.tenant_id(), &user_id)?;
            let available = roles.resource_scopes(&cx.config, client, indicator, organization_id.as_deref());
            let ttl = resource_ttl(cx, indicator);
            (target.scopes(requested, granted, &available), ttl, Some(indicator.clone()))
        }
        Target::Organization(organization_id) => {
            let roles = UserRoles::load(tx, cx.tenant_id(), &user_id)?;
            let available = roles.organization_scopes(&cx.config, client, organization_id);
            let audience = scope::organization_audience(organization_id);
            (target.scopes(requested, granted, &available), ttl::ACCESS_TOKEN, Some(audience))
        }
    };
    let access = match audience {
        None => AccessToken::Opaque(tokens::create_access(
            tx,
            cx.tenant_id(),
            (&client.id, about, gty),
            &scope,
            (&cx.app.rng, cx.now),
        )?),
        Some(audience) => AccessToken::Jwt(access_claims(
            cx,
            &Subject {
                sub: &user_id,
                client_id: &client.id,
                audience: &audience,
                organization_id: target.organization(),
            },
            Some(&scope),
            ttl,
        )),
    };
    let id_token = match id_token_scope {
        None => None,
        Some(wanted) => {
            account.load_for(tx, cx.tenant_id(), wanted)?;
            Some(id_claims(cx, client, &account, about, wanted))
        }
    };
    Ok(Plan { access, expires_in: ttl, scope, id_token, refresh_token: None, user_id })
}

/// Lets the organization of a target pass, if it has one.
pub fn check_target(
    tx: &Tx<'_>,
    cx: &Context,
    client: &Client,
    account: &Account,
    target: &Target,
) -> Result<(), Failure> {
    match target.organization().or(target.organization_audience()) {
        None => Ok(()),
        Some(organization_id) => {
            let user = (account.facts.id.as_str(), account.has_mfa);
            rights::check_organization(tx, cx.tenant_id(), client, user, organization_id)
        }
    }
}

/// Lifetime of tokens for a resource.
pub fn resource_ttl(cx: &Context, indicator: &str) -> i64 {
    cx.config.resources.get(indicator).map_or(ttl::ACCESS_TOKEN, |resource| resource.access_token_ttl)
}

/// Whom and what a JWT access token is about.
pub struct Subject<'a> {
    pub sub: &'a str,
    pub client_id: &'a str,
    pub audience: &'a str,
    /// Set when an organization was named together with a resource (inventory O060).
    pub organization_id: Option<&'a str>,
}

/// The claims of a JWT access token (RFC 9068). Claims of a customiser script would be merged last here, never over
/// these (attack E5).
pub fn access_claims(cx: &Context, subject: &Subject<'_>, scope: Option<&ScopeSet>, ttl: i64) -> Map<String, Value> {
    let now = cx.now.seconds();
    let mut claims = Map::new();
    if let Some(organization_id) = subject.organization_id {
        claims.insert("organization_id".into(), organization_id.into());
    }
    claims.insert("jti".into(), id::opaque(&cx.app.rng).into());
    claims.insert("sub".into(), subject.sub.into());
    claims.insert("iat".into(), now.into());
    claims.insert("exp".into(), (now + ttl).into());
    if let Some(scope) = scope {
        claims.insert("scope".into(), scope.to_string().into());
    }
    claims.insert("client_id".into(), subject.client_id.into());
    claims.insert("iss".into(), cx.issuer().into());
    claims.insert("aud".into(), subject.audience.into());
    claims
}

fn id_claims(cx: &Context, client: &Client, account: &Account, about: &About, scope: &ScopeSet) -> Map<String, Value> {
    let configured = cx.config.configs.get("idToken").and_then(|value| value.get("enabledExtendedClaims"));
    let enabled: Option<Vec<String>> = configured.and_then(|list| serde_json::from_value(list.clone()).ok());
    let enabled = enabled.unwrap_or_else(|| claims::DEFAULT_EXTENDED.map(str::to_owned).to_vec());
    let mut claims = claims::for_scopes(&account.facts, scope, Destination::IdToken(&enabled));
    if let Some(nonce) = &about.nonce {
        claims.insert("nonce".into(), nonce.clone().into());
    }
    if let Some(sid) = &about.sid {
        claims.insert("sid".into(), sid.clone().into());
    }
    if let Some(auth_time) = about.auth_time {
        claims.insert("auth_time".into(), auth_time.seconds().into());
    }
    let now = cx.now.seconds();
    claims.insert("aud".into(), client.id.clone().into());
    claims.insert("exp".into(), (now + ttl::id_token(client)).into());
    claims.insert("iat".into(), now.into());
    claims.insert("iss".into(), cx.issuer().into());
    claims
}

impl Plan {
    /// Signs what must be signed and builds the answer.
    pub fn answer(&self, cx: &Context) -> Result<Value, Failure> {
        let key = &cx.config.keys.current;
        let mut body = Map::new();
        let access = match &self.access {
            AccessToken::Opaque(value) => value.clone(),
            AccessToken::Jwt(claims) => key.sign(Some("at+jwt"), claims)?,
        };
        body.insert("access_token".into(), access.into());
        body.insert("expires_in".into(), self.expires_in.into());
        if let Some(claims) = &self.id_token {
            body.insert("id_token".into(), key.sign(None, claims)?.into());
        }
        if let Some(refresh_token) = &self.refresh_token {
            body.insert("refresh_token".into(), refresh_token.clone().into());
        }
        body.insert("scope".into(), self.scope.to_string().into());
        body.insert("token_type".into(), json!("Bearer"));
        Ok(Value::Object(body))
    }

    /// For the audit log.
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
