//! SQL functions that SQLite lacks, as PostgreSQL defines them.

use std::sync::Arc;

use regex::Regex;
use rusqlite::Connection;
use rusqlite::functions::{Context, FunctionFlags};

use crate::pattern::compile;

/// Registers `regexp_like(text, pattern, flags)`, and a `lower` that folds more than ASCII.
pub(crate) fn register(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("lower", 1, flags, |context| {
        Ok(context.get::<Option<String>>(0)?.map(|text| text.to_lowercase()))
    })?;
    connection.create_scalar_function("regexp_like", 3, flags, regexp_like)
}

fn regexp_like(context: &Context<'_>) -> rusqlite::Result<Option<bool>> {
    let pattern: Arc<Regex> = context.get_or_create_aux(1, |pattern| {
        compile(pattern.as_str()?, context.get::<String>(2).is_ok_and(|flags| flags.contains('i')))
            .map_err(Box::<dyn std::error::Error + Send + Sync>::from)
    })?;
    let text = context.get::<Option<String>>(0)?;
    Ok(text.map(|text| pattern.is_match(&text)))
}
