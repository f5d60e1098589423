//! The headers in which what stands before the server tells where a request comes from (inventory E076, F027).

use std::collections::BTreeMap;
use std::str::FromStr;

use axum::http::{HeaderMap, HeaderName};
use serde_json::Value;

/// More than any value needs.
const MAX_VALUE_BYTES: usize = 64;
/// The members of a sign-in's context, and the headers that carry them unless the setting says otherwise.
const MEMBERS: [(&str, &str); 6] = [
    ("country", "x-logto-cf-country"),
    ("city", "x-logto-cf-city"),
    ("latitude", "x-logto-cf-latitude"),
    ("longitude", "x-logto-cf-longitude"),
    ("botScore", "x-logto-cf-bot-score"),
    ("botVerified", "x-logto-cf-bot-verified"),
];

/// Which header carries which member of a sign-in's context.
#[derive(Debug, Clone)]
pub struct InjectedHeaders(Vec<(&'static str, HeaderName)>);

impl Default for InjectedHeaders {
    fn default() -> Self {
        Self(MEMBERS.map(|(member, header)| (member, HeaderName::from_static(header))).into())
    }
}

impl FromStr for InjectedHeaders {
    type Err = String;

    /// Reads `{"country": "cf-ipcountry"}`. Members that it does not name keep their headers.
    fn from_str(text: &str) -> Result<Self, String> {
        let mapping: BTreeMap<String, Value> = serde_json::from_str(text)
            .map_err(|_| r#"is no JSON object; write it as in {"country": "cf-ipcountry"}"#.to_owned())?;
        let mut headers = Self::default();
        for (member, header) in mapping {
            let Some(entry) = headers.0.iter_mut().find(|(name, _)| *name == member) else {
                let known = MEMBERS.map(|(name, _)| name).join(", ");
                return Err(format!("has `{member}`; it may have {known}"));
            };
            let name = header.as_str().and_then(|name| name.parse().ok());
            entry.1 = name.ok_or_else(|| format!("gives `{member}` {header}, which is no name of a header"))?;
        }
        Ok(headers)
    }
}

impl InjectedHeaders {
    /// What a request carries of them, by member. Values that are empty, long or not ASCII are left out.
    pub fn read<'a>(&self, headers: &'a HeaderMap) -> impl Iterator<Item = (&'static str, &'a str)> {
        self.0.iter().filter_map(move |(member, header)| {
            let value = headers.get(header)?.to_str().ok()?;
            (!value.is_empty() && value.len() <= MAX_VALUE_BYTES).then_some((*member, value))
        })
    }
}
