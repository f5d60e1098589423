//! Opens the server's application state over its database, with or without a running server.

use kernel::{Clock, Rng};
use server::{App, Settings, Tenant, serve, tenants};

use crate::error::{CliError, ExitKind};

/// A tenant and the application state of an open database.
pub struct OpenTenant {
    pub app: App,
    pub tenant: Tenant,
}

impl OpenTenant {
    /// Opens the database as `serve` does: creates, migrates and seeds it if necessary.
    ///
    /// # Errors
    /// An unknown tenant, or a database that can't be used.
    pub async fn new(settings: &Settings, tenant: &str) -> Result<Self, CliError> {
        Self::hashing_on(1, settings, tenant).await
    }

    /// As [`OpenTenant::new`], with this many threads that hash passwords.
    ///
    /// # Errors
    /// As [`OpenTenant::new`].
    pub async fn hashing_on(threads: usize, settings: &Settings, tenant: &str) -> Result<Self, CliError> {
        let mut settings = settings.clone();
        // A command runs one statement at a time; a larger pool would take connections away from the server.
        settings.db.pool_size = 1;
        settings.db.readers = 1;
        settings.hash.threads = threads;
        let (clock, rng) = (Clock::system(), Rng::system());
        let storage = serve::open(&settings, &clock, &rng).await?;
        let outbound = serve::outbound(&settings)?;
        let app = App::new(storage, clock, rng, settings, outbound).map_err(|error| {
            CliError::new(ExitKind::Settings, format!("passwords can't be hashed ({error}); correct PASSWORD_HASH_*"))
        })?;
        app.tenants.refresh(&app).await?;
        let Some(id) = app.tenants.known(tenant) else {
            let sentence = format!("there is no tenant `{tenant}`; `loggia tenant list` shows all");
            return Err(CliError::new(ExitKind::State, sentence));
        };
        Ok(Self { tenant: Tenant::new(id, &app), app })
    }

    /// Waits until every running server has loaded a configuration change, so that a script can rely on it.
    pub async fn wait_for_config_propagation(&self) {
        tokio::time::sleep(tenants::MAX_STALENESS).await;
    }
}
