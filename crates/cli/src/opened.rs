//! The same parts that the server works with, over the same database, beside a running server or without one.

use kernel::{Clock, Rng};
use server::{App, Settings, Tenant, serve, tenants};

use crate::failure::{Failure, Kind};

/// A tenant of an open database.
pub struct Opened {
    pub app: App,
    pub tenant: Tenant,
}

impl Opened {
    /// Opens the database as `serve` does: made, brought up to date and seeded when it is not.
    ///
    /// # Errors
    /// An unknown tenant, or a database that can't be used.
    pub async fn new(settings: &Settings, tenant: &str) -> Result<Self, Failure> {
        let id = match tenant {
            "default" => "default",
            "admin" => "admin",
            other => {
                let sentence = format!("there is no tenant `{other}`; use --tenant default or --tenant admin");
                return Err(Failure::new(Kind::State, sentence));
            }
        };
        let mut settings = settings.clone();
        // One command does one thing at a time; a pool would only take connections from the server's.
        settings.db.pool_size = 1;
        settings.db.readers = 1;
        settings.hash.threads = 1;
        let (clock, rng) = (Clock::system(), Rng::system());
        let db = serve::open(&settings, &clock, &rng).await?;
        let app = App::new(db, clock, rng, settings).map_err(|error| {
            Failure::new(Kind::Settings, format!("passwords can't be hashed ({error}); correct PASSWORD_HASH_*"))
        })?;
        Ok(Self { tenant: Tenant::new(id, &app), app })
    }

    /// Waits until every running server has seen a change of configuration, so that a script may use it at once.
    pub async fn seen_everywhere(&self) {
        tokio::time::sleep(tenants::FRESH).await;
    }
}
