//! Pages of the list of users (inventory M019).

use serde_json::{Value, json};
use testkit::{TestApp, TestResponse, for_each_engine};

async fn get(app: &TestApp, path: &str) -> TestResponse {
    app.management_request("GET", path).await.send().await
}

#[tokio::test]
async fn pages_deep_in_the_list_have_the_same_order_and_total() {
    for_each_engine(async |app: TestApp| {
        // Several were made in the same millisecond.
        let many = "with recursive n(i) as (select 1 union all select i + 1 from n where i < 2537) \
                    insert into users (tenant_id, id, name, created_at, updated_at) \
                    select 'default', 'u' || cast(i * 7919 % 2537 as text), 'many', 1000000 + i / 7, 0 from n";
        assert_eq!(app.sql(many, vec![]).await, 2537);
        app.sql("insert into user_counts (tenant_id, shard, users) values ('default', 99, 2537)", vec![]).await;
        let order = "select id from users where tenant_id = 'default' order by created_at desc, id desc";
        let order =
            app.app.db.read(move |r| r.query_all::<String>(&db::Sql::dynamic(order.into()), &[])).await.unwrap();
        let total = order.len().to_string();
        let page = async |search: &str, number: usize| {
            let list = get(&app, &format!("/api/users?{search}page={number}&page_size=100")).await.expect(200);
            assert_eq!(list.header("total-number"), total, "page {number}");
            let ids: Vec<Value> = list.json().as_array().unwrap().iter().map(|user| user["id"].clone()).collect();
            ids
        };
        for (n, expected) in order.chunks(100).enumerate() {
            assert_eq!(page("", n + 1).await, expected, "{:?}: page {}", app.engine, n + 1);
        }
        for n in [1, 2, 14, 26] {
            assert_eq!(page("search=%25&", n).await, order.chunks(100).nth(n - 1).unwrap(), "{:?}", app.engine);
        }
        for search in ["", "search.name=MANY&"] {
            assert!(page(search, 27).await.is_empty() && page(search, 999).await.is_empty());
        }
    })
    .await;
}

#[tokio::test]
async fn places_in_the_list_follow_every_change() {
    for_each_engine(async |app: TestApp| {
        let many = "with recursive n(i) as (select 1 union all select i + 1 from n where i < 9000) \
                    insert into users (tenant_id, id, created_at, updated_at) \
                    select 'default', 'u' || cast(i * 7919 % 9001 as text), 1000000 + i / 7, 0 from n";
        app.sql(many, vec![]).await;
        app.sql("insert into user_counts (tenant_id, shard, users) values ('default', 99, 9000)", vec![]).await;
        assert_eq!(server::users::list_marks::add(app.app.clone()).await, Ok(4));
        assert_eq!(server::users::list_marks::add(app.app.clone()).await, Ok(0), "nothing is left to do");
        assert_pages(&app).await;
        let ids = "select id from users where tenant_id = 'default' order by id";
        let ids = app.app.db.read(move |r| r.query_all::<String>(&db::Sql::dynamic(ids.into()), &[])).await.unwrap();
        for id in ids.iter().step_by(57) {
            app.management_request("DELETE", &format!("/api/users/{id}")).await.send().await.expect(204);
        }
        let new = app.management_request("POST", "/api/users").await.json(json!({"username": "newest"})).send().await.expect(200).json()["id"].clone();
        assert_pages(&app).await;
        app.management_request("DELETE", &format!("/api/users/{}", new.as_str().unwrap())).await.send().await.expect(204);
        app.management_request("DELETE", "/api/users/nobody").await.send().await.expect(404);
        assert_pages(&app).await;
        // An import made a part long.
        app.sql("update user_list_marks set users = users + 5000 where created_at = (select min(created_at) from user_list_marks)", vec![]).await;
        let more = "with recursive n(i) as (select 1 union all select i + 1 from n where i < 5000) \
                    insert into users (tenant_id, id, created_at, updated_at) \
                    select 'default', 'v' || cast(i as text), 1000000, 0 from n";
        app.sql(more, vec![]).await;
        app.sql("update user_counts set users = users + 5000 where tenant_id = 'default' and shard = 99", vec![]).await;
        assert_eq!(server::users::list_marks::add(app.app.clone()).await, Ok(2));
        assert_pages(&app).await;
    })
    .await;
}

/// Some pages of the list have the users that stand there.
async fn assert_pages(app: &TestApp) {
    let order = "select id from users where tenant_id = 'default' order by created_at desc, id desc";
    let order = app.app.db.read(move |r| r.query_all::<String>(&db::Sql::dynamic(order.into()), &[])).await.unwrap();
    for (n, expected) in order.chunks(90).enumerate().filter(|(n, _)| n % 7 == 3 || (n + 1) * 90 >= order.len()) {
        let list = get(app, &format!("/api/users?page={}&page_size=90", n + 1)).await.expect(200);
        assert_eq!(list.header("total-number"), order.len().to_string());
        let list = list.json();
        let ids: Vec<_> = list.as_array().unwrap().iter().map(|user| user["id"].as_str().unwrap()).collect();
        assert_eq!(ids, expected, "{:?}: page {}", app.engine, n + 1);
    }
}
