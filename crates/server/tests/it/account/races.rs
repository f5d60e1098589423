//! Changes of an account that meet.

use serde_json::json;
use testkit::{TestApp, for_each_engine};

use super::fixture::*;

#[tokio::test]
async fn of_two_people_who_take_an_address_at_the_same_time_one_gets_it() {
    for_each_engine(async |app: TestApp| {
        add_connectors(&app).await;
        open_all(&app, "Edit").await;
        let mut people = Vec::new();
        for name in ["alice", "bob"] {
            add(&app, name, |_| {}).await;
            let person = Person::of(&app, name).await.proven().await;
            let record = person.prove("email", "new@example.com").await;
            people.push((person, record));
        }
        let take = |(person, record): &(Person, String)| {
            let (person, record) = (person.clone(), record.clone());
            tokio::spawn(async move {
                let body = json!({"email": "new@example.com", "newIdentifierVerificationRecordId": record});
                outcome(&person.post("/api/my-account/primary-email", body).await)
            })
        };
        let (one, two) = (take(&people[0]), take(&people[1]));
        let mut seen = [one.await.unwrap(), two.await.unwrap()];
        seen.sort();
        assert_eq!(seen, [(204, String::new()), (422, "user.email_already_in_use".to_owned())]);
    })
    .await;
}

#[tokio::test]
async fn of_two_removals_that_would_leave_nothing_one_is_refused() {
    for_each_engine(async |app: TestApp| {
        open_all(&app, "Edit").await;
        add(&app, "alice", |user| {
            user.username = None;
            user.primary_email = Some("alice@example.com".into());
            user.primary_phone = Some("4915112345678".into());
        })
        .await;
        let alice = Person::of(&app, "alice").await.proven().await;
        let remove = |path: &'static str| {
            let alice = alice.clone();
            tokio::spawn(async move { outcome(&alice.delete(path).await) })
        };
        let (one, two) = (remove("/api/my-account/primary-email"), remove("/api/my-account/primary-phone"));
        let mut seen = [one.await.unwrap(), two.await.unwrap()];
        seen.sort();
        assert_eq!(seen, [(204, String::new()), (400, "user.last_sign_in_method_required".to_owned())]);
    })
    .await;
}

#[tokio::test]
async fn f9_many_proofs_at_the_same_time_leave_few_rows() {
    for_each_engine(async |app: TestApp| {
        add(&app, "alice", |_| {}).await;
        let alice = Person::of(&app, "alice").await;
        let prove = || {
            let alice = alice.clone();
            tokio::spawn(async move { alice.proven().await.proof.unwrap() })
        };
        let tasks: Vec<_> = (0..30).map(|_| prove()).collect();
        for task in tasks {
            task.await.unwrap();
        }
        assert!(app.snapshot().await.counts()["verification_records"] <= 20);
    })
    .await;
}
