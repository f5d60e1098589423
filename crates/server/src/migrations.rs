//! The schema's steps, oldest first. A step that has been released never changes.

use db::migrate::Migration;

/// All steps.
pub const ALL: &[Migration] =
    &[Migration { version: 1, name: "initial", text: include_str!("../../../migrations/0001_initial.sql") }];
