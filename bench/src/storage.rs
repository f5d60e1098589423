//! New databases on an engine.

use std::path::Path;
use std::str::FromStr;

use db::{Db, DbUrl, Options, Sql};

use crate::BoxError;
use crate::plan::Engine;

/// Runs ANALYZE on PostgreSQL, as autovacuum does a minute later, so that the results are those of a longer running server.
///
/// # Errors
/// A failure of the database.
pub async fn analyze(engine: &Engine) -> Result<(), BoxError> {
    let Some(url) = &engine.url else { return Ok(()) };
    let db =
        Db::open(&DbUrl::from_str(url)?, &Options { pool_size: 1, statement_timeout: None, ..Options::default() })?;
    db.write(|tx| tx.exec(&Sql::dynamic("analyze".to_owned()), &[])).await.map_err(|error: db::DbError| error)?;
    Ok(())
}

/// Creates an empty database and returns its URL: a new file below `directory`, or a new PostgreSQL schema.
///
/// # Errors
/// PostgreSQL returned an error.
pub async fn fresh_database(engine: &Engine, directory: &Path, name: &str) -> Result<String, BoxError> {
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

/// The bytes of a database on the disk, with SQLite's write-ahead log and PostgreSQL's indexes.
///
/// # Errors
/// A failure of the database or the file system.
pub async fn size(engine: &Engine, url: &str) -> Result<f64, BoxError> {
    if engine.url.is_none() {
        let file = url.strip_prefix("sqlite://").ok_or("not the URL of a SQLite database")?;
        let log = std::fs::metadata(format!("{file}-wal")).map_or(0, |log| log.len());
        return Ok((std::fs::metadata(file)?.len() + log) as f64);
    }
    let db = Db::open(&DbUrl::from_str(url)?, &Options { pool_size: 1, ..Options::default() })?;
    let text = "select coalesce(sum(pg_total_relation_size(oid)), 0)::bigint from pg_class \
                where relkind = 'r' and relnamespace = current_schema()::regnamespace";
    let bytes = db.read(|r| r.query_one::<i64>(&Sql::dynamic(text.to_owned()), &[])).await;
    Ok(bytes.map_err(|error: db::DbError| error)? as f64)
}
