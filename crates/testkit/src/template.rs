//! The database that every test starts with: made once for each engine, then copied, which takes a tenth of the time.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use db::{Db, DbUrl, Sql, migrate};
use kernel::{Clock, Rng};
use postgres::Client;
use server::migrations;
use server::serve::{self, Storage};
use server::settings::Settings;
use tokio::sync::OnceCell;

use crate::database::{connect, fresh_schema, fresh_url, on_plain_thread, options, schema_url};
use db::Engine;

/// What the files of the SQLite database held after the first start: the database and its write-ahead log.
static FILES: OnceCell<[(&str, Vec<u8>); 2]> = OnceCell::const_new();
/// The PostgreSQL schema that holds what the first start wrote.
static SCHEMA: OnceCell<String> = OnceCell::const_new();
/// The schemas of finished tests, and those of running ones by name.
static FINISHED: Mutex<Vec<TestSchema>> = Mutex::new(Vec::new());
static RUNNING: Mutex<BTreeMap<String, Client>> = Mutex::new(BTreeMap::new());

/// A migrated schema, and the connection that fills it: it remembers the plans.
struct TestSchema {
    name: String,
    connection: Client,
}

/// Makes the function `refill` of a schema, which replaces every row by those of the template, but the record of the migrations.
/// Foreign keys would ask for an order.
const PREPARE: &str = "set session_replication_role = replica;
do $$ declare name text; body text := ''; has_rows boolean; begin
    for name in select tablename from pg_tables where schemaname = '{schema}' and tablename <> 'schema_migrations' loop
        body := body || format('delete from {schema}.%I;', name);
        execute format('select exists (select from {template}.%I)', name) into has_rows;
        if has_rows then
            body := body || format('insert into {schema}.%I select * from {template}.%I;', name, name);
        end if;
    end loop;
    execute format('create function {schema}.refill() returns void language plpgsql as %L', 'begin ' || body || 'end');
end $$";

/// A database as the first start of a server with these settings leaves it.
pub(crate) async fn seeded_url(engine: Engine, settings: &Settings, clock: &Clock) -> DbUrl {
    match engine {
        Engine::Sqlite => {
            let url = fresh_url(engine);
            for (suffix, bytes) in FILES.get_or_init(|| seed_files(settings, clock)).await {
                fs::write(beside(url.path().unwrap(), suffix), bytes).unwrap();
            }
            url
        }
        Engine::Postgres => {
            let template = SCHEMA.get_or_init(|| seed_schema(settings, clock)).await;
            let finished = FINISHED.lock().unwrap().pop();
            let mut schema = finished.unwrap_or_else(|| prepared_schema(template, clock));
            let refill = format!("select {}.refill()", schema.name);
            let TestSchema { name, connection } = on_plain_thread(move || {
                schema.connection.batch_execute(&refill).unwrap();
                schema
            });
            let url = schema_url(&name);
            RUNNING.lock().unwrap().insert(name, connection);
            url
        }
    }
}

/// Takes the database of a finished test back.
pub(crate) async fn finish(db: &Db) {
    match db.url().path() {
        None => {
            let schema = Sql::dynamic("select current_schema()::text".into());
            let name: String = db.read(move |r| r.query_one(&schema, &[])).await.unwrap();
            // A second server of the same test may have given it back.
            if let Some(connection) = RUNNING.lock().unwrap().remove(&name) {
                FINISHED.lock().unwrap().push(TestSchema { name, connection });
            }
        }
        Some(path) => {
            for suffix in ["", "-wal", "-shm"] {
                let _ = fs::remove_file(beside(path, suffix));
            }
        }
    }
}

async fn seed_files(settings: &Settings, clock: &Clock) -> [(&'static str, Vec<u8>); 2] {
    let url = fresh_url(Engine::Sqlite);
    let server = seed(&url, settings, clock).await;
    let files = ["", "-wal"].map(|suffix| (suffix, fs::read(beside(url.path().unwrap(), suffix)).unwrap()));
    // The last connection to a database changes both files when it ends.
    drop(server);
    files
}

async fn seed_schema(settings: &Settings, clock: &Clock) -> String {
    let schema = fresh_schema();
    seed(&schema_url(&schema), settings, clock).await;
    schema
}

fn prepared_schema(template: &str, clock: &Clock) -> TestSchema {
    let name = fresh_schema();
    migrate::run(&schema_url(&name), &options(), migrations::ALL, (clock.now(), false)).unwrap();
    let prepare = PREPARE.replace("{schema}", &name).replace("{template}", template);
    on_plain_thread(move || {
        let mut connection = connect();
        connection.batch_execute(&prepare).unwrap();
        TestSchema { name, connection }
    })
}

async fn seed(url: &DbUrl, settings: &Settings, clock: &Clock) -> Storage {
    let settings = Settings { db_url: url.clone(), ..settings.clone() };
    serve::open(&settings, clock, &Rng::system()).await.unwrap()
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    PathBuf::from(format!("{}{suffix}", path.display()))
}
