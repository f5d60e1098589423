//! The `claims` parameter (OpenID Connect Core 1.0 section 5.5): single claims by name. A claim comes where its scope would come: if the
//! client may have the scope, and the user granted it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::acr::AcrRequest;
use crate::claims::{self, UserData};
use crate::{OAuthError, ScopeSet};

/// In bytes.
const MAX_LENGTH: usize = 4096;
/// In each of the two places.
const MAX_CLAIMS: usize = 64;
/// Of one claim.
const MAX_VALUES: usize = 32;
/// Claims of ID tokens about the sign-in.
const ABOUT_SIGN_IN: [&str; 3] = ["auth_time", "acr", "amr"];

/// The claims that are asked for by name. Names that nobody knows here are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClaimsRequest {
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub userinfo: BTreeSet<String>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub id_token: BTreeSet<String>,
}

/// The parameter as it was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ParsedClaims {
    pub claims: ClaimsRequest,
    /// The users that the client takes; empty for anybody (section 5.5.1).
    pub subjects: Vec<String>,
    /// What it asks of the sign-in (section 5.5.1.1).
    pub acr: Option<AcrRequest>,
}

impl ParsedClaims {
    /// Reads the parameter.
    ///
    /// # Errors
    /// `invalid_request` where it is malformed or too long; `unmet_authentication_requirements` for an essential `acr` that is not known.
    pub fn parse(text: &str) -> Result<Self, OAuthError> {
        if text.len() > MAX_LENGTH {
            return Err(OAuthError::invalid_request("claims parameter is too long"));
        }
        let parsed: Result<Map<String, Value>, _> = serde_json::from_str(text);
        let members = parsed.map_err(|_| OAuthError::invalid_request("claims parameter is not a JSON object"))?;
        let userinfo = asked_in(&members, "userinfo")?;
        let id_token = asked_in(&members, "id_token")?;
        let mut out = Self::default();
        for (name, asked) in &userinfo {
            out.read(name, asked, false)?;
        }
        for (name, asked) in &id_token {
            out.read(name, asked, true)?;
        }
        Ok(out)
    }

    fn read(&mut self, name: &str, asked: &Asked, is_id_token: bool) -> Result<(), OAuthError> {
        if ["sub", "acr"].contains(&name) && asked.has_values && asked.values.is_empty() {
            return Err(malformed(if is_id_token { "id_token" } else { "userinfo" }));
        }
        if name == "sub" {
            self.subjects.extend(asked.values.iter().cloned());
        }
        if name == "acr" && is_id_token && !asked.values.is_empty() {
            let mut acr = AcrRequest::voluntary(asked.values.iter().map(String::as_str));
            acr.is_essential = asked.is_essential;
            if acr.is_empty() && acr.is_essential {
                return Err(OAuthError::unmet_authentication_requirements());
            }
            self.acr = Some(acr).filter(|acr| !acr.is_empty());
        }
        let place = if is_id_token { &mut self.claims.id_token } else { &mut self.claims.userinfo };
        if claims::scope_of(name).is_some() || (is_id_token && ABOUT_SIGN_IN.contains(&name)) {
            place.insert(name.to_owned());
        }
        Ok(())
    }
}

/// How one claim is asked for.
#[derive(Debug, Default)]
struct Asked {
    is_essential: bool,
    /// Whether it may not have any value.
    has_values: bool,
    /// Of `value` and `values`, as far as they are texts.
    values: Vec<String>,
}

fn malformed(place: &str) -> OAuthError {
    OAuthError::invalid_request(format!("claims parameter has a malformed member {place}"))
}

fn asked_in(members: &Map<String, Value>, place: &str) -> Result<Vec<(String, Asked)>, OAuthError> {
    let malformed = || malformed(place);
    let names = match members.get(place) {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Object(names)) if names.len() <= MAX_CLAIMS => names,
        Some(_) => return Err(malformed()),
    };
    let read =
        |(name, asked): (&String, &Value)| Asked::parse(asked).map(|asked| (name.clone(), asked)).ok_or_else(malformed);
    names.iter().map(read).collect()
}

impl Asked {
    fn parse(asked: &Value) -> Option<Self> {
        let members = match asked {
            Value::Null => return Some(Self::default()),
            Value::Object(members) => members,
            _ => return None,
        };
        let is_essential = match members.get("essential") {
            None => false,
            Some(flag) => flag.as_bool()?,
        };
        let listed: &[Value] = match members.get("values") {
            None => &[],
            Some(listed) => listed.as_array().filter(|listed| listed.len() <= MAX_VALUES)?,
        };
        let values = members.get("value").into_iter().chain(listed);
        let has_values = members.contains_key("value") || members.contains_key("values");
        let values = values.filter_map(Value::as_str).map(str::to_owned).collect();
        Some(Self { is_essential, has_values, values })
    }
}

impl ClaimsRequest {
    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        self.userinfo.is_empty() && self.id_token.is_empty()
    }

    /// Whether the ID token shall have this claim about the sign-in.
    pub fn asks_of_sign_in(&self, name: &str) -> bool {
        self.id_token.contains(name)
    }

    /// The scopes that carry the claims.
    pub fn scopes(&self) -> ScopeSet {
        scopes_of(self.userinfo.iter().chain(&self.id_token))
    }

    /// The claims whose scopes are among `allowed`, and those about the sign-in.
    #[must_use]
    pub fn within(&self, allowed: &ScopeSet) -> Self {
        let is_allowed = |name: &&String| claims::scope_of(name).is_none_or(|scope| allowed.contains(scope));
        let keep = |names: &BTreeSet<String>| names.iter().filter(is_allowed).cloned().collect();
        Self { userinfo: keep(&self.userinfo), id_token: keep(&self.id_token) }
    }
}

fn scopes_of<'a>(names: impl Iterator<Item = &'a String>) -> ScopeSet {
    names.filter_map(|name| claims::scope_of(name)).collect()
}

/// The claims of a user with these names. Those without a value are left out (section 5.3.2).
pub fn named(user: &UserData, names: &BTreeSet<String>) -> Map<String, Value> {
    let mut found = claims::for_scopes(user, &scopes_of(names.iter()), claims::ClaimTarget::Userinfo);
    found.retain(|name, value| names.contains(name) && !value.is_null());
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<ParsedClaims, &'static str> {
        ParsedClaims::parse(text).map_err(|error| error.error)
    }

    fn names(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn known_names_are_kept_where_they_were_asked_for() {
        let text = r#"{"userinfo":{"given_name":{"essential":true},"email":null,"auth_time":null,"x#de":null},
            "id_token":{"auth_time":{"essential":true},"nickname":{"value":"n"},"sub":null},"other":7}"#;
        let found = parse(text).unwrap();
        assert_eq!(found.claims.userinfo, names(&["given_name", "email"]));
        assert_eq!(found.claims.id_token, names(&["auth_time", "nickname"]));
        assert_eq!(found.claims.scopes().to_string(), "email profile");
        assert!(found.subjects.is_empty() && found.acr.is_none());
        assert!(parse("{}").unwrap().claims.is_empty() && parse(r#"{"userinfo":null}"#).is_ok());
    }

    #[test]
    fn users_and_the_sign_in_may_be_demanded() {
        let found =
            parse(r#"{"id_token":{"sub":{"value":"a","values":["b",7]},"acr":{"essential":true,"values":["phr"]}}}"#);
        let found = found.unwrap();
        assert_eq!(found.subjects, ["a", "b"]);
        assert!(found.acr.is_some_and(|acr| acr.is_essential && acr.least().is_some()));
        let voluntary =
            parse(r#"{"id_token":{"acr":{"values":["loa9"]}},"userinfo":{"acr":{"value":"phr"}}}"#).unwrap();
        assert_eq!((voluntary.acr, voluntary.claims.id_token), (None, names(&["acr"])));
        let unmet = Err("unmet_authentication_requirements");
        assert_eq!(parse(r#"{"id_token":{"acr":{"essential":true,"value":"loa9"}}}"#), unmet);
    }

    #[test]
    fn what_is_malformed_or_too_much_is_refused() {
        let many: Map<String, Value> = (0..65).map(|i| (format!("c{i}"), Value::Null)).collect();
        let many = serde_json::json!({"userinfo": many}).to_string();
        let values = serde_json::json!({"id_token": {"sub": {"values": vec!["a"; 33]}}}).to_string();
        let long = format!("{{\"x\":\"{}\"}}", "y".repeat(MAX_LENGTH));
        let deep = format!("{{\"x\":{}{}}}", "[".repeat(300), "]".repeat(300));
        for bad in [
            "",
            "[]",
            "7",
            "{",
            r#"{"userinfo":[]}"#,
            r#"{"id_token":"email"}"#,
            r#"{"id_token":{"email":true}}"#,
            r#"{"userinfo":{"email":{"essential":"yes"}}}"#,
            r#"{"userinfo":{"email":{"values":"a"}}}"#,
            // Else they would ask for nothing: anybody would sign in, with anything.
            r#"{"userinfo":{"sub":{"value":7}}}"#,
            r#"{"id_token":{"sub":{"essential":true,"values":[]}}}"#,
            r#"{"id_token":{"acr":{"essential":true,"values":[2,null]}}}"#,
            &many,
            &values,
            &long,
            &deep,
        ] {
            assert_eq!(parse(bad), Err("invalid_request"), "{bad:.60}");
        }
    }

    #[test]
    fn only_what_was_named_and_may_be_given_comes() {
        let user =
            UserData { name: Some("Alice".into()), primary_email: Some("a@example.com".into()), ..UserData::default() };
        let asked = parse(r#"{"userinfo":{"name":null,"picture":null,"email":null}}"#).unwrap().claims;
        let all = named(&user, &asked.userinfo);
        assert_eq!(Value::Object(all), serde_json::json!({"name": "Alice", "email": "a@example.com"}));
        let within = asked.within(&ScopeSet::parse("openid profile"));
        assert_eq!(within.userinfo, names(&["name", "picture"]));
    }
}
