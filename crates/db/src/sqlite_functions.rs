//! SQL functions that SQLite lacks, as PostgreSQL defines them.

use std::sync::Arc;

use regex::{Regex, RegexBuilder};
use rusqlite::Connection;
use rusqlite::functions::{Context, FunctionFlags};

/// Maximum size of a compiled pattern.
const MAX_COMPILED_BYTES: usize = 1 << 20;

/// Whether `text` is a valid pattern for `regexp_like` on both engines. Back references are not allowed, so that matching
/// takes linear time.
pub fn is_pattern(text: &str) -> bool {
    compile(text, false).is_ok()
}

fn compile(pattern: &str, ignore_case: bool) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern)
        .case_insensitive(ignore_case)
        .dot_matches_new_line(true)
        .size_limit(MAX_COMPILED_BYTES)
        .build()
}

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
