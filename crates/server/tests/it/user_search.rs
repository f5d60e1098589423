//! Searches among users: an index finds what a look at each user finds (inventory M014, M019).

use db::{DbError, Engine, Sql, params};
use serde_json::{Value, json};
use testkit::{TestApp, for_each_engine};

const NAMES: &[&str] = &["Ann", "anna-MARIA", "ΟΔΟΣ ΟΔΟΣ", "İstanbul", "50%_\\ \"off\"", "李小龙和朋友", "🦀🦀🦀🦀"];

fn name(number: i64) -> String {
    let name = usize::try_from(number).map_or("", |n| NAMES[n % NAMES.len()]);
    format!("{name} {number}")
}

/// Users made at the same moment and at others, in another order than that of their times.
async fn insert_users(app: &TestApp, tenant: &'static str, numbers: std::ops::Range<i64>) {
    let write = move |tx: &db::Tx<'_>| {
        for n in numbers.clone() {
            tx.exec(
                &Sql::dynamic(
                    "insert into users (tenant_id, id, username, username_folded, primary_email, email_folded, \
                     primary_phone, name, created_at, updated_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0)"
                        .into(),
                ),
                params![
                    tenant,
                    format!("Id{n:010}"),
                    format!("User_{n}"),
                    format!("user_{n}"),
                    format!("U{n}@Example.com"),
                    format!("u{n}@example.com"),
                    format!("8613800{n:06}"),
                    name(n),
                    (n * 7919) % 1000
                ],
            )?;
        }
        Ok::<_, DbError>(())
    };
    app.app.db.write(write).await.unwrap();
}

async fn search(app: &TestApp, query: &str) -> (i64, Vec<String>) {
    let answer = app.management_request("GET", &format!("/api/users?{query}")).await.send().await.expect(200);
    let total = answer.header("total-number").parse().unwrap();
    let users: Vec<Value> = serde_json::from_value(answer.json()).unwrap();
    (total, users.into_iter().map(|user| user["id"].as_str().unwrap().to_owned()).collect())
}

/// The ids of those that are found, newest first.
fn expected(numbers: std::ops::Range<i64>, finds: impl Fn(i64) -> bool) -> Vec<String> {
    let mut found: Vec<(i64, String)> =
        numbers.filter(|n| finds(*n)).map(|n| ((n * 7919) % 1000, format!("Id{n:010}"))).collect();
    found.sort();
    found.into_iter().rev().map(|(_, id)| id).collect()
}

const USERS: std::ops::Range<i64> = 0..2_500;

async fn assert_finds(app: &TestApp, query: &str, finds: impl Fn(i64) -> bool) {
    let all = expected(USERS, finds);
    for page in [1, 2, all.len().div_ceil(20).max(1), all.len() / 20 + 2] {
        let (total, ids) = search(app, &format!("{query}&page={page}&page_size=20")).await;
        let of_page: Vec<_> = all.iter().skip((page - 1) * 20).take(20).cloned().collect();
        assert_eq!((total, ids), (i64::try_from(all.len()).unwrap(), of_page), "{query}, page {page}");
    }
}

#[tokio::test]
async fn an_index_finds_what_a_look_at_each_user_finds() {
    for_each_engine(async |app: TestApp| {
        insert_users(&app, "default", USERS).await;
        insert_users(&app, "admin", 0..50).await;
        let lower = |n: i64| name(n).to_lowercase();
        let text = |n: i64| n.to_string();
        assert_finds(&app, "search=%25Ann%25", |n| lower(n).contains("ann")).await;
        assert_finds(&app, "search.name=ANN%25", |n| lower(n).starts_with("ann")).await;
        assert_finds(&app, "search.name=%25a_maria%25", |n| lower(n).contains("a-maria")).await;
        assert_finds(&app, "search.name=%25οδος%25", |n| lower(n).contains("οδος")).await;
        assert_finds(&app, "search.name=%25小龙和%25", |n| name(n).contains("小龙和")).await;
        assert_finds(&app, "search.name=%25🦀🦀🦀%25", |n| name(n).contains("🦀🦀🦀")).await;
        assert_finds(&app, "search.name=%25%5C%25%5C_%5C%5C+%22OFF%25", |n| name(n).contains("off")).await;
        // All match: more than an index puts in order.
        assert_finds(&app, "search=%25EXAMPLE%25", |_| true).await;
        assert_finds(&app, "search=%25example%25&search.name=%25nobody%25", |_| true).await;
        assert_finds(&app, "search.primaryEmail=%25example%25&search.name=%25ann%25&joint=and", |n| {
            lower(n).contains("ann")
        })
        .await;
        assert_finds(&app, "search.primaryPhone=%25000123%25", |n| {
            format!("{n:06}") == "000123" || format!("8613800{n:06}").contains("000123")
        })
        .await;
        assert_finds(&app, "search.username=user_77&mode=exact", |n| n == 77).await;
        assert_finds(&app, "search.username=user_77&search.username=USER_78&mode.username=exact", |n| {
            n == 77 || n == 78
        })
        .await;
        assert_finds(&app, "search=%25ID0000000012%25", |n| n == 12).await;
        // What an index does not know.
        assert_finds(&app, "search.username=%2512%25", |n| text(n).contains("12")).await;
        assert_finds(&app, "search.name=%25Ann%25&isCaseSensitive=true", |n| name(n).contains("Ann")).await;
        assert_finds(&app, "search.name=%25nobody%25", |_| false).await;
    })
    .await;
}

#[tokio::test]
async fn an_index_follows_every_change() {
    for_each_engine(async |app: TestApp| {
        let create =
            app.management_request("POST", "/api/users").await.json(json!({"username": "first", "name": "Frederic"}));
        let id = create.send().await.expect(200).json()["id"].as_str().unwrap().to_owned();
        let user = format!("/api/users/{id}");
        assert_eq!(search(&app, "search=%25REDERI%25").await, (1, vec![id.clone()]));
        app.management_request("PATCH", &user)
            .await
            .json(json!({"name": "Jonathan", "primaryEmail": "J@example.com"}))
            .send()
            .await
            .expect(200);
        assert_eq!(search(&app, "search=%25REDERI%25").await.0, 0);
        assert_eq!(search(&app, "search=%25j@exam%25").await.0, 1);
        app.management_request("PATCH", &user).await.json(json!({"name": null})).send().await.expect(200);
        assert_eq!(search(&app, "search=%25onatha%25").await.0, 0);
        app.management_request("DELETE", &user).await.send().await.expect(204);
        assert_eq!(search(&app, "search=%25j@exam%25").await.0, 0);
        insert_users(&app, "default", 7..8).await;
        assert_eq!(search(&app, "search=%25user_7%25").await.0, 1);
    })
    .await;
}

#[tokio::test]
async fn postgresql_searches_with_its_own_index() {
    for_each_engine(async |app: TestApp| {
        let read = |r: &db::Read<'_>| {
            if r.engine() == Engine::Sqlite {
                return Ok(None);
            }
            let text =
                "select count(*) from pg_indexes where schemaname = current_schema() and indexname = 'users_parts'";
            r.query_one::<i64>(&Sql::dynamic(text.into()), &[]).map(Some)
        };
        let found = app.app.db.read(read).await.map_err(|error: DbError| error).unwrap();
        assert_ne!(found, Some(0), "the server of the tests has pg_trgm");
    })
    .await;
}
