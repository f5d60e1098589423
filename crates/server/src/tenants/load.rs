//! Loads a tenant snapshot.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use db::{DbError, FromRow, Json, Read, params, sql};
use jose::{JwkSet, SigningKey};
use kernel::Timestamp;
use oauth::discovery::Features;
use serde_json::{Map, Value};

use super::Section;
use super::config::{AccessRules, Keys, PublicDocuments, ResourceConfig, TenantSnapshot};
use super::section::Versions;
use crate::applications::published_settings;
use crate::keys::store;
use crate::keys::timeline::Timeline;
use crate::sealing::Sealer;
use crate::settings::ClientCertificateSettings;
use crate::sso_connectors;
use crate::{captcha, client_documents, client_registration, custom_phrases, hooks, scripts};

/// The versions of a tenant's configuration; none for an unknown tenant.
pub(super) fn versions(r: &Read<'_>, tenant: &str) -> Result<Option<Versions>, DbError> {
    let text = sql!("select section, version from config_versions where tenant_id = $1");
    let rows: Vec<(String, i64)> = r.query_all(text, params![tenant])?;
    Ok((!rows.is_empty()).then(|| Versions::of_rows(&rows)))
}

/// What is to be loaded.
pub(super) struct Asked<'a> {
    pub sealer: &'a Sealer,
    pub tenant: &'a str,
    pub endpoint: &'a str,
    pub client_certificates: Option<&'a ClientCertificateSettings>,
    /// False: the case of usernames counts for nothing, whatever the policy of the tenant says.
    pub case_sensitive_username: bool,
    pub versions: Versions,
    pub now: Timestamp,
}

/// The configuration at `asked.versions`, or newer. Sections that have not changed since `known` are shared with it.
pub(super) fn load(r: &Read<'_>, asked: &Asked<'_>, known: Option<&TenantSnapshot>) -> Result<TenantSnapshot, DbError> {
    let &Asked { sealer, tenant, versions, now, .. } = asked;
    let same = |section| known.filter(|known| known.versions.of(section) == versions.of(section));
    Ok(TenantSnapshot {
        versions,
        keys: match same(Section::Keys).filter(|known| known.keys.are_current(now)) {
            Some(known) => Arc::clone(&known.keys),
            None => Arc::new(keys(r, asked)?),
        },
        access: match same(Section::Access) {
            Some(known) => Arc::clone(&known.access),
            None => Arc::new(access(r, tenant)?),
        },
        policy: match same(Section::Experience) {
            Some(known) => Arc::clone(&known.policy),
            None => Arc::new(policy(r, asked)?),
        },
        captcha: match same(Section::Experience) {
            Some(known) => known.captcha.clone(),
            None => captcha::load(r, sealer, tenant)?.map(Arc::new),
        },
        configs: match same(Section::Settings) {
            Some(known) => Arc::clone(&known.configs),
            None => Arc::new(configs(r, tenant)?),
        },
        document_clients: match same(Section::Settings) {
            Some(known) => Arc::clone(&known.document_clients),
            None => Arc::new(client_documents::load(r, tenant)?),
        },
        languages: match same(Section::Phrases) {
            Some(known) => Arc::clone(&known.languages),
            None => Arc::new(custom_phrases::load(r, tenant)?),
        },
        hooks: match same(Section::Hooks) {
            Some(known) => Arc::clone(&known.hooks),
            None => Arc::new(hooks::load(r, sealer, tenant)?),
        },
        scripts: match same(Section::Settings) {
            Some(known) => Arc::clone(&known.scripts),
            None => Arc::new(scripts::load(r, sealer, tenant)?),
        },
    })
}

/// Whether nothing that a snapshot holds has changed since `known`.
pub(super) fn is_same_but_for_clients(known: &TenantSnapshot, versions: Versions, now: Timestamp) -> bool {
    let loaded =
        [Section::Keys, Section::Access, Section::Experience, Section::Settings, Section::Phrases, Section::Hooks];
    known.keys.are_current(now) && loaded.into_iter().all(|section| known.versions.of(section) == versions.of(section))
}

fn configs(r: &Read<'_>, tenant: &str) -> Result<HashMap<String, Value>, DbError> {
    let text = sql!("select key, value from configs where tenant_id = $1");
    let rows: Vec<(String, Json<Value>)> = r.query_all(text, params![tenant])?;
    Ok(rows.into_iter().map(|(key, value)| (key, value.0)).collect())
}

fn access(r: &Read<'_>, tenant: &str) -> Result<AccessRules, DbError> {
    let pairs = |text| r.query_all::<(String, String)>(text, params![tenant]);
    Ok(AccessRules {
        resources: resources(r, tenant)?,
        role_scopes: group_by_key(pairs(sql!("select role_id, scope_id from roles_scopes where tenant_id = $1"))?),
        organization_role_scopes: group_by_key(pairs(sql!(
            "select x.organization_role_id, s.name from organization_role_scopes x \
             join organization_scopes s on s.tenant_id = x.tenant_id and s.id = x.organization_scope_id \
             where x.tenant_id = $1"
        ))?),
        organization_role_resource_scopes: group_by_key(pairs(sql!(
            "select organization_role_id, scope_id from organization_role_resource_scopes where tenant_id = $1"
        ))?),
        organization_role_names: pairs(sql!("select id, name from organization_roles where tenant_id = $1"))?
            .into_iter()
            .collect(),
        organization_scopes: pairs(sql!("select id, name from organization_scopes where tenant_id = $1"))?
            .into_iter()
            .collect(),
    })
}

/// The settings of the sign-in experience. Unreadable settings are an error, so that a tenant never runs without its policy
/// (attack F7).
fn policy(r: &Read<'_>, asked: &Asked<'_>) -> Result<flow::TenantPolicy, DbError> {
    let &Asked { sealer, tenant, case_sensitive_username, .. } = asked;
    let text = sql!("select settings from sign_in_experiences where tenant_id = $1");
    let mut members =
        r.query_opt::<(Json<Map<String, Value>>,)>(text, params![tenant])?.map(|row| row.0.0).unwrap_or_default();
    members.insert("tenantId".into(), tenant.into());
    members.insert("id".into(), "default".into());
    let mut policy = serde_json::from_value(Value::Object(members))
        .map(flow::TenantPolicy::new)
        .map_err(|error| DbError::Sql(format!("the sign-in experience of tenant {tenant}: {error}")))?;
    policy.case_sensitive_usernames &= case_sensitive_username;
    policy.profile_fields = profile_fields(r, tenant)?;
    policy.sso_connectors = sso_connectors::load(r, sealer, tenant)?;
    Ok(policy)
}

#[derive(FromRow)]
struct ProfileFieldRow {
    name: String,
    r#type: String,
    label: String,
    description: Option<String>,
    required: bool,
    #[row(json)]
    config: flow::profile_field::FieldConfig,
}

fn profile_fields(r: &Read<'_>, tenant: &str) -> Result<Vec<flow::ProfileField>, DbError> {
    let text = sql!(
        "select name, type, label, description, required, config from custom_profile_fields where tenant_id = $1 \
         order by sie_order, created_at, name"
    );
    let rows: Vec<ProfileFieldRow> = r.query_all(text, params![tenant])?;
    let field = |row: ProfileFieldRow| {
        let ProfileFieldRow { name, r#type, label, description, required, config } = row;
        let kind = serde_json::from_value(Value::String(r#type))
            .map_err(|error| DbError::Sql(format!("the profile field {name} of tenant {tenant}: {error}")))?;
        Ok(flow::ProfileField { name, kind, label, description, required, config })
    };
    rows.into_iter().map(field).collect()
}

fn keys(r: &Read<'_>, asked: &Asked<'_>) -> Result<Keys, DbError> {
    let &Asked { sealer, tenant, endpoint, now, .. } = asked;
    let series = store::signing_keys(r, tenant)?;
    let cookie = Timeline::at(store::cookie_keys(r, tenant)?, now);
    let registration_until = client_registration::open_until(r, tenant, now)?;
    let published = published_settings::load(r, tenant)?;
    let features = Features {
        registration: registration_until.is_some(),
        acr_values: published.acr_values,
        claims_parameter: published.claims_parameter,
        client_documents: client_documents::is_enabled(r, tenant)?,
        certificates: asked.client_certificates.is_some(),
        certificate_authorities: asked.client_certificates.is_some_and(|asked| asked.authorities.is_some()),
    };
    let mut until = cookie.until().into_iter().chain(registration_until).min();
    let (mut accepted, mut signers, mut algorithms) = (Vec::new(), Vec::new(), Vec::new());
    for rows in std::iter::once(series.tenant).chain(series.applications.into_values()) {
        let timeline = Timeline::at(rows, now);
        until = until.into_iter().chain(timeline.until()).min();
        // Who reads the document now may keep it until the next key signs.
        algorithms.extend(timeline.current.iter().chain(&timeline.next).map(|row| row.algorithm.clone()));
        let first = accepted.len();
        for row in timeline.into_accepted() {
            accepted.push(row.open(sealer, tenant)?);
        }
        signers.extend(accepted.get(first).cloned());
    }
    let mut seen = BTreeSet::new();
    algorithms.retain(|algorithm| seen.insert(algorithm.clone()));
    let public = JwkSet { keys: accepted.iter().map(SigningKey::public_jwk).collect() };
    let mut signers = signers.into_iter();
    let current = signers.next().ok_or_else(|| DbError::Sql(format!("tenant {tenant} has no signing key")))?;
    Ok(Keys {
        documents: PublicDocuments::build(&format!("{endpoint}/oidc"), &algorithms, &public, features),
        current,
        of_applications: signers.collect(),
        verifying: public.verifier(),
        cookie_keys: cookie.into_accepted().map(|row| row.open(sealer, tenant)).collect::<Result<_, _>>()?,
        until,
    })
}

#[derive(FromRow)]
struct ResourceRow {
    id: String,
    indicator: String,
    name: String,
    is_default: bool,
    access_token_ttl: i64,
}

impl From<ResourceRow> for ResourceConfig {
    fn from(row: ResourceRow) -> Self {
        let ResourceRow { id, indicator, name, is_default, access_token_ttl } = row;
        Self { id, indicator, name, is_default, access_token_ttl, scopes: HashMap::new() }
    }
}

fn resources(r: &Read<'_>, tenant: &str) -> Result<HashMap<String, ResourceConfig>, DbError> {
    let text = sql!("select id, indicator, name, is_default, access_token_ttl from resources where tenant_id = $1");
    let mut by_id: HashMap<String, ResourceConfig> = r
        .query_all::<ResourceRow>(text, params![tenant])?
        .into_iter()
        .map(|row| (row.id.clone(), row.into()))
        .collect();
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
