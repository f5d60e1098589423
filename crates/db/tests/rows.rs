//! Rows through `#[derive(FromRow)]`, on both engines.
#![allow(clippy::unwrap_used)]

mod databases;

use db::{Db, DbError, FromRow, Value, params, sql};
use kernel::Timestamp;
use serde::{Deserialize, Serialize};

use databases::fresh;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Address {
    city: String,
}

#[derive(Debug, Clone, PartialEq, FromRow)]
#[row(alias = "p", insert)]
struct Person {
    id: String,
    #[row(rename = "type")]
    kind: String,
    #[row(json)]
    addresses: Vec<Address>,
    #[row(json)]
    home: Option<Address>,
    nick: Option<String>,
    active: bool,
    since: Timestamp,
    picture: Vec<u8>,
}

/// A person of a kind that the program knows.
#[derive(Debug, Clone, PartialEq, FromRow)]
#[row(alias = "p")]
struct Known {
    id: String,
    #[row(rename = "type", with = "kind")]
    kind: Kind,
}

#[derive(Debug, Clone, PartialEq)]
enum Kind {
    Guest,
}

fn kind(stored: String) -> Result<Kind, DbError> {
    match stored.as_str() {
        "guest" => Ok(Kind::Guest),
        _ => Err(DbError::Sql(format!("there is no kind {stored}"))),
    }
}

/// A value of a crate that knows no database.
#[derive(Debug, PartialEq)]
struct Greeting(String);

#[derive(FromRow)]
#[row(alias = "p")]
struct GreetingRow {
    nick: Option<String>,
}

impl From<GreetingRow> for Greeting {
    fn from(row: GreetingRow) -> Self {
        Self(format!("Hello {}", row.nick.as_deref().unwrap_or("you")))
    }
}

const DISTANCE: &str = "cast(length(p.id) + 2 as bigint)";

/// A person within a larger row.
#[derive(Debug, PartialEq, FromRow)]
#[row(alias = "p")]
struct Neighbour {
    #[row(expression = DISTANCE)]
    distance: i64,
    #[row(flatten)]
    known: Known,
    #[row(skip)]
    visits: Vec<i64>,
    #[row(flatten = "GreetingRow")]
    greeting: Greeting,
    #[row(json, expression = "case when p.nick is null then p.home end")]
    note: Option<Address>,
}

#[derive(Debug, PartialEq, FromRow)]
struct Count {
    people: i64,
}

const TABLE: &str = "create table people (id text primary key, type text not null, addresses text not null, \
    home text not null, nick text, active boolean not null, since bigint not null, picture bytea not null)";

fn person() -> Person {
    let home = Address { city: "Zürich".into() };
    Person {
        id: "a".into(),
        kind: "guest".into(),
        addresses: vec![home.clone(), Address { city: "\"Köln\"".into() }],
        home: Some(home),
        nick: None,
        active: true,
        since: Timestamp(7),
        picture: vec![0, 255],
    }
}

async fn insert(db: &Db, row: Person) {
    db.write(move |tx| {
        let insert = sql!("insert into people (", Person::COLUMNS, ") values (", Person::PLACEHOLDERS, ")");
        tx.exec_one(insert, &row.values())
    })
    .await
    .unwrap();
}

#[test]
fn columns_are_listed_once_in_the_order_of_the_fields() {
    assert_eq!(Person::COLUMNS, "id, type, addresses, home, nick, active, since, picture");
    assert_eq!(Person::QUALIFIED_COLUMNS, "p.id, p.type, p.addresses, p.home, p.nick, p.active, p.since, p.picture");
    assert_eq!(Person::PLACEHOLDERS, "$1, $2, $3, $4, $5, $6, $7, $8");
    assert_eq!(person().values().len(), 8);
    assert_eq!(person().values()[1], Value::from("guest"));
    assert_eq!(Count::COLUMNS, "people");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_row_comes_back_as_it_went_in() {
    for db in fresh(TABLE) {
        insert(&db, person()).await;
        let other = Person { id: "b".into(), home: None, nick: Some("Bé".into()), addresses: vec![], ..person() };
        insert(&db, other.clone()).await;
        let select = sql!("select ", Person::QUALIFIED_COLUMNS, " from people p where p.id >= $1 order by p.id");
        let found: Vec<Person> = db.read(|r| r.query_all(select, params!["a"])).await.unwrap();
        assert_eq!(found, [person(), other], "{db:?}");
        // By name: neither the order nor further columns matter.
        let found: Count =
            db.read(|r| r.query_one(sql!("select 'x' as y, count(*) as people from people"), &[])).await.unwrap();
        assert_eq!(found, Count { people: 2 }, "{db:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_column_that_does_not_fit_is_named() {
    for db in fresh(TABLE) {
        insert(&db, person()).await;
        let broken = sql!("update people set addresses = '{\"a\":1}' where id = 'a'");
        db.write(|tx| tx.exec_one(broken, &[])).await.unwrap();
        let read = db.read(|r| r.query_one::<Person>(sql!("select * from people"), &[])).await;
        let error = read.unwrap_err().to_string();
        assert!(error.contains("addresses") && error.contains("JSON"), "{db:?}: {error}");
        let read = db.read(|r| r.query_one::<Person>(sql!("select id from people"), &[])).await;
        assert!(read.unwrap_err().to_string().contains("no column type"), "{db:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_column_is_read_by_a_function_that_may_refuse_it() {
    for db in fresh(TABLE) {
        insert(&db, person()).await;
        let select = sql!("select ", Known::COLUMNS, " from people");
        let found: Known = db.read(|r| r.query_one(select, &[])).await.unwrap();
        assert_eq!(found, Known { id: "a".into(), kind: Kind::Guest }, "{db:?}");
        let broken = sql!("update people set type = 'ghost' where id = 'a'");
        db.write(|tx| tx.exec_one(broken, &[])).await.unwrap();
        let read = db.read(move |r| r.query_one::<Known>(select, &[])).await;
        assert!(read.unwrap_err().to_string().contains("no kind ghost"), "{db:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_row_within_another_is_read_from_its_own_columns_and_null_is_no_json() {
    let columns = "cast(length(p.id) + 2 as bigint) as distance, p.id, p.type, p.nick, \
                   case when p.nick is null then p.home end as note";
    assert_eq!(Neighbour::QUALIFIED_COLUMNS, columns);
    for db in fresh(TABLE) {
        insert(&db, person()).await;
        insert(&db, Person { id: "b".into(), nick: Some("Bé".into()), ..person() }).await;
        let select = sql!("select ", Neighbour::QUALIFIED_COLUMNS, " from people p order by p.id");
        let found: Vec<Neighbour> = db.read(|r| r.query_all(select, &[])).await.unwrap();
        let expected = |id: &str, greeting: &str, note: Option<Address>| Neighbour {
            distance: 3,
            known: Known { id: id.into(), kind: Kind::Guest },
            visits: Vec::new(),
            greeting: Greeting(greeting.into()),
            note,
        };
        let note = Some(Address { city: "Zürich".into() });
        assert_eq!(found, [expected("a", "Hello you", note), expected("b", "Hello Bé", None)], "{db:?}");
    }
}
