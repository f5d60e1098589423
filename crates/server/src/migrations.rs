//! The migrations of the schema, oldest first. A released migration never changes.

use db::migrate::Migration;

/// All migrations.
pub const ALL: &[Migration] = &[Migration {
    version: 1,
    name: "initial",
    text: include_str!("../../../migrations/0001_initial.sql"),
    sqlite: include_str!("../../../migrations/0001_initial.sqlite.sql"),
    postgres: include_str!("../../../migrations/0001_initial.postgres.sql"),
}];
