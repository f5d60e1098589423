//! Checks that the secrets in the database can be opened.

use server::serve::StartError;
use server::{Settings, sealing};

use super::Finding;
use crate::error::ExitKind;

const NAME: &str = "secret key";

/// Compares the key with those that the database needs.
pub async fn check(settings: &Settings) -> Option<Finding> {
    // The check must not create the database.
    if settings.db_url.path().is_some_and(|path| !path.exists()) {
        return None;
    }
    let db = db::Db::open(&settings.db_url, &settings.db).ok()?;
    match sealing::examine(settings, &db).await {
        Ok(Some(id)) => Some(Finding::ok(NAME, format!("the key {id} opens the secrets in the database"))),
        Ok(None) => Some(Finding::ok(NAME, "the next start makes a key")),
        // Another check says what is wrong, or the tables are not there yet.
        Err(StartError::Database(_)) => None,
        Err(error) => Some(Finding::problem(NAME, ExitKind::Settings, error.to_string())),
    }
}
