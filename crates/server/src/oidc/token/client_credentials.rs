//! The client credentials grant (RFC 6749 section 4.4): served from the snapshot; reads the database only when an
//! organization is named.

use oauth::token::client_credentials::{self, MachineTokenTarget};
use oauth::{Client, OAuthError, Params, ScopeSet, scope, ttl};
use serde_json::{Map, Value};

use super::{TokenError, TokenResponse};
use crate::oidc::provider_request::ProviderRequest;
use crate::oidc::token::issue::{self, AccessTokenSubject};
use crate::oidc::{ProviderError, scopes};
use crate::organizations::memberships;

pub(super) async fn issue_machine_token(
    req: &ProviderRequest,
    params: &Params,
    client: &Client,
) -> Result<TokenResponse, TokenError> {
    let config = &req.config;
    let default = config.resources.values().find(|resource| resource.is_default);
    let default = default.map(|resource| resource.indicator.as_str());
    let target = client_credentials::parse_target(params, default, |known| config.resources.contains_key(known))?;
    let requested: ScopeSet = params.list("scope").into_iter().collect();
    let (indicator, organization_id) = match &target {
        MachineTokenTarget::Resource { indicator, organization_id } => {
            (Some(indicator.as_str()), organization_id.as_deref())
        }
        MachineTokenTarget::Organization(id) => (None, Some(id.as_str())),
    };
    let available = match organization_id {
        None => scopes::machine_scopes(config, client, indicator.unwrap_or_default()),
        Some(organization_id) => {
            let roles = organization_roles(req, client, organization_id).await?;
            scopes::machine_organization_scopes(config, &roles, indicator)
        }
    };
    let granted = requested.intersection(&available);
    // An organization token always has a `scope` claim, a resource token only when it has a scope (trace 30-05).
    let scope_claim = (indicator.is_none() || !granted.is_empty()).then_some(&granted);
    let (audience, lifetime) = match (indicator, organization_id) {
        (Some(indicator), _) => (indicator.to_owned(), issue::resource_ttl(req, indicator)),
        (None, organization) => (scope::organization_audience(organization.unwrap_or_default()), ttl::ACCESS_TOKEN),
    };
    let subject = AccessTokenSubject {
        sub: &client.id,
        client_id: &client.id,
        audience: &audience,
        organization_id: organization_id.filter(|_| indicator.is_some()),
    };
    let claims = issue::access_token_claims(req, &subject, scope_claim, lifetime);
    let mut body = Map::new();
    let token = req.config.keys.current.sign(Some("at+jwt"), &claims).map_err(ProviderError::from)?;
    body.insert("access_token".into(), token.into());
    body.insert("expires_in".into(), lifetime.into());
    body.insert("token_type".into(), "Bearer".into());
    if let Some(granted) = scope_claim {
        body.insert("scope".into(), granted.to_string().into());
    }
    Ok(TokenResponse {
        body: Value::Object(body),
        user_id: None,
        scope: scope_claim.map(ScopeSet::to_string),
        token_types: vec!["AccessToken"],
    })
}

async fn organization_roles(
    req: &ProviderRequest,
    client: &Client,
    organization_id: &str,
) -> Result<std::collections::BTreeSet<String>, ProviderError> {
    let (tenant, id, application) = (req.tenant_id(), organization_id.to_owned(), client.id.clone());
    let roles = req.app.db.read_inline(move |r| {
        if !memberships::is_application_member(r, tenant, &id, &application)? {
            return Ok::<_, ProviderError>(None);
        }
        Ok(Some(memberships::application_role_ids(r, tenant, &id, &application)?))
    });
    let not_a_member = || OAuthError::access_denied("app has not associated with the organization");
    Ok(roles.await?.ok_or_else(not_a_member)?)
}
