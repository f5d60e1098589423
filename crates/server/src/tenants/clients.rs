//! The clients of a tenant in memory: each is read when it is asked for and forgotten when any client changes. What an
//! application costs does not depend on how many others there are (docs/adr/0003-config-snapshot.md).

use kernel::ids::ApplicationId;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use db::{DbError, FromRow, Json, Read, params, sql};
use kernel::{Secret, Timestamp};
use oauth::client::authentication::ApplicationSecret;
use serde_json::Value;

use super::Section;
use super::load;
use crate::oidc::clients::{self, RegisteredClient};
use crate::sealing::{SealedColumn, Sealer};

/// No id of an application is longer, in bytes: such a client is not looked for.
const MAX_ID_BYTES: usize = 128;

/// The limit of each generation of kept clients, and of ids that no client has.
const MAX_KEPT: usize = 4096;

/// The clients of one tenant that were asked for lately.
pub(crate) struct ClientCache {
    endpoint: String,
    has_demo_apps: bool,
    kept: Mutex<KeptClients>,
}

#[derive(Default)]
struct KeptClients {
    /// The version of [`Section::Clients`] that all of them belong to.
    version: i64,
    known: Generations<Arc<RegisteredClient>>,
    unknown: Generations<()>,
}

/// A map that forgets what was not asked for while [`MAX_KEPT`] others were.
struct Generations<T> {
    young: HashMap<String, T>,
    old: HashMap<String, T>,
}

impl<T> Default for Generations<T> {
    fn default() -> Self {
        Self { young: HashMap::new(), old: HashMap::new() }
    }
}

impl<T: Clone> Generations<T> {
    fn get(&mut self, id: &str) -> Option<T> {
        if let Some(found) = self.young.get(id) {
            return Some(found.clone());
        }
        let (id, found) = self.old.remove_entry(id)?;
        self.insert(id, found.clone());
        Some(found)
    }

    fn insert(&mut self, id: String, value: T) {
        if self.young.len() >= MAX_KEPT {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(id, value);
    }
}

impl ClientCache {
    /// The clients of the tenant with this endpoint; none yet.
    pub fn new(endpoint: &str, has_demo_apps: bool) -> Self {
        Self { endpoint: endpoint.to_owned(), has_demo_apps, kept: Mutex::default() }
    }

    /// What is known of a client without asking the database, for a request that saw `version` of [`Section::Clients`]:
    /// `Some(None)` means that there is no such client.
    pub fn find_kept(&self, version: i64, id: &str) -> Option<Option<Arc<RegisteredClient>>> {
        if id.len() > MAX_ID_BYTES || id.contains('\0') {
            return Some(None);
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.version < version {
            *kept = KeptClients { version, ..KeptClients::default() };
        }
        let known = kept.known.get(id).map(Some);
        known.or_else(|| kept.unknown.get(id).map(|()| None))
    }

    /// Reads a client and keeps it.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn load(
        &self,
        r: &Read<'_>,
        sealer: &Sealer,
        tenant_id: &str,
        id: &str,
    ) -> Result<Option<Arc<RegisteredClient>>, DbError> {
        // Read first: what changes afterwards has another version, and is not kept under this one.
        let version = load::versions(r, tenant_id)?.map_or(0, |versions| versions.of(Section::Clients));
        let found = find_application(r, sealer, tenant_id, id)?
            .and_then(|application| clients::build(application, &self.endpoint));
        let found = found.or_else(|| clients::built_in(id, &self.endpoint, self.has_demo_apps)).map(Arc::new);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        // The version comes from committed snapshots alone, so nothing is kept that a unit may still undo.
        if kept.version == version {
            match &found {
                Some(client) => kept.known.insert(id.to_owned(), Arc::clone(client)),
                None => kept.unknown.insert(id.to_owned(), ()),
            }
        }
        Ok(found)
    }
}

/// An application as stored.
#[derive(Debug, Clone)]
pub struct StoredApplication {
    pub row: ApplicationRow,
    pub secrets: Vec<ApplicationSecret>,
    /// Ids of its machine-to-machine roles.
    pub roles: BTreeSet<String>,
    /// kind (`user-scopes`, `resource-scopes`, …) → values; for third-party applications.
    pub consent_scopes: HashMap<String, BTreeSet<String>>,
}

/// The columns of an application that its client is made of.
#[derive(Debug, Clone, FromRow)]
pub struct ApplicationRow {
    pub id: ApplicationId,
    pub name: String,
    #[row(rename = "type")]
    pub kind: String,
    #[row(json)]
    pub oidc_client_metadata: Value,
    #[row(json)]
    pub custom_client_metadata: Value,
    pub is_third_party: bool,
    pub app_level_access_control_enabled: bool,
    pub consent_epoch: i64,
    /// Its own branding: color, branding, customCss, termsOfUseUrl, privacyPolicyUrl, displayName.
    pub settings: Option<Json<Value>>,
}

fn find_application(
    r: &Read<'_>,
    sealer: &Sealer,
    tenant_id: &str,
    id: &str,
) -> Result<Option<StoredApplication>, DbError> {
    let key = params![tenant_id, id];
    let text = sql!(
        "select a.id, a.name, a.type, a.oidc_client_metadata, a.custom_client_metadata, a.is_third_party, \
         a.app_level_access_control_enabled, a.consent_epoch, x.settings \
         from applications a \
         left join application_sign_in_experiences x on x.tenant_id = a.tenant_id and x.application_id = a.id \
         where a.tenant_id = $1 and a.id = $2"
    );
    let Some(row) = r.query_opt(text, key)? else { return Ok(None) };
    let text = sql!(
        "select 'secret' as kind, name, value, expires_at from application_secrets \
         where tenant_id = $1 and application_id = $2 \
         union all select 'role', role_id, '', null from applications_roles \
         where tenant_id = $1 and application_id = $2 \
         union all select kind, value, '', null from application_consent_scopes \
         where tenant_id = $1 and application_id = $2"
    );
    let mut found =
        StoredApplication { row, secrets: Vec::new(), roles: BTreeSet::new(), consent_scopes: HashMap::new() };
    for (kind, name, value, expires_at) in r.query_all::<(String, String, String, Option<Timestamp>)>(text, key)? {
        match kind.as_str() {
            "secret" => {
                let value = sealer.open(SealedColumn::ApplicationSecret.of(tenant_id, id), &value)?;
                found.secrets.push(ApplicationSecret { name, value: Secret::new(value), expires_at });
            }
            "role" => drop(found.roles.insert(name)),
            _ => drop(found.consent_scopes.entry(kind).or_default().insert(name)),
        }
    }
    Ok(Some(found))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_stays_and_the_rest_is_forgotten() {
        let mut kept = Generations::default();
        for number in 0..3 * MAX_KEPT {
            kept.insert(number.to_string(), number);
            assert_eq!(kept.get("0"), Some(0), "{number}");
        }
        assert!(kept.young.len() + kept.old.len() <= 2 * MAX_KEPT);
        assert_eq!(kept.get("1"), None);
    }
}
