//! Searches cost what they may cost, and mean the same on both engines.

use std::time::{Duration, Instant};

use db::{DbError, Sql};
use serde_json::json;
use testkit::{TestApp, for_each_engine};

/// Counts forever, on both engines.
const ENDLESS: &str = "with recursive n(i) as (select cast(1 as bigint) union all select i + 1 from n) \
    select count(*) from n where i < 0";

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

async fn user(app: &TestApp, username: &str, name: &str) {
    let body = json!({"username": username, "name": name});
    app.management_request("POST", "/api/users").await.json(body).send().await.expect(200);
}

async fn found(app: &TestApp, query: &str) -> Vec<String> {
    let users = app.management_request("GET", &format!("/api/users?{query}")).await.send().await.expect(200).json();
    let name = |user: &serde_json::Value| user["username"].as_str().unwrap().to_owned();
    let mut names: Vec<String> = users.as_array().unwrap().iter().map(name).collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hard_searches_leave_tokens_and_keys_answering() {
    for_each_engine(async |app: TestApp| {
        let client = app.client("MachineToMachine", &[], json!({})).await;
        let token = app.management_token("default").await;
        let started = Instant::now();
        // As slow as a search can get: these end only by their limit.
        let hard: Vec<_> = (0..24)
            .map(|_| {
                let db = app.app.db.clone();
                let count = Sql::dynamic(ENDLESS.to_owned());
                tokio::spawn(async move { db.read_scan(move |r| r.query_one::<i64>(&count, &[])).await })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(100)).await;
        let search = app.get("/api/users?search.name=a%2Bb&mode=posix").bearer(&token);
        let search = tokio::spawn(async move { search.send().await });
        let mut answered = 0;
        while started.elapsed() < Duration::from_millis(1_500) {
            let asked = Instant::now();
            app.get("/oidc/jwks").send().await.expect(200);
            let fields = [("grant_type", "client_credentials"), ("resource", "urn:logto:resource:organizations")];
            app.token_request(&client, &fields).send().await.expect(200);
            assert!(asked.elapsed() < Duration::from_secs(1), "{:?}", asked.elapsed());
            answered += 1;
        }
        assert!(answered > 5, "{answered}");
        let search = search.await.unwrap();
        assert!([200, 503].contains(&search.status.as_u16()), "{}", search.text());
        for hard in hard {
            assert_eq!(hard.await.unwrap(), Err(DbError::Busy));
        }
        app.get("/api/users?search.name=a%2Bb&mode=posix").bearer(&token).send().await.expect(200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_that_finds_no_place_is_told_to_come_back() {
    for_each_engine(async |app: TestApp| {
        let token = app.management_token("default").await;
        let search = async || app.get("/api/users?search=%25a%25").bearer(&token).send().await;
        let slow: Vec<_> = (0..4)
            .map(|_| {
                let db = app.app.db.clone();
                let wait = |_: &db::Read<'_>| {
                    std::thread::sleep(Duration::from_secs(4));
                    Ok::<(), DbError>(())
                };
                tokio::spawn(async move { db.read_scan(wait).await })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(200)).await;
        let refused = search().await.expect(503);
        assert_eq!(refused.header("retry-after"), "1");
        for slow in slow {
            let result = slow.await.unwrap();
            assert!(matches!(result, Ok(()) | Err(DbError::Busy)), "{result:?}");
        }
        search().await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn case_is_folded_in_any_locale_of_the_database() {
    for_each_engine(async |app: TestApp| {
        user(&app, "aerger", "ÄRGER GROß").await;
        user(&app, "privet", "ПРИВЕТ").await;
        user(&app, "tom", "Tom").await;
        for (value, expected) in [("%ärger%", "aerger"), ("привет", "privet"), ("TOM", "tom"), ("Ärger gRoß", "aerger")]
        {
            let value = encoded(value);
            assert_eq!(found(&app, &format!("search.name={value}")).await, [expected], "{value}");
            let exact = value.replace("%25", "");
            let pattern = found(&app, &format!("search.name={exact}&mode=posix")).await;
            assert_eq!(pattern, [expected], "{value}");
            assert!(found(&app, &format!("search.name={value}&isCaseSensitive=true")).await.is_empty(), "{value}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_one_engine_takes_the_other_takes_too() {
    for_each_engine(async |app: TestApp| {
        user(&app, "tom", "Tom").await;
        let token = app.management_token("default").await;
        let ask = async |query: &str| app.get(&format!("/api/users?{query}")).bearer(&token).send().await;
        for pattern in ["a**", "(?i)tom", "\\btom", "\\p{L}", "a{256}", "(a)\\1", "[[:word:]]", "\\x41", "(?P<n>a)"] {
            let pattern = encoded(pattern);
            for query in [format!("search.name={pattern}&mode=posix"), format!("search={pattern}&mode.name=posix")] {
                let refused = ask(&query).await.expect_error(400, "request.invalid_input").json();
                assert!(refused["message"].as_str().unwrap().contains("pattern"), "{query}: {refused}");
                assert_eq!(refused["data"], json!({}));
            }
        }
        let long = "a".repeat(257);
        for query in [
            format!("search={long}"),
            format!("search.name={long}&mode=exact"),
            format!("search.name={long}&mode=posix"),
            format!("search.name={long}&mode=similar_to&isCaseSensitive=true"),
            format!("mode=exact{}", "&search.name=a".repeat(101)),
        ] {
            ask(&query).await.expect_error(400, "request.invalid_input");
        }
        ask(&format!("mode=exact{}", "&search.name=a".repeat(100))).await.expect(200);
        for list in ["organizations", "organization-roles", "organization-scopes"] {
            let get = async |q: &str| app.get(&format!("/api/{list}?q={q}")).bearer(&token).send().await;
            get(&long).await.expect_error(400, "request.invalid_input");
            get(&long[1..]).await.expect(200);
        }
        assert_eq!(
            found(&app, &format!("search.name={}&mode=posix&isCaseSensitive=true", encoded("^[tT]o(m|n){1,2}$"))).await,
            ["tom"]
        );
    })
    .await;
}
