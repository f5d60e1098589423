//! How much of what a subject token allows is left for the token that it is exchanged for.

use std::collections::BTreeMap;

use kernel::ids::OrganizationId;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::TokenTarget;
use crate::OAuthError;
use crate::scope::{ORGANIZATION_AUDIENCE, ScopeSet};

/// How many tokens may be exchanged for one another, each for the next.
const MAX_EXCHANGES: u32 = 8;

/// What the grant of an exchanged token keeps of the tokens that led to it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExchangeHistory {
    /// How many exchanges led here.
    pub count: u32,
    /// The scopes of each audience that one of the tokens was for.
    pub scopes: BTreeMap<String, ScopeSet>,
    /// The organization that one of the tokens was for.
    pub organization_id: Option<OrganizationId>,
    /// The session that the first of the tokens ends with, if it does.
    pub session_uid: Option<String>,
}

/// What a subject token lets its bearer ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubjectLimits {
    /// Whatever the user may do: the tenant's own administrators, or the user, made the token for that.
    None,
    /// What an access token was issued for, with those before it.
    AccessToken { scope: ScopeSet, history: ExchangeHistory },
}

impl SubjectLimits {
    /// The limits of a JWT access token.
    pub fn of_claims(claims: &Map<String, Value>, mut history: ExchangeHistory) -> Self {
        let audiences: Vec<&str> = match claims.get("aud") {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        let named = claims.get("organization_id").and_then(Value::as_str);
        let organization_id =
            named.or_else(|| audiences.iter().find_map(|one| one.strip_prefix(ORGANIZATION_AUDIENCE)));
        history.organization_id = organization_id.map(OrganizationId::from).or(history.organization_id);
        let scope = ScopeSet::parse(claims.get("scope").and_then(Value::as_str).unwrap_or_default());
        history.scopes.extend(audiences.into_iter().map(|audience| (audience.to_owned(), scope.clone())));
        Self::AccessToken { scope, history }
    }

    /// The organization of the new token: a token for one organization does not become one for another, or for all.
    ///
    /// # Errors
    /// `invalid_grant` when the request names another one.
    pub fn organization<'a>(&'a self, requested: Option<&'a str>) -> Result<Option<&'a str>, OAuthError> {
        let Self::AccessToken { history: ExchangeHistory { organization_id: Some(own), .. }, .. } = self else {
            return Ok(requested);
        };
        match requested {
            Some(other) if own.as_str() != other => {
                Err(OAuthError::invalid_grant("subject token is bound to another organization"))
            }
            _ => Ok(Some(own.as_str())),
        }
    }

    /// The part of `requested` that the new token may have. Scopes about the user, and those of an audience that the subject token
    /// or one before it is for, do not grow; another audience has its own scopes, of which the user's rights decide.
    #[must_use]
    pub fn permitted(&self, requested: &ScopeSet, target: &TokenTarget) -> ScopeSet {
        let Self::AccessToken { scope, history } = self else { return requested.clone() };
        let limit = match target.audience() {
            None => Some(scope),
            Some(audience) => history.scopes.get(&audience),
        };
        limit.map_or_else(|| requested.clone(), |limit| requested.intersection(limit))
    }

    /// The session that the new token ends with.
    pub fn session_uid(&self) -> Option<&str> {
        match self {
            Self::None => None,
            Self::AccessToken { history, .. } => history.session_uid.as_deref(),
        }
    }

    /// What the grant of the new token keeps, which is for `target` and has the scopes `issued`.
    ///
    /// # Errors
    /// `invalid_grant` after too many exchanges.
    pub fn into_history(self, target: &TokenTarget, issued: &ScopeSet) -> Result<ExchangeHistory, OAuthError> {
        let mut history = match self {
            Self::None => ExchangeHistory::default(),
            Self::AccessToken { history, .. } => history,
        };
        if history.count >= MAX_EXCHANGES {
            return Err(OAuthError::invalid_grant("subject token comes from too many exchanges"));
        }
        history.count += 1;
        history.scopes.extend(target.audience().map(|audience| (audience, issued.clone())));
        let organization_id = target.organization().or(target.organization_audience());
        history.organization_id = history.organization_id.or_else(|| organization_id.cloned());
        Ok(history)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn limits(claims: Value, history: ExchangeHistory) -> SubjectLimits {
        SubjectLimits::of_claims(claims.as_object().unwrap(), history)
    }

    #[test]
    fn b19_scopes_of_the_same_audience_do_not_grow() {
        let items = limits(json!({"aud": "https://items", "scope": "read:items"}), ExchangeHistory::default());
        let resource =
            |indicator: &str| TokenTarget::Resource { indicator: indicator.to_owned(), organization_id: None };
        let asked = ScopeSet::parse("openid read:items write:items");
        assert_eq!(items.permitted(&asked, &resource("https://items")).to_string(), "read:items");
        assert_eq!(items.permitted(&asked, &TokenTarget::Userinfo).to_string(), "read:items");
        assert_eq!(items.permitted(&asked, &resource("https://orders")), asked);
        assert_eq!(SubjectLimits::None.permitted(&asked, &TokenTarget::Userinfo), asked);
        // Nor by way of another audience.
        let kept = items.into_history(&resource("https://orders"), &ScopeSet::parse("buy")).unwrap();
        let orders = limits(json!({"aud": "https://orders", "scope": "buy"}), kept);
        assert_eq!(orders.permitted(&asked, &resource("https://items")).to_string(), "read:items");
    }

    #[test]
    fn b19_a_token_for_one_organization_stays_with_it() {
        for claims in [json!({"aud": "urn:logto:organization:o"}), json!({"aud": "https://x", "organization_id": "o"})]
        {
            let first = limits(claims, ExchangeHistory::default());
            let kept = first.clone().into_history(&TokenTarget::Userinfo, &ScopeSet::default()).unwrap();
            let second = SubjectLimits::AccessToken { scope: ScopeSet::default(), history: kept };
            for limits in [first, second] {
                assert_eq!(limits.organization(None), Ok(Some("o")));
                assert_eq!(limits.organization(Some("o")), Ok(Some("o")));
                let refused = limits.organization(Some("p")).unwrap_err();
                assert_eq!(refused.detail, Some("subject token is bound to another organization"));
            }
        }
        assert_eq!(SubjectLimits::None.organization(Some("p")), Ok(Some("p")));
    }

    #[test]
    fn exchanges_of_exchanged_tokens_are_bounded() {
        let mut history = ExchangeHistory::default();
        for _ in 0..MAX_EXCHANGES {
            let limits = SubjectLimits::AccessToken { scope: ScopeSet::default(), history };
            history = limits.into_history(&TokenTarget::Userinfo, &ScopeSet::default()).unwrap();
        }
        let limits = SubjectLimits::AccessToken { scope: ScopeSet::default(), history };
        let refused = limits.into_history(&TokenTarget::Userinfo, &ScopeSet::default());
        assert_eq!(refused.unwrap_err().detail, Some("subject token comes from too many exchanges"));
    }
}
