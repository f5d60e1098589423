//! The client credentials grant (RFC 6749 section 4.4, inventory O083–O086).

use kernel::ids::OrganizationId;
use url::Url;

use crate::{OAuthError, Params};

/// What a machine asks a token for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MachineTokenTarget {
    Resource { indicator: String, organization_id: Option<OrganizationId> },
    Organization(OrganizationId),
}

/// Resolves `resource` and `organization_id`; the tenant's default resource stands in for both.
pub fn parse_target(
    params: &Params,
    default_resource: Option<&str>,
    knows_resource: impl Fn(&str) -> bool,
) -> Result<MachineTokenTarget, OAuthError> {
    let organization_id = params.get("organization_id").map(OrganizationId::from);
    let mut asked = params.all("resource");
    let indicator = match (asked.next(), asked.next()) {
        (Some(_), Some(_)) => {
            let description = "only a single resource indicator value is supported for this grant type";
            return Err(OAuthError::invalid_target(description));
        }
        (Some(indicator), None) => indicator,
        (None, _) => match (organization_id.clone(), default_resource) {
            (Some(organization), _) => return Ok(MachineTokenTarget::Organization(organization)),
            (None, Some(default)) => default,
            (None, None) => {
                let description = "both `resource` and `organization_id` are not provided";
                return Err(OAuthError::invalid_target(description));
            }
        },
    };
    if Url::parse(indicator).is_err() {
        return Err(OAuthError::invalid_target("resource indicator must be an absolute URI"));
    }
    if indicator != crate::scope::ORGANIZATIONS_RESOURCE && !knows_resource(indicator) {
        return Err(OAuthError::unknown_resource());
    }
    Ok(MachineTokenTarget::Resource { indicator: indicator.to_owned(), organization_id })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(query: &str, default: Option<&str>) -> Result<MachineTokenTarget, OAuthError> {
        parse_target(&Params::parse(query).unwrap(), default, |indicator| indicator.starts_with("https://known"))
    }

    #[test]
    fn targets_follow_the_recorded_table() {
        let resource = |indicator: &str, organization: Option<&str>| MachineTokenTarget::Resource {
            indicator: indicator.into(),
            organization_id: organization.map(OrganizationId::from),
        };
        assert_eq!(parse("resource=https://known", None), Ok(resource("https://known", None)));
        assert_eq!(parse("organization_id=o", None), Ok(MachineTokenTarget::Organization("o".into())));
        assert_eq!(parse("organization_id=o", Some("https://known")), Ok(MachineTokenTarget::Organization("o".into())));
        assert_eq!(parse("organization_id=o&resource=https://known", None), Ok(resource("https://known", Some("o"))));
        assert_eq!(parse("", Some("https://known")), Ok(resource("https://known", None)));
        assert!(parse("resource=urn:logto:resource:organizations", None).is_ok());
        for (query, text) in [
            ("", "both `resource` and `organization_id` are not provided"),
            (
                "resource=https://known&resource=https://known2",
                "only a single resource indicator value is supported for this grant type",
            ),
            ("resource=https://unknown", "resource indicator is missing, or unknown"),
        ] {
            let error = parse(query, None).unwrap_err();
            assert_eq!((error.error, error.description.unwrap().as_str()), ("invalid_target", text));
        }
    }
}
