//! Fresh places for data on an engine.

use std::path::Path;
use std::str::FromStr;

use db::{Db, DbUrl, Options, Sql};

use crate::Failure;
use crate::plan::Engine;

/// Lets PostgreSQL count what was made, as it does by itself a minute later: the figures are those of a server that runs for
/// longer than that.
///
/// # Errors
/// A failure of the database.
pub async fn analyze(engine: &Engine) -> Result<(), Failure> {
    let Some(url) = &engine.url else { return Ok(()) };
    let db =
        Db::open(&DbUrl::from_str(url)?, &Options { pool_size: 1, statement_timeout: None, ..Options::default() })?;
    db.write(|tx| tx.exec(&Sql::dynamic("analyze".to_owned()), &[])).await.map_err(|error: db::DbError| error)?;
    Ok(())
}

/// The URL of an empty database: a new file below `directory`, or a new schema in PostgreSQL.
///
/// # Errors
/// PostgreSQL refuses.
pub async fn fresh(engine: &Engine, directory: &Path, name: &str) -> Result<String, Failure> {
    let Some(url) = &engine.url else {
        return Ok(format!("sqlite://{}", directory.join(name).with_extension("db").display()));
    };
    let name = format!("bench_{name}");
    let options = Options { pool_size: 1, ..Options::default() };
    let db = Db::open(&DbUrl::from_str(url)?, &options)?;
    for text in [format!("drop schema if exists {name} cascade"), format!("create schema {name}")] {
        db.write(move |tx| tx.exec(&Sql::dynamic(text), &[])).await.map_err(|error: db::DbError| error)?;
    }
    let mark = if url.contains('?') { '&' } else { '?' };
    Ok(format!("{url}{mark}options=-csearch_path%3D{name}"))
}
