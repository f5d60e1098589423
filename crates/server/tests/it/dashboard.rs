//! How many users there are, are new and are active (O145, M275–M277, trace 40-18).

use std::time::Duration;

use kernel::Timestamp;
use serde_json::{Value, json};
use testkit::{TestApp, for_each_engine};

use crate::applications::{call, get};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// 2026-11-29T23:00:00Z.
const LATE: Timestamp = Timestamp(1_795_993_200_000);

async fn counts(app: &TestApp, of: &str) -> Value {
    get(app, &format!("/api/dashboard/users/{of}")).await.expect(200).json()
}

#[tokio::test]
async fn users_are_counted_in_total_and_by_the_days_on_which_they_came() {
    for_each_engine(async |app: TestApp| {
        app.app.clock.set(LATE);
        let make = async |name: &str| {
            call(&app, "POST", "/api/users", json!({"username": name})).await.expect(200);
        };
        make("ada").await;
        make("bob").await;
        assert_eq!(counts(&app, "total").await, json!({"totalUserCount": 2}));
        let both = json!({"count": 2, "delta": 2});
        assert_eq!(counts(&app, "new").await, json!({"today": both, "last7Days": both}));
        app.app.clock.advance(Duration::from_secs(2 * 60 * 60));
        make("eve").await;
        let (today, week) = (json!({"count": 1, "delta": -1}), json!({"count": 3, "delta": 3}));
        assert_eq!(
            counts(&app, "new").await,
            json!({"today": today, "last7Days": week}),
            "a day of UTC ends at midnight"
        );
        app.app.clock.advance(7 * DAY);
        let (today, week) = (json!({"count": 0, "delta": 0}), json!({"count": 0, "delta": -3}));
        assert_eq!(counts(&app, "new").await, json!({"today": today, "last7Days": week}));
    })
    .await;
}

#[tokio::test]
async fn users_are_active_on_the_days_on_which_they_got_tokens() {
    for_each_engine(async |app: TestApp| {
        app.app.clock.set(LATE);
        let (client, ada, bob) = (app.spa_client().await, app.user("ada").await, app.user("bob").await);
        let active = async |query: &str| {
            app.app.flush_audit().await;
            counts(&app, &format!("active{query}")).await
        };
        let tokens = app.code_flow(&client, &ada, "openid offline_access").await;
        app.code_flow(&client, &ada, "openid").await;
        app.code_flow(&client, &bob, "openid").await;
        let two = json!({"count": 2, "delta": 2});
        let shown = active("").await;
        assert_eq!((&shown["dau"], &shown["wau"], &shown["mau"]), (&two, &two, &two), "each once");
        let curve = shown["dauCurve"].as_array().unwrap();
        assert_eq!(
            (curve.len(), &curve[0], &curve[29]),
            (30, &json!({"date": "2026-10-31", "count": 0}), &json!({"date": "2026-11-29", "count": 2}))
        );
        // The next day one of them comes again; whoever only tries does not count.
        app.app.clock.advance(Duration::from_secs(2 * 60 * 60));
        app.refresh(&client, tokens["refresh_token"].as_str().unwrap(), &[]).send().await.expect(200);
        app.refresh(&client, "unknown", &[]).send().await.expect(400);
        let shown = active("").await;
        assert_eq!((&shown["dau"], &shown["wau"]), (&json!({"count": 1, "delta": -1}), &two));
        assert_eq!(active("?date=2026-11-30").await, shown);
        assert_eq!(active("?date=2026-11-29").await["dau"], two);
        let later = active("?date=2027-01-15").await;
        assert_eq!(
            (&later["wau"], &later["mau"]),
            (&json!({"count": 0, "delta": 0}), &json!({"count": 0, "delta": -2}))
        );
        // What happened stays when the user goes.
        app.management_request("DELETE", &format!("/api/users/{bob}")).await.send().await.expect(204);
        assert_eq!(active("?date=2026-11-29").await["dau"], two);
        for wrong in ["bad", "2026-11-31", "2026-1-1", "2026-11-29T00:00", "99999-01-01", "2026-11-9223372036854775807"]
        {
            let refused = get(&app, &format!("/api/dashboard/users/active?date={wrong}")).await;
            assert_eq!(
                refused.expect_error(400, "guard.invalid_input").json()["data"]["issues"][0]["path"],
                json!(["date"])
            );
        }
    })
    .await;
}

#[tokio::test]
async fn f6_another_tenant_counts_by_itself_and_old_days_are_forgotten() {
    for_each_engine(async |app: TestApp| {
        let (client, ada) = (app.spa_client().await, app.user("ada").await);
        app.code_flow(&client, &ada, "openid").await;
        app.app.flush_audit().await;
        let token = app.management_token("admin").await;
        let other = app.admin_request("GET", "/api/dashboard/users/active").bearer(&token).send().await;
        assert_eq!(other.expect(200).json()["mau"]["count"], 0);
        let rows = async || {
            let count = db::sql!("select count(*) from daily_active_users");
            app.app.db.read(move |r| r.query_one::<i64>(count, &[])).await.unwrap()
        };
        app.app.clock.advance(430 * DAY);
        server::jobs::sweep::delete_expired(app.app.clone()).await.unwrap();
        assert_eq!(rows().await, 1);
        app.app.clock.advance(DAY);
        server::jobs::sweep::delete_expired(app.app.clone()).await.unwrap();
        assert_eq!(rows().await, 0);
    })
    .await;
}
