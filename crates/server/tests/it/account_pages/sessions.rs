//! The page of sessions and applications, and that of trusted devices.

use serde_json::json;
use testkit::{TestApp, for_each_engine};

use super::fixture::*;
use crate::account::fixture::{Person, SCOPES};

/// The value of a hidden field in the row that holds this text.
fn id_in_row(html: &str, text: &str) -> String {
    let row = html.split("<li").find(|row| row.contains(text)).unwrap_or_else(|| panic!("no row with {text}: {html}"));
    row.split("name=\"id\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_person_sees_where_they_are_signed_in_and_signs_out_elsewhere() {
    for_each_engine(async |app: TestApp| {
        alice_and_bob(&app).await;
        let mut alice = proven(&app, "alice").await;
        let only = alice.open("/account/sessions").await.text();
        assert!(only.contains("This browser") && !only.contains("Sign out everywhere else"));
        assert!(!only.contains("/account/sessions/end\""), "not the own session: {only}");
        let (mut first, mut second) = (signed_in(&app, "alice").await, signed_in(&app, "alice").await);
        let mut bob = signed_in(&app, "bob").await;
        app.app.clock.advance(std::time::Duration::from_secs(300));
        let page = alice.open("/account/sessions").await.text();
        assert_eq!(page.matches("action=\"/account/sessions/end\"").count(), 2, "{page}");
        assert!(page.contains("5 minutes ago") && page.contains("just now") && page.contains("127.0.0.1"), "{page}");
        let id = id_in_row(&page, "action=\"/account/sessions/end\"");
        let done = post(&mut alice, "/account/sessions/end", &[("id", &id)]).await;
        assert_eq!(done.path(), "/account/sessions");
        assert_eq!(done.text().matches("action=\"/account/sessions/end\"").count(), 1);
        let mut left = 0;
        for browser in [&mut first, &mut second] {
            left += usize::from(browser.open("/account/security").await.path() == "/account/security");
        }
        assert_eq!(left, 1);
        let done = post(&mut alice, "/account/sessions/end-others", &[]).await;
        assert_eq!((done.path(), done.response.status.as_u16()), ("/account/sessions", 200), "the own one stays");
        for browser in [&mut first, &mut second] {
            assert_eq!(browser.open("/account/security").await.path(), "/sign-in");
        }
        assert_eq!(bob.open("/account/security").await.path(), "/account/security");
    })
    .await;
}

#[tokio::test]
async fn the_session_of_somebody_else_is_none_of_theirs() {
    for_each_engine(async |app: TestApp| {
        alice_and_bob(&app).await;
        let (mut alice, mut bob) = (proven(&app, "alice").await, proven(&app, "bob").await);
        signed_in(&app, "bob").await;
        let page = bob.open("/account/sessions").await.text();
        let id = id_in_row(&page, "action=\"/account/sessions/end\"");
        post(&mut alice, "/account/sessions/end", &[("id", &id)]).await;
        assert_eq!(bob.open("/account/sessions").await.text().matches("action=\"/account/sessions/end\"").count(), 1);
    })
    .await;
}

#[tokio::test]
async fn applications_with_access_are_listed_and_lose_it() {
    for_each_engine(async |app: TestApp| {
        alice_and_bob(&app).await;
        let mut alice = proven(&app, "alice").await;
        assert!(alice.open("/account/sessions").await.text().contains("No application has access"));
        let client = app.web_client().await;
        let application = Person::in_application(&app, &client, "alice", SCOPES).await;
        let elsewhere = Person::in_application(&app, &client, "alice", SCOPES).await;
        application.get("/api/my-account").await.expect(200);
        let page = alice.open("/account/sessions").await.text();
        assert!(page.contains("test-Traditional") && page.contains("Your e-mail address"), "{page}");
        assert!(!page.contains("Account center"), "the account pages themselves are no application: {page}");
        let id = id_in_row(&page, "test-Traditional");
        // However many newer ones there are of others.
        let other = app.web_client().await;
        let many = "insert into grants (tenant_id, id, user_id, client_id, session_uid, scope, resources, rejected, created_at, \
                    expires_at, consent_epoch) select 'default', 'x' || n, 'alice', $1, \
                    (select max(uid) from sessions where user_id = 'alice'), '', '{}', '{}', $2, $2, 0 from \
                    (with recursive s (n) as (select 1 union all select n + 1 from s where n < 1001) select n from s) t";
        let later = app.app.clock.now().plus_seconds(3600).millis();
        app.sql(many, vec![other.id.as_str().into(), later.into()]).await;
        post(&mut alice, "/account/sessions/revoke", &[("id", &id)]).await;
        assert_eq!(app.sql("delete from grants where id like 'x%'", vec![]).await, 1001);
        assert!(alice.open("/account/sessions").await.text().contains("No application has access"));
        application.get("/api/my-account").await.expect_error(401, "auth.unauthorized");
        elsewhere.get("/api/my-account").await.expect_error(401, "auth.unauthorized");
        // Whoever is signed out everywhere else is so in applications without a browser.
        let application = Person::of(&app, "alice").await;
        add_connectors(&app).await;
        let told = json!({"mailAboutChanges": true});
        crate::applications::call(&app, "PATCH", "/api/configs/account", told).await.expect(200);
        post(&mut alice, "/account/sessions/end-others", &[]).await;
        application.get("/api/my-account").await.expect_error(401, "auth.unauthorized");
        while server::outbox::deliver_due(&app.app).await.unwrap() > 0 {}
        assert_eq!(messages(&app).pop().unwrap()["payload"]["changes"], json!([{"change": "signed_out_everywhere"}]));
    })
    .await;
}

#[tokio::test]
async fn only_the_own_trusted_devices_are_forgotten() {
    for_each_engine(async |app: TestApp| {
        alice_and_bob(&app).await;
        let mut alice = proven(&app, "alice").await;
        assert!(alice.open("/account/trusted-devices").await.text().contains("No device is trusted"));
        let now = app.app.clock.now();
        let agent = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0";
        for (id, owner) in [("one", "alice"), ("two", "bob")] {
            app.sql(
                "insert into trusted_devices (tenant_id, id, user_id, secret_hash, protection_digest, user_agent, city, \
                 created_at, last_used_at, expires_at) values ('default', $1, $2, 'x', 'x', $3, 'Bergen', $4, $4, $5)",
                vec![id.into(), owner.into(), agent.into(), now.millis().into(), now.plus_seconds(9000).millis().into()],
            )
            .await;
        }
        // Under another protection they are not trusted any more, and can still be forgotten.
        post(&mut alice, "/account/trusted-devices/remove", &[("id", "two")]).await;
        assert_eq!(app.snapshot().await.counts()["trusted_devices"], 2, "not somebody else's");
        let page = post(&mut alice, "/account/trusted-devices/remove", &[("id", "one")]).await;
        assert!(page.text().contains("No device is trusted"));
        assert_eq!(app.snapshot().await.counts()["trusted_devices"], 1);
    })
    .await;
}
