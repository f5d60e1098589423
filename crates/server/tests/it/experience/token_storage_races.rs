//! Sign-ins that store tokens while their connector changes (attack D12).

use std::sync::mpsc;
use std::time::Duration;

use db::{Sql, sql};
use serde_json::json;
use testkit::{TestApp, for_each_engine};
use tokio::sync::oneshot;

use super::fixture::*;
use super::provider::Provider;
use super::token_storage::{count, prove, tokens};
use crate::applications::call;

/// A kind of connector, and how its rows are written past the API.
struct Kind {
    idp: Provider,
    path: &'static str,
    switch_off: &'static Sql,
    lock: &'static Sql,
    link_bob: &'static Sql,
    store_of_bob: &'static Sql,
}

/// Both kinds, with alice, whom both providers know.
async fn kinds(app: &TestApp) -> [Kind; 2] {
    let storing = json!({"enableTokenStorage": true});
    add_user(app, "alice", |user| user.primary_email = Some("ada@harbour-corp.example".into())).await;
    add_user(app, "bob", |_| {}).await;
    let social = Kind {
        idp: Provider::new(app, "island", storing.clone()).await,
        path: "/api/connectors",
        switch_off: sql!("update connectors set enable_token_storage = false"),
        lock: sql!("select id from connectors for share"),
        link_bob: sql!(
            "insert into user_identities (tenant_id, user_id, target, identity_id, created_at, updated_at) \
             values ('default', 'bob', 'island', 'u2', 0, 0)"
        ),
        store_of_bob: sql!(
            "insert into secrets (tenant_id, id, user_id, type, target, connector_id, identity_id, encrypted_dek, \
             ciphertext, metadata, created_at, updated_at) select tenant_id, 'other', 'bob', type, target, connector_id, \
             'u2', encrypted_dek, ciphertext, metadata, 0, 0 from secrets"
        ),
    };
    call(app, "PUT", "/api/users/alice/identities/island", json!({"userId": "u1"})).await.expect(201);
    let enterprise = Kind {
        idp: Provider::enterprise(app, "harbour", storing).await.with_email("ada@harbour-corp.example"),
        path: "/api/sso-connectors",
        switch_off: sql!("update sso_connectors set enable_token_storage = false"),
        lock: sql!("select id from sso_connectors for share"),
        link_bob: sql!(
            "insert into user_sso_identities (tenant_id, id, user_id, issuer, identity_id, sso_connector_id, created_at, \
             updated_at) select tenant_id, 'other', 'bob', issuer, 'u2', sso_connector_id, 0, 0 from user_sso_identities"
        ),
        store_of_bob: sql!(
            "insert into secrets (tenant_id, id, user_id, type, sso_connector_id, issuer, identity_id, encrypted_dek, \
             ciphertext, metadata, created_at, updated_at) select tenant_id, 'other', 'bob', type, sso_connector_id, issuer, \
             'u2', encrypted_dek, ciphertext, metadata, 0, 0 from secrets"
        ),
    };
    // While alice has no account at the enterprise she may come by the other provider.
    [social, enterprise]
}

/// Alice, who has proven her account and has still to submit.
async fn identified(app: &TestApp, idp: &Provider) -> Browser {
    let browser = Browser::open(app).await;
    browser.start("SignIn").await;
    let id = prove(idp, &browser, tokens("at-1")).await;
    browser.identify(&id).await.expect(204);
    browser
}

/// Runs `work` in a unit that is committed when `meanwhile` has had the time to end, if it does not wait for the unit.
async fn overlap(
    app: &TestApp,
    work: impl FnOnce(&server::work::Work<'_>) -> Result<(), db::DbError> + Send + 'static,
    meanwhile: impl Future<Output = ()>,
) {
    let (done, is_done) = oneshot::channel();
    let (commit, may_commit) = mpsc::channel();
    let unit = app.write("default", move |unit| {
        work(unit)?;
        done.send(()).unwrap();
        may_commit.recv().unwrap();
        Ok::<_, db::DbError>(())
    });
    let release = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        commit.send(()).unwrap();
    };
    let meanwhile = async {
        is_done.await.unwrap();
        tokio::join!(meanwhile, release);
    };
    tokio::join!(unit, meanwhile).0.unwrap();
}

#[tokio::test]
async fn d12_a_sign_in_waits_for_a_change_of_its_connector() {
    for_each_engine(async |app: TestApp| {
        for kind in kinds(&app).await {
            let browser = identified(&app, &kind.idp).await;
            let change = move |unit: &server::work::Work<'_>| {
                unit.exec(kind.switch_off, &[])?;
                unit.exec(sql!("delete from secrets"), &[]).map(drop)
            };
            overlap(&app, change, async { drop(browser.submit().await.expect(200)) }).await;
            assert_eq!(count(&app).await, 0, "{}", kind.path);
        }
    })
    .await;
}

#[tokio::test]
async fn d12_a_change_of_a_connector_waits_for_sign_ins() {
    for_each_engine(async |app: TestApp| {
        for kind in kinds(&app).await {
            identified(&app, &kind.idp).await.submit().await.expect(200);
            assert_eq!(count(&app).await, 1, "{}", kind.path);
            let sign_in = move |unit: &server::work::Work<'_>| {
                unit.query_all::<String>(kind.lock, &[])?;
                unit.exec_one(kind.link_bob, &[])?;
                unit.exec_one(kind.store_of_bob, &[])
            };
            let path = format!("{}/{}", kind.path, kind.idp.connector_id);
            let off =
                async { drop(call(&app, "PATCH", &path, json!({"enableTokenStorage": false})).await.expect(200)) };
            overlap(&app, sign_in, off).await;
            assert_eq!(count(&app).await, 0, "{}", kind.path);
        }
    })
    .await;
}
