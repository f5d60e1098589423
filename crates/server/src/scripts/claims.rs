//! Claims that a script adds to access tokens (inventory O062, O129–O132). It runs once the grant has been decided, and before the
//! token is signed.

use std::sync::Arc;

use ::api::scripts::TokenType;
use ::scripts::Failure;
use kernel::ids::{ApplicationId, OrganizationId, UserId};
use oauth::{GrantType, OAuthError};
use serde_json::{Map, Value, json};

use super::context;
use super::execution::{self, Call, members};
use super::store::{ReadyCustomizer, ReadyScript};
use crate::App;
use crate::callers::RequestContext;
use crate::oidc::{ProviderError, audit};
use crate::users::store;
use crate::work::View;

const FUNCTION: &str = "getCustomJwtClaims";

/// Claims that no script sets, whether the token has them or not: they say whose token it is, what it is for, who vouches for it, and
/// who may present it (RFC 7519 section 4.1, RFC 9068 section 2.2, RFC 8693 section 4, RFC 7800 section 3.1).
const RESERVED: [&str; 21] = [
    "acr",
    "act",
    "amr",
    "aud",
    "auth_time",
    "authorization_details",
    "azp",
    "client_id",
    "cnf",
    "events",
    "exp",
    "iat",
    "iss",
    "jti",
    "may_act",
    "nbf",
    "nonce",
    "organization_id",
    "scope",
    "sid",
    "sub",
];

/// What is known of an access token to which a script adds claims.
#[derive(Debug, Clone)]
pub(crate) struct Customization {
    pub script: Arc<ReadyCustomizer>,
    pub client_id: ApplicationId,
    /// None for an application that acts for itself.
    pub user: Option<UserToken>,
}

/// What is known of a token of a user.
#[derive(Debug, Clone)]
pub(crate) struct UserToken {
    pub user_id: UserId,
    pub grant_id: String,
    pub session_uid: Option<String>,
    pub expires_with_session: bool,
    /// The chain of grant types.
    pub gty: String,
    pub organization_id: Option<OrganizationId>,
    /// Of the subject token that was exchanged for it.
    pub subject_token_context: Option<Value>,
}

/// What the claims of a token say that scripts are told.
pub(crate) struct TokenClaims {
    pub jti: String,
    /// None of an opaque token.
    pub aud: Option<Value>,
    pub scope: Option<String>,
}

impl Customization {
    fn kind(&self) -> TokenType {
        match self.user {
            Some(_) => TokenType::AccessToken,
            None => TokenType::ClientCredentials,
        }
    }

    /// The argument `token`.
    fn token(&self, claims: TokenClaims) -> Map<String, Value> {
        let mut token = members([("jti", claims.jti.into()), ("clientId", self.client_id.as_str().into())]);
        token.extend(claims.aud.map(|aud| ("aud".to_owned(), aud)));
        token.extend(claims.scope.map(|scope| ("scope".to_owned(), scope.into())));
        let Some(user) = &self.user else {
            token.insert("kind".into(), "ClientCredentials".into());
            return token;
        };
        token.extend(members([
            ("kind", "AccessToken".into()),
            ("accountId", user.user_id.as_str().into()),
            ("grantId", user.grant_id.clone().into()),
            ("gty", user.gty.clone().into()),
        ]));
        token.extend(user.session_uid.clone().map(|uid| ("sessionUid".to_owned(), uid.into())));
        if user.expires_with_session {
            token.insert("expiresWithSession".into(), true.into());
        }
        token
    }

    /// The argument `context` (inventory O130).
    fn context(&self, view: &View<'_>) -> Result<Map<String, Value>, ProviderError> {
        let mut found = Map::new();
        let mut put = |name: &str, value: Option<Value>| found.extend(value.map(|value| (name.to_owned(), value)));
        if let Some(token) = &self.user {
            let gone = || OAuthError::invalid_grant("user not found or suspended");
            let user = store::find(view, &token.user_id)?.ok_or_else(gone)?;
            put("user", Some(context::user(view, user)?));
            if token.gty.starts_with(GrantType::TokenExchange.name()) {
                let mut grant = json!({"type": GrantType::TokenExchange.name()});
                if let Some(context) = &token.subject_token_context {
                    grant["subjectTokenContext"] = context.clone();
                }
                put("grant", Some(grant));
            }
            if let Some(uid) = &token.session_uid {
                put("interaction", context::interaction(view, &token.user_id, uid)?);
            }
            if let Some(id) = &token.organization_id {
                put("organization", context::organization(view, id)?);
            }
        }
        put("application", context::application(view, &self.client_id)?);
        Ok(found)
    }
}

/// Asks the script of a token for claims. It may take as long as scripts may.
///
/// # Errors
/// `access_denied` if the script says so; `invalid_request` if it failed and no token shall be issued then; a failure of the database.
pub(crate) async fn of_token(
    req: &RequestContext,
    customization: Customization,
    claims: TokenClaims,
) -> Result<Map<String, Value>, ProviderError> {
    let token = customization.token(claims);
    let asked = customization.clone();
    let context = req.read_inline(move |view| asked.context(view)).await?;
    let argument = members([("token", token.into()), ("context", context.clone().into())]);
    let outcome = run(&req.app, req.tenant_id(), &customization.script.script, argument).await;
    let user_id = customization.user.as_ref().map(|user| &user.user_id);
    let event = audit::CustomizationEvent {
        kind: customization.kind(),
        user_id,
        client_id: &customization.client_id,
        context: context.into(),
        outcome: outcome.as_ref(),
    };
    req.app.audit(req.tenant_id(), &audit::customization(req, event));
    match outcome {
        Ok(claims) => Ok(claims),
        Err(Failure::Denied(message)) => Err(OAuthError::denied_by_script(message).into()),
        Err(failure) if customization.script.blocks_on_error => {
            tracing::warn!(%failure, tenant = req.tenant_id(), "no token is issued, because the script for its claims failed");
            Err(OAuthError::invalid_request("the script for custom claims failed").into())
        }
        Err(failure) => {
            tracing::warn!(%failure, tenant = req.tenant_id(), "a token is issued without custom claims: their script failed");
            Ok(Map::new())
        }
    }
}

/// Adds the claims that are not reserved.
pub(crate) fn add(claims: &mut Map<String, Value>, custom: Map<String, Value>) {
    claims.extend(custom.into_iter().filter(|(name, _)| !RESERVED.contains(&name.as_str())));
}

/// Runs a script that adds claims. `argument` has `token` and `context`.
///
/// # Errors
/// [`Failure`]; also when it returns no object.
pub(super) async fn run(
    app: &App,
    tenant_id: &'static str,
    script: &ReadyScript,
    argument: Map<String, Value>,
) -> Result<Map<String, Value>, Failure> {
    match execution::run(app, tenant_id, script, Call { function: FUNCTION, argument, can_deny: true }).await? {
        Some(Value::Object(claims)) => Ok(claims),
        _ => Err(Failure::Type(format!("{FUNCTION} must return an object"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e5_no_script_changes_what_a_token_is() {
        let object = |value: Value| value.as_object().cloned().unwrap();
        let mut claims = object(json!({"sub": "u1", "aud": "https://a.example"}));
        let custom: Map<String, Value> = RESERVED.iter().map(|name| ((*name).to_owned(), json!("forged"))).collect();
        add(&mut claims, custom);
        add(&mut claims, object(json!({"tier": "gold", "roles": [1]})));
        assert_eq!(
            Value::Object(claims),
            json!({"sub": "u1", "aud": "https://a.example", "tier": "gold", "roles": [1]})
        );
        assert!(RESERVED.is_sorted());
    }
}
