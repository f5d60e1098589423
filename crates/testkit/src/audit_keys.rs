//! Which test raises which keys of the audit log: with `LOGGIA_AUDIT_KEYS=file`, every test adds a line `key<tab>test` for each key
//! that it left. `tests/it/audit_keys` compares them with the contract.

use std::fs::OpenOptions;
use std::io::Write as _;

use db::{Db, sql};

/// Adds the keys of a database that a test is done with.
pub(crate) async fn collect(db: &Db) {
    let Some(file) = std::env::var_os("LOGGIA_AUDIT_KEYS") else { return };
    let keys: Vec<String> = db.read(|r| r.query_all(sql!("select distinct key from logs"), &[])).await.unwrap();
    // The test runs on a thread of its own, which is named after it.
    let test = std::thread::current().name().unwrap_or_default().to_owned();
    let lines: String = keys.iter().map(|key| format!("{key}\t{test}\n")).collect();
    let mut file = OpenOptions::new().create(true).append(true).open(file).unwrap();
    file.write_all(lines.as_bytes()).unwrap();
}
