//! An access token as a resource server reads it (RFC 9068 section 2.2).

use jose::{DecodedToken, JoseError, check_times};
use kernel::Timestamp;
use serde_json::{Map, Value};

use crate::{AccessTokenError, ORGANIZATION_PREFIX};

/// A token that the provider has signed, or vouched for when asked.
#[derive(Debug, Clone, PartialEq)]
pub struct PresentedToken {
    pub claims: Map<String, Value>,
    pub subject: String,
    pub client_id: Option<String>,
    pub scopes: Vec<String>,
    pub audiences: Vec<String>,
    pub organization_id: Option<String>,
    /// Epoch seconds.
    pub expires_at: i64,
}

/// Which organization a token must be for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrganizationRule<'a> {
    /// None: tokens of organizations are refused.
    None,
    /// Any, or none: the caller looks at it.
    Any,
    Exactly(&'a str),
}

impl PresentedToken {
    /// A JWT whose signature is right.
    pub(crate) fn from_jwt(token: DecodedToken, issuer: &str) -> Result<Self, AccessTokenError> {
        let typ = token.header.typ.as_deref().map(str::to_ascii_lowercase);
        // Required, so that no ID token, logout token or userinfo response is taken for one (RFC 9068 section 4).
        if !matches!(typ.as_deref(), Some("at+jwt" | "application/at+jwt")) {
            return Err(AccessTokenError::Type);
        }
        if token.text("iss") != Some(issuer) {
            return Err(AccessTokenError::Issuer);
        }
        let read = Self::from_claims(token.claims)?;
        if read.audiences.is_empty() {
            return Err(AccessTokenError::Audience);
        }
        Ok(read)
    }

    pub(crate) fn from_claims(claims: Map<String, Value>) -> Result<Self, AccessTokenError> {
        // As a bearer token it would be good for whoever stole it (RFC 9449 section 7.1).
        if claims.contains_key("cnf") {
            return Err(AccessTokenError::Bound);
        }
        let text = |name| claims.get(name).and_then(Value::as_str).map(str::to_owned);
        let optional = |name| match claims.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(value)) => Ok(Some(value.clone())),
            Some(_) => Err(AccessTokenError::Claim(name)),
        };
        let subject = text("sub").filter(|sub| !sub.is_empty()).ok_or(AccessTokenError::Claim("sub"))?;
        let expires_at =
            claims.get("exp").and_then(Value::as_f64).ok_or(AccessTokenError::Claim("exp"))?.floor() as i64;
        let audiences = match claims.get("aud") {
            None => Vec::new(),
            Some(Value::String(one)) => vec![one.clone()],
            Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            Some(_) => return Err(AccessTokenError::Claim("aud")),
        };
        let scopes = optional("scope")?
            .unwrap_or_default()
            .split(' ')
            .filter(|one| !one.is_empty())
            .map(str::to_owned)
            .collect();
        let named = optional("organization_id")?;
        let meant = audiences.iter().find_map(|one| one.strip_prefix(ORGANIZATION_PREFIX)).map(str::to_owned);
        if let (Some(named), Some(meant)) = (&named, &meant)
            && named != meant
        {
            return Err(AccessTokenError::Claim("organization_id"));
        }
        let (client_id, organization_id) = (optional("client_id")?, named.or(meant));
        Ok(Self { claims, subject, client_id, scopes, audiences, organization_id, expires_at })
    }

    /// The audience by which the token is for one of `expected`, or for its organization where the rule takes that.
    pub(crate) fn accepted_audience(&self, expected: &[String], rule: OrganizationRule<'_>) -> Option<&str> {
        let own = self.audiences.iter().find(|one| expected.contains(one));
        let organization = self.audiences.iter().find(|one| one.starts_with(ORGANIZATION_PREFIX));
        own.or(organization.filter(|_| rule != OrganizationRule::None)).map(String::as_str)
    }

    pub(crate) fn check_times(&self, now: Timestamp, leeway_seconds: i64) -> Result<(), JoseError> {
        check_times(&self.claims, now, leeway_seconds)
    }

    pub(crate) fn check_rights(&self, rule: OrganizationRule<'_>, scopes: &[String]) -> Result<(), AccessTokenError> {
        let allowed = match rule {
            // What a token may do in one organization it may not do in general.
            OrganizationRule::None => self.organization_id.is_none(),
            OrganizationRule::Any => true,
            OrganizationRule::Exactly(id) => !id.is_empty() && self.organization_id.as_deref() == Some(id),
        };
        if !allowed {
            return Err(AccessTokenError::Organization);
        }
        let missing: Vec<String> = scopes.iter().filter(|one| !self.scopes.contains(one)).cloned().collect();
        if missing.is_empty() { Ok(()) } else { Err(AccessTokenError::Scopes(missing)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_that_is_bound_to_a_key_is_no_bearer_token() {
        let claims = |text: &str| serde_json::from_str::<Map<String, Value>>(text).unwrap();
        assert!(PresentedToken::from_claims(claims(r#"{"sub": "u", "exp": 1}"#)).is_ok());
        for cnf in [r#"{"jkt": "x"}"#, "null", r#"{"x5t#S256": "x"}"#] {
            let bound = claims(&format!(r#"{{"sub": "u", "exp": 1, "cnf": {cnf}}}"#));
            assert_eq!(PresentedToken::from_claims(bound).unwrap_err(), AccessTokenError::Bound, "{cnf}");
        }
    }
}
