//! Parameters of a request: from a query, a form or a JSON body, with duplicates and oversized values found here once.

use serde_json::{Map, Value};

use crate::OAuthError;

/// Most parameters one request may carry.
pub const MAX_COUNT: usize = 64;
/// Longest value in bytes; a signed token (`id_token_hint`) still fits.
pub const MAX_VALUE: usize = 8 * 1024;
/// Most scope tokens and resource indicators one request may name.
pub const MAX_LIST: usize = 100;

/// The parameters of one request, in the order in which they came. `resource` may repeat, nothing else.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Params {
    pairs: Vec<(String, String)>,
    repeated: Vec<String>,
}

impl Params {
    /// Parses `application/x-www-form-urlencoded` text (a query or a body).
    pub fn parse(text: &str) -> Result<Self, OAuthError> {
        Self::collect(url::form_urlencoded::parse(text.as_bytes()).map(|(k, v)| (k.into_owned(), v.into_owned())))
    }

    /// Takes the members of a JSON object as parameters; an array of scalars counts as a repeated parameter.
    pub fn from_json(body: &Map<String, Value>) -> Result<Self, OAuthError> {
        let mut pairs = Vec::new();
        for (name, value) in body {
            match value {
                Value::Array(items) => pairs.extend(items.iter().filter_map(scalar).map(|item| (name.clone(), item))),
                other => pairs.extend(scalar(other).map(|item| (name.clone(), item))),
            }
        }
        Self::collect(pairs)
    }

    /// Collects pairs; refuses too many, too long and NUL. Repeated names are kept aside for `reject_repeated`.
    pub fn collect(pairs: impl IntoIterator<Item = (String, String)>) -> Result<Self, OAuthError> {
        let mut out = Self::default();
        for (name, value) in pairs {
            if out.pairs.len() >= MAX_COUNT {
                return Err(OAuthError::invalid_request("too many parameters"));
            }
            if name.len() > 256 || value.len() > MAX_VALUE {
                return Err(OAuthError::invalid_request("a parameter is too long"));
            }
            if name.contains('\0') || value.contains('\0') {
                return Err(OAuthError::invalid_request("null bytes are not allowed in the request body"));
            }
            if name == "resource" {
                let parts = value.split(',').filter(|part| !part.is_empty()).map(str::to_owned);
                out.pairs.extend(parts.map(|part| (name.clone(), part)));
            } else if out.pairs.iter().any(|(known, _)| *known == name) {
                if !out.repeated.contains(&name) {
                    out.repeated.push(name);
                }
            } else {
                out.pairs.push((name, value));
            }
        }
        if out.all("resource").count() > MAX_LIST || out.list("scope").len() > MAX_LIST {
            return Err(OAuthError::invalid_request("too many values in one parameter"));
        }
        Ok(out)
    }

    /// The first value of `name`; an empty value counts as absent (RFC 6749 section 3.1). A repeated parameter has none.
    pub fn get(&self, name: &str) -> Option<&str> {
        if self.is_repeated(name) {
            return None;
        }
        self.pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str()).filter(|v| !v.is_empty())
    }

    /// Every value of `name`.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.pairs.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The space-separated tokens of `name`, without repetitions, in order.
    pub fn list(&self, name: &str) -> Vec<&str> {
        let mut out = Vec::new();
        for token in self.get(name).unwrap_or_default().split(' ').filter(|token| !token.is_empty()) {
            if !out.contains(&token) {
                out.push(token);
            }
            if out.len() > MAX_LIST {
                break;
            }
        }
        out
    }

    /// Every pair in order; `resource` is already split.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether no parameter came at all.
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// Whether `name` came more than once (never true for `resource`).
    pub fn is_repeated(&self, name: &str) -> bool {
        self.repeated.iter().any(|known| known == name)
    }

    /// Refuses repeated parameters (RFC 6749 sections 3.1 and 3.2).
    pub fn reject_repeated(&self) -> Result<(), OAuthError> {
        if self.repeated.is_empty() {
            return Ok(());
        }
        let names: Vec<&str> = self.repeated.iter().map(String::as_str).collect();
        Err(OAuthError::repeated(&names))
    }

    /// Refuses the absence of any of `names`, naming all that are absent.
    pub fn require(&self, names: &[&str]) -> Result<(), OAuthError> {
        let missing: Vec<&str> = names.iter().copied().filter(|name| self.get(name).is_none()).collect();
        if missing.is_empty() { Ok(()) } else { Err(OAuthError::missing(&missing)) }
    }

    /// Sets `name` to one value, replacing what was there.
    pub fn set(&mut self, name: &str, value: &str) {
        self.pairs.retain(|(known, _)| known != name);
        self.pairs.push((name.to_owned(), value.to_owned()));
    }

    /// The parameters as a JSON object: repeated `resource` as an array (for storage and the audit log).
    pub fn to_json(&self) -> Map<String, Value> {
        let mut out = Map::new();
        for (name, value) in &self.pairs {
            match out.get_mut(name) {
                None => drop(out.insert(name.clone(), value.clone().into())),
                Some(Value::Array(items)) => items.push(value.clone().into()),
                Some(single) => *single = Value::Array(vec![single.take(), value.clone().into()]),
            }
        }
        out
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a5_every_parameter_but_resource_must_come_once() {
        for name in ["client_id", "scope", "state", "redirect_uri", "code", "grant_type", "nonce", "code_verifier"] {
            let params = Params::parse(&format!("{name}=a&{name}=a")).unwrap();
            assert!(params.reject_repeated().is_err(), "{name}");
            assert_eq!(params.get(name), None, "a repeated parameter has no value");
        }
        let params = Params::parse("resource=a,b&resource=c").unwrap();
        assert!(params.reject_repeated().is_ok());
        assert_eq!(params.all("resource").collect::<Vec<_>>(), ["a", "b", "c"]);
    }

    #[test]
    fn a14_long_values_are_refused() {
        let long = "x".repeat(64 * 1024);
        for name in ["state", "login_hint", "nonce"] {
            assert_eq!(Params::parse(&format!("{name}={long}")).unwrap_err().error, "invalid_request");
        }
    }

    #[test]
    fn g1_long_scopes_and_many_parameters_are_refused() {
        let scopes: Vec<String> = (0..500).map(|n| format!("s{n}")).collect();
        assert!(Params::parse(&format!("scope={}", scopes.join("+"))).is_err());
        let many: Vec<String> = (0..100).map(|n| format!("p{n}=1")).collect();
        assert!(Params::parse(&many.join("&")).is_err());
    }

    #[test]
    fn e8_nul_is_refused_and_broken_utf8_is_replaced() {
        assert!(Params::parse("client_id=a%00b").is_err());
        assert_eq!(Params::parse("client_id=%ff").unwrap().get("client_id"), Some("\u{fffd}"));
    }

    #[test]
    fn empty_values_count_as_absent() {
        let params = Params::parse("organization_id=&state=").unwrap();
        assert_eq!(params.get("organization_id"), None);
        assert_eq!(params.require(&["state"]).unwrap_err().description.unwrap(), "missing required parameter 'state'");
    }

    #[test]
    fn json_bodies_read_like_forms() {
        let body = serde_json::json!({"client_id": "x", "resource": ["a", "b"], "n": 1, "skip": {"a": 1}});
        let params = Params::from_json(body.as_object().unwrap()).unwrap();
        assert_eq!(params.get("client_id"), Some("x"));
        assert_eq!(params.get("n"), Some("1"));
        assert_eq!(params.get("skip"), None);
        assert_eq!(params.all("resource").count(), 2);
        assert_eq!(Value::Object(params.to_json())["resource"], serde_json::json!(["a", "b"]));
    }
}
