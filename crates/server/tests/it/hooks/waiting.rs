//! What waits in the outbox: for hooks that are gone, and for several nodes.

use std::time::Duration;

use http::{Method, StatusCode};
use outbound::FakeResponse;
use serde_json::json;
use server::outbox::deliver_due;
use testkit::{TestApp, for_each_engine};

use super::{URL, body, call, delivered, hook, make_role, ok, path, waiting};

#[tokio::test]
async fn what_waits_for_a_disabled_or_deleted_hook_is_dropped() {
    for_each_engine(async |app: TestApp| {
        let failing = FakeResponse::status(StatusCode::INTERNAL_SERVER_ERROR);
        let made = hook(&app, &["Role.Created"], failing).await;
        make_role(&app, "a").await;
        make_role(&app, "b").await;
        assert_eq!(deliver_due(&app.app).await, Ok(2));
        make_role(&app, "c").await;
        assert_eq!(waiting(&app).await, 3);
        call(&app, "PATCH", &path(&made), json!({"enabled": false})).await.expect(200);
        assert_eq!(waiting(&app).await, 0);
        call(&app, "PATCH", &path(&made), json!({"enabled": true})).await.expect(200);
        make_role(&app, "d").await;
        assert_eq!(waiting(&app).await, 1);
        call(&app, "DELETE", &path(&made), json!({})).await.expect(204);
        assert_eq!((waiting(&app).await, app.outbound.received().len()), (0, 2));
    })
    .await;
}

#[tokio::test]
async fn a_delivery_that_was_missed_by_the_deletion_of_its_hook_goes_nowhere() {
    for_each_engine(async |app: TestApp| {
        hook(&app, &["Role.Created"], ok()).await;
        make_role(&app, "a").await;
        // As another node leaves it that wrote the event at the same time.
        let delete = db::sql!("delete from hooks where tenant_id = 'default'");
        app.configure("default", move |work| work.exec_one(delete, &[])).await.unwrap();
        assert_eq!((delivered(&app).await.len(), waiting(&app).await), (0, 0));
    })
    .await;
}

#[tokio::test]
async fn another_node_delivers_for_a_hook_that_it_has_not_heard_of() {
    for_each_engine(async |app: TestApp| {
        let node = TestApp::with(app.engine, app.app.settings.clone()).await;
        // Its snapshot is from before the hook.
        make_role(&node, "before").await;
        node.outbound.respond(Method::POST, URL, ok());
        hook(&app, &["Role.Created"], ok()).await;
        make_role(&app, "a").await;
        assert_eq!(deliver_due(&node.app).await, Ok(1));
        assert_eq!((node.outbound.received().len(), app.outbound.received().len()), (1, 0));
        assert_eq!(waiting(&app).await, 0);
    })
    .await;
}

#[tokio::test]
async fn nodes_share_the_work_and_deliver_nothing_twice() {
    for_each_engine(async |app: TestApp| {
        // One process alone writes to SQLite.
        if app.engine == testkit::Engine::Sqlite {
            return;
        }
        let node = TestApp::with(app.engine, app.app.settings.clone()).await;
        // So slow that no node can take all at once.
        let slow = || ok().after(Duration::from_millis(200));
        node.outbound.respond(Method::POST, URL, slow());
        hook(&app, &["Role.Created"], slow()).await;
        for n in 0..300 {
            let emit = move |work: &server::work::Work<'_>| {
                work.emit(server::events::EventKind::RoleCreated, || json!({"n": n}))
            };
            app.write("default", emit).await.unwrap();
        }
        // Both have a connection: neither waits for one while the other delivers.
        assert_eq!((waiting(&app).await, waiting(&node).await), (300, 300));
        while waiting(&app).await > 0 {
            let (one, two) = tokio::join!(deliver_due(&app.app), deliver_due(&node.app));
            one.unwrap();
            two.unwrap();
        }
        let received = [app.outbound.received(), node.outbound.received()];
        assert!(received.iter().all(|own| own.len() > 5), "{:?}", received.each_ref().map(Vec::len));
        let mut numbers: Vec<i64> =
            received.iter().flatten().map(|one| super::body(one)["data"]["n"].as_i64().unwrap()).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (0..300).collect::<Vec<i64>>());
    })
    .await;
}

#[tokio::test]
async fn a_node_leaves_out_what_another_one_holds_and_does_not_wait_for_it() {
    for_each_engine(async |app: TestApp| {
        if app.engine == testkit::Engine::Sqlite {
            return;
        }
        let node = TestApp::with(app.engine, app.app.settings.clone()).await;
        hook(&app, &["Role.Created"], ok()).await;
        make_role(&app, "a").await;
        make_role(&app, "b").await;
        let (held, is_held) = tokio::sync::oneshot::channel();
        let (release, is_released) = std::sync::mpsc::channel::<()>();
        let db = node.app.db.clone();
        let holder = tokio::spawn(async move {
            db.write(move |tx| {
                let one = db::sql!("select id from outbox where id = (select min(id) from outbox) for update");
                tx.query_one::<String>(one, &[])?;
                held.send(()).unwrap();
                is_released.recv().ok();
                Ok::<_, db::DbError>(())
            })
            .await
        });
        is_held.await.unwrap();
        let delivering = app.app.clone();
        let delivering = tokio::spawn(async move { deliver_due(&delivering).await });
        let first = async {
            while app.outbound.received().is_empty() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let delivered = tokio::time::timeout(Duration::from_secs(20), first).await;
        release.send(()).unwrap();
        delivered.expect("the one that nobody holds is delivered meanwhile");
        holder.await.unwrap().unwrap();
        assert_eq!(delivering.await.unwrap(), Ok(2));
        assert_eq!(waiting(&app).await, 0);
    })
    .await;
}

#[tokio::test]
async fn what_could_not_be_delivered_for_days_is_given_up() {
    for_each_engine(async |app: TestApp| {
        hook(&app, &["Role.Created"], ok()).await;
        make_role(&app, "a").await;
        app.app.clock.advance(Duration::from_secs(4 * 86_400));
        make_role(&app, "b").await;
        server::jobs::sweep::delete_expired(app.app.clone()).await.unwrap();
        assert_eq!(waiting(&app).await, 1);
        assert_eq!(super::body(&delivered(&app).await[0])["data"]["name"], "b");
    })
    .await;
}

#[tokio::test]
async fn a_webhook_that_cannot_be_read_takes_nothing_else_away() {
    for_each_engine(async |app: TestApp| {
        let (broken, good) = (hook(&app, &["Role.Created"], ok()).await, hook(&app, &["Role.Created"], ok()).await);
        let id = broken["id"].as_str().unwrap().to_owned();
        let change = app.configure("default", move |work| {
            let update = db::sql!("update hooks set settings = 'outside' where tenant_id = 'default' and id = $1");
            work.exec_one(update, db::params![&id])
        });
        change.await.unwrap();
        make_role(&app, "reader").await;
        let received = delivered(&app).await;
        let hooks: Vec<_> = received.iter().map(|request| body(request)["hookId"].clone()).collect();
        assert_eq!(hooks, [good["id"].clone()]);
    })
    .await;
}
