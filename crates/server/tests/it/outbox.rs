//! Events and their deliveries: at least once, in spite of failures, nodes that die and nodes that race.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use db::{DbError, sql};
use serde_json::{Value, json};
use server::events::EventKind;
use server::jobs;
use server::outbox::{Deliver, Delivery, MAX_ATTEMPTS, deliver_due};
use testkit::{TestApp, for_each_engine};

use super::experience::fixture::{Browser, PASSWORD, add_user, id_of};

const KINDS: &[EventKind] = &[EventKind::UserCreated, EventKind::UserDeleted];

/// Keeps what is delivered to it.
#[derive(Clone, Default)]
pub(super) struct Recorder(Arc<Mutex<Vec<Delivery>>>);

impl Recorder {
    /// A subscriber whose first `failures` attempts fail.
    pub(super) fn subscriber(&self, failures: usize) -> Deliver {
        let (recorder, tries) = (self.clone(), Arc::new(AtomicUsize::new(0)));
        Arc::new(move |delivery| {
            let fails = tries.fetch_add(1, Ordering::SeqCst) < failures;
            recorder.0.lock().unwrap().push(delivery);
            Box::pin(async move { if fails { Err("not now".to_owned()) } else { Ok(()) } })
        })
    }

    /// The deliveries so far, without their times.
    pub(super) fn payloads(&self) -> Vec<(String, Value)> {
        let deliveries = self.0.lock().unwrap();
        let payload = |delivery: &Delivery| {
            let mut payload = delivery.payload.clone();
            payload.as_object_mut().unwrap().remove("createdAt");
            payload
        };
        deliveries.iter().map(|delivery| (delivery.event.clone(), payload(delivery))).collect()
    }

    fn attempts(&self) -> Vec<(String, i64)> {
        self.0.lock().unwrap().iter().map(|delivery| (delivery.event.clone(), delivery.attempt)).collect()
    }
}

async fn emit(app: &TestApp, kind: EventKind) {
    app.write("default", move |work| work.emit(kind, || json!({"id": "u"}))).await.unwrap();
}

async fn pending(app: &TestApp) -> i64 {
    app.app.db.read(|r| r.query_one(sql!("select count(*) from outbox"), &[])).await.unwrap()
}

#[tokio::test]
async fn an_event_leaves_once_and_only_with_its_commit() {
    for_each_engine(async |app: TestApp| {
        let recorder = Recorder::default();
        app.app.outbox.subscribe("recorder", KINDS, recorder.subscriber(0));
        let undone = app.write("default", |work| {
            work.emit(EventKind::UserCreated, || json!(null))?;
            Err::<(), _>(DbError::Conflict)
        });
        assert!(undone.await.is_err());
        emit(&app, EventKind::RoleCreated).await;
        assert_eq!(pending(&app).await, 0, "nobody asked for this kind, and the other was undone");
        emit(&app, EventKind::UserCreated).await;
        assert_eq!(deliver_due(&app.app).await, Ok(1));
        assert_eq!(deliver_due(&app.app).await, Ok(0));
        assert_eq!(recorder.attempts(), [("User.Created".to_owned(), 1)]);
        assert_eq!(recorder.0.lock().unwrap()[0].payload["data"], json!({"id": "u"}));
    })
    .await;
}

#[tokio::test]
async fn a_failed_delivery_comes_again_later_and_is_given_up_in_the_end() {
    for_each_engine(async |app: TestApp| {
        let recorder = Recorder::default();
        app.app.outbox.subscribe("recorder", KINDS, recorder.subscriber(usize::MAX));
        emit(&app, EventKind::UserCreated).await;
        assert_eq!(deliver_due(&app.app).await, Ok(1));
        assert_eq!(deliver_due(&app.app).await, Ok(0), "not at once");
        for _ in 1..MAX_ATTEMPTS {
            app.app.clock.advance(Duration::from_secs(9 * 3600));
            assert_eq!(deliver_due(&app.app).await, Ok(1));
        }
        assert_eq!(pending(&app).await, 0);
        let ids: Vec<String> = recorder.0.lock().unwrap().iter().map(|delivery| delivery.id.clone()).collect();
        assert!(ids.windows(2).all(|pair| pair[0] == pair[1]), "one id for all attempts");
        assert_eq!(i64::try_from(ids.len()).unwrap(), MAX_ATTEMPTS);
    })
    .await;
}

#[tokio::test]
async fn what_a_dead_node_leased_is_delivered_by_another_and_two_nodes_share_the_rest() {
    for_each_engine(async |app: TestApp| {
        let node = TestApp::with(app.engine, app.app.settings.clone()).await;
        let (first, second) = (Recorder::default(), Recorder::default());
        // It hangs for ever, as a node that was killed.
        app.app.outbox.subscribe("recorder", KINDS, Arc::new(|_| Box::pin(std::future::pending())));
        node.app.outbox.subscribe("recorder", KINDS, second.subscriber(0));
        emit(&app, EventKind::UserCreated).await;
        let dying = app.app.clone();
        let task = tokio::spawn(async move { deliver_due(&dying).await });
        while pending_lease(&app).await == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        task.abort();
        assert_eq!(deliver_due(&node.app).await, Ok(0), "leased");
        node.app.clock.advance(Duration::from_secs(121));
        assert_eq!(deliver_due(&node.app).await, Ok(1));
        assert_eq!(second.attempts(), [("User.Created".to_owned(), 2)]);

        app.app.outbox.subscribe("recorder", KINDS, first.subscriber(0));
        app.app.clock.set(node.app.clock.now());
        for _ in 0..40 {
            emit(&app, EventKind::UserDeleted).await;
        }
        while pending(&app).await > 0 {
            let (one, two) = tokio::join!(deliver_due(&app.app), deliver_due(&node.app));
            one.unwrap();
            two.unwrap();
        }
        let count = first.attempts().len() + second.attempts().len() - 1;
        assert_eq!(count, 40, "each exactly once while no node dies");
    })
    .await;
}

async fn pending_lease(app: &TestApp) -> i64 {
    app.app.db.read(|r| r.query_one(sql!("select count(*) from outbox where attempts > 0"), &[])).await.unwrap()
}

#[tokio::test]
async fn a_subscriber_that_panics_is_a_failed_delivery() {
    for_each_engine(async |app: TestApp| {
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&calls);
        app.app.outbox.subscribe(
            "recorder",
            KINDS,
            Arc::new(move |_| {
                let first = counted.fetch_add(1, Ordering::SeqCst) == 0;
                Box::pin(async move { if first { panic!("a fault of the subscriber") } else { Ok(()) } })
            }),
        );
        emit(&app, EventKind::UserCreated).await;
        assert_eq!(deliver_due(&app.app).await, Ok(1));
        app.app.clock.advance(Duration::from_secs(60));
        assert_eq!(deliver_due(&app.app).await, Ok(1));
        assert_eq!((calls.load(Ordering::SeqCst), pending(&app).await), (2, 0));
    })
    .await;
}

#[tokio::test]
async fn a_repeated_job_runs_on_one_node_at_a_time() {
    for_each_engine(async |app: TestApp| {
        let claim = || jobs::claim(&app.app.db, "test", app.app.clock.now(), 600);
        assert_eq!(claim().await, Ok(false), "the first run is one interval after the first start");
        app.app.clock.advance(Duration::from_secs(600));
        let claims = tokio::join!(claim(), claim(), claim());
        let claims = [claims.0.unwrap(), claims.1.unwrap(), claims.2.unwrap()];
        assert_eq!(claims.iter().filter(|claimed| **claimed).count(), 1);
        assert_eq!(claim().await, Ok(false));
    })
    .await;
}

#[tokio::test]
async fn users_made_changed_and_deleted_are_events() {
    for_each_engine(async |app: TestApp| {
        let recorder = Recorder::default();
        const ALL: &[EventKind] = EventKind::ALL;
        app.app.outbox.subscribe("recorder", ALL, recorder.subscriber(0));
        let made = app.management_request("POST", "/api/users").await.json(json!({"username": "ada"})).send().await;
        let id = made.expect(200).json()["id"].as_str().unwrap().to_owned();
        let path = format!("/api/users/{id}");
        app.management_request("PATCH", &path).await.json(json!({"name": "Ada"})).send().await.expect(200);
        let suspend = json!({"isSuspended": true});
        let suspension = format!("{path}/is-suspended");
        app.management_request("PATCH", &suspension).await.json(suspend).send().await.expect(200);
        app.management_request("DELETE", &path).await.send().await.expect(204);
        while deliver_due(&app.app).await.unwrap() > 0 {}
        let mut names: Vec<String> = recorder.attempts().into_iter().map(|(event, _)| event).collect();
        names.sort();
        let expected = ["User.Created", "User.Data.Updated", "User.Deleted", "User.SuspensionStatus.Updated"];
        assert_eq!(names, expected);
        let created = recorder.0.lock().unwrap().iter().find(|d| d.event == "User.Created").cloned().unwrap();
        assert_eq!((&created.payload["data"]["id"], &created.payload["data"]["username"]), (&json!(id), &json!("ada")));
        assert!(created.payload["data"].get("passwordEncrypted").is_none(), "{}", created.payload);
    })
    .await;
}

#[tokio::test]
async fn a_sign_in_is_an_event_of_its_own_transaction() {
    for_each_engine(async |app: TestApp| {
        let recorder = Recorder::default();
        app.app.outbox.subscribe("recorder", &[EventKind::PostSignIn], recorder.subscriber(0));
        add_user(&app, "bob", |_| {}).await;
        let browser = Browser::open(&app).await;
        browser.start("SignIn").await;
        let id = id_of(&browser.password("bob", PASSWORD).await.expect(200));
        browser.identify(&id).await.expect(204);
        browser.submit().await.expect(200);
        assert_eq!(deliver_due(&app.app).await, Ok(1));
        assert_eq!(recorder.0.lock().unwrap()[0].payload["userId"], "bob");
    })
    .await;
}
