//! Storage: one SQL text on SQLite and PostgreSQL, units of work as closures.
