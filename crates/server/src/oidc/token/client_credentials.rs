//! The client credentials grant: from the snapshot, with one read only when an organization is named, and no write.

use oauth::token::client_credentials::{self, MachineTarget};
use oauth::{Client, OAuthError, Params, ScopeSet, scope, ttl};
use serde_json::{Map, Value};

use super::{Answer, Refused};
use crate::oidc::context::Context;
use crate::oidc::issue::{self, Subject};
use crate::oidc::{Failure, rights};
use crate::organizations::memberships;

pub(super) async fn run(cx: &Context, params: &Params, client: &Client) -> Result<Answer, Refused> {
    let config = &cx.config;
    let default = config.resources.values().find(|resource| resource.is_default);
    let default = default.map(|resource| resource.indicator.as_str());
    let target = client_credentials::target(params, default, |known| config.resources.contains_key(known))?;
    let requested: ScopeSet = params.list("scope").into_iter().collect();
    let (indicator, organization_id) = match &target {
        MachineTarget::Resource { indicator, organization_id } => {
            (Some(indicator.as_str()), organization_id.as_deref())
        }
        MachineTarget::Organization(id) => (None, Some(id.as_str())),
    };
    let available = match organization_id {
        None => rights::machine_scopes(config, client, indicator.unwrap_or_default()),
        Some(organization_id) => {
            let roles = organization_roles(cx, client, organization_id).await?;
            rights::machine_organization_scopes(config, &roles, indicator)
        }
    };
    let granted = requested.and(&available);
    // An organization token always says which scopes it has, a resource token only when it has some (trace 30-05).
    let shown = (indicator.is_none() || !granted.is_empty()).then_some(&granted);
    let (audience, lifetime) = match (indicator, organization_id) {
        (Some(indicator), _) => (indicator.to_owned(), issue::resource_ttl(cx, indicator)),
        (None, organization) => (scope::organization_audience(organization.unwrap_or_default()), ttl::ACCESS_TOKEN),
    };
    let subject = Subject {
        sub: &client.id,
        client_id: &client.id,
        audience: &audience,
        organization_id: organization_id.filter(|_| indicator.is_some()),
    };
    let claims = issue::access_claims(cx, &subject, shown, lifetime);
    let mut body = Map::new();
    let token = cx.config.keys.current.sign(Some("at+jwt"), &claims).map_err(Failure::from)?;
    body.insert("access_token".into(), token.into());
    body.insert("expires_in".into(), lifetime.into());
    body.insert("token_type".into(), "Bearer".into());
    if let Some(granted) = shown {
        body.insert("scope".into(), granted.to_string().into());
    }
    Ok(Answer {
        body: Value::Object(body),
        user_id: None,
        scope: shown.map(ScopeSet::to_string),
        token_types: vec!["AccessToken"],
    })
}

async fn organization_roles(
    cx: &Context,
    client: &Client,
    organization_id: &str,
) -> Result<std::collections::BTreeSet<String>, Failure> {
    let (tenant, id, application) = (cx.tenant_id(), organization_id.to_owned(), client.id.clone());
    let roles = cx.app.db.read_inline(move |r| {
        if !memberships::is_application_member(r, tenant, &id, &application)? {
            return Ok::<_, Failure>(None);
        }
        Ok(Some(memberships::application_role_ids(r, tenant, &id, &application)?))
    });
    let refused = || OAuthError::access_denied("app has not associated with the organization");
    Ok(roles.await?.ok_or_else(refused)?)
}
