//! Snapshots of a whole database, to check what changed.

use std::collections::{BTreeMap, BTreeSet};

use db::{DbError, Read, Sql};
use tokio::sync::OnceCell;

use crate::app::TestApp;
use db::Engine;

/// Every row of every table except the audit log and what is kept of refused requests, as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseSnapshot(BTreeMap<String, BTreeSet<String>>);

impl DatabaseSnapshot {
    /// Whether any row contains a text.
    pub fn contain(&self, text: &str) -> bool {
        self.0.values().flatten().any(|row| row.contains(text))
    }

    /// The number of rows by table.
    pub fn counts(&self) -> BTreeMap<&str, usize> {
        self.0.iter().map(|(name, rows)| (name.as_str(), rows.len())).collect()
    }

    /// The rows that only one of this and `later` has, each with its table. Tables named in `but` are ignored.
    pub fn difference(&self, later: &Self, but: &[&str]) -> Vec<String> {
        let names = self.0.keys().chain(later.0.keys()).collect::<BTreeSet<_>>();
        let none = BTreeSet::new();
        let of = |name: &String| {
            let (before, after) = (self.0.get(name).unwrap_or(&none), later.0.get(name).unwrap_or(&none));
            let gone = before.difference(after).map(|row| format!("{name}: gone {row}"));
            let new = after.difference(before).map(|row| format!("{name}: new {row}"));
            gone.chain(new).collect::<Vec<_>>()
        };
        names.into_iter().filter(|name| !but.contains(&name.as_str())).flat_map(of).collect()
    }
}

impl TestApp {
    /// All rows now. Flushes the audit queue first: its statements would disturb fault injection later.
    pub async fn snapshot(&self) -> DatabaseSnapshot {
        self.app.flush_audit().await;
        DatabaseSnapshot::of(&self.app.db).await
    }
}

impl DatabaseSnapshot {
    /// All rows of a database now.
    pub async fn of(db: &db::Db) -> Self {
        let engine = if db.url().path().is_some() { Engine::Sqlite } else { Engine::Postgres };
        let dump = DUMPS[usize::from(engine == Engine::Postgres)]
            .get_or_try_init(|| async { db.read(move |r| Ok::<_, DbError>(Sql::dynamic(dump(r, engine)?))).await });
        let dump = dump.await.unwrap().clone();
        let rows = db.read(move |r| r.query_all::<(String, String)>(&dump, &[])).await.unwrap();
        let mut all = BTreeMap::<_, BTreeSet<_>>::new();
        for (table, row) in rows {
            all.entry(table).or_default().insert(row);
        }
        Self(all)
    }
}

/// The statement for all rows of all tables, by engine: every database of a run has the same tables.
static DUMPS: [OnceCell<Sql>; 2] = [const { OnceCell::const_new() }; 2];

fn dump(r: &Read<'_>, engine: Engine) -> Result<String, DbError> {
    let tables = tables(r, engine)?.into_iter().map(|name| dump_table(r, engine, &name));
    Ok(tables.collect::<Result<Vec<_>, _>>()?.join(" union all "))
}

fn tables(r: &Read<'_>, engine: Engine) -> Result<Vec<String>, DbError> {
    let text = match engine {
        Engine::Sqlite => "select name from sqlite_master where type = 'table' and name not like 'sqlite_%'",
        Engine::Postgres => {
            "select table_name::text from information_schema.tables where table_schema = current_schema()"
        }
    };
    let mut names = r.query_all::<String>(&Sql::dynamic(text.into()), &[])?;
    // Of what is refused something is written later, whatever the request was to change.
    names.retain(|name| name != "logs" && name != "refusals");
    Ok(names)
}

/// The statement that returns each row of a table as one text, after the table's name.
fn dump_table(r: &Read<'_>, engine: Engine, table: &str) -> Result<String, DbError> {
    if engine == Engine::Postgres {
        return Ok(format!("select '{table}', t::text from {table} t"));
    }
    let columns = Sql::dynamic(format!("select 'quote(' || name || ')' from pragma_table_info('{table}')"));
    Ok(format!("select '{table}', {} from {table}", r.query_all::<String>(&columns, &[])?.join(" || ',' || ")))
}
