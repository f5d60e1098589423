//! Tenants beside `default` and `admin`: each has a row with an endpoint, and answers on the main port where a request names its host.
//! Hosts that nothing is known of belong to `default`.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};
use std::time::Instant;

use db::{DbError, Read, sql};
use url::Url;

use super::{MAX_STALENESS, Slot};
use crate::App;

/// What is known of them. Ids and slots live as long as the process: there are as many as administrators made tenants meanwhile.
#[derive(Default)]
pub(super) struct FurtherTenants {
    known: RwLock<Known>,
    /// One asks the database at a time, and not more often than [`MAX_STALENESS`].
    asked: tokio::sync::Mutex<Option<Instant>>,
    /// Held while the tenants are read, so that what was read first does not replace what was read later.
    reading: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Known {
    by_id: HashMap<&'static str, &'static Slot>,
    by_host: HashMap<String, &'static str>,
}

impl FurtherTenants {
    /// The slot of a tenant, by its id.
    pub fn slot(&self, id: &str) -> Option<(&'static str, &'static Slot)> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.by_id.get_key_value(id).map(|(id, slot)| (*id, *slot))
    }

    /// The tenant at a host, with the port unless it is the usual one.
    fn at_host(&self, host: &str) -> Option<&'static str> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).by_host.get(host).copied()
    }

    /// All ids that are known.
    pub fn ids(&self) -> Vec<&'static str> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).by_id.keys().copied().collect()
    }

    /// The tenant at a host, which may have been made a moment ago by another process.
    pub async fn find(&self, host: &str, app: &App) -> Option<&'static str> {
        let host = host.to_ascii_lowercase();
        if let Some(known) = self.at_host(&host) {
            return Some(known);
        }
        // Who waited for another's question has its answer.
        let mut asked = self.asked.lock().await;
        if self.at_host(&host).is_none() && asked.is_none_or(|at| at.elapsed() >= MAX_STALENESS) {
            *asked = Some(Instant::now());
            if let Err(error) = self.refresh(app).await {
                tracing::warn!(%error, "the tenants can't be read");
            }
        }
        self.at_host(&host)
    }

    /// Reads all tenants.
    ///
    /// # Errors
    /// A failure of the database.
    pub async fn refresh(&self, app: &App) -> Result<(), DbError> {
        let _turn = self.reading.lock().await;
        let rows = app.db.read_inline(load).await?;
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let mut next = Known::default();
        for (id, endpoint) in rows {
            let same = known.by_id.get_key_value(id.as_str()).filter(|(_, slot)| slot.endpoint == endpoint);
            let (id, slot): (&'static str, &'static Slot) = match same {
                Some((id, slot)) => (*id, *slot),
                None => (id.leak(), Box::leak(Box::new(Slot::new(&endpoint, app.settings.demo_apps)))),
            };
            next.by_host.extend(hosts_of(&endpoint).into_iter().map(|host| (host, id)));
            next.by_id.insert(id, slot);
        }
        *known = next;
        drop(known);
        Ok(())
    }
}

fn load(r: &Read<'_>) -> Result<Vec<(String, String)>, DbError> {
    r.query_all(sql!("select id, endpoint from tenants where endpoint is not null order by id"), &[])
}

/// The values of `Host` that mean an endpoint: the usual port may be written.
pub(super) fn hosts_of(endpoint: &str) -> Vec<String> {
    let Ok(url) = Url::parse(endpoint) else { return Vec::new() };
    let host = url.host_str().unwrap_or_default();
    match (url.port(), url.port_or_known_default()) {
        (Some(port), _) => vec![format!("{host}:{port}")],
        (None, Some(usual)) => vec![host.to_owned(), format!("{host}:{usual}")],
        (None, None) => vec![host.to_owned()],
    }
}
