//! The rows behind the routes, before and after a change. The statement of the longest route that fits is used: of
//! `/api/users/{userId}/custom-data` that of `/api/users/{}`.

use std::collections::BTreeMap;

use db::{DbError, Sql, sql};
use serde_json::{Map, Value};

use super::insertions::Insertions;
use super::place::Place;
use crate::work::View;

/// A route, `{}` for each placeholder, and what finds its rows: `$1` is the tenant, the others are the placeholders.
type Source = (&'static str, &'static Sql);

const SOURCES: &[Source] = &[
    ("/api/users/{}", sql!("select * from users where tenant_id = $1 and id = $2")),
    (
        "/api/users/{}/identities/{}",
        sql!("select * from user_identities where tenant_id = $1 and user_id = $2 and target = $3"),
    ),
    (
        "/api/users/{}/mfa-verifications/{}",
        sql!("select * from user_mfa_factors where tenant_id = $1 and user_id = $2 and id = $3"),
    ),
    (
        "/api/users/{}/personal-access-tokens/{}",
        sql!("select * from personal_access_tokens where tenant_id = $1 and user_id = $2 and name = $3"),
    ),
    (
        "/api/users/{}/trusted-devices/{}",
        sql!("select * from trusted_devices where tenant_id = $1 and user_id = $2 and id = $3"),
    ),
    (
        "/api/users/{}/grants/{}",
        sql!(
            "select id, client_id, created_at, expires_at from grants where tenant_id = $1 and user_id = $2 and id = $3"
        ),
    ),
    ("/api/applications/{}", sql!("select * from applications where tenant_id = $1 and id = $2")),
    (
        "/api/applications/{}/secrets/{}",
        sql!("select * from application_secrets where tenant_id = $1 and application_id = $2 and name = $3"),
    ),
    (
        "/api/applications/{}/sign-in-experience",
        sql!("select * from application_sign_in_experiences where tenant_id = $1 and application_id = $2"),
    ),
    ("/api/roles/{}", sql!("select * from roles where tenant_id = $1 and id = $2")),
    ("/api/resources/{}", sql!("select * from resources where tenant_id = $1 and id = $2")),
    ("/api/resources/{}/scopes/{}", sql!("select * from scopes where tenant_id = $1 and resource_id = $2 and id = $3")),
    ("/api/organizations/{}", sql!("select * from organizations where tenant_id = $1 and id = $2")),
    ("/api/organization-roles/{}", sql!("select * from organization_roles where tenant_id = $1 and id = $2")),
    ("/api/organization-scopes/{}", sql!("select * from organization_scopes where tenant_id = $1 and id = $2")),
    (
        "/api/organization-invitations/{}",
        sql!("select * from organization_invitations where tenant_id = $1 and id = $2"),
    ),
    (
        "/api/administrator-invitations/{}",
        sql!(
            "select id, email, role, inviter_id, accepted_user_id, created_at, expires_at from administrator_invitations \
             where tenant_id = $1 and id = $2"
        ),
    ),
    ("/api/connectors/{}", sql!("select * from connectors where tenant_id = $1 and id = $2")),
    ("/api/sso-connectors/{}", sql!("select * from sso_connectors where tenant_id = $1 and id = $2")),
    // Its address, headers and key are sealed.
    ("/api/hooks/{}", sql!("select id, name, event, events, enabled from hooks where tenant_id = $1 and id = $2")),
    ("/api/custom-phrases/{}", sql!("select * from custom_phrases where tenant_id = $1 and language_tag = $2")),
    ("/api/one-time-tokens/{}", sql!("select * from one_time_tokens where tenant_id = $1 and id = $2")),
    ("/api/email-templates/{}", sql!("select * from email_templates where tenant_id = $1 and id = $2")),
    ("/api/initial-access-tokens/{}", sql!("select * from initial_access_tokens where tenant_id = $1 and id = $2")),
    ("/api/custom-profile-fields/{}", sql!("select * from custom_profile_fields where tenant_id = $1 and name = $2")),
    ("/api/captcha-provider", sql!("select * from captcha_providers where tenant_id = $1")),
    ("/api/sign-in-exp", sql!("select * from sign_in_experiences where tenant_id = $1")),
    ("/api/account-center", sql!("select * from configs where tenant_id = $1")),
    // Sealed.
    ("/api/configs/jwt-customizer/{}", sql!("select * from scripts where tenant_id = $1 and name = $2")),
    ("/api/configs/actions/{}", sql!("select * from scripts where tenant_id = $1 and name = $2")),
    ("/api/configs", sql!("select * from configs where tenant_id = $1")),
];

/// Columns that say nothing, or what another one says.
const LEFT_OUT: [&str; 5] = ["tenant_id", "updated_at", "username_folded", "email_folded", "invitee_folded"];

/// The statement for a route, and how many of its placeholders it takes.
fn source_of(route: &str) -> Option<(&'static Sql, usize)> {
    let fits = |source: &str| {
        let parts = source.split('/').count();
        let own: Vec<&str> = route.split('/').take(parts).collect();
        own.len() == parts && source.split('/').zip(own).all(|(a, b)| a == b || (a == "{}" && b.starts_with('{')))
    };
    let found = SOURCES.iter().filter(|(source, _)| fits(source)).max_by_key(|(source, _)| source.len());
    found.map(|(source, text)| (*text, source.matches("{}").count()))
}

/// What is stored behind a route.
///
/// # Errors
/// A failure of the database.
pub(super) fn stored(view: &View<'_>, route: &str, ids: &[String]) -> Result<Option<Value>, DbError> {
    let Some((text, count)) = source_of(route) else { return Ok(None) };
    // PostgreSQL has no text with NUL, and so no such id.
    if ids.iter().any(|id| id.contains('\0')) {
        return Ok(None);
    }
    let ids = ids.iter().take(count).map(String::as_str);
    let params: Vec<db::Value> = std::iter::once(view.tenant_id()).chain(ids).map(db::Value::from).collect();
    let rows: Vec<BTreeMap<String, db::Value>> = view.query_all(text, &params)?;
    Ok(match rows.as_slice() {
        [] => None,
        [row] if !row.contains_key("key") => Some(members(row)),
        settings => Some(Value::Object(settings.iter().filter_map(setting).collect())),
    })
}

/// As [`stored`], of what was made at a place.
///
/// # Errors
/// A failure of the database.
pub(super) fn created(view: &View<'_>, place: &Place, id: &str) -> Result<Option<Value>, DbError> {
    let ids: Vec<String> = place.ids.iter().cloned().chain([id.to_owned()]).collect();
    stored(view, &member_of(&place.route), &ids)
}

/// What a request to a route may insert.
pub(super) fn insertions(route: &str) -> Option<Insertions> {
    let (member, placeholders) = (member_of(route), route.matches('{').count() + 1);
    source_of(&member).filter(|(_, count)| *count == placeholders).and_then(|(text, _)| Insertions::found_by(text))
}

/// The route of a member of the collection that this route is of.
fn member_of(route: &str) -> String {
    format!("{}/{{id}}", route.trim_end_matches("/batch"))
}

/// A row of `configs`.
fn setting(row: &BTreeMap<String, db::Value>) -> Option<(String, Value)> {
    let (db::Value::Text(key), value) = (row.get("key")?, row.get("value")?) else { return None };
    Some((key.clone(), shown(value)))
}

fn members(row: &BTreeMap<String, db::Value>) -> Value {
    let columns = row.iter().filter(|(name, _)| !LEFT_OUT.contains(&name.as_str()));
    Value::Object(columns.map(|(name, value)| (camel_case(name), shown(value))).collect::<Map<String, Value>>())
}

/// A column; one that holds JSON is taken apart.
fn shown(value: &db::Value) -> Value {
    match value {
        db::Value::Null => Value::Null,
        db::Value::Int(number) => (*number).into(),
        db::Value::Bool(flag) => (*flag).into(),
        db::Value::Text(text) if text.starts_with(['{', '[']) => {
            serde_json::from_str(text).unwrap_or_else(|_| text.as_str().into())
        }
        db::Value::Text(text) => text.as_str().into(),
        db::Value::Bytes(bytes) => format!("{} bytes", bytes.len()).into(),
    }
}

/// As the API writes names.
fn camel_case(name: &str) -> String {
    let mut parts = name.split('_');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let (head, tail) = part.split_at(part.len().min(1));
        text + &head.to_ascii_uppercase() + tail
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_route_that_fits_counts() {
        let table = |route: &str| source_of(route).map(|(sql, count)| (format!("{sql:?}"), count));
        let is_of = |route: &str, name: &str, count: usize| {
            assert!(table(route).is_some_and(|(sql, ids)| sql.contains(name) && ids == count), "{route}");
        };
        is_of("/api/users/{userId}", "from users", 1);
        is_of("/api/users/{userId}/custom-data", "from users", 1);
        is_of("/api/users/{userId}/identities/{target}", "from user_identities", 2);
        is_of("/api/resources/{id}/scopes/{scopeId}", "from scopes", 2);
        is_of("/api/configs/oidc/{keyType}/rotate", "from configs", 0);
        assert!(table("/api/users").is_none() && table("/api/subject-tokens").is_none());
        assert_eq!(camel_case("oidc_client_metadata"), "oidcClientMetadata");
    }
}
