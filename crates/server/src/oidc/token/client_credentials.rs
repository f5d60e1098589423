//! The client credentials grant (RFC 6749 section 4.4): served from the snapshot; reads the database only when an
//! organization is named.

use kernel::ids::OrganizationId;
use std::collections::BTreeSet;
use std::sync::Arc;

use ::api::scripts::TokenType;
use oauth::token::client_credentials::{self, MachineTokenTarget};
use oauth::{Client, GrantType, OAuthError, ScopeSet, scope, ttl};

use super::grant::Grant;
use super::issue::{self, AccessTokenSubject, UnsignedAccessToken, UnsignedTokens};
use super::{TokenError, TokenRequest};
use crate::callers::RequestContext;
use crate::oidc::{ProviderError, dpop, scopes};
use crate::organizations::memberships;
use crate::scripts::claims::Customization;

pub(super) const GRANT: Grant =
    Grant { grant_type: GrantType::ClientCredentials, authorize: |request| Box::pin(authorize_machine(request)) };

async fn authorize_machine(request: Arc<TokenRequest>) -> Result<UnsignedTokens, TokenError> {
    let (req, params, client) = (&request.context, &request.params, &request.registered.client);
    let config = &req.config;
    let default = config.access.resources.values().find(|resource| resource.is_default);
    let default = default.map(|resource| resource.indicator.as_str());
    let target =
        client_credentials::parse_target(params, default, |known| config.access.resources.contains_key(known))?;
    let requested: ScopeSet = params.list("scope").into_iter().collect();
    let (indicator, organization_id) = match &target {
        MachineTokenTarget::Resource { indicator, organization_id } => {
            (Some(indicator.as_str()), organization_id.as_ref())
        }
        MachineTokenTarget::Organization(id) => (None, Some(id)),
    };
    let available = match organization_id {
        None => scopes::machine_scopes(config, &request.registered, indicator.unwrap_or_default()),
        Some(organization_id) => {
            let roles = organization_roles(req, client, organization_id).await?;
            scopes::machine_organization_scopes(req, &roles, indicator)
        }
    };
    let granted = requested.intersection(&available);
    // An organization token always has a `scope` claim, a resource token only when it has a scope (trace 30-05).
    let scope_claim = (indicator.is_none() || !granted.is_empty()).then_some(&granted);
    let (audience, lifetime) = match (indicator, organization_id) {
        (Some(indicator), _) => (indicator.to_owned(), issue::resource_ttl(req, indicator)),
        (None, organization) => {
            (scope::organization_audience(organization.map_or("", OrganizationId::as_str)), ttl::ACCESS_TOKEN)
        }
    };
    let subject = AccessTokenSubject {
        sub: &client.id,
        client_id: &client.id,
        audience: &audience,
        organization_id: organization_id.filter(|_| indicator.is_some()),
        grant_id: None,
    };
    let claims = issue::access_token_claims(req, &subject, scope_claim, lifetime);
    let customization = config
        .scripts
        .customizer(TokenType::ClientCredentials)
        .map(|script| Box::new(Customization { script: script.clone(), client_id: client.id.clone(), user: None }));
    let unsigned = UnsignedTokens {
        access: UnsignedAccessToken::Jwt(claims),
        expires_in: lifetime,
        scope: scope_claim.cloned(),
        id_token: None,
        id_token_algorithm: None,
        refresh_token: None,
        issued_token_type: None,
        user_id: None,
        needs_proof: false,
        customization,
    };
    if request.proven().is_none() {
        return Ok(unsigned);
    }
    let (context, request) = (req.clone(), Arc::clone(&request));
    Ok(context.write_relaxed(move |work| dpop::bind(work, &request, unsigned)).await?)
}

async fn organization_roles(
    req: &RequestContext,
    client: &Client,
    organization_id: &OrganizationId,
) -> Result<BTreeSet<String>, ProviderError> {
    let (id, application) = (organization_id.to_owned(), client.id.clone());
    let roles = req.read_inline(move |view| {
        let tenant_id = view.tenant_id();
        if !memberships::is_application_member(view, tenant_id, &id, &application)? {
            return Ok::<_, ProviderError>(None);
        }
        Ok(Some(memberships::application_role_ids(view, tenant_id, &id, &application)?))
    });
    let not_a_member = || OAuthError::access_denied("app has not associated with the organization");
    Ok(roles.await?.ok_or_else(not_a_member)?)
}
