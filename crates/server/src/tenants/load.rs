//! Loads a tenant snapshot.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use db::{DbError, FromRow, Json, Read, Row, params, sql};
use jose::{JwkSet, SigningKey};
use serde_json::{Map, Value};

use crate::oidc::clients;

use super::config::{ApplicationConfig, Keys, PublicDocuments, ResourceConfig, SecretConfig, TenantSnapshot};

/// The version of a tenant's configuration; none for an unknown tenant.
pub(super) fn version(r: &Read<'_>, tenant: &str) -> Result<Option<i64>, DbError> {
    r.query_opt(
        sql!("select cast(sum(version) as bigint) from config_versions where tenant_id = $1 having count(*) > 0"),
        params![tenant],
    )
}

/// The configuration; none for an unknown tenant.
pub(super) fn load(r: &Read<'_>, (tenant, endpoint): (&str, &str)) -> Result<Option<TenantSnapshot>, DbError> {
    // Read first: a change during the load then leads to another load and is not missed.
    let Some(version) = version(r, tenant)? else { return Ok(None) };
    let cookie_keys = sql!("select value from cookie_keys where tenant_id = $1 order by created_at desc, id");
    let settings = sql!("select settings from sign_in_experiences where tenant_id = $1");
    let configs: Vec<(String, Json<Value>)> =
        r.query_all(sql!("select key, value from configs where tenant_id = $1"), params![tenant])?;
    let sign_in_experience: Map<String, Value> =
        r.query_opt::<(Json<_>,)>(settings, params![tenant])?.map(|row| row.0.0).unwrap_or_default();
    let (keys, applications) = (keys(r, tenant)?, applications(r, tenant)?);
    Ok(Some(TenantSnapshot {
        version,
        documents: PublicDocuments::build(&format!("{endpoint}/oidc"), &keys),
        keys,
        cookie_keys: r.query_all(cookie_keys, params![tenant])?,
        clients: clients::build_all(&applications, endpoint),
        applications,
        resources: resources(r, tenant)?,
        role_scopes: group_by_key(
            r.query_all(sql!("select role_id, scope_id from roles_scopes where tenant_id = $1"), params![tenant])?,
        ),
        organization_role_scopes: group_by_key(r.query_all(
            sql!(
                "select x.organization_role_id, s.name from organization_role_scopes x \
                 join organization_scopes s on s.tenant_id = x.tenant_id and s.id = x.organization_scope_id \
                 where x.tenant_id = $1"
            ),
            params![tenant],
        )?),
        organization_role_resource_scopes: group_by_key(r.query_all(
            sql!("select organization_role_id, scope_id from organization_role_resource_scopes where tenant_id = $1"),
            params![tenant],
        )?),
        organization_role_names: to_map(
            r.query_all(sql!("select id, name from organization_roles where tenant_id = $1"), params![tenant])?,
        ),
        organization_scopes: to_map(
            r.query_all(sql!("select id, name from organization_scopes where tenant_id = $1"), params![tenant])?,
        ),
        policy: Arc::new(policy(tenant, &sign_in_experience)?),
        sign_in_experience,
        configs: configs.into_iter().map(|(key, value)| (key, value.0)).collect(),
    }))
}

/// The settings, typed for the interaction flow. Unreadable settings are an error, so that a tenant never runs without
/// its policy (attack F7).
fn policy(tenant: &str, settings: &Map<String, Value>) -> Result<flow::TenantPolicy, DbError> {
    let mut members = settings.clone();
    members.insert("tenantId".into(), tenant.into());
    members.insert("id".into(), "default".into());
    serde_json::from_value(Value::Object(members))
        .map(flow::TenantPolicy::new)
        .map_err(|error| DbError::Sql(format!("the sign-in experience of tenant {tenant}: {error}")))
}

fn keys(r: &Read<'_>, tenant: &str) -> Result<Keys, DbError> {
    let text = sql!(
        "select id, private_key, status from signing_keys where tenant_id = $1 \
         order by case status when 'Current' then 0 when 'Next' then 1 else 2 end, created_at desc"
    );
    let mut parsed = Vec::new();
    for (id, pem, _status) in r.query_all::<(String, String, String)>(text, params![tenant])? {
        let key = SigningKey::from_pkcs8_pem(&id, &pem)
            .map_err(|error| DbError::Sql(format!("the signing key {id} of tenant {tenant}: {error}")))?;
        parsed.push(key);
    }
    let public = JwkSet { keys: parsed.iter().map(SigningKey::public_jwk).collect() };
    let current = parsed.into_iter().next();
    let current = current.ok_or_else(|| DbError::Sql(format!("tenant {tenant} has no signing key")))?;
    Ok(Keys { current, verifying: public.verifier(), public })
}

struct ApplicationRow(ApplicationConfig);

impl FromRow for ApplicationRow {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self(ApplicationConfig {
            id: row.get("id")?,
            name: row.get("name")?,
            kind: row.get("type")?,
            description: row.get("description")?,
            oidc_client_metadata: row.get::<Json<Value>>("oidc_client_metadata")?.0,
            custom_client_metadata: row.get::<Json<Value>>("custom_client_metadata")?.0,
            is_third_party: row.get("is_third_party")?,
            secrets: Vec::new(),
            roles: BTreeSet::new(),
            consent_scopes: HashMap::new(),
            sign_in_experience: None,
        }))
    }
}

struct SecretRow(String, SecretConfig);

impl FromRow for SecretRow {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        let secret =
            SecretConfig { name: row.get("name")?, value: row.get("value")?, expires_at: row.get("expires_at")? };
        Ok(Self(row.get("application_id")?, secret))
    }
}

fn applications(r: &Read<'_>, tenant: &str) -> Result<HashMap<String, ApplicationConfig>, DbError> {
    let rows: Vec<ApplicationRow> = r.query_all(
        sql!(
            "select id, name, type, description, oidc_client_metadata, custom_client_metadata, is_third_party \
             from applications where tenant_id = $1"
        ),
        params![tenant],
    )?;
    let mut found: HashMap<String, ApplicationConfig> = rows.into_iter().map(|row| (row.0.id.clone(), row.0)).collect();
    let secrets = sql!("select application_id, name, value, expires_at from application_secrets where tenant_id = $1");
    for SecretRow(id, secret) in r.query_all(secrets, params![tenant])? {
        if let Some(application) = found.get_mut(&id) {
            application.secrets.push(secret);
        }
    }
    let roles = sql!("select application_id, role_id from applications_roles where tenant_id = $1");
    for (id, role) in r.query_all::<(String, String)>(roles, params![tenant])? {
        if let Some(application) = found.get_mut(&id) {
            application.roles.insert(role);
        }
    }
    let consent = sql!("select application_id, kind, value from application_consent_scopes where tenant_id = $1");
    for (id, kind, value) in r.query_all::<(String, String, String)>(consent, params![tenant])? {
        if let Some(application) = found.get_mut(&id) {
            application.consent_scopes.entry(kind).or_default().insert(value);
        }
    }
    let branding = sql!("select application_id, settings from application_sign_in_experiences where tenant_id = $1");
    for (id, settings) in r.query_all::<(String, Json<Value>)>(branding, params![tenant])? {
        if let Some(application) = found.get_mut(&id) {
            application.sign_in_experience = Some(settings.0);
        }
    }
    Ok(found)
}

struct ResourceRow(ResourceConfig);

impl FromRow for ResourceRow {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self(ResourceConfig {
            id: row.get("id")?,
            indicator: row.get("indicator")?,
            name: row.get("name")?,
            is_default: row.get("is_default")?,
            access_token_ttl: row.get("access_token_ttl")?,
            scopes: HashMap::new(),
        }))
    }
}

fn resources(r: &Read<'_>, tenant: &str) -> Result<HashMap<String, ResourceConfig>, DbError> {
    let text = sql!("select id, indicator, name, is_default, access_token_ttl from resources where tenant_id = $1");
    let mut by_id: HashMap<String, ResourceConfig> =
        r.query_all::<ResourceRow>(text, params![tenant])?.into_iter().map(|row| (row.0.id.clone(), row.0)).collect();
    let scopes = sql!("select resource_id, id, name from scopes where tenant_id = $1");
    for (resource, id, name) in r.query_all::<(String, String, String)>(scopes, params![tenant])? {
        if let Some(resource) = by_id.get_mut(&resource) {
            resource.scopes.insert(id, name);
        }
    }
    Ok(by_id.into_values().map(|resource| (resource.indicator.clone(), resource)).collect())
}

fn group_by_key(rows: Vec<(String, String)>) -> HashMap<String, BTreeSet<String>> {
    let mut out: HashMap<String, BTreeSet<String>> = HashMap::new();
    for (key, value) in rows {
        out.entry(key).or_default().insert(value);
    }
    out
}

fn to_map(rows: Vec<(String, String)>) -> HashMap<String, String> {
    rows.into_iter().collect()
}
