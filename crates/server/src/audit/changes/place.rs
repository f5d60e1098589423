//! Where a change was asked for: a declared route and what stands at its placeholders.

use axum::http::Method;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::FAMILY;
use crate::callers::RequestFacts;

pub(super) struct Place {
    /// As declared: `/api/users/{userId}/roles`.
    pub route: String,
    /// What stands at the placeholders, in their order.
    pub ids: Vec<String>,
}

impl Place {
    pub(super) fn of(request: &RequestFacts) -> Self {
        let route = request.route.clone().unwrap_or_default();
        let pairs = route.split('/').zip(request.uri.path().split('/'));
        let ids = pairs.filter(|(declared, _)| declared.starts_with('{'));
        let ids = ids.map(|(_, id)| percent_decode_str(id).decode_utf8_lossy().into_owned()).collect();
        Self { route, ids }
    }

    /// The placeholders and the query by name.
    pub(super) fn params(&self, request: &RequestFacts) -> Value {
        let names = self.route.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
        let ids = names.zip(&self.ids).map(|(name, id)| (name.to_owned(), Value::from(id.as_str())));
        let query = url::form_urlencoded::parse(request.uri.query().unwrap_or_default().as_bytes());
        let query = query.map(|(name, value)| (name.into_owned(), Value::from(value.into_owned())));
        Value::Object(query.chain(ids).collect::<Map<String, Value>>())
    }

    /// `Administration.{Collection}.{Created|Updated|Deleted}`.
    pub(super) fn key(&self, method: &Method) -> String {
        let parts: Vec<&str> = self.route.trim_start_matches("/api/").split('/').collect();
        let what = match (method, parts.len()) {
            (&Method::POST, 1) => "Created",
            (&Method::DELETE, 1 | 2) => "Deleted",
            _ => "Updated",
        };
        let words = parts.first().into_iter().flat_map(|first| first.split('-'));
        let collection: String = words
            .map(|word| {
                let mut letters = word.chars();
                letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
            })
            .collect();
        format!("{FAMILY}.{collection}.{what}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_names_the_collection_and_what_was_done_to_its_member() {
        let key = |method: Method, route: &str| Place { route: route.into(), ids: Vec::new() }.key(&method);
        for (method, route, expected) in [
            (Method::POST, "/api/users", "Users.Created"),
            (Method::PATCH, "/api/users/{userId}", "Users.Updated"),
            (Method::DELETE, "/api/users/{userId}/roles/{roleId}", "Users.Updated"),
            (Method::DELETE, "/api/organization-invitations/{id}", "OrganizationInvitations.Deleted"),
            (Method::POST, "/api/one-time-tokens/verify", "OneTimeTokens.Updated"),
            (Method::PATCH, "/api/sign-in-exp", "SignInExp.Updated"),
            (Method::DELETE, "/api/captcha-provider", "CaptchaProvider.Deleted"),
        ] {
            assert_eq!(key(method, route), format!("Administration.{expected}"));
        }
    }
}
