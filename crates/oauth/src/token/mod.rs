//! The token endpoint (RFC 6749 section 3.2): which grant, and what the new access token is for. One file per grant.

pub mod authorization_code;
pub mod client_credentials;
pub mod device_code;
pub mod refresh_token;
pub mod subject_limits;
pub mod token_exchange;

use crate::client::GrantType;
use crate::grant::GrantedScopes;
use crate::scope::{ORGANIZATIONS_RESOURCE, ScopeSet, organization_audience};
use crate::{Client, OAuthError, Params};
use kernel::ids::OrganizationId;

/// The grant type of a request, known and allowed for the client.
pub fn grant_type(params: &Params, client: &Client) -> Result<GrantType, OAuthError> {
    params.require(&["grant_type"])?;
    let name = params.get("grant_type").unwrap_or_default();
    let grant = GrantType::from_name(name).ok_or_else(OAuthError::unsupported_grant_type)?;
    if !client.allows_grant(grant) {
        return Err(OAuthError::invalid_request("requested grant type is not allowed for this client"));
    }
    Ok(grant)
}

/// What a user's access token is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenTarget {
    /// An opaque token for the userinfo endpoint and the account API.
    Userinfo,
    /// A JWT for one resource, maybe on behalf of an organization.
    Resource { indicator: String, organization_id: Option<OrganizationId> },
    /// A JWT for one organization.
    Organization(OrganizationId),
}

impl TokenTarget {
    /// Resolves `resource` and `organization_id` of a token request (traces 30-02, 30-25). `granted` are the resources of
    /// the code or refresh token; asking for another one is refused (attack B18), and so is one that the tenant does not have
    /// any more.
    pub fn resolve(
        params: &Params,
        granted: &[String],
        scope: &ScopeSet,
        organization_id: Option<&str>,
        knows_resource: impl Fn(&str) -> bool,
    ) -> Result<Self, OAuthError> {
        let target = Self::requested(params, granted, scope, organization_id)?;
        match &target {
            Self::Resource { indicator, .. } if indicator != ORGANIZATIONS_RESOURCE && !knows_resource(indicator) => {
                Err(OAuthError::unknown_resource())
            }
            _ => Ok(target),
        }
    }

    fn requested(
        params: &Params,
        granted: &[String],
        scope: &ScopeSet,
        organization_id: Option<&str>,
    ) -> Result<Self, OAuthError> {
        let mut asked = params.all("resource");
        match (asked.next(), asked.next(), organization_id) {
            (Some(indicator), None, organization) => {
                if !granted.iter().any(|known| known == indicator) {
                    return Err(OAuthError::unknown_resource());
                }
                let organization_id = organization.map(OrganizationId::from);
                Ok(Self::Resource { indicator: indicator.to_owned(), organization_id })
            }
            (_, _, Some(organization)) => Ok(Self::Organization(organization.into())),
            (None, ..) if !scope.contains("openid") => match granted {
                [only] => Ok(Self::Resource { indicator: only.clone(), organization_id: None }),
                _ => Ok(Self::Userinfo),
            },
            _ => Ok(Self::Userinfo),
        }
    }

    /// The audience of the token; none for an opaque token.
    pub fn audience(&self) -> Option<String> {
        match self {
            Self::Userinfo => None,
            Self::Resource { indicator, .. } => Some(indicator.clone()),
            Self::Organization(id) => Some(organization_audience(id)),
        }
    }

    /// The organization that a resource token acts for.
    pub fn organization(&self) -> Option<&OrganizationId> {
        match self {
            Self::Resource { organization_id, .. } => organization_id.as_ref(),
            Self::Userinfo | Self::Organization(_) => None,
        }
    }

    /// The organization that is the audience itself.
    pub fn organization_audience(&self) -> Option<&OrganizationId> {
        match self {
            Self::Organization(id) => Some(id),
            Self::Userinfo | Self::Resource { .. } => None,
        }
    }

    /// The scopes of the token: what was asked for, the grant holds, and (for JWTs) the user has at this moment.
    #[must_use]
    pub fn scopes(&self, requested: &ScopeSet, grant: &GrantedScopes, available: &ScopeSet) -> ScopeSet {
        match self {
            Self::Userinfo => requested.standard_scopes().intersection(&grant.openid),
            Self::Resource { indicator, .. } => {
                requested.intersection(&grant.resource(indicator)).intersection(available)
            }
            Self::Organization(_) => requested.intersection(available),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::{ApplicationType, samples};

    fn target(query: &str, granted: &[&str], scope: &str) -> Result<TokenTarget, OAuthError> {
        let granted: Vec<String> = granted.iter().map(|indicator| (*indicator).to_owned()).collect();
        let params = Params::parse(query).unwrap();
        let knows = |indicator: &str| !indicator.ends_with("deleted");
        TokenTarget::resolve(&params, &granted, &ScopeSet::parse(scope), params.get("organization_id"), knows)
    }

    #[test]
    fn grant_types_are_checked_in_the_recorded_order() {
        let spa = samples::client(ApplicationType::Spa, &[]);
        let text = |body: &str| grant_type(&Params::parse(body).unwrap(), &spa).unwrap_err().description.unwrap();
        assert_eq!(text("client_id=x"), "missing required parameter 'grant_type'");
        assert_eq!(text("grant_type=nope"), "unsupported grant_type requested");
        assert_eq!(text("grant_type=client_credentials"), "requested grant type is not allowed for this client");
    }

    #[test]
    fn the_audience_follows_resource_and_organization() {
        let items = TokenTarget::Resource { indicator: "https://items".into(), organization_id: None };
        assert_eq!(target("", &["https://items"], "openid"), Ok(TokenTarget::Userinfo));
        assert_eq!(target("", &["https://items"], "read"), Ok(items.clone()));
        assert_eq!(target("", &[], "profile"), Ok(TokenTarget::Userinfo));
        assert_eq!(target("resource=https://items", &["https://items"], "openid"), Ok(items));
        assert_eq!(target("organization_id=o", &[], "openid"), Ok(TokenTarget::Organization("o".into())));
        assert_eq!(target("organization_id=", &[], "openid"), Ok(TokenTarget::Userinfo));
        assert_eq!(
            target("organization_id=o&resource=https://items", &["https://items"], "openid"),
            Ok(TokenTarget::Resource { indicator: "https://items".into(), organization_id: Some("o".into()) })
        );
        let two = "resource=https://items&resource=https://orders";
        assert_eq!(target(two, &["https://items", "https://orders"], "openid"), Ok(TokenTarget::Userinfo));
    }

    #[test]
    fn b18_a_resource_that_was_not_granted_is_refused() {
        for query in ["resource=https://other", "resource=https://items/", "resource=HTTPS://items"] {
            assert_eq!(target(query, &["https://items"], "openid").unwrap_err().error, "invalid_target", "{query}");
        }
        assert_eq!(target("resource=https://items", &[], "openid").unwrap_err().error, "invalid_target");
    }

    #[test]
    fn a_resource_that_was_deleted_since_is_refused() {
        for (query, scope) in [("resource=https://deleted", "openid"), ("", "read")] {
            assert_eq!(target(query, &["https://deleted"], scope).unwrap_err().error, "invalid_target", "{query}");
        }
        assert_eq!(target("", &["https://deleted"], "openid"), Ok(TokenTarget::Userinfo));
    }

    #[test]
    fn scopes_are_cut_to_grant_and_user() {
        let mut grant = GrantedScopes { openid: ScopeSet::parse("openid profile"), ..GrantedScopes::default() };
        grant.add_resource("https://items", &ScopeSet::parse("read write"));
        let requested = ScopeSet::parse("openid profile email read write org:read");
        let cut = |target: TokenTarget, available: &str| {
            target.scopes(&requested, &grant, &ScopeSet::parse(available)).to_string()
        };
        let items = TokenTarget::Resource { indicator: "https://items".into(), organization_id: None };
        assert_eq!(cut(TokenTarget::Userinfo, ""), "openid profile");
        assert_eq!(cut(items.clone(), "write admin"), "write");
        assert_eq!(cut(items, ""), "");
        assert_eq!(cut(TokenTarget::Organization("o".into()), "org:read org:write"), "org:read");
    }
}
