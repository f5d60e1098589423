//! Scopes as ordered sets, and how they are cut down to what a user, a client and a grant allow (inventory O098–O103).

use std::fmt;

use serde::{Deserialize, Serialize};

/// The reserved resource whose scopes are those of the organization template.
pub const ORGANIZATIONS_RESOURCE: &str = "urn:logto:resource:organizations";
/// The scope that opens organization tokens and the `organizations` claims.
pub const ORGANIZATIONS: &str = "urn:logto:scope:organizations";
/// The audience of an organization token is this plus the organization's id.
pub const ORGANIZATION_AUDIENCE: &str = "urn:logto:organization:";

/// Scopes of the protocol itself.
pub const RESERVED: [&str; 2] = ["openid", "offline_access"];

/// Scopes about the user, in the order of the discovery document.
pub const USER: [&str; 11] = [
    "profile",
    "email",
    "phone",
    "address",
    "custom_data",
    "identities",
    "roles",
    ORGANIZATIONS,
    "urn:logto:scope:organization_roles",
    "urn:logto:scope:sessions",
    "urn:logto:scope:trusted_devices",
];

/// Whether `name` is a scope about the user. A third-party client has only those that are enabled for it.
pub fn is_about_user(name: &str) -> bool {
    USER.contains(&name)
}

/// Whether `name` is a scope of OpenID Connect here: reserved or about the user.
pub fn is_standard(name: &str) -> bool {
    RESERVED.contains(&name) || is_about_user(name)
}

/// The audience of tokens for one organization.
pub fn organization_audience(organization_id: &str) -> String {
    format!("{ORGANIZATION_AUDIENCE}{organization_id}")
}

/// An ordered set of scope tokens. Its text form is space separated (RFC 6749 section 3.3).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScopeSet(Vec<String>);

impl ScopeSet {
    /// Reads the text form; repetitions vanish.
    pub fn parse(text: &str) -> Self {
        text.split(' ').filter(|token| !token.is_empty()).collect()
    }

    /// Whether the set holds `name`.
    pub fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|known| known == name)
    }

    /// Whether nothing is in the set.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The members in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Adds what is missing.
    pub fn extend<'a>(&mut self, names: impl IntoIterator<Item = &'a str>) {
        for name in names {
            if !self.contains(name) {
                self.0.push(name.to_owned());
            }
        }
    }

    /// The members that satisfy `keep`, in this set's order.
    #[must_use]
    pub fn filter(&self, keep: impl Fn(&str) -> bool) -> Self {
        Self(self.0.iter().filter(|name| keep(name)).cloned().collect())
    }

    /// What both sets hold, in this set's order.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        self.filter(|name| other.contains(name))
    }

    /// What `other` lacks, in this set's order.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        self.filter(|name| !other.contains(name))
    }

    /// The OpenID Connect scopes of the set.
    #[must_use]
    pub fn standard_scopes(&self) -> Self {
        self.filter(is_standard)
    }
}

impl<'a> FromIterator<&'a str> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = &'a str>>(names: I) -> Self {
        let mut out = Self::default();
        out.extend(names);
        out
    }
}

impl FromIterator<String> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = String>>(names: I) -> Self {
        let mut out = Self::default();
        for name in names {
            if !out.contains(&name) {
                out.0.push(name);
            }
        }
        out
    }
}

impl fmt::Display for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

impl Serialize for ScopeSet {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ScopeSet {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::parse(&String::deserialize(deserializer)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_keep_the_order_of_the_request_and_drop_repetitions() {
        let set = ScopeSet::parse("openid  profile openid read:items");
        assert_eq!(set.to_string(), "openid profile read:items");
        assert_eq!(set.standard_scopes().to_string(), "openid profile");
        assert_eq!(set.intersection(&ScopeSet::parse("read:items openid")).to_string(), "openid read:items");
        assert_eq!(set.difference(&ScopeSet::parse("openid")).to_string(), "profile read:items");
        assert_eq!(serde_json::to_string(&set).unwrap(), r#""openid profile read:items""#);
    }

    #[test]
    fn scopes_are_case_sensitive() {
        assert!(!is_standard("OpenID"));
        assert!(!ScopeSet::parse("openid").contains("OPENID"));
    }
}
