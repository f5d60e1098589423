//! The audit log: what is kept of it, and what strangers can add to it.

use std::time::Duration;

use db::{params, sql};
use serde_json::{Map, Value, json};
use server::audit::AuditEntry;
use server::audit::export::Export;
use server::jobs::sweep;
use testkit::{TestApp, for_each_engine};

use crate::oidc::fixtures;

async fn entries(app: &TestApp) -> Vec<(String, Option<String>, Option<String>)> {
    let select = sql!("select key, user_id, application_id from logs order by created_at, id");
    app.app.db.read(move |r| r.query_all(select, &[])).await.unwrap()
}

fn entry(key: &str, user_id: &str) -> AuditEntry {
    let mut payload = Map::new();
    payload.insert("userId".into(), json!(user_id));
    payload.insert("applicationId".into(), json!("app"));
    AuditEntry { key: key.into(), payload }
}

#[tokio::test]
async fn an_entry_is_committed_with_its_unit_or_not_at_all() {
    for_each_engine(async |app: TestApp| {
        let failed = app.write("default", |work| {
            work.audit(&entry("Undone", "u"))?;
            Err::<(), _>(db::DbError::Conflict)
        });
        assert_eq!(failed.await, Err(db::DbError::Conflict));
        app.write("default", |work| work.audit(&entry("Done", "u"))).await.unwrap();
        assert_eq!(entries(&app).await, [("Done".to_owned(), Some("u".to_owned()), Some("app".to_owned()))]);
    })
    .await;
}

#[tokio::test]
async fn old_and_surplus_entries_are_deleted_oldest_first() {
    for_each_engine(async |app: TestApp| {
        let day = Duration::from_secs(24 * 3600);
        app.write("default", |work| work.audit(&entry("Old", "u"))).await.unwrap();
        app.app.clock.advance(day * 60);
        app.write("default", |work| work.audit(&entry("Newer", "u"))).await.unwrap();
        assert_eq!(sweep::trim_audit_log(app.app.clone()).await, Ok(0), "90 days are the default");
        app.app.clock.advance(day * 31);
        assert_eq!(sweep::trim_audit_log(app.app.clone()).await, Ok(1));
        assert_eq!(entries(&app).await.len(), 1);

        let mut settings = app.app.settings.clone();
        settings.audit_log.max_entries = 10;
        let smaller = TestApp::with(app.engine, settings).await;
        smaller.app.clock.set(app.app.clock.now());
        let fill = app.write("default", |work| {
            (0..30).try_for_each(|n| {
                let insert =
                    sql!("insert into logs (tenant_id, id, key, payload, created_at) values ($1, $2, 'k', '{}', $3)");
                work.exec_one(insert, params!["default", format!("e{n:02}"), work.now().plus_seconds(n - 30)])
            })
        });
        fill.await.unwrap();
        sweep::trim_audit_log(smaller.app.clone()).await.unwrap();
        let left: Vec<String> = app
            .app
            .db
            .read(|r| r.query_all(sql!("select id from logs where key = 'k' order by id"), &[]))
            .await
            .unwrap();
        assert_eq!(left.first().map(String::as_str), Some("e20"), "{left:?}");
    })
    .await;
}

#[tokio::test]
async fn a_log_that_is_too_large_loses_its_oldest_hours() {
    for_each_engine(async |app: TestApp| {
        let hour = Duration::from_secs(3600);
        let mut settings = app.app.settings.clone();
        settings.audit_log.max_megabytes = 1;
        let smaller = TestApp::with(app.engine, settings).await;
        // Three hours, of which each is larger than a third of a megabyte, and a gap.
        for number in 0..3 {
            let fill = app.write("default", move |work| {
                (0..100).try_for_each(|n| {
                    let insert =
                        sql!("insert into logs (tenant_id, id, key, payload, created_at) values ($1, $2, 'k', $3, $4)");
                    let payload = format!("\"{}\"", "x".repeat(4_000));
                    work.exec_one(insert, params!["default", format!("e{number}{n:02}"), payload, work.now()])
                })
            });
            fill.await.unwrap();
            app.app.clock.advance(hour * if number == 1 { 30 } else { 1 });
        }
        let left = async || -> Vec<String> {
            let ids = sql!("select id from logs where key = 'k' order by id");
            app.app.db.read(move |r| r.query_all(ids, &[])).await.unwrap()
        };
        let trim = async || {
            smaller.app.clock.set(app.app.clock.now());
            sweep::trim_audit_log(smaller.app.clone()).await.unwrap()
        };
        assert_eq!(trim().await, 100);
        assert_eq!(left().await.first().map(String::as_str), Some("e100"));
        assert_eq!((trim().await, left().await.len()), (0, 200), "what is left fits");
        app.app.clock.advance(hour * 24 * 91);
        assert_eq!(trim().await, 200);
        let hours = app.app.db.read(|r| r.query_one::<i64>(sql!("select count(*) from log_hours"), &[])).await;
        assert_eq!(hours, Ok(0), "sizes go with their entries");
    })
    .await;
}

#[tokio::test]
async fn an_export_has_every_entry_of_its_time_once_and_in_order() {
    for_each_engine(async |app: TestApp| {
        let start = app.app.clock.now();
        let fill = app.write("default", |work| {
            (0..2_500).try_for_each(|n: i64| {
                let insert = sql!(
                    "insert into logs (tenant_id, id, key, payload, created_at) \
                     values ($1, $2, 'k', '{\"key\": \"k\", \"result\": \"Success\"}', $3)"
                );
                // Hundreds have the same time, beyond the end of a page.
                let at = kernel::Timestamp(work.now().0 + n / 700);
                work.exec_pipelined(insert, params![work.tenant_id(), format!("e{n:04}"), at])
            })
        });
        fill.await.unwrap();
        app.write("admin", |work| work.audit(&entry("Other", "u"))).await.unwrap();
        let tenant = server::Tenant::new("default", &app.app);
        let ids = async |from: i64, until: i64| {
            let (from, until) = (kernel::Timestamp(start.0 + from), kernel::Timestamp(start.0 + until));
            let mut export = Export::new(from, until);
            let mut ids = Vec::new();
            loop {
                let page = export.next_page(&tenant).await.unwrap();
                if page.is_empty() {
                    return ids;
                }
                ids.extend(page.into_iter().map(|log| log.id));
            }
        };
        let expected = |numbers: std::ops::Range<i64>| numbers.map(|n| format!("e{n:04}")).collect::<Vec<_>>();
        assert_eq!(ids(0, 1_000).await, expected(0..2_500));
        assert_eq!(ids(1, 3).await, expected(700..2_100));
        assert_eq!(ids(4, 1_000).await, expected(0..0));
    })
    .await;
}

#[tokio::test]
async fn g1_sign_ins_that_strangers_begin_push_nothing_else_out_of_the_log() {
    for_each_engine(async |app: TestApp| {
        let mut settings = app.app.settings.clone();
        settings.audit_log.max_entries = 8;
        let smaller = TestApp::with(app.engine, settings).await;
        app.write("default", |work| (0..4).try_for_each(|_| work.audit(&entry("Done", "u")))).await.unwrap();
        app.app.clock.advance(Duration::from_secs(1));
        let begun = ["Interaction.Create", "Interaction.SignIn.Create", "Interaction.Register.Create"];
        app.write("default", move |work| (0..9).try_for_each(|n| work.audit(&entry(begun[n % 3], "u")))).await.unwrap();
        app.app.clock.advance(Duration::from_secs(1));
        app.write("default", |work| work.audit(&entry("Interaction.Create", "u"))).await.unwrap();
        sweep::trim_audit_log(smaller.app.clone()).await.unwrap();
        let left: Vec<String> = entries(&app).await.into_iter().map(|(key, ..)| key).collect();
        assert_eq!(left.iter().filter(|key| *key == "Done").count(), 4, "{left:?}");
        assert_eq!(left.len(), 5, "those of one moment go together: {left:?}");
    })
    .await;
}

#[tokio::test]
async fn g1_a_flood_of_entries_is_bounded_in_memory_and_on_disk() {
    for_each_engine(async |app: TestApp| {
        let text = "x".repeat(60_000);
        for _ in 0..200 {
            app.app.audit("default", &entry("Flood", &text));
        }
        app.app.flush_audit().await;
        let largest = sql!("select cast(max(length(payload)) as bigint) from logs");
        let largest: i64 = app.app.db.read(move |r| r.query_one(largest, &[])).await.unwrap();
        assert!(largest < 1024, "{largest}");
        assert!(entries(&app).await.iter().all(|(_, user, _)| user.as_ref().unwrap().len() == 256));
    })
    .await;
}

#[tokio::test]
async fn g1_a_flood_of_refused_token_requests_is_audited_in_part_and_hides_nobody_else() {
    for_each_engine(async |app: TestApp| {
        let mut settings = app.app.settings.clone();
        settings.trust_proxy_header = true;
        let app = TestApp::with(app.engine, settings).await;
        fixtures::tenant(&app).await;
        let client = app.client("MachineToMachine", &[], json!({})).await;
        let refused = async |from: &str| {
            let agent = "u".repeat(60_000);
            let request = app.post("/oidc/token").header("x-forwarded-for", from).header("user-agent", &agent);
            request.form(&[("grant_type", "client_credentials"), ("client_id", "nobody")]).send().await.expect(400);
        };
        for _ in 0..2_500 {
            refused("192.0.2.1").await;
        }
        refused("192.0.2.2").await;
        let fields = [("grant_type", "client_credentials"), ("resource", fixtures::ITEMS)];
        app.token_request(&client, &fields).header("x-forwarded-for", "192.0.2.1").send().await.expect(200);
        app.app.flush_audit().await;
        let payloads: Vec<String> =
            app.app.db.read(|r| r.query_all(sql!("select payload from logs"), &[])).await.unwrap();
        let count = |ip: &str, result: &str| {
            let payloads = payloads.iter().map(|text| serde_json::from_str::<Value>(text).unwrap());
            payloads.filter(|payload| payload["ip"] == ip && payload["result"] == result).count()
        };
        let flood = count("::ffff:192.0.2.1", "Error");
        assert!((100..1_500).contains(&flood), "{flood} entries of the flood");
        assert_eq!((count("::ffff:192.0.2.2", "Error"), count("::ffff:192.0.2.1", "Success")), (1, 1));
    })
    .await;
}
