//! The search syntax of lists: every query becomes valid SQL with bound parameters inside one tenant.

use std::str::FromStr;
use std::sync::OnceLock;

use db::{Db, DbError, DbUrl, Options, Sql};
use kernel::Pagination;
use server::http::QueryParams;
use server::search::{ListQuery, Search, SearchableColumns, Where};
use tokio::runtime::Runtime;

const FIELDS: SearchableColumns = &[("id", "u.id"), ("name", "u.name"), ("primaryEmail", "u.email")];
const PEOPLE: ListQuery = ListQuery { columns: "u.tenant_id", from: "people u", order: "u.id" };

/// The input is the query.
///
/// Attack classes: G5, E6.
pub fn search(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let query = QueryParams::parse(&text);
    let part = query.get("q").filter(|part| !part.contains('\0'));
    let within = Where::new("u.tenant_id = {}", ["mine"]);
    let condition = match Search::parse(&query, FIELDS) {
        Ok(search) => search.apply_to(within.and_contains(&["u.id", "u.name"], part)),
        Err(error) => return assert_eq!((error.status().as_u16(), error.code()), (400, "request.invalid_input")),
    };
    let (sql, values) = condition.parts();
    only_our_words(sql, values.len());
    let (db, runtime) = people();
    let counted = runtime.block_on(db.read(move |r| {
        let tenants: (i64, Vec<Tenant>) = PEOPLE.rows(r, &condition, Some(Pagination { number: 1, size: 20 }))?;
        Ok::<_, DbError>(tenants)
    }));
    let (count, rows) = counted.unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(usize::try_from(count), Ok(rows.len()));
    assert!(rows.iter().all(|Tenant(tenant)| tenant == "mine"), "another tenant's rows: {text}");
}

struct Tenant(String);

impl db::FromRow for Tenant {
    fn from_row(row: &db::Row<'_>) -> Result<Self, DbError> {
        row.get("tenant_id").map(Self)
    }
}

/// The SQL has only known words and one placeholder per value, in order.
fn only_our_words(sql: &str, values: usize) {
    const WORDS: &[&str] = &[
        "and",
        "or",
        "=",
        "like",
        "escape",
        "'\\'",
        "as",
        "text",
        "lower",
        "cast",
        "regexp_like",
        "'c'",
        "'i'",
        "collate",
        "\"und-x-icu\"",
    ];
    const COLUMNS: &[&str] = &["u.tenant_id", "u.id", "u.name", "u.email"];
    let mut next = 1;
    for word in sql.split([' ', '(', ')', ',']).filter(|word| !word.is_empty()) {
        if let Some(number) = word.strip_prefix('$') {
            assert_eq!(number.parse(), Ok(next), "{sql}");
            next += 1;
        } else {
            assert!(WORDS.contains(&word) || COLUMNS.contains(&word), "{word:?} in {sql}");
        }
    }
    assert_eq!(next, values + 1, "{sql}");
}

/// A table with the same rows in two tenants.
fn people() -> &'static (Db, Runtime) {
    static PEOPLE: OnceLock<(Db, Runtime)> = OnceLock::new();
    PEOPLE.get_or_init(|| {
        let path = std::env::temp_dir().join(format!("loggia-fuzz-{}.db", std::process::id()));
        let url = DbUrl::from_str(&format!("sqlite://{}", path.display())).unwrap();
        let db = Db::open(&url, &Options { readers: 1, durable: false, ..Options::default() }).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let filled = runtime.block_on(db.write(|tx| {
            let run = |text: &str| tx.exec(&Sql::dynamic(text.to_owned()), &[]);
            run("create table people (tenant_id text not null, id text not null, name text, email text)")?;
            for tenant in ["mine", "other"] {
                run(&format!("insert into people values ('{tenant}', '1', 'Alice', 'alice@example.com')"))?;
                run(&format!("insert into people values ('{tenant}', '2', '50%_\\ß', null)"))?;
                run(&format!("insert into people values ('{tenant}', '3', null, '(b|c)*@example.com')"))?;
            }
            Ok::<_, DbError>(())
        }));
        filled.unwrap();
        // The connections stay open, so the files can be unlinked already.
        for suffix in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{suffix}", path.display()));
        }
        (db, runtime)
    })
}
