//! The own sessions, grants and trusted devices (A037 to A042; trace 50-05).

use db::{DbError, Sql};
use serde_json::{Value, json};
use server::work::View;
use testkit::{TestApp, for_each_engine};

use super::fixture::*;
use crate::pages::trusted_devices;

const SESSIONS: &str = "/api/my-account/sessions";
const GRANTS: &str = "/api/my-account/grants";

async fn list(person: &Person, path: &str, member: &str) -> Vec<Value> {
    person.get(path).await.expect(200).json()[member].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_person_sees_and_ends_their_own_sessions() {
    for_each_engine(async |app: TestApp| {
        add(&app, "alice", |_| {}).await;
        add(&app, "bob", |_| {}).await;
        open_all(&app, "Edit").await;
        let other = Person::of(&app, "alice").await;
        let bob = Person::of(&app, "bob").await.proven().await;
        let alice = Person::of(&app, "alice").await.proven().await;
        let shown = list(&alice, SESSIONS, "sessions").await;
        assert_eq!(shown.len(), 2);
        let is_current = |session: &&Value| session["isCurrent"] == true;
        assert_eq!(shown.iter().filter(is_current).count(), 1);
        let uid = |session: &Value| session["payload"]["uid"].as_str().unwrap().to_owned();
        let foreign = uid(&list(&bob, SESSIONS, "sessions").await[0]);
        for unknown in ["none", foreign.as_str()] {
            let refused = alice.delete(&format!("{SESSIONS}/{unknown}")).await;
            let refused = refused.expect_error(400, "oidc.session_not_found").json();
            assert_eq!(refused["data"], json!({"status": 404}));
        }
        bob.get(SESSIONS).await.expect(200);
        let old = uid(shown.iter().find(|session| session["isCurrent"] == false).unwrap());
        let wrong = alice.delete(&format!("{SESSIONS}/{old}?revokeGrantsTarget=some")).await;
        assert_eq!(wrong.status, 400);
        alice.delete(&format!("{SESSIONS}/{old}?revokeGrantsTarget=all")).await.expect(204);
        other.get("/api/my-account").await.expect_error(401, "auth.unauthorized");
        let left = list(&alice, SESSIONS, "sessions").await;
        assert_eq!((left.len(), &left[0]["isCurrent"]), (1, &json!(true)));
        alice.delete(&format!("{SESSIONS}/{}?revokeGrantsTarget=firstParty", uid(&left[0]))).await.expect(204);
        alice.get(SESSIONS).await.expect_error(401, "auth.unauthorized");
    })
    .await;
}

#[tokio::test]
async fn a_person_sees_and_ends_their_own_grants() {
    for_each_engine(async |app: TestApp| {
        add(&app, "alice", |_| {}).await;
        add(&app, "bob", |_| {}).await;
        open_all(&app, "Edit").await;
        let (other, bob) = (Person::of(&app, "alice").await, Person::of(&app, "bob").await.proven().await);
        let alice = Person::of(&app, "alice").await.proven().await;
        assert_eq!(list(&alice, GRANTS, "grants").await.len(), 2);
        assert_eq!(list(&alice, &format!("{GRANTS}?appType=firstParty"), "grants").await.len(), 2);
        assert_eq!(list(&alice, &format!("{GRANTS}?appType=thirdParty"), "grants").await.len(), 0);
        let foreign = list(&bob, GRANTS, "grants").await[0]["id"].as_str().unwrap().to_owned();
        for unknown in ["none", foreign.as_str()] {
            alice.delete(&format!("{GRANTS}/{unknown}")).await.expect_error(404, "oidc.invalid_grant");
        }
        bob.get(GRANTS).await.expect(200);
        let others = "select grant_id from access_tokens where digest = $1";
        let digest = other.digest();
        let find = move |view: &View<'_>| view.query_one(&Sql::dynamic(others.to_owned()), &[digest.into()]);
        let grant: String = app.read("default", find).await.map_err(|error: DbError| error).unwrap();
        alice.delete(&format!("{GRANTS}/{grant}")).await.expect(204);
        other.get("/api/my-account").await.expect_error(401, "auth.unauthorized");
        assert_eq!(list(&alice, GRANTS, "grants").await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_person_forgets_their_own_trusted_devices() {
    for_each_engine(async |app: TestApp| {
        add(&app, "alice", |_| {}).await;
        add(&app, "bob", |_| {}).await;
        open_all(&app, "Edit").await;
        let alice = Person::of(&app, "alice").await.proven().await;
        for (id, user) in [("device-a", "alice"), ("device-b", "bob")] {
            let text = "insert into trusted_devices (tenant_id, id, user_id, secret_hash, protection_digest, created_at, \
                        last_used_at, expires_at) values ('default', $1, $2, $1, 'x', 1, 1, $3)";
            let until = app.app.clock.now().plus_seconds(600).millis();
            app.sql(text, vec![id.into(), user.into(), until.into()]).await;
        }
        let path = "/api/my-account/trusted-devices";
        // Under another protection it is not trusted any more, and can still be forgotten.
        let listed = alice.get(path).await.expect(200);
        assert_eq!((listed.json(), listed.header("total-number")), (json!([]), "0"));
        alice.delete(&format!("{path}/device-b")).await.expect_error(404, "entity.not_found");
        alice.delete(&format!("{path}/device-a")).await.expect(204);
        alice.delete(&format!("{path}/device-a")).await.expect_error(404, "entity.not_found");
        assert_eq!(app.snapshot().await.counts()["trusted_devices"], 1);
    })
    .await;
}

#[tokio::test]
async fn a_person_sees_the_devices_that_are_trusted_and_no_others() {
    for_each_engine(async |app: TestApp| {
        open_all(&app, "Edit").await;
        let (ada, bob) = trusted_devices::prepared(&app).await;
        trusted_devices::trusting(&app, "ada").await;
        let path = "/api/my-account/trusted-devices";
        let proven = async |id: &str| {
            let person = Person::of(&app, id).await;
            let body = json!({"password": crate::pages::fixture::PASSWORD});
            let made = person.post("/api/verifications/password", body).await.expect(201).json();
            person.with_proof(made["verificationRecordId"].as_str().unwrap())
        };
        let (ada_herself, bob) = (proven(&ada).await, proven(&bob).await);
        let listed = ada_herself.get(path).await.expect(200);
        assert_eq!(listed.header("total-number"), "1");
        assert_eq!(listed.json(), json!(trusted_devices::devices(&app, &ada).await), "as administrators see them");
        assert_eq!(listed.json()[0]["userId"], json!(ada));
        assert_eq!(bob.get(path).await.expect(200).json(), json!([]));
        app.sql("update trusted_devices set expires_at = 1 where user_id = $1", vec![ada.as_str().into()]).await;
        assert_eq!(ada_herself.get(path).await.expect(200).json(), json!([]));
    })
    .await;
}
