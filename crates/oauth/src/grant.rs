//! What a user has granted a client, and what a browser session remembers about it.

use kernel::ids::ApplicationId;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::scope::ScopeSet;

/// The scopes a user granted one client: of OpenID Connect, and per resource indicator.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantedScopes {
    pub openid: ScopeSet,
    #[serde(default)]
    pub resources: BTreeMap<String, ScopeSet>,
    /// Asked for and declined: not asked again, never given.
    #[serde(default)]
    pub rejected: BTreeMap<String, ScopeSet>,
}

impl GrantedScopes {
    /// The scopes granted for a resource.
    pub fn resource(&self, indicator: &str) -> ScopeSet {
        self.resources.get(indicator).cloned().unwrap_or_default()
    }

    /// The scopes declined for a resource.
    pub fn rejected(&self, indicator: &str) -> ScopeSet {
        self.rejected.get(indicator).cloned().unwrap_or_default()
    }

    /// Adds scopes of a resource; an empty set leaves no entry.
    pub fn add_resource(&mut self, indicator: &str, scopes: &ScopeSet) {
        if !scopes.is_empty() {
            self.resources.entry(indicator.to_owned()).or_default().extend(scopes.iter());
        }
    }

    /// The part of `requested` that the grant covers, for OpenID Connect and for `resources`: the scope of a code.
    #[must_use]
    pub fn accepted(&self, requested: &ScopeSet, resources: &[String]) -> ScopeSet {
        let held: Vec<ScopeSet> = resources.iter().map(|indicator| self.resource(indicator)).collect();
        requested.filter(|name| self.openid.contains(name) || held.iter().any(|scopes| scopes.contains(name)))
    }
}

/// One client in a browser session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Authorization {
    /// Session id told to the client (`sid` claim).
    pub sid: String,
    pub grant_id: String,
    /// The grant outlives the session because `offline_access` was granted (inventory O113).
    #[serde(default)]
    pub persists_logout: bool,
}

/// The clients of a session by id.
pub type Authorizations = BTreeMap<ApplicationId, Authorization>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepted_scopes_are_those_the_grant_covers_for_the_requested_resources() {
        let mut grant = GrantedScopes { openid: ScopeSet::parse("openid profile"), ..GrantedScopes::default() };
        grant.add_resource("https://a", &ScopeSet::parse("read"));
        grant.add_resource("https://b", &ScopeSet::parse("write"));
        let requested = ScopeSet::parse("openid email read write");
        assert_eq!(grant.accepted(&requested, &["https://a".into()]).to_string(), "openid read");
        assert!(!grant.resources.contains_key("https://c"));
    }
}
